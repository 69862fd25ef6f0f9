/** consistency: how far what was served is from what is computed, into `<join>_consistency`. */

import { loggedTable } from '../plan/logged-join.js';
import { configOf, joinIn } from '../plan-job.js';
import { renderTable } from '../render.js';
import type { JobRequest } from '../request.js';
import type { RunResults } from '../results.js';
import { readableWord } from '../shell-words.js';
import { quoteIn, quoteTable } from '../sql-dialect.js';
import type { Command } from './command.js';
import { runRequest, startJob } from './job.js';
import { requestOf, toleranceOf } from './job-request.js';
import { showResults } from './show.js';
import { runQuery } from './sql.js';

export async function consistencyCommand(command: Command): Promise<number> {
  const request = {
    ...requestOf(command, String(command.args['config'])),
    consistency: { tolerance: toleranceOf(command) },
  };
  if (command.args['dryRun'] === true)
    return (await import('./plan.js')).showPlan(request, command);
  // A driver in a pod has no stdout that anyone reads.
  if (request.kubernetes?.deployMode === 'cluster') return startJob(request, command);
  const { results, exitCode } = await runRequest(request, command);
  if (results === null) return exitCode;
  const columns = await columnsOf(results, command);
  if (command.args['json'] === true) {
    process.stdout.write(`${JSON.stringify({ ...results, columns }, null, 2)}\n`);
    return exitCode;
  }
  showResults(results, command);
  if (columns.length > 0) process.stdout.write(`${render(columns)}\n${renderExamples(columns)}`);
  if (columns.some(({ off }) => off.length > 0)) {
    const line = (await takesLogged(request))
      ? "the join's table holds what was logged (bootstrapFromLog); compare with a copy of the config without it, submitted under another name"
      : compareLine(results, columns, command);
    process.stderr.write(`Which rows: ${line}\n`);
  }
  return exitCode;
}

/** Of one column, over all days that the run compared. */
type ColumnSummary = Readonly<Record<(typeof fields)[number], string | number | null>> & {
  /** Days on which rows differ, and how many. */
  readonly off: readonly { readonly partition: string; readonly rows: number }[];
  /** A few of these rows, values as text. */
  readonly examples: readonly Example[];
};

interface Example {
  readonly partition: string;
  readonly key: Readonly<Record<string, string | null>>;
  readonly logged: string | null;
  readonly computed: string | null;
}

const fields = [
  'column_name',
  'rows',
  'equal',
  'both_null',
  'mismatched',
  'logged_only',
  'computed_only',
  'mean_absolute_error',
  'mean_relative_error',
  'mean_edit_distance',
] as const;

async function columnsOf(
  { output, steps, args }: RunResults,
  command: Command,
): Promise<readonly ColumnSummary[]> {
  const days = steps.flatMap((step) => (step.status === 'committed' ? step.partitions : []));
  if (days.length === 0) return [];
  const values = days.map((value) => `'${value}'`).join(', ');
  const sum = (name: string): string => `sum(${name})::BIGINT AS ${name}`;
  const mean = (name: string): string =>
    `sum(${name} * measured) / sum(measured) FILTER (WHERE ${name} IS NOT NULL) AS ${name}`;
  const partition = quoteIn('duckdb', args.partitionSpec.column);
  const differ = 'mismatched + logged_only + computed_only';
  const off = `coalesce(list({'partition': ${partition}, 'rows': ${differ}} ORDER BY ${partition}) FILTER (WHERE ${differ} > 0), [])`;
  const counts = ['rows', 'equal', 'both_null', 'mismatched', 'logged_only', 'computed_only'];
  const means = ['mean_absolute_error', 'mean_relative_error', 'mean_edit_distance'];
  const example = `{'partition': p, 'key': e.key, 'logged': e.logged, 'computed': e.computed}`;
  const { rows } = await runQuery(
    command,
    `WITH compared AS (SELECT * FROM ${quoteTable('duckdb', output)} WHERE ${partition} IN (${values})),
       named AS (
         SELECT column_name, min_by(${example}, {'there': e.computed IS NOT NULL, 'p': p, 'i': i}, ${mostExamples}) AS examples
         FROM (SELECT column_name, ${partition} AS p, unnest(examples) AS e, generate_subscripts(examples, 1) AS i FROM compared)
         GROUP BY column_name)
     SELECT totals.*, coalesce(examples, []) FROM (
       SELECT column_name, ${[...counts.map(sum), ...means.map(mean)].join(', ')}, ${off} AS off
       FROM compared GROUP BY column_name
     ) totals LEFT JOIN named USING (column_name) ORDER BY ${differ} DESC, column_name`,
    null,
    null,
  );
  return rows.map((row) => {
    const summary = [...fields, 'off'].map((name, i) => [name, row[i]]);
    const examples = (row.at(-1) as FoundExample[]).map(({ key, ...rest }) => ({
      ...rest,
      key: Object.fromEntries(key.map((entry) => [entry.key, entry.value])),
    }));
    return Object.fromEntries([...summary, ['examples', examples]]) as ColumnSummary;
  });
}

/** A map is a list of its entries. */
interface FoundExample extends Omit<Example, 'key'> {
  readonly key: readonly { readonly key: string; readonly value: string | null }[];
}

/** Days that a line of the table names. */
const mostDays = 3;
/** Rows that are named for a column. */
const mostExamples = 3;
/** Columns whose rows are named. */
const mostColumns = 8;

function render(columns: readonly ColumnSummary[]): string {
  const short = (value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  const names = fields.map((name) => name.replace(/^(column|mean)_/, '').replaceAll('_', ' '));
  return renderTable(
    [...names, 'differs on'],
    columns.map((column) => [...fields.map((name) => short(column[name])), daysText(column)]),
    '',
  );
}

/** Of each column that differs some rows by their keys, those that only the log has a value of first. */
function renderExamples(columns: readonly ColumnSummary[]): string {
  const lines = columns
    .filter(({ examples }) => examples.length > 0)
    .slice(0, mostColumns)
    .flatMap(({ column_name: name, examples }) => [
      '',
      String(name),
      ...examples.map(({ partition, key, logged, computed }) => {
        const words = Object.entries(key).map(([column, value]) => `${column}=${valueText(value)}`);
        return `  ${partition} ${words.join(' ')}: logged ${valueText(logged)}, computed ${valueText(computed)}`;
      }),
    ]);
  return lines.map((line) => `${line}\n`).join('');
}

function valueText(value: string | null): string {
  if (value === null) return 'NULL';
  return /^[\w.:+-]+$/.test(value) ? value : JSON.stringify(value);
}

function daysText({ off }: ColumnSummary): string {
  const named = off.slice(0, mostDays).map(({ partition, rows }) => `${partition} (${rows})`);
  const more = off.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more days`] : [])].join(', ');
}

/** Whether the output has values of the log, so that comparing the two would find them equal. */
async function takesLogged(request: JobRequest): Promise<boolean> {
  const join = joinIn(await configOf(request), request);
  const log = loggedTable(join);
  return join.bootstrapFromLog || join.bootstrapParts.some(({ table }) => table === log);
}

/** The log is a table like others: where the left has its rows, compare names the worst. */
function compareLine(
  { output, args }: RunResults,
  columns: readonly ColumnSummary[],
  { settings }: Command,
): string {
  const { value, origin } = settings.warehouse;
  const worst = columns.slice(0, 3).filter(({ off }) => off.length > 0);
  const days = worst.flatMap(({ off }) => off.map(({ partition }) => partition)).sort();
  return [
    `hindcast compare ${readableWord(args.config)}`,
    `--against ${readableWord(output.replace(/_consistency$/, '_logged'))}`,
    `--start-ds ${days[0]} --end-ds ${days.at(-1)}`,
    ...worst.map(({ column_name: name }) => `--column ${readableWord(String(name))}`),
    ...(origin === 'flag' ? [`--warehouse ${readableWord(value)}`] : []),
  ].join(' ');
}
