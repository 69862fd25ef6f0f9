/** submit with `--deploy-mode cluster`: the driver is a Job, too, and this process looks on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadJson, readConfig } from '@hindcast/shared/config/load';
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { Cluster, inCluster } from '../launch/cluster.js';
import { driverJob } from '../launch/driver-job.js';
import { logEvents, showProgress } from '../progress.js';
import { renderResults } from '../render.js';
import type { JobRequest } from '../request.js';
import type { RunResults } from '../results.js';
import { newRunId, RunFiles } from '../run-files.js';
import { type Command, logsJson } from './command.js';
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
    kubernetes: { ...kubernetes, context: inCluster, deployMode: 'client' },
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
  const json = command.args['json'] === true;
  const bars = process.stderr.isTTY === true && command.args['progress'] !== false && !json;
  const progress = logsJson(command)
    ? logEvents(process.stderr)
    : showProgress(process.stderr, bars, command.style);
  const controller = new AbortController();
  const signals = new Signals(() => controller.abort());
  let shown = 0;
  const show = async (): Promise<void> => {
    const events = await run.events();
    for (const event of events.slice(shown)) progress.onEvent(event);
    shown = events.length;
  };
  try {
    for (;;) {
      const { state, message } = await cluster.jobState(job);
      await show();
      const results = await run.readJson<RunResults>('run_results.json');
      if (results !== null) {
        progress.stop();
        if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
        else process.stderr.write(`${renderResults(results, command.style)}\n`);
        return results.exitCode;
      }
      if (state !== 'running') throw await endOf(run, cluster, job, message);
      await sleep(pollMs, undefined, { signal: controller.signal }).catch(() => {});
      if (controller.signal.aborted) {
        progress.stop();
        process.stderr.write(
          `The run goes on: \`hindcast status ${run.runId}\`, \`hindcast cancel ${run.runId}\`.\n`,
        );
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
  const last = pods.at(-1)?.metadata?.name;
  const log = last === undefined ? null : await cluster.podLog(last);
  const lines = (log ?? '').trimEnd().split('\n');
  const from = lines.findIndex((line) => line.startsWith('error:'));
  return new HindcastError('task', `run ${runId}: its driver ended without results`, {
    found: from < 0 ? message : lines.slice(from, from + 4).join('\n'),
    hint: `\`hindcast logs ${runId}\` shows all that its pods said.`,
  });
}
