#!/usr/bin/env node
/**
 * The command line: arguments → one of the commands. Commands are loaded when they run, so that
 * help needs nothing but the table of verbs.
 */
import { HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { globalOptions, verbs } from './command-line.js';
import { version } from './engine.js';
import { renderError, styleFor } from './style.js';
import { usageError } from './usage-error.js';

const given = hideBin(process.argv);

const parser = yargs(given)
  .scriptName('hindcast')
  .usage('$0 <command>\n\nPoint-in-time correct training sets.')
  .options(globalOptions)
  .demandCommand(1, 'Name a command.')
  .strict()
  .version(version)
  .detectLocale(false)
  .parserConfiguration({ 'greedy-arrays': false })
  .middleware(refuseRepeated, true)
  .wrap(Math.min(100, process.stdout.columns ?? 100))
  .exitProcess(false)
  .fail((message, error) => {
    throw error instanceof HindcastError ? error : usageError(message ?? error.message, given);
  });
for (const [name, { takes, describe, positional, options }] of Object.entries(verbs)) {
  parser.command(`${name} ${takes}`.trim(), describe, (args) => {
    const positionalName = takes.slice(1, -1);
    if (takes !== '') args.positional(positionalName, { type: 'string', ...positional });
    return args.options(options);
  });
}

/** yargs makes a list of an option that is given twice. */
function refuseRepeated(args: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(args)) {
    if (!Array.isArray(value) || name === '_' || name === 'conf') continue;
    throw new HindcastError('usage', `--${name} is given more than once`, {
      found: value.join(', '),
    });
  }
}

function isColorful(wanted: boolean): boolean {
  return wanted && process.env['NO_COLOR'] === undefined && process.stderr.isTTY === true;
}

async function main(): Promise<number> {
  const args: Readonly<Record<string, unknown>> = await parser.parse();
  if (args['help'] === true || args['version'] === true) return 0;
  const { runCommand } = await import('./commands/run-command.js');
  return runCommand(String((args['_'] as unknown[])[0]), args, isColorful(args['color'] !== false));
}

function report(error: unknown): number {
  const { stack, ...record } = toErrorRecord(error);
  if (given.includes('--json')) process.stdout.write(`${JSON.stringify({ error: record })}\n`);
  const bug =
    'This is a bug in Hindcast. Run again with --log-level debug and report what it prints.';
  const shown = record.kind === 'bug' ? { ...record, hint: bug } : record;
  const debug = has('--log-level', 'debug') && stack !== undefined;
  const text = has('--log-format', 'json')
    ? JSON.stringify({ error: debug ? { ...shown, stack } : shown })
    : `${renderError(shown, styleFor(isColorful(!given.includes('--no-color'))))}${debug ? `\n${stack}` : ''}`;
  process.stderr.write(`${text}\n`);
  return error instanceof HindcastError ? error.exitCode : 1;
}

/** Whether an option was given this value, on a command line that may be none. */
function has(option: string, value: string): boolean {
  return given.some(
    (arg, i) => arg === `${option}=${value}` || (arg === option && given[i + 1] === value),
  );
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is no failure.
  if (error.code === 'EPIPE') process.exit(0);
});
/** Node.js's code for a program that waits for something which never comes, as a module may. */
const waitingForNothing = 13;
process.on('exit', () => {
  if (process.exitCode !== waitingForNothing) return;
  process.exitCode = report(
    new HindcastError('config', 'the config never finishes loading', {
      hint: 'A promise that it exports or awaits never settles.',
    }),
  );
});
process.exitCode = await main().catch(report);
