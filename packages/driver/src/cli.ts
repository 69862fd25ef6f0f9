/**
 * The command line: arguments → one of the commands. Commands are loaded when they run, so that
 * help needs nothing but the table of verbs.
 */
import { moduleError, placeOf } from '@hindcast/shared/config/module-error';
import { HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import { version } from './engine.js';
import { parseCommandLine } from './parse-command-line.js';
import { renderError, styleFor } from './style.js';

const given = process.argv.slice(2);
const print = process.stdout.write.bind(process.stdout);

function isColorful(wanted: boolean): boolean {
  return wanted && process.env['NO_COLOR'] === undefined && process.stderr.isTTY === true;
}

async function main(): Promise<number> {
  const line = parseCommandLine(given, version);
  if (line === null) return 0;
  const { runCommand } = await import('./commands/run-command.js');
  return runCommand(line.verb, line.args, isColorful(line.args['color'] !== false));
}

function report(error: unknown): number {
  const { stack, ...record } = toErrorRecord(error);
  if (given.includes('--json')) print(`${JSON.stringify({ error: record })}\n`);
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
/** For a command that an error keeps from ending. */
const mostPatienceMs = 20_000;
process.on('exit', () => {
  if (process.exitCode !== waitingForNothing) return;
  process.exitCode = report(
    new HindcastError('config', 'the config never finishes loading', {
      hint: 'A promise that it exports or awaits never settles.',
    }),
  );
});

let failure: number | null = null;
/** What nobody catches ends the command as an interrupt does, and its exit code is the error's. */
function fail(error: unknown): void {
  if (failure !== null) return;
  const ofConfig = placeOf(error) !== null;
  failure = report(ofConfig ? moduleError('the config throws what nothing catches', error) : error);
  process.exitCode = failure;
  // The error is the one document on stdout.
  process.stdout.write = () => true;
  process.emit('SIGINT');
  setTimeout(process.exit, mostPatienceMs, failure).unref();
}
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

const code = await main().catch((error) => failure ?? report(error));
process.exitCode = failure ?? code;
