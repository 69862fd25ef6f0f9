/** flatten-logs: a log of served requests → `<join>_logged`. */
import type { Command } from './command.js';
import { startJob } from './job.js';
import { requestOf } from './job-request.js';

export async function flattenLogsCommand(command: Command): Promise<number> {
  const { args } = command;
  const request = {
    ...requestOf(command, String(args['config'])),
    flattenLog: String(args['log']),
  };
  if (args['dryRun'] === true) return (await import('./plan.js')).showPlan(request, command);
  return startJob(request, command);
}
