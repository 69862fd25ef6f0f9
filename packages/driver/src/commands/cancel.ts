/** cancel: a run that goes on ends; what it committed stays. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { openRun } from '../run-files.js';
import type { Command } from './command.js';
import { podsOfRun } from './pods-of-run.js';

/** So long may a driver take to end what runs. */
const patienceMs = 60_000;

export async function cancelCommand({ args, settings }: Command): Promise<number> {
  const store = await openStore(settings.warehouse.value);
  const run = await openRun(store, String(args['run']));
  const ended = async (): Promise<boolean> =>
    (await run.readJson<unknown>('run_results.json')) !== null;
  if (await ended())
    throw new HindcastError('usage', `run ${run.runId} has ended already`, {
      hint: `\`hindcast status ${run.runId}\` shows how.`,
    });
  await run.cancel();
  const until = Date.now() + patienceMs;
  while (!(await ended()) && (await run.isAlive()) && Date.now() < until) await sleep(500);
  // Of executors, and of the driver where it is one.
  const pods = await podsOfRun(run, settings.master.value);
  await pods?.cluster.deleteJobs(pods.selector);
  const how = (await ended())
    ? 'it has ended'
    : (await run.isAlive())
      ? 'its driver was asked to stop, and has not yet'
      : 'its driver was gone';
  process.stderr.write(`Cancelled ${run.runId}: ${how}; what was committed stays.\n`);
  return 0;
}
