/** consistency: how far what was served is from what is computed, into `<join>_consistency`. */
import {
  type ColumnConsistency,
  columnConsistency,
  consistencyFields,
  consistencySql,
  type Example,
  examplesOfColumn,
  examplesSql,
} from '../column-consistency.js';
import { loggedTable } from '../plan/logged-join.js';
import { configOf, joinIn } from '../plan-job.js';
import { renderTable } from '../render.js';
import type { JobRequest } from '../request.js';
import type { RunResults } from '../results.js';
import { readableWord } from '../shell-words.js';
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

interface NamedColumn extends ColumnConsistency {
  readonly examples: readonly Example[];
}

async function columnsOf(
  { output, steps, args }: RunResults,
  command: Command,
): Promise<readonly NamedColumn[]> {
  const days = steps.flatMap((step) => (step.status === 'committed' ? step.partitions : []));
  if (days.length === 0) return [];
  const { column } = args.partitionSpec;
  const ask = async (sql: string) => (await runQuery(command, sql, null, null)).rows;
  const examples = new Map((await ask(examplesSql(output, column, days))).map(examplesOfColumn));
  return (await ask(consistencySql(output, column, days)))
    .map(columnConsistency)
    .map((found) => ({ ...found, examples: examples.get(found.column_name) ?? [] }));
}

/** Days that a line of the table names. */
const mostDays = 3;
/** Columns whose rows are named. */
const mostColumns = 8;

function render(columns: readonly ColumnConsistency[]): string {
  const short = (value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  const names = consistencyFields.map((name) =>
    name.replace(/^(column|mean)_/, '').replaceAll('_', ' '),
  );
  return renderTable(
    [...names, 'differs on'],
    columns.map((column) => [
      ...consistencyFields.map((name) => short(column[name])),
      daysText(column),
    ]),
    '',
  );
}

/** Of each column that differs some rows by their keys, those that only the log has a value of first. */
function renderExamples(columns: readonly NamedColumn[]): string {
  const lines = columns
    .filter(({ examples }) => examples.length > 0)
    .slice(0, mostColumns)
    .flatMap(({ column_name: name, examples }) => [
      '',
      name,
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

function daysText({ off }: ColumnConsistency): string {
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
  columns: readonly ColumnConsistency[],
  { settings }: Command,
): string {
  const { value, origin } = settings.warehouse;
  const worst = columns.slice(0, 3).filter(({ off }) => off.length > 0);
  const days = worst.flatMap(({ off }) => off.map(({ partition }) => partition)).sort();
  return [
    `hindcast compare ${readableWord(args.config)}`,
    `--against ${readableWord(output.replace(/_consistency$/, '_logged'))}`,
    `--start-ds ${days[0]} --end-ds ${days.at(-1)}`,
    ...worst.map(({ column_name: name }) => `--column ${readableWord(name)}`),
    ...(origin === 'flag' ? [`--warehouse ${readableWord(value)}`] : []),
  ].join(' ');
}
