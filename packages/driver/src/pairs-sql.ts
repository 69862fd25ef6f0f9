/**
 * SQL that brings the rows of two tables together, in DuckDB's dialect. Rows that share what identifies them
 * are paired as multisets: first those that are equal in all that is compared, then the rest in the order of
 * their values; who has more of them has rows on its side only.
 */
import type { Column } from '@hindcast/shared/plan/task';
import type { ComparedColumn } from './comparison-sql.js';
import { isExact } from './plan/compared-type.js';
import type { ColumnsInBoth, SharedColumn } from './plan/comparison.js';
import { quoteIn, quoteTable, typeIn } from './sql-dialect.js';

/** Which relation a side's rows come from, with all of its columns: some files may lack one. */
export interface PairedTable {
  readonly name: string;
  readonly columns: readonly Column[];
}

const quote = (name: string): string => quoteIn('duckdb', name);

/** The rows of a table in the types in which they are compared: `k0 …`, `v0 …` and `p`. */
function sideSql(
  { name, columns }: PairedTable,
  { identity, compared }: ColumnsInBoth,
  some: readonly number[],
  partitionColumn: string,
): string {
  const cast = ({ name: of, type }: SharedColumn, as: string): string =>
    `CAST(${quote(of)} AS ${typeIn('duckdb', type)}) AS ${as}`;
  const nulls = columns.map((column) => `CAST(NULL AS ${column.type}) AS ${quote(column.name)}`);
  const rows = `SELECT ${nulls.join(', ')} WHERE false UNION ALL BY NAME SELECT * FROM ${quoteTable('duckdb', name)}`;
  const selected = [
    ...identity.map((column, i) => cast(column, `k${i}`)),
    ...some.map((i) => cast(compared[i]!, `v${i}`)),
  ];
  return `SELECT ${[...selected, `${quote(partitionColumn)} AS p`].join(', ')} FROM (${rows})`;
}

function namesOfKeys({ identity }: ColumnsInBoth): string[] {
  return [...identity.map((_, i) => `k${i}`), 'p'];
}

/** `ours`, `theirs`: rows; `ours_repeated`, `theirs_repeated`: those that share an identity with one before. */
export function countsSql(
  ours: PairedTable,
  theirs: PairedTable,
  columns: ColumnsInBoth,
  partitionColumn: string,
): string {
  const keys = namesOfKeys(columns);
  const counted = (table: PairedTable): string =>
    `SELECT coalesce(sum(n), 0)::BIGINT AS rows, (coalesce(sum(n), 0) - count(*))::BIGINT AS repeated
     FROM (SELECT count(*) AS n FROM (${sideSql(table, columns, [], partitionColumn)}) GROUP BY ${keys.join(', ')})`;
  return `SELECT o.rows, o.repeated, t.rows, t.repeated FROM (${counted(ours)}) o, (${counted(theirs)}) t`;
}

/**
 * One row for each pair, and for each row without one: `k0 …` and `p`, what identifies it; `a0 …`, our values,
 * and `b0 …`, theirs; `in_a` and `in_b`, who has it.
 * @param some columns whose values come along, by their place among all that are compared
 * @param repeated whether rows of either side share their identity: all columns then say who is whose
 */
export function pairsSql(
  ours: PairedTable,
  theirs: PairedTable,
  columns: ColumnsInBoth,
  partitionColumn: string,
  some: readonly number[],
  repeated: boolean,
): string {
  const read = repeated ? columns.compared.map((_, i) => i) : some;
  const keys = namesOfKeys(columns);
  const values = some.map((i) => `v${i}`);
  const [a, b] = [ours, theirs].map((table) => sideSql(table, columns, read, partitionColumn));
  const all = [...keys, ...values].join(', ');
  const matched = keys.map((name) => `o.${name} IS NOT DISTINCT FROM t.${name}`);
  const joined = (o: string, t: string, on: readonly string[]): string =>
    `SELECT ${[
      ...keys.map((name) => `CASE WHEN o.here THEN o.${name} ELSE t.${name} END AS ${name}`),
      ...some.map((i) => `o.v${i} AS a${i}, t.v${i} AS b${i}`),
      'o.here IS TRUE AS in_a',
      't.here IS TRUE AS in_b',
    ].join(', ')} FROM (${o}) o FULL JOIN (${t}) t ON ${on.join(' AND ')}`;
  if (!repeated) {
    const [o, t] = [a, b].map((rows) => `SELECT true AS here, ${all} FROM (${rows})`);
    return joined(o!, t!, matched);
  }
  const by = keys.join(', ');
  const whole = read.length === 0 ? '0' : `hash({${read.map((i) => `'v${i}': v${i}`).join(', ')}})`;
  const exactFirst = columns.compared
    .map(({ type }, i) => ({ name: `v${i}`, exact: isExact(type) }))
    .sort((x, y) => Number(y.exact) - Number(x.exact))
    .map(({ name }) => `${name} NULLS LAST`);
  const side = (which: string): string =>
    `SELECT true AS here, ${all}, n FROM numbered WHERE ${which}`;
  return `WITH both_sides AS (SELECT true AS ours, * FROM (${a}) UNION ALL SELECT false, * FROM (${b})),
    hashed AS (SELECT *, ${whole} AS h FROM both_sides),
    counted AS (SELECT *, row_number() OVER (PARTITION BY ours, ${by}, h) AS c FROM hashed),
    twins AS (SELECT *, count(*) OVER (PARTITION BY ${by}, h, c) = 2 AS twin FROM counted),
    numbered AS (SELECT *, row_number() OVER (PARTITION BY ours, ${by} ORDER BY ${['twin DESC', ...exactFirst].join(', ')}) AS n FROM twins)
    ${joined(side('ours'), side('NOT ours'), [...matched, 'o.n = t.n'])}`;
}

/** A compared column over the rows of `pairsSql`. */
export function pairedColumn({ name, type }: SharedColumn, place: number): ComparedColumn {
  return { name, type, a: `a${place}`, b: `b${place}` };
}
