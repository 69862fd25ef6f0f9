#!/usr/bin/env node
/**
 * The command line: arguments → a request → one of the commands. Commands are loaded when they run,
 * so that help needs nothing but this file.
 */
import { HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { renderError, styleFor } from './style.js';

const verbs = [
  'submit',
  'plan',
  'import',
  'sql',
  'compile',
  'status',
  'retry',
  'doctor',
  'quickstart',
  'config',
];

export interface GlobalFlags {
  readonly warehouse?: string | undefined;
  readonly json: boolean;
  readonly color: boolean;
  readonly progress: boolean;
  readonly logLevel: string;
}

function isColorful(flags: { readonly color?: unknown }): boolean {
  return (
    flags.color !== false && process.env['NO_COLOR'] === undefined && process.stderr.isTTY === true
  );
}

const jobOptions = (args: Argv): Argv =>
  args
    .option('start-ds', { alias: 'start', type: 'string', describe: 'First partition (inclusive)' })
    .option('end-ds', { alias: 'end', type: 'string', describe: 'Last partition (inclusive)' })
    .option('master', { type: 'string', describe: 'local[N] or local[*]: N worker threads' })
    .option('memory', { type: 'string', describe: 'Memory per executor, e.g. 2g' })
    .option('windowing', {
      type: 'string',
      describe: "exact, or sawtooth for Chronon's own rounding",
    })
    .option('step-days', { type: 'number', describe: 'Days per step; each step commits by itself' })
    .option('strict-inputs', {
      type: 'boolean',
      default: false,
      describe: 'Fail when input partitions are missing',
    })
    .option('name', { type: 'string', describe: 'A name for the run' })
    .option('conf', {
      type: 'string',
      array: true,
      describe: 'A setting as key=value (repeatable)',
    })
    .option('yes', {
      alias: 'y',
      type: 'boolean',
      default: false,
      describe: 'Answer every question with yes',
    });

const parser = yargs(hideBin(process.argv))
  .scriptName('hindcast')
  .usage('$0 <command>\n\nPoint-in-time correct training sets.')
  .command('submit <config>', 'Run a job', (args) =>
    jobOptions(
      args.positional('config', {
        type: 'string',
        describe: 'path/to/file.ts:export, or JSON that Chronon compiled',
      }),
    ).option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'The same as plan',
    }),
  )
  .command('plan <config>', 'Say what submit would do and why; run and write nothing', (args) =>
    jobOptions(args.positional('config', { type: 'string' })),
  )
  .command('import <file>', 'Load CSV or Parquet into a partitioned table', (args) =>
    args
      .positional('file', { type: 'string' })
      .option('table', { type: 'string', demandOption: true, describe: 'namespace.name' })
      .option('partition-by', { type: 'string', describe: 'The date column (default: ds)' })
      .option('mode', {
        choices: ['error', 'append', 'overwrite'],
        default: 'error',
        describe: 'What to do with partitions that exist',
      }),
  )
  .command('sql <query>', 'Query tables of the warehouse', (args) =>
    args
      .positional('query', { type: 'string' })
      .option('format', {
        choices: ['table', 'vertical', 'json', 'csv', 'parquet'],
        default: 'table',
      })
      .option('output', { alias: 'o', type: 'string', describe: 'Write to this file' })
      .option('limit', { type: 'number', describe: 'Most rows to show' }),
  )
  .command('compile <module>', "Print a TypeScript config as Chronon's JSON", (args) =>
    args
      .positional('module', { type: 'string' })
      .option('output', { alias: 'o', type: 'string', describe: 'Write to this file' }),
  )
  .command('status [run]', 'Runs, newest first; or what one run did', (args) =>
    args.positional('run', { type: 'string' }),
  )
  .command('retry <run>', 'Submit again what a run did not finish', (args) =>
    args
      .positional('run', { type: 'string' })
      .option('yes', { alias: 'y', type: 'boolean', default: false }),
  )
  .command('doctor', 'Check the installation and the warehouse')
  .command('quickstart', 'Compute a training set from bundled data', (args) =>
    args.option('folder', {
      type: 'string',
      default: 'hindcast-quickstart',
      describe: 'Where to put it',
    }),
  )
  .command('config <what>', 'Show settings', (args) =>
    args
      .positional('what', { choices: ['show'] })
      .option('origin', { type: 'boolean', default: false, describe: 'Say where each comes from' }),
  )
  .option('warehouse', { type: 'string', describe: 'Folder or URL of the warehouse' })
  .option('json', { type: 'boolean', default: false, describe: 'One JSON document on stdout' })
  .option('color', {
    type: 'boolean',
    default: true,
    describe: 'Colors on a terminal (--no-color)',
  })
  .option('progress', {
    type: 'boolean',
    default: true,
    describe: 'Progress on a terminal (--no-progress)',
  })
  .option('log-level', {
    choices: ['info', 'debug'],
    default: 'info',
    describe: 'debug shows stack traces',
  })
  .demandCommand(1, 'Name a command.')
  .strict()
  .recommendCommands()
  .wrap(Math.min(100, process.stdout.columns ?? 100))
  .exitProcess(false)
  .fail((message, error) => {
    throw error ?? new HindcastError('usage', message, { hint: 'See hindcast --help.' });
  });

async function main(): Promise<number> {
  const args = (await parser.parse()) as unknown as Record<string, unknown> &
    GlobalFlags & { _: string[] };
  const verb = args._[0];
  if (verb === undefined || !verbs.includes(verb)) return 0; // --help and --version
  const { runCommand } = await import('./commands/run-command.js');
  return runCommand(verb, args, isColorful(args));
}

function report(error: unknown): number {
  const record = toErrorRecord(error);
  const style = styleFor(isColorful({ color: !process.argv.includes('--no-color') }));
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ error: { ...record, stack: undefined } })}\n`);
  if (record.kind === 'bug') {
    const hint =
      'This is a bug in Hindcast. Run again with --log-level debug and report what it prints.';
    process.stderr.write(`${renderError({ ...record, hint }, style)}\n`);
  } else process.stderr.write(`${renderError(record, style)}\n`);
  const debug = process.argv.includes('debug') && record.stack !== undefined;
  if (debug) process.stderr.write(`${record.stack}\n`);
  return error instanceof HindcastError ? error.exitCode : 1;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is no failure.
  if (error.code === 'EPIPE') process.exit(0);
});
process.exitCode = await main().catch(report);
