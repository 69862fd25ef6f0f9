/**
 * A log of served requests as planning sees it: its columns as SQL, the fields of its requests, and
 * whether all of it can be taken apart without losing anything.
 */
import type { Join } from '@hindcast/shared/config/model';
import { HindcastError, nearest } from '@hindcast/shared/errors';
import type { Column, QueryTable } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { typeFamily } from '@hindcast/shared/table/column-type';
import { listTables, readTable } from '@hindcast/shared/table/partitions';
import type { TableState } from '@hindcast/shared/table/table';
import { checkpointReader } from './checkpoint-reader.js';
import type { Launcher } from './launch/launcher.js';
import { queryTable } from './named-tables.js';
import type { JobRequest } from './request.js';
import { quoteIn, quoteTable, quoteText } from './sql-dialect.js';

/** Columns of the flattened log that are of no request. */
export const ownColumns: readonly Column[] = [
  { name: 'ts', type: 'BIGINT' },
  { name: 'schema_hash', type: 'VARCHAR' },
];

/** A log, with its columns as SQL. */
export interface Log {
  readonly table: QueryTable;
  /** JSON; NULL where the log has what is none. */
  readonly key: string;
  readonly value: string;
  readonly ts: string;
  /** The columns as they are. */
  readonly raw: Readonly<Record<'key' | 'value' | 'ts', string>>;
  readonly schemaHash: string;
  /** Rows of this join, where the log has those of several. */
  readonly where: string;
}

/** What logs call their columns. */
const spellings = {
  key: ['key', 'key_json', 'key_bytes'],
  value: ['value', 'value_json', 'value_bytes'],
  ts: ['ts', 'ts_millis'],
  schemaHash: ['schema_hash', 'schemaHash'],
} as const;

/**
 * The table of a log, served or flattened.
 * @param absent what is said where there is none
 * @throws HindcastError of that kind
 */
export async function readLog(
  log: string,
  absent: { readonly kind: 'config' | 'missing-input'; readonly hint: string },
  { partitionSpec: spec, tables: mapped }: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<TableState> {
  const mappedPath = mapped[log] ?? null;
  const readCheckpoint = checkpointReader(launcher);
  const found = await readTable(store, log, { spec, mappedPath, readCheckpoint });
  if (found !== null) return found;
  await store.checkRoot();
  const near = nearest(log, [...(await listTables(store)), ...Object.keys(mapped)]);
  throw new HindcastError(absent.kind, `no log ${log} in ${store.url}`, {
    hint:
      near === undefined || near === log ? absent.hint : `Did you mean "${near}"? ${absent.hint}`,
  });
}

/** @throws HindcastError kind `config` for a log that is not there, or lacks what a log has */
export async function openLog(
  log: string,
  join: Join,
  request: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<Log> {
  const { partitionSpec } = request;
  const hint = 'Load it with `hindcast import`, a partition for each day.';
  const state = await readLog(log, { kind: 'config', hint }, request, store, launcher);
  const table = queryTable(state, partitionSpec.column);
  const { columns } = await launcher.run({
    kind: 'query',
    sql: `SELECT * FROM ${quoteTable('duckdb', log)} LIMIT 0`,
    tables: [table],
    otherTables: [],
    copyTo: null,
    maxRows: null,
  });
  const columnOf = (what: keyof typeof spellings): Column => {
    const names: readonly string[] = spellings[what];
    const found = columns.find(({ name }) => names.includes(name));
    if (found !== undefined) return found;
    throw new HindcastError('config', `log ${log}: no column "${names[0]}"`, {
      found: columns.map(({ name }) => name).join(', '),
      hint: `A log has key and value as JSON, ts (ms), schema_hash and "${partitionSpec.column}".`,
    });
  };
  const raw = {
    key: quoteIn('duckdb', columnOf('key').name),
    value: quoteIn('duckdb', columnOf('value').name),
    ts: quoteIn('duckdb', columnOf('ts').name),
  };
  const json = (what: 'key' | 'value'): string =>
    `TRY_CAST(${columnOf(what).type === 'BLOB' ? `TRY(decode(${raw[what]}))` : raw[what]} AS JSON)`;
  const family = typeFamily(columnOf('ts').type);
  if (family === 'other') {
    throw new HindcastError('config', `log ${log}: "${columnOf('ts').name}" is no time`, {
      found: columnOf('ts').type,
      hint: 'Log it in ms since the epoch.',
    });
  }
  return {
    table,
    key: json('key'),
    value: json('value'),
    ts: family === 'timestamp' ? `epoch_ms(${raw.ts})` : `TRY_CAST(${raw.ts} AS BIGINT)`,
    raw,
    schemaHash: `CAST(${quoteIn('duckdb', columnOf('schemaHash').name)} AS VARCHAR)`,
    where: columns.some((column) => column.name === 'name')
      ? `"name" = ${quoteText(join.metaData.name)}`
      : 'true',
  };
}

export interface Field {
  readonly name: string;
  readonly in: 'key' | 'value';
  /** DuckDB's names of the types that its values have in the JSON. */
  readonly jsonTypes: readonly string[];
  /** Whether some whole number is beyond 64 bits with a sign. */
  readonly isWide: boolean;
}

/** A field of a JSON object, as a JSON pointer in SQL's quotes: paths have wildcards. */
function pointerSql(name: string): string {
  return quoteText(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

/** What the days of a log hold, asked before anything is written. */
async function ask(log: Log, sql: string, launcher: Launcher): Promise<readonly unknown[][]> {
  const { rows } = await launcher.run({
    kind: 'query',
    sql,
    tables: [log.table],
    otherTables: [],
    copyTo: null,
    maxRows: null,
  });
  return rows as unknown[][];
}

function rowsOf({ table, where }: Log, columns: string): string {
  return `SELECT ${columns} FROM ${quoteTable('duckdb', table.name)} WHERE ${where}`;
}

/** @throws HindcastError kind `data` for rows that can't be taken apart */
async function refuseTorn(log: Log, launcher: Launcher, origin: string): Promise<void> {
  const wrongs = (['key', 'value', 'ts'] as const).map((what) => {
    const isNone =
      what === 'ts'
        ? `${log.ts} IS NULL`
        : `coalesce(json_type(${log[what]}) NOT IN ('OBJECT', 'NULL'), true)`;
    return { what, wrong: `${log.raw[what]} IS NOT NULL AND ${isNone}` };
  });
  const counted = wrongs.flatMap(({ what, wrong }) => [
    `count(*) FILTER (WHERE ${wrong})`,
    `min(CAST(${log.raw[what]} AS VARCHAR)) FILTER (WHERE ${wrong})`,
  ]);
  const [found] = await ask(log, rowsOf(log, counted.join(', ')), launcher);
  for (const [i, { what }] of wrongs.entries()) {
    const rows = Number(found![2 * i]);
    if (rows === 0) continue;
    const shape = what === 'ts' ? 'time' : 'JSON object';
    throw new HindcastError('data', `${origin}: ${what} is no ${shape} in ${rows} rows`, {
      found: shortened(String(found![2 * i + 1])),
      hint: 'Mend these rows, or leave them out of the log.',
    });
  }
}

function shortened(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

/**
 * Every field that some request of these days has.
 * @throws HindcastError kind `data` for rows that can't be taken apart, and for names that no column has
 */
export async function fieldsOf(
  log: Log,
  launcher: Launcher,
  partitionColumn: string,
  origin: string,
): Promise<Field[]> {
  await refuseTorn(log, launcher, origin);
  const each = (what: 'key' | 'value'): string =>
    `SELECT '${what}', entry.key, list_sort(list(DISTINCT entry.type)),
       bool_or(entry.type = 'UBIGINT' AND TRY_CAST(entry.value AS UBIGINT) > ${2n ** 63n - 1n})
     FROM (${rowsOf(log, `${log[what]} AS j`)}), json_each(j) AS entry GROUP BY 2`;
  const rows = await ask(log, `${each('key')} UNION ALL ${each('value')} ORDER BY 1, 2`, launcher);
  const fields = rows.map(([where, name, types, isWide]) => ({
    name: String(name),
    in: where as Field['in'],
    jsonTypes: (types as string[]).filter((type) => type !== 'NULL'),
    isWide: isWide === true,
  }));
  const keys = new Set(fields.filter((field) => field.in === 'key').map(({ name }) => name));
  // A contextual field is key and value at once; the date has a column of its own.
  const kept = fields.filter(
    (field) => (field.in === 'key' || !keys.has(field.name)) && field.name !== partitionColumn,
  );
  refuseNames(kept, partitionColumn, origin);
  return kept;
}

/** Columns are told apart whatever their case. */
function refuseNames(fields: readonly Field[], partitionColumn: string, origin: string): void {
  const own = [...ownColumns.map(({ name }) => name), partitionColumn];
  const seen = new Map(own.map((name) => [name.toLowerCase(), name]));
  for (const { name, in: where } of fields) {
    const other = seen.get(name.toLowerCase());
    if (name === '')
      throw new HindcastError('data', `${origin}: a field of ${where} has no name`, {
        hint: 'Each field is a column: name it.',
      });
    if (other !== undefined)
      throw new HindcastError(
        'data',
        own.includes(other)
          ? `${origin}: a field is named "${name}"`
          : `${origin}: two fields differ in case alone`,
        {
          found: own.includes(other) ? undefined : `"${other}" and "${name}"`,
          hint: own.includes(other)
            ? 'The flattened log has a column of its own by this name.'
            : 'Columns are told apart whatever their case: rename one of them.',
        },
      );
    seen.set(name.toLowerCase(), name);
  }
}

/**
 * Nothing is rounded, and nothing left out, to fit a column's type.
 * @throws HindcastError kind `data` for values that don't fit
 */
export async function refuseMisfits(
  log: Log,
  fields: readonly Field[],
  columns: readonly Column[],
  ofTable: readonly Column[],
  table: string,
  launcher: Launcher,
  origin: string,
): Promise<void> {
  const tried = fields.map((field, i) => {
    const { type } = columns[i]!;
    const value = readSql(field, type, `(${log[field.in]})`);
    const exact = type.replace(
      /\bU?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)\b|\bDECIMAL\([\d, ]+\)/g,
      'DOUBLE',
    );
    const wrong = `${value} IS NOT NULL AND (TRY_CAST(${value} AS ${type}) IS NULL
      OR CAST(TRY_CAST(${value} AS ${type}) AS ${exact}) IS DISTINCT FROM TRY_CAST(${value} AS ${exact}))`;
    return [
      `count(*) FILTER (WHERE ${wrong})`,
      `min(CAST(${value} AS VARCHAR)) FILTER (WHERE ${wrong})`,
    ];
  });
  if (tried.length === 0) return;
  const [found] = await ask(log, rowsOf(log, tried.flat().join(', ')), launcher);
  for (const [i, { name, type }] of columns.entries()) {
    const rows = Number(found![2 * i]);
    if (rows === 0) continue;
    const before = ofTable.some((column) => column.name === name);
    throw new HindcastError('data', `${origin}: "${name}" is no ${type} in ${rows} rows`, {
      found: shortened(String(found![2 * i + 1])),
      hint: before
        ? `It is one in ${table}: mend the log, or move that table away and flatten all days anew.`
        : 'It is one in the join: mend the log, or the join.',
    });
  }
}

/** A field as text, nested ones as JSON; SQL's NULL for JSON's. */
export function readSql({ name }: Field, type: string, json: string): string {
  return /[[(]/.test(type) && !type.startsWith('DECIMAL(')
    ? `nullif(json_extract(${json}, ${pointerSql(name)}), 'null'::JSON)`
    : `json_extract_string(${json}, ${pointerSql(name)})`;
}
