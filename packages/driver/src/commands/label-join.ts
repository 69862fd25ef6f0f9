/** label-join: the label job of a join, for a label date or several in order. */
import type { Command } from './command.js';
import { startJob } from './job.js';
import { labelRequestOf } from './job-request.js';

export async function labelJoinCommand(command: Command): Promise<number> {
  const request = labelRequestOf(command);
  if (command.args['dryRun'] === true)
    return (await import('./plan.js')).showPlan(request, command);
  return startJob(request, command);
}
