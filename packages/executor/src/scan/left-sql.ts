/** SQL for the rows of the left as the output has them. */
import type { Column, LeftScan } from '@hindcast/shared/plan/task';
import { quoteName, quoteText } from './duckdb.js';
import { hashSql, keyNames, keySql, type Locate, scanSql } from './source-sql.js';

/** A left column's name inside of tasks: a column `rowid` would hide the position that DuckDB gives. */
export function heldName(name: string): string {
  return /^rowid$/i.test(name) ? `__${name}` : name;
}

/** `SELECT columns…, __time, __day, __partition`, without rows of skewed keys. */
export function leftSql({ scan, files, columns, skewKeys }: LeftScan, locate: Locate): string {
  const selected = columns.map(({ name, type }) =>
    name === 'ts' && scan.time.kind !== 'none'
      ? '__time AS ts'
      : `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(heldName(name))}`,
  );
  const rows = `SELECT ${[...selected, '__time', '__day', '__partition'].join(', ')} FROM (${scanSql(scan, files, locate)})`;
  const skewed = skewedSql(columns, skewKeys);
  return skewed === null ? rows : `SELECT * FROM (${rows}) WHERE (${skewed}) IS NOT TRUE`;
}

/** The condition that holds for rows which skewKeys leave out; null when there is none. */
export function skewedSql(
  columns: readonly Column[],
  skewKeys: LeftScan['skewKeys'],
): string | null {
  const conditions = Object.entries(skewKeys)
    .filter(([column]) => columns.some(({ name }) => name === column))
    .map(
      ([column, values]) =>
        `CAST(${quoteName(heldName(column))} AS VARCHAR) IN (${values.map(quoteText).join(', ')})`,
    );
  return conditions.length === 0 ? null : conditions.join(' OR ');
}

/** As `keySql`, over rows of the left. */
export function leftKeysSql(keys: readonly Column[]): string {
  return keySql(keys.map(({ name, type }) => ({ name: heldName(name), type })));
}

/** KeyBucket of each row of `rows`, as its last column `__kb`; the key columns go again. */
export function bucketedSql(rows: string, keys: readonly Column[], bits: number): string {
  const names = keyNames(keys.length);
  const bucket = bits === 0 ? '0' : `(${hashSql(names.length)} >> ${64 - bits})::INTEGER`;
  return `SELECT * EXCLUDE (${names.join(', ')}), ${bucket} AS __kb FROM (SELECT *, ${leftKeysSql(keys)} FROM (${rows}))`;
}
