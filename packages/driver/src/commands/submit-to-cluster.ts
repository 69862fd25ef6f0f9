/** submit with `--deploy-mode cluster`: the driver is a Job, too, and this process looks on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadJson, readConfig } from '@hindcast/shared/config/load';
import { type ErrorKind, HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { Cluster, type JobState, NoAnswer } from '../launch/cluster.js';
import { driverJob } from '../launch/driver-job.js';
import { Startup } from '../launch/startup.js';
import type { JobRequest } from '../request.js';
import type { RunResults } from '../results.js';
import { newRunId, RunFiles } from '../run-files.js';
import { type Command, logsJson } from './command.js';
import { progressOf, showResults } from './show.js';
import { Signals } from './signals.js';

const pollMs = 1000;

export async function submitToCluster(given: JobRequest, command: Command): Promise<number> {
  const kubernetes = given.kubernetes!;
  // A module's code runs here, with its author's rights; the driver gets what it says.
  const compiled = await loadJson(given.config);
  readConfig(compiled, given.config);
  const store = await openStore(given.warehouse);
  const run = new RunFiles(store, newRunId(new Date()));
  const cluster = Cluster.open(kubernetes.context, kubernetes.form.namespace);
  const request: JobRequest = {
    ...given,
    compiled,
    kubernetes: { ...kubernetes, deployMode: 'client' },
  };
  await run.writeJson('request.json', request);
  const job = driverJob(run.runId, request, store.url);
  await cluster.createJob(job);
  if (!logsJson(command)) process.stderr.write(`Run ${run.runId}: its driver is a Job.\n`);
  return follow(run, cluster, job.metadata!.name!, command);
}

/** Shows the run's events until it ends. An interrupt leaves the run alone. */
async function follow(
  run: RunFiles,
  cluster: Cluster,
  job: string,
  command: Command,
): Promise<number> {
  const progress = progressOf(command);
  const controller = new AbortController();
  const signals = new Signals(() => controller.abort());
  let shown = 0;
  const show = async (): Promise<void> => {
    const events = await run.events();
    for (const event of events.slice(shown)) progress.onEvent(event);
    shown = events.length;
  };
  const startup = new Startup(job, cluster);
  let last: JobState = { state: 'running', message: '', active: 1, failed: [] };
  try {
    for (;;) {
      // The run goes on, whether its cluster answers or not.
      last = await cluster.jobState(job).catch((error) => {
        if (error instanceof NoAnswer) return last;
        throw error;
      });
      const { state, message } = last;
      if (state === 'running') await startup.check(last);
      await show();
      const results = await run.readJson<RunResults>('run_results.json');
      if (results !== null) {
        progress.stop();
        showResults(results, command);
        return results.exitCode;
      }
      if (state !== 'running') throw await endOf(run, cluster, job, message);
      await sleep(pollMs, undefined, { signal: controller.signal }).catch(() => {});
      if (controller.signal.aborted) {
        progress.stop();
        process.stderr.write(
          `The run goes on: \`hindcast status ${run.runId}\`, \`hindcast cancel ${run.runId}\`.\n`,
        );
        if (command.args['json'] === true)
          process.stdout.write(`${JSON.stringify({ runId: run.runId, status: 'running' })}\n`);
        return signals.exitCode ?? 130;
      }
    }
  } finally {
    progress.stop();
    signals.release();
  }
}

/** A driver that ended before it had a plan said why, and nothing was changed. */
async function endOf(
  { runId }: RunFiles,
  cluster: Cluster,
  job: string,
  message: string,
): Promise<unknown> {
  const pods = await cluster.pods(`job-name=${job}`);
  const madeAt = ({ metadata }: (typeof pods)[number]): number =>
    metadata?.creationTimestamp?.getTime() ?? 0;
  const last = pods.toSorted((a, b) => madeAt(a) - madeAt(b)).at(-1);
  const log = last === undefined ? null : await cluster.podLog(last.metadata!.name!);
  const said = (log ?? '').split('\n').find((line) => line.startsWith('error: '));
  const exit = last?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode ?? 1;
  const kind = kinds[exit] ?? 'task';
  return new HindcastError(kind, `run ${runId}: its driver ended without results`, {
    found: said?.slice('error: '.length) ?? message,
    hint: `\`hindcast logs ${runId}\` shows all that its pods said.`,
  });
}

/** What a driver ends with, as kinds that end so. */
const kinds: Readonly<Record<number, ErrorKind>> = { 2: 'config', 3: 'data', 4: 'missing-input' };
