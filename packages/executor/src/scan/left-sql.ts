/** SQL for the rows of the left as the output has them. */
import type { Column, LabelRows, LeftScan } from '@hindcast/shared/plan/task';
import { quoteName, quoteText } from './duckdb.js';
import { hashSql, keyNames, keySql, type Locate, scanSql } from './source-sql.js';

/** A left column's name inside of tasks: a column `rowid` would hide the position that DuckDB gives. */
export function heldName(name: string): string {
  return /^rowid$/i.test(name) ? `__${name}` : name;
}

/** `SELECT columns…, __time, __day, __partition`, without rows of skewed keys. */
export function leftSql(left: LeftScan, locate: Locate): string {
  const { scan, files, columns, skewKeys, labels } = left;
  const selected = columns.map(({ name, type }) => {
    if (name === 'ts' && scan.time.kind !== 'none') return '__time AS ts';
    const column = name === scan.partitionColumn ? '__partition' : quoteName(name);
    return `CAST(${column} AS ${type}) AS ${quoteName(heldName(name))}`;
  });
  const rows = `SELECT ${[...selected, '__time', '__day', '__partition'].join(', ')} FROM (${scanSql(scan, files, locate)})`;
  if (labels !== undefined) return labelRowsSql(rows, columns, labels);
  const skewed = skewedSql(columns, skewKeys);
  return skewed === null ? rows : `SELECT * FROM (${rows}) WHERE (${skewed}) IS NOT TRUE`;
}

function labelRowsSql(rows: string, columns: readonly Column[], labels: LabelRows): string {
  const { identity, labelDs, day } = labels;
  const held = (name: string): string => quoteName(heldName(name));
  const others = columns.map(({ name }) => name).filter((name) => !identity.includes(name));
  const dated = `* REPLACE (${day}::INTEGER AS __day, ${quoteText(labelDs)} AS __partition)`;
  return `SELECT ${dated} FROM (SELECT DISTINCT ON (${identity.map(held).join(', ')}) * FROM (${rows})
    ORDER BY ${[...identity, ...others].map(held).join(', ')})`;
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
