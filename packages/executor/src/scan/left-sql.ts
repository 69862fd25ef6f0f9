/** SQL for the rows of the left as the output has them. */
import type {
  BootstrapScan,
  BootstrapTable,
  Column,
  LabelRows,
  LeftScan,
} from '@hindcast/shared/plan/task';
import { quoteName, quoteText } from './duckdb.js';
import { hashSql, keyNames, keySql, type Locate, noRowsSql, scanSql } from './source-sql.js';

/** A left column's name inside of tasks: a column `rowid` would hide the position that DuckDB gives. */
export function heldName(name: string): string {
  return /^rowid$/i.test(name) ? `__${name}` : name;
}

/**
 * `SELECT columns…, __time, __day, __partition`, without rows of skewed keys.
 * @param only leaves some of the rows, before bootstrap tables are looked up for them
 * @param older rows of a bootstrap table, one of each key and partition: `__k0, …, __partition, __found`,
 *   and its columns
 */
export function leftSql(
  left: LeftScan,
  locate: Locate,
  only: (rows: string) => string = (rows) => rows,
  older: (table: BootstrapTable, i: number) => string = (table) => bootstrapRowsSql(table, locate),
): string {
  const { scan, files, columns, skewKeys, labels, bootstrap } = left;
  const added = new Set(
    [...(bootstrap?.values ?? []), ...(bootstrap?.covered ?? [])].map((c) => c.name),
  );
  const own = columns.filter(({ name }) => !added.has(name));
  const selected = own.map(({ name, type }) => {
    if (name === 'ts' && scan.time.kind !== 'none') return '__time AS ts';
    const column = name === scan.partitionColumn ? '__partition' : quoteName(name);
    return `CAST(${column} AS ${type}) AS ${quoteName(heldName(name))}`;
  });
  const rows = `SELECT ${[...selected, '__time', '__day', '__partition'].join(', ')} FROM (${scanSql(scan, files, locate)})`;
  if (labels !== undefined) return only(labelRowsSql(rows, columns, labels));
  const skewed = skewedSql(columns, skewKeys);
  const kept = skewed === null ? rows : `SELECT * FROM (${rows}) WHERE (${skewed}) IS NOT TRUE`;
  return bootstrap === undefined ? only(kept) : bootstrappedSql(only(kept), bootstrap, older);
}

/** Each row of the left once, with what bootstrap tables have of it. */
function bootstrappedSql(
  rows: string,
  { tables, values, covered }: BootstrapScan,
  older: (table: BootstrapTable, i: number) => string,
): string {
  const value = (of: string) => (i: number) => `b${i}.${quoteName(of)}`;
  const added = [
    ...values.map(
      ({ name, of, tables: some }) =>
        `coalesce(${some.map(value(of)).join(', ')}) AS ${quoteName(name)}`,
    ),
    ...covered.map(({ name, columns }) => {
      const any = columns.map((some) => `(${some.map((i) => `b${i}.__found`).join(' OR ')})`);
      return `coalesce(${any.join(' AND ')}, false) AS ${quoteName(name)}`;
    }),
  ];
  const used = new Set([
    ...values.flatMap((one) => one.tables),
    ...covered.flatMap((one) => one.columns.flat()),
  ]);
  const joins = tables.map((table, i) => {
    if (!used.has(i)) return '';
    const keys = table.keys.map(
      ({ left, type }, k) => `CAST(l.${quoteName(heldName(left))} AS ${type}) = b${i}.__k${k}`,
    );
    const on = [...keys, `l.__partition = b${i}.__partition`].join(' AND ');
    return `LEFT JOIN (${older(table, i)}) AS b${i} ON ${on}`;
  });
  return `SELECT ${['l.*', ...added].join(', ')} FROM (${rows}) AS l ${joins.join(' ')}`;
}

/** One row of each key and partition: the greatest by its columns in order. */
function bootstrapRowsSql(table: BootstrapTable, locate: Locate): string {
  const { columns, unique } = table;
  const rows = bootstrapKeysSql(table, locate);
  if (unique) return `SELECT *, true AS __found FROM (${rows})`;
  const by = [...table.keys.map((_, k) => `__k${k}`), '__partition'].join(', ');
  const greatest = columns.map(({ name }) => `${quoteName(name)} DESC NULLS LAST`);
  return `SELECT DISTINCT ON (${by}) *, true AS __found FROM (${rows}) ORDER BY ${[by, ...greatest].join(', ')}`;
}

/** `SELECT __k0, …, columns…, __partition` of rows whose keys hold no NULL. */
export function bootstrapKeysSql(
  { scan, files, keys, columns }: BootstrapTable,
  locate: Locate,
): string {
  const cast = [
    ...keys.map(({ name, type }, k) => `CAST(${sourceColumn(scan, name)} AS ${type}) AS __k${k}`),
    ...columns.map(
      ({ name, type }) => `CAST(${sourceColumn(scan, name)} AS ${type}) AS ${quoteName(name)}`,
    ),
  ];
  const from = files.length === 0 ? noRowsOf(scan, keys, columns) : scanSql(scan, files, locate);
  const known = keys.map(({ name }) => `${sourceColumn(scan, name)} IS NOT NULL`).join(' AND ');
  return `SELECT ${[...cast, '__partition'].join(', ')} FROM (${from}) WHERE ${known}`;
}

function sourceColumn({ partitionColumn }: BootstrapTable['scan'], name: string): string {
  return name === partitionColumn ? '__partition' : quoteName(name);
}

function noRowsOf(
  { partitionColumn }: BootstrapTable['scan'],
  keys: BootstrapTable['keys'],
  columns: readonly Column[],
): string {
  const known = new Map([...keys, ...columns].map(({ name, type }) => [name, type]));
  known.delete(partitionColumn);
  return noRowsSql([
    ...[...known].map(([name, type]) => ({ name, type })),
    { name: '__partition', type: 'VARCHAR' },
  ]);
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
