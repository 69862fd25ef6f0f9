/** What a table of consistency says of each column over some of its days: the query, and its rows as data. */
import { quoteIn, quoteTable, quoteText } from './sql-dialect.js';

/** Counts are sums over the days, means are over all rows that were measured. Named as the table has them. */
export type ColumnConsistency = {
  readonly column_name: string;
} & Readonly<Record<CountField, number>> &
  Readonly<Record<MeanField, number | null>> & {
    /** Days on which rows differ, in their order, and how many. */
    readonly off: readonly { readonly partition: string; readonly rows: number }[];
  };

const counts = [
  'rows',
  'equal',
  'both_null',
  'mismatched',
  'logged_only',
  'computed_only',
] as const;
const means = ['mean_absolute_error', 'mean_relative_error', 'mean_edit_distance'] as const;
type CountField = (typeof counts)[number];
type MeanField = (typeof means)[number];

export const consistencyFields = ['column_name', ...counts, ...means] as const;

/** Columns that differ most come first. */
export function consistencySql(
  table: string,
  partitionColumn: string,
  days: readonly string[],
): string {
  const values = days.map(quoteText).join(', ');
  const sum = (name: string): string => `sum(${name})::BIGINT AS ${name}`;
  const mean = (name: string): string =>
    `sum(${name} * measured) / sum(measured) FILTER (WHERE ${name} IS NOT NULL) AS ${name}`;
  const partition = quoteIn('duckdb', partitionColumn);
  const differ = 'mismatched + logged_only + computed_only';
  const off = `coalesce(list({'partition': ${partition}, 'rows': ${differ}} ORDER BY ${partition}) FILTER (WHERE ${differ} > 0), [])`;
  return `SELECT * FROM (
       SELECT column_name, ${[...counts.map(sum), ...means.map(mean)].join(', ')}, ${off} AS off
       FROM ${quoteTable('duckdb', table)}
       WHERE ${partition} IN (${values}) GROUP BY column_name
     ) ORDER BY ${differ} DESC, column_name`;
}

/** A row of that query. */
export function columnConsistency(row: readonly unknown[]): ColumnConsistency {
  return Object.fromEntries(
    [...consistencyFields, 'off'].map((name, i) => [name, row[i]]),
  ) as ColumnConsistency;
}

/** A row that differs, values as text. */
export interface Example {
  readonly partition: string;
  /** By which it is named. */
  readonly key: Readonly<Record<string, string | null>>;
  readonly logged: string | null;
  readonly computed: string | null;
}

/** Rows that are named for a column. */
const mostExamples = 3;

/** A column and a few of its rows that differ, those first whose value only the log has. */
export function examplesSql(
  table: string,
  partitionColumn: string,
  days: readonly string[],
): string {
  const values = days.map(quoteText).join(', ');
  const partition = quoteIn('duckdb', partitionColumn);
  const example = `{'partition': p, 'key': e.key, 'logged': e.logged, 'computed': e.computed}`;
  const order = `{'there': e.computed IS NOT NULL, 'p': p, 'i': i}`;
  return `SELECT column_name, min_by(${example}, ${order}, ${mostExamples}) FROM (
       SELECT column_name, ${partition} AS p, unnest(examples) AS e, generate_subscripts(examples, 1) AS i
       FROM ${quoteTable('duckdb', table)} WHERE ${partition} IN (${values})
     ) GROUP BY column_name`;
}

/** A map is a list of its entries. */
interface FoundExample extends Omit<Example, 'key'> {
  readonly key: readonly { readonly key: string; readonly value: string | null }[];
}

/** A row of that query. */
export function examplesOfColumn([name, found]: readonly unknown[]): [string, Example[]] {
  const examples = (found as FoundExample[]).map(({ key, ...rest }) => ({
    ...rest,
    key: Object.fromEntries(key.map((entry) => [entry.key, entry.value])),
  }));
  return [name as string, examples];
}
