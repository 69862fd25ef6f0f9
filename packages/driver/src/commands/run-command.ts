/** One verb of the command line, with its settings settled. Returns the exit code. */
import { HindcastError } from '@hindcast/shared/errors';
import { checkSettings, type Settings, settingNames, settle } from '../settings.js';
import { styleFor } from '../style.js';
import type { Command } from './command.js';

export async function runCommand(
  verb: string,
  args: Readonly<Record<string, unknown>>,
  color: boolean,
): Promise<number> {
  const conf = confOf(args['conf']);
  const settings = await settle({ ...conf, ...flagsOf(args) }, process.cwd());
  const command: Command = { args, settings, style: styleFor(color), color };
  switch (verb) {
    case 'submit':
      return (await import('./job.js')).submitCommand(command);
    case 'plan':
      return (await import('./plan.js')).planCommand(command);
    case 'retry':
      return (await import('./job.js')).retryCommand(command);
    case 'status':
      return (await import('./status.js')).statusCommand(command);
    case 'import':
      return (await import('./import.js')).importCommand(command);
    case 'sql':
      return (await import('./sql.js')).sqlCommand(command);
    case 'compile':
      return (await import('./compile.js')).compileCommand(command);
    case 'doctor':
      return (await import('./doctor.js')).doctorCommand(command);
    case 'quickstart':
      return (await import('./quickstart.js')).quickstartCommand(command);
    default:
      return (await import('./config.js')).configCommand(command);
  }
}

function flagsOf(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { warehouse, master, memory, windowing } = args;
  const given = { warehouse, master, memory, windowing, partitionColumn: args['partitionBy'] };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** `--conf key=value` pairs: settings that count as flags. */
function confOf(given: unknown): Partial<Settings> {
  const pairs = Array.isArray(given) ? given.map(String) : [];
  const entries = pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
    throw new HindcastError('usage', `--conf ${pair} is no key=value`, {
      hint: `Known: ${settingNames.join(', ')}.`,
    });
  });
  return checkSettings(Object.fromEntries(entries), '--conf', 'usage');
}
