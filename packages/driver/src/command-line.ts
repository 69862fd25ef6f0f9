/** The command line as a table: verbs, what each takes, and its options. */
import type { Options, PositionalOptions } from 'yargs';

export interface Verb {
  /** What stands after the verb: `<config>`, or in brackets when it may be left out. */
  readonly takes: string;
  readonly describe: string;
  readonly positional?: PositionalOptions;
  readonly options: Readonly<Record<string, Options>>;
}

/** An option with a value: the flag alone is an error. */
const text = (describe: string, more: Options = {}): Options => ({
  type: 'string',
  requiresArg: true,
  describe,
  ...more,
});

const flag = (describe: string, more: Options = {}): Options => ({
  type: 'boolean',
  default: false,
  describe,
  ...more,
});

const wholeNumber = (name: string, describe: string): Options =>
  text(describe, {
    coerce: (given: string | readonly string[] | undefined) => {
      if (typeof given !== 'string') return given;
      if (/^[1-9]\d*$/.test(given)) return Number(given);
      throw new Error(`--${name} ${given} is no whole number of at least 1`);
    },
  });

const yes = flag('Answer every question with yes', { alias: 'y' });
const output = text('Write to this file', { alias: 'o' });

const jobOptions: Readonly<Record<string, Options>> = {
  'start-ds': text('First partition (inclusive)', { alias: 'start' }),
  'end-ds': text('Last partition (inclusive)', { alias: 'end' }),
  master: text('local[N] or local[*]: N worker threads'),
  memory: text('Memory per executor, e.g. 2g'),
  windowing: text("exact, or sawtooth for Chronon's own rounding"),
  'step-days': wholeNumber('step-days', 'Days per step; each step commits by itself'),
  reprocess: {
    choices: ['missing', 'all'],
    default: 'missing',
    describe: 'all: compute partitions of the range again that are there',
  },
  'strict-inputs': flag('Fail when input partitions are missing'),
  name: text('A name for the run'),
  conf: text('A setting as key=value (repeatable)', { array: true }),
  yes,
};

const config: PositionalOptions = {
  type: 'string',
  describe: 'path/to/file.ts:export, or JSON that Chronon compiled',
};

export const verbs: Readonly<Record<string, Verb>> = {
  submit: {
    takes: '<config>',
    describe: 'Run a job',
    positional: config,
    options: { ...jobOptions, 'dry-run': flag('The same as plan') },
  },
  plan: {
    takes: '<config>',
    describe: 'Say what submit would do and why; run and write nothing',
    positional: config,
    options: jobOptions,
  },
  import: {
    takes: '<file>',
    describe: 'Load CSV or Parquet into a partitioned table',
    options: {
      table: text('namespace.name', { demandOption: true }),
      'partition-by': text('The date column (default: ds)'),
      mode: {
        choices: ['error', 'append', 'overwrite'],
        default: 'error',
        describe: 'What to do with partitions that exist',
      },
    },
  },
  sql: {
    takes: '<query>',
    describe: 'Query tables of the warehouse',
    options: {
      format: { choices: ['table', 'vertical', 'json', 'csv', 'parquet'], default: 'table' },
      output,
      limit: wholeNumber('limit', 'Most rows to show'),
    },
  },
  compile: {
    takes: '<module>',
    describe: "Print a TypeScript config as Chronon's JSON",
    options: { output },
  },
  status: { takes: '[run]', describe: 'Runs, newest first; or what one run did', options: {} },
  retry: {
    takes: '<run>',
    describe: 'Submit again what a run did not finish',
    options: { yes },
  },
  doctor: { takes: '', describe: 'Check the installation and the warehouse', options: {} },
  quickstart: {
    takes: '',
    describe: 'Compute a training set from bundled data',
    options: { folder: text('Where to put it', { default: 'hindcast-quickstart' }) },
  },
  config: {
    takes: '<what>',
    describe: 'Show settings',
    positional: { choices: ['show'] },
    options: { origin: flag('Say where each comes from') },
  },
};

export const globalOptions: Readonly<Record<string, Options>> = {
  warehouse: text('Folder or URL of the warehouse'),
  json: flag('One JSON document on stdout'),
  color: flag('Colors on a terminal (--no-color)', { default: true }),
  progress: flag('Progress on a terminal (--no-progress)', { default: true }),
  'log-level': {
    choices: ['info', 'debug'],
    default: 'info',
    describe: 'debug shows stack traces',
  },
  'log-format': {
    choices: ['text', 'json'],
    default: 'text',
    describe: 'json: events of a job and errors as JSON lines on stderr',
  },
};
