/** plan: what a submit would do and why. */
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
  const request =
    labelDs === undefined
      ? requestOf(command, String(command.args['config']))
      : labelRequestOf(command);
  return showPlan(request, command);
}

export async function showPlan(request: JobRequest, command: Command): Promise<number> {
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
