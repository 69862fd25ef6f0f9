/** SQL for the rows of a source: the only place where a scan becomes text. */
import {
  type Column,
  type Explode,
  explodedColumn,
  type KeyBucket,
  type Scan,
  type ScanFile,
  type TimeUnitOfColumn,
} from '@hindcast/shared/plan/task';
import { quoteList, quoteName, quoteText } from './duckdb.js';

/** Turns a task's path into one that DuckDB can open. */
export type Locate = (path: string) => string;

/**
 * A relation over Parquet files, with the partition column as text. Folders named `ds=VALUE` are
 * read as such; where a table's layout is another one, the value comes from the file list.
 * @param partial columns that some files lack
 * @param subPartitions further partition columns, where their types are known
 */
export function relation(
  files: readonly ScanFile[],
  partitionColumn: string,
  locate: Locate,
  partial: readonly Column[] = [],
  subPartitions: readonly Column[] = [],
): string {
  const rows = filesSql(
    files,
    [{ name: partitionColumn, type: 'VARCHAR' }, ...subPartitions],
    locate,
  );
  if (partial.length === 0) return rows;
  return `(${noRowsSql(partial)} UNION ALL BY NAME SELECT * FROM ${rows})`;
}

/** These columns, and no row. */
export function noRowsSql(columns: readonly Column[]): string {
  const nulls = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoteName(name)}`);
  return `SELECT ${nulls.join(', ')} WHERE false`;
}

/** @param partitioned partition columns, the one that the files' partitions are of first */
function filesSql(
  files: readonly ScanFile[],
  partitioned: readonly Column[],
  locate: Locate,
): string {
  const partitionColumn = partitioned[0]!.name;
  const column = quoteName(partitionColumn);
  const hive = files.every(({ path, partition }) =>
    path.includes(`/${partitionColumn}=${partition}/`),
  );
  if (hive) {
    const paths = quoteList(files.map(({ path }) => locate(path)));
    const types = partitioned.map(({ name, type }) => `${quoteName(name)}: ${type}`);
    // Of a subquery the reader's own columns, such as `filename`, can't be had by their names.
    return `(SELECT * FROM read_parquet(${paths}, union_by_name = true, hive_partitioning = true, hive_types = {${types.join(', ')}}))`;
  }
  const byPartition = new Map<string, string[]>();
  for (const { path, partition } of files) {
    const paths = byPartition.get(partition) ?? [];
    paths.push(locate(path));
    byPartition.set(partition, paths);
  }
  const branches = [...byPartition].map(
    ([partition, paths]) =>
      `SELECT *, ${quoteText(partition)} AS ${column} FROM read_parquet(${quoteList(paths)}, union_by_name = true, hive_partitioning = false)`,
  );
  return `(${branches.join(' UNION ALL BY NAME ')})`;
}

/** Days since epoch of the partition column, as SQL. */
export function daySql(scan: Pick<Scan, 'partitionColumn' | 'dateFormat'>): string {
  const column = quoteName(scan.partitionColumn);
  if (scan.dateFormat === 'yyyy-MM-dd') return `(CAST(${column} AS DATE) - DATE '1970-01-01')`;
  const format = scan.dateFormat.replace('yyyy', '%Y').replace('MM', '%m').replace('dd', '%d');
  return `(CAST(strptime(${column}, ${quoteText(format)}) AS DATE) - DATE '1970-01-01')`;
}

/** Milliseconds since epoch (BIGINT), as SQL over the table's own columns. */
export function timeSql(scan: Scan): string {
  if (scan.time.kind === 'none') return 'CAST(NULL AS BIGINT)';
  if (scan.time.kind === 'endOfPartition') {
    return `(${daySql(scan)} + 1) * CAST(86400000 AS BIGINT) - 1`;
  }
  return millisSql(scan.time.expression, scan.time.unit);
}

/** Milliseconds since epoch (BIGINT) of a time as the table has it. */
export function millisSql(expression: string, unit: TimeUnitOfColumn): string {
  if (unit === 'timestamp') return `epoch_ms(CAST(${expression} AS TIMESTAMP))`;
  return unit === 'integer'
    ? `CAST(${expression} AS BIGINT)`
    : `CAST(floor(${expression}) AS BIGINT)`;
}

/**
 * `SELECT selects…, __time, __day, <partition> FROM files WHERE wheres`. Expressions see the table's
 * own columns, as in Chronon.
 */
export function scanSql(scan: Scan, files: readonly ScanFile[], locate: Locate): string {
  const { partitionColumn, partial, subPartitions } = scan;
  return selectedSql(scan, relation(files, partitionColumn, locate, partial, subPartitions));
}

/** The same over any relation that has the table's columns. */
export function selectedSql(scan: Scan, rows: string): string {
  const partition = quoteName(scan.partitionColumn);
  const selected =
    scan.selects === null
      ? [`* EXCLUDE (${partition})`]
      : Object.entries(scan.selects)
          .filter(([name]) => name !== scan.partitionColumn)
          .map(([name, expression]) => `${expression} AS ${quoteName(name)}`);
  const columns = [
    ...selected,
    `${timeSql(scan)} AS __time`,
    `${scan.dayOfTime ? `CAST(floor((${timeSql(scan)}) / 86400000.0) AS INTEGER)` : daySql(scan)} AS __day`,
    `${partition} AS __partition`,
  ];
  const wheres = scan.wheres.map((where) => `(${where})`);
  // Apart from the selects, whose names a WHERE beside them would see.
  const kept = wheres.length === 0 ? rows : `(SELECT * FROM ${rows} WHERE ${wheres.join(' AND ')})`;
  return `SELECT ${columns.join(', ')} FROM ${kept}`;
}

/** A column as the part asks for it: `ts` and the partition are there without being selected. */
export function inputSql({ partitionColumn, selects }: Scan, name: string): string {
  if (name === partitionColumn) return '__partition';
  return name === 'ts' && selects !== null && !('ts' in selects) ? '__time' : quoteName(name);
}

/** Rows with one of their columns taken apart: as many rows as it has elements or entries. */
export function explodedSql(rows: string, { column, into }: Explode): string {
  const name = quoteName(column);
  const values = into === 'entries' ? `map_values(${name})` : name;
  const apart = {
    elements: '',
    positions: `, unnest(range(len(${name}))) AS ${explodedColumn}`,
    entries: `, unnest(map_keys(${name})) AS ${explodedColumn}`,
  }[into];
  return `SELECT * REPLACE (unnest(${values}) AS ${name})${apart} FROM (${rows})`;
}

/** Key columns `__k0, __k1, …` cast to the types that both sides of the join agreed on. */
export function keySql(keys: readonly Column[]): string {
  return keys
    .map(({ name, type }, i) => `CAST(${quoteName(name)} AS ${type}) AS __k${i}`)
    .join(', ');
}

/** The hash that routes a key; two keys are the same only if all of their columns are. */
export function hashSql(keyCount: number): string {
  return `hash(${keyNames(keyCount).join(', ')})`;
}

export function keyNames(keyCount: number): string[] {
  return Array.from({ length: keyCount }, (_, i) => `__k${i}`);
}

export function noneNull(names: readonly string[]): string {
  return names.map((name) => `${name} IS NOT NULL`).join(' AND ');
}

/** The condition that holds for hashes of a KeyBucket: those that share its top bits. */
export function inBucketSql({ index, bits }: KeyBucket): string {
  const width = 1n << BigInt(64 - bits);
  const low = BigInt(index) * width;
  return `__hash BETWEEN ${low}::UBIGINT AND ${low + width - 1n}::UBIGINT`;
}

/** Greatest row first: NULL is smallest, NaN greatest. */
export function greatestFirst(values: readonly Column[]): string {
  return values.map((_, i) => `__v${i} DESC NULLS LAST`).join(', ');
}
