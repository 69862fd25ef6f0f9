/** plan: what a submit would do and why. */
import { HindcastError } from '@hindcast/shared/errors';
import type { Plan } from '@hindcast/shared/plan/plan';
import { openStore } from '@hindcast/shared/store/open';
import { openLauncher } from '../launch/open-launcher.js';
import { planJob } from '../plan-job.js';
import { renderPlan } from '../render.js';
import type { JobRequest } from '../request.js';
import { newRunId } from '../run-files.js';
import type { Command } from './command.js';
import { labelRequestOf, requestOf } from './job-request.js';

export async function planCommand(command: Command): Promise<number> {
  const { labelDs } = command.args;
  if (labelDs !== undefined) refuseOptionsOfSubmit(command);
  const request =
    labelDs === undefined
      ? requestOf(command, String(command.args['config']))
      : labelRequestOf(command);
  return showPlan(request, command);
}

/** What a label join has no use for is not passed over. */
function refuseOptionsOfSubmit({ args }: Command): void {
  const flags = { stepDays: '--step-days', parallelism: '--parallelism', windowing: '--windowing' };
  for (const [name, flag] of Object.entries(flags)) {
    if (args[name] === undefined) continue;
    throw new HindcastError('usage', `${flag} is for submit, not for a label join`, {
      hint: `Leave ${flag} or --label-ds out.`,
    });
  }
}

/** A plan is of now: it waits for nothing. */
export async function showPlan(given: JobRequest, command: Command): Promise<number> {
  const request = { ...given, waitMs: null };
  const runId = newRunId(new Date());
  const launcher = openLauncher({ ...request, executors: 1 }, runId);
  let plan: Plan;
  try {
    plan = await planJob(request, runId, launcher, await openStore(request.warehouse));
  } finally {
    await launcher.close();
  }
  const text =
    command.args['json'] === true ? JSON.stringify(plan, null, 2) : renderPlan(plan, command.style);
  process.stdout.write(`${text}\n`);
  return 0;
}
