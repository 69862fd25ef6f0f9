/** One verb of the command line, with its settings settled. Returns the exit code. */
import { HindcastError } from '@hindcast/shared/errors';
import { adoptPlace } from '@hindcast/shared/store/s3-place';
import type { VerbName } from '../command-line.js';
import { applyS3, checkSettings, type Settings, settingNames, settle } from '../settings.js';
import { styleFor } from '../style.js';
import type { Command } from './command.js';

export async function runCommand(
  verb: VerbName,
  args: Readonly<Record<string, unknown>>,
  color: boolean,
): Promise<number> {
  const conf = confOf(args['conf']);
  const settings = await settle({ ...conf, ...flagsOf(args) }, process.cwd());
  adoptPlace();
  applyS3(settings);
  const command: Command = { args, settings, style: styleFor(color), color };
  return runners[verb](command);
}

/** A verb's code is loaded when it runs. */
const runners = {
  submit: async (command) => (await import('./job.js')).submitCommand(command),
  'label-join': async (command) => (await import('./label-join.js')).labelJoinCommand(command),
  'flatten-logs': async (command) =>
    (await import('./flatten-logs.js')).flattenLogsCommand(command),
  consistency: async (command) => (await import('./consistency.js')).consistencyCommand(command),
  compare: async (command) => (await import('./compare.js')).compareCommand(command),
  views: async (command) => (await import('./views.js')).viewsCommand(command),
  plan: async (command) => (await import('./plan.js')).planCommand(command),
  'explain-row': async (command) => (await import('./explain-row.js')).explainRowCommand(command),
  import: async (command) => (await import('./import.js')).importCommand(command),
  sql: async (command) => (await import('./sql.js')).sqlCommand(command),
  compile: async (command) => (await import('./compile.js')).compileCommand(command),
  export: async (command) => (await import('./export.js')).exportCommand(command),
  'has-partition': async (command) =>
    (await import('./has-partition.js')).hasPartitionCommand(command),
  status: async (command) => (await import('./status.js')).statusCommand(command),
  report: async (command) => (await import('./report.js')).reportCommand(command),
  ui: async (command) => (await import('./ui.js')).uiCommand(command),
  retry: async (command) => (await import('./retry.js')).retryCommand(command),
  cancel: async (command) => (await import('./cancel.js')).cancelCommand(command),
  logs: async (command) => (await import('./logs.js')).logsCommand(command),
  gc: async (command) => (await import('./gc.js')).gcCommand(command),
  doctor: async (command) => (await import('./doctor.js')).doctorCommand(command),
  quickstart: async (command) => (await import('./quickstart.js')).quickstartCommand(command),
  completion: async (command) => (await import('./completion.js')).completionCommand(command),
  config: async (command) => (await import('./config.js')).configCommand(command),
} satisfies Record<VerbName, (command: Command) => Promise<number>>;

function flagsOf(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { warehouse, master, memory, windowing, deployMode } = args;
  const given = { warehouse, master, memory, windowing, deployMode };
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
