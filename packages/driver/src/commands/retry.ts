/** retry: what a run did not finish. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HindcastError } from '@hindcast/shared/errors';
import type { LoggedEvent } from '@hindcast/shared/plan/event';
import type { Plan } from '@hindcast/shared/plan/plan';
import { openStore } from '@hindcast/shared/store/open';
import { driverVariable } from '../launch/stage-job.js';
import type { JobRequest } from '../request.js';
import type { RunResults } from '../results.js';
import { openRun, pulseMs, type RunFiles } from '../run-files.js';
import type { Command } from './command.js';
import { runJob } from './job.js';

const deadAfterMs = 60_000;

/**
 * Submits the same again, but for what the run committed. A run on Kubernetes whose driver died is
 * carried on: its plan holds, its Jobs run on, and their results are taken.
 */
export async function retryCommand(command: Command): Promise<number> {
  const store = await openStore(command.settings.warehouse.value);
  const run = await openRun(store, String(command.args['run']));
  const given = await run.readJson<JobRequest>('request.json');
  if (given === null)
    throw new HindcastError('usage', `run ${run.runId} left no request to repeat`);
  const request: JobRequest = {
    ...given,
    // Runs of before could not have steps side by side.
    parallelism: given.parallelism ?? 1,
    warehouse: command.settings.warehouse.value,
    yes: command.args['yes'] === true,
  };
  const events = await run.events();
  const results = await run.readJson<RunResults>('run_results.json');
  // A pod of the driver's Job that comes after the one that ended the run.
  if (results !== null && process.env[driverVariable] === run.runId) return results.exitCode;
  if (request.kubernetes && results === null) {
    await refuseLive(run);
    await run.forgetCancel();
    if (await isResumable(run, events)) return runJob(request, command, run);
  }
  const committed = events.flatMap((event) =>
    event.type === 'step-committed' ? event.partitions : [],
  );
  return runJob({ ...request, done: [...request.done, ...committed] }, command);
}

/** A driver on another machine is dead when it leaves no mark for a minute of this one's time. */
async function refuseLive(run: RunFiles): Promise<void> {
  const last = await run.lastMark();
  for (const until = Date.now() + deadAfterMs; (await run.isAlive()) && Date.now() < until; ) {
    process.stderr.write('Another driver left a mark; waiting whether it leaves more.\n');
    await sleep(pulseMs);
    if ((await run.lastMark()) === last) continue;
    throw new HindcastError('usage', `run ${run.runId} is driven still`, {
      hint: `\`hindcast status ${run.runId}\` shows how far it is, \`hindcast cancel\` ends it.`,
    });
  }
}

/** A table that was half put aside is looked at anew. */
async function isResumable(run: RunFiles, events: readonly LoggedEvent[]): Promise<boolean> {
  const plan = await run.readJson<Plan>('plan.json');
  return (
    plan === null || plan.archive === null || events.some((event) => event.type === 'archived')
  );
}
