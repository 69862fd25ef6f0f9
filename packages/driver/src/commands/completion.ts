/** completion: a script by which a shell completes verbs, options and their values. */
import { completionScript, type Shell } from '../shell-completion.js';
import type { Command } from './command.js';

export async function completionCommand({ args }: Command): Promise<number> {
  process.stdout.write(completionScript(args['shell'] as Shell));
  return 0;
}
