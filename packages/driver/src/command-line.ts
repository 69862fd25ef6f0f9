/** The command line as a table: verbs, what each takes, and its options. */
export interface OptionSpec {
  /** As help shows it: `-o, --output <file>`; without `<…>` it is a flag. */
  readonly flags: string;
  readonly describe: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  readonly wholeNumber?: true; // of at least 1
  readonly repeatable?: true;
  readonly required?: true;
}

export interface Verb {
  readonly describe: string;
  /** What stands after the verb: `<config>`, or in brackets when it may be left out. */
  readonly takes?: string;
  readonly takesWhat?: string;
  readonly takesOneOf?: readonly string[];
  /** What stands after that, one or several: `<config...>`. */
  readonly takesMore?: string;
  readonly takesMoreWhat?: string;
  readonly options: readonly OptionSpec[];
}

const yes: OptionSpec = { flags: '-y, --yes', describe: 'Answer every question with yes' };
const output: OptionSpec = { flags: '-o, --output <file>', describe: 'Write to this file' };

const master: OptionSpec = {
  flags: '--master <url>',
  describe: 'local[N] or local[*]: N worker threads; k8s://<context>: pods',
};

const jobOptions: readonly OptionSpec[] = [
  { flags: '--start, --start-ds <date>', describe: 'First partition (inclusive), or yesterday' },
  {
    flags: '--end, --end-ds <date>',
    describe: 'Last partition (inclusive); yesterday: the last day that is over, in UTC',
  },
  master,
  {
    flags: '--deploy-mode <mode>',
    describe: 'Where the driver of k8s:// runs: client (here) or cluster (in a pod)',
  },
  { flags: '--memory <size>', describe: 'Memory per executor, e.g. 2g' },
  { flags: '--windowing <kind>', describe: "exact, or sawtooth for Chronon's own rounding" },
  {
    flags: '--step-days <n>',
    describe: 'Days per step; each step commits by itself',
    wholeNumber: true,
  },
  {
    flags: '--parallelism <n>',
    describe: 'Steps that run side by side',
    wholeNumber: true,
  },
  {
    flags: '--reprocess <which>',
    describe:
      'Partitions of the range that are there: stale: those whose inputs changed; all: each',
    choices: ['missing', 'stale', 'all'],
    default: 'missing',
  },
  { flags: '--strict-inputs', describe: 'Fail when input partitions are missing' },
  { flags: '--name <name>', describe: 'A name for the run' },
  { flags: '--conf <key=value>', describe: 'A setting (repeatable)', repeatable: true },
  yes,
];

const wait: OptionSpec = {
  flags: '--wait <duration>',
  describe: 'Wait so long for input partitions that the given end lacks, e.g. 2h, 30m or 90s',
};

const tolerance: OptionSpec = {
  flags: '--tolerance <share>',
  describe: 'How far fractions may be apart and count as equal, relative (default: 1e-9)',
};

const dryRun: OptionSpec = { flags: '--dry-run', describe: 'The same as plan' };

const takesConfig = {
  takes: '<config>',
  takesWhat: 'path/to/file.ts:export, or JSON that Chronon compiled',
};

export const verbs = {
  submit: {
    describe: 'Run a job',
    ...takesConfig,
    options: [...jobOptions, wait, dryRun],
  },
  plan: {
    describe: 'Say what submit would do and why; run and write nothing',
    ...takesConfig,
    options: [
      ...jobOptions,
      { flags: '--label-ds <date>', describe: 'What label-join would do for this label date' },
    ],
  },
  'label-join': {
    describe: 'Compute the labels of a join, and its views _labeled and _labeled_latest',
    ...takesConfig,
    options: [
      {
        flags: '--label-ds <date>',
        describe: 'Label date: labels as they were known then; or yesterday',
      },
      { flags: '--start, --start-ds <date>', describe: 'First label date of several (inclusive)' },
      {
        flags: '--end, --end-ds <date>',
        describe: 'Last label date of several (inclusive); alone: all that came since the last run',
      },
      ...jobOptions.filter(
        ({ flags }) => !/--(start|end|windowing|step-days|parallelism|reprocess)\b/.test(flags),
      ),
      wait,
      dryRun,
    ],
  },
  'flatten-logs': {
    describe: 'Make a log of served requests a table, a column for each key and value',
    ...takesConfig,
    options: [
      {
        flags: '--log <table>',
        describe: 'namespace.name with key and value as JSON, ts, schema_hash and the date',
        required: true,
      },
      ...jobOptions.filter(({ flags }) => !/--windowing\b/.test(flags)),
      dryRun,
    ],
  },
  consistency: {
    describe: 'Compare what was served with what is computed for the same keys and times',
    ...takesConfig,
    options: [tolerance, ...jobOptions.filter(({ flags }) => !/--reprocess\b/.test(flags)), dryRun],
  },
  compare: {
    describe: "Compare a join's output with another table, say one that Chronon wrote",
    ...takesConfig,
    options: [
      { flags: '--against <table>', describe: 'The other table: namespace.name', required: true },
      ...jobOptions.filter(({ flags }) => /--(start|end)\b/.test(flags)),
      {
        flags: '--column <name>',
        describe: 'A column to compare (repeatable; default: all of either table)',
        repeatable: true,
      },
      tolerance,
      {
        flags: '--limit <n>',
        describe: 'Most rows to name for each column (default: 3)',
        wholeNumber: true,
      },
      ...jobOptions.filter(({ flags }) => /--(memory|conf)\b/.test(flags)),
      { flags: '--master <url>', describe: 'local[N] or local[*]: N worker threads' },
    ],
  },
  views: {
    describe: 'Print DDL of the views of a join with labels',
    ...takesConfig,
    options: [
      {
        flags: '--dialect <dialect>',
        describe: 'Whose SQL',
        choices: ['duckdb', 'spark', 'trino'],
        default: 'duckdb',
      },
      output,
    ],
  },
  'explain-row': {
    describe: 'Say why a row has the values that it has; writes nothing',
    ...takesConfig,
    options: [
      {
        flags: '--where <condition>',
        describe: `Spark SQL over the left's columns, e.g. "user_id = '24'"`,
        required: true,
      },
      { flags: '--ds <date>', describe: "The row's partition", required: true },
      {
        flags: '--row <n>',
        describe: 'Which of the rows that match, in order of time (default: 1)',
        wholeNumber: true,
      },
      {
        flags: '--column <name>',
        describe: 'A feature to explain in detail (repeatable; default: all)',
        repeatable: true,
      },
      {
        flags: '--limit <n>',
        describe: 'Most events that each feature names with --json (default: 1000)',
        wholeNumber: true,
      },
      { flags: '--windowing <kind>', describe: "exact, or sawtooth for Chronon's own rounding" },
      { flags: '--memory <size>', describe: 'Memory of the executor, e.g. 2g' },
      { flags: '--conf <key=value>', describe: 'A setting (repeatable)', repeatable: true },
    ],
  },
  import: {
    describe: 'Load CSV, lines of JSON or Parquet into a partitioned table',
    takes: '<file>',
    options: [
      { flags: '--table <name>', describe: 'namespace.name', required: true },
      { flags: '--partition-by <column>', describe: "The file's column of dates (default: ds)" },
      {
        flags: '--mode <mode>',
        describe: 'What to do with partitions that exist',
        choices: ['error', 'append', 'overwrite'],
        default: 'error',
      },
    ],
  },
  sql: {
    describe: 'Query tables of the warehouse',
    takes: '<query>',
    options: [
      {
        flags: '--format <format>',
        describe: 'How to write the rows',
        choices: ['table', 'vertical', 'json', 'csv', 'parquet'],
        default: 'table',
      },
      output,
      { flags: '--limit <n>', describe: 'Most rows to show', wholeNumber: true },
    ],
  },
  compile: {
    describe: "Print a TypeScript config as Chronon's JSON",
    takes: '<module>',
    options: [output],
  },
  export: {
    describe: 'Write a schedule of all configs for Airflow, Kubernetes or cron',
    takes: '<scheduler>',
    takesOneOf: ['airflow', 'kubernetes', 'cron'],
    takesMore: '<config...>',
    takesMoreWhat: 'folders, modules, path/to/file.ts:export, JSON that Chronon compiled',
    options: [
      output,
      {
        flags: '--wait <duration>',
        describe: 'How long a job waits for its inputs',
        default: '20h',
      },
      {
        flags: '--project <name>',
        describe:
          'Begins the names of DAGs and of CronJobs, and labels these; by default the folder',
      },
      { flags: '--folder <path>', describe: 'Where jobs of Airflow and cron run (default: here)' },
      {
        flags: '--command <text>',
        describe: 'What runs Hindcast there, as shell text',
        default: 'hindcast',
      },
      master,
      { flags: '--memory <size>', describe: 'Memory per executor of every job, e.g. 2g' },
      { flags: '--windowing <kind>', describe: "exact, or sawtooth for Chronon's own rounding" },
      { flags: '--conf <key=value>', describe: 'A setting of every job', repeatable: true },
    ],
  },
  'has-partition': {
    describe: 'Say whether a table has a partition: exit 0, or 4 when it is not there',
    takes: '<table>',
    takesWhat: 'namespace.name',
    options: [
      { flags: '--ds <date>', describe: 'The partition, or yesterday', required: true },
      { flags: '--partition-column <column>', describe: "The table's, where it is another one" },
      { flags: '--conf <key=value>', describe: 'A setting (repeatable)', repeatable: true },
    ],
  },
  status: { describe: 'Runs, newest first; or what one run did', takes: '[run]', options: [] },
  report: {
    describe:
      "Write a run's report anew, also of one that goes on or crashed; the newest by default",
    takes: '[run]',
    options: [output],
  },
  ui: {
    describe: 'Serve runs, tables, features and explain-row to a browser on this machine',
    options: [
      {
        flags: '--port <n>',
        describe: 'Where on 127.0.0.1; 0 takes any port that is free',
        default: '4780',
      },
    ],
  },
  retry: { describe: 'Submit again what a run did not finish', takes: '<run>', options: [yes] },
  cancel: {
    describe: 'End a run that goes on; what it committed stays',
    takes: '<run>',
    options: [master],
  },
  logs: { describe: 'What a run and its pods said', takes: '<run>', options: [master] },
  gc: {
    describe: 'Say what nothing needs any more, and with --yes delete it',
    options: [
      {
        flags: '--keep <days>',
        describe: 'Days whose runs keep their KeyBuckets, e.g. 30d (the default)',
      },
      { flags: '--archives', describe: 'Archived tables of before these days, too' },
      yes,
    ],
  },
  doctor: {
    describe: 'Check the installation, the warehouse and Kubernetes',
    options: [master, { flags: '--conf <key=value>', describe: 'A setting', repeatable: true }],
  },
  quickstart: {
    describe: 'Compute a training set from bundled data',
    options: [
      {
        flags: '--folder <path>',
        describe: 'Where to put it',
        default: 'hindcast-quickstart',
      },
    ],
  },
  completion: {
    describe: 'Print a script that completes this command line in a shell',
    takes: '<shell>',
    takesOneOf: ['bash', 'zsh', 'fish'],
    options: [],
  },
  config: {
    describe: 'Show settings',
    takes: '<what>',
    takesOneOf: ['show'],
    options: [{ flags: '--origin', describe: 'Say where each comes from' }],
  },
} satisfies Readonly<Record<string, Verb>>;
export type VerbName = keyof typeof verbs;

export const globalOptions: readonly OptionSpec[] = [
  { flags: '--warehouse <url>', describe: 'Folder or URL of the warehouse' },
  { flags: '--json', describe: 'One JSON document on stdout' },
  { flags: '--no-color', describe: 'No colors on a terminal' },
  { flags: '--no-progress', describe: 'No progress on a terminal' },
  {
    flags: '--log-level <level>',
    describe: 'debug shows stack traces',
    choices: ['info', 'debug'],
    default: 'info',
  },
  {
    flags: '--log-format <format>',
    describe: 'json: events of a job and errors as JSON lines on stderr',
    choices: ['text', 'json'],
    default: 'text',
  },
];
