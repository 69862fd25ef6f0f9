/** Reads the sources of a join from plain rows. */
import type {
  EntitySource,
  EventSource,
  GroupBy,
  Query,
  Source,
} from '@hindcast/shared/config/model';
import type { OracleRow, OracleValue } from './value.js';

export type OracleTables = ReadonlyMap<string, readonly OracleRow[]>;

export interface SourceRow {
  /** The selected columns in the order of the selects, without `ds`. */
  readonly columns: OracleRow;
  /** Milliseconds since epoch UTC; null where the row has none. */
  readonly time: number | null;
  readonly ds: string;
  /** `ds` as days since 1970-01-01. */
  readonly day: number;
  /** When the row was changed, if it is a mutation, and whether it takes a former row away. */
  readonly mutation: { readonly time: number; readonly isReversal: boolean } | null;
}

const dayMs = 86_400_000;

/** Every left row from `startDs` to `endDs`, inclusive, in order of partitions. */
export function readLeft(
  left: Source,
  tables: OracleTables,
  startDs: string,
  endDs: string,
): SourceRow[] {
  const source = plainSource(left);
  const end = least(endDs, source.query.endPartition);
  return tableRows(source, tables)
    .filter((row) => startDs <= partition(row) && partition(row) <= end)
    .map((row) => {
      const columns = select(row, source.query);
      const place = placeOf(row);
      if (source.kind === 'entities') return { ...place, columns, time: null, mutation: null };
      const time = timeOf(row, timeColumn(source.query) ?? 'ts');
      if (time === null) throw new Error('The oracle needs a time in every left row');
      return { ...place, columns: { ...columns, ts: BigInt(time) }, time, mutation: null };
    })
    .sort((a, b) => a.day - b.day);
}

/** The rows of all sources of a group-by, within each source's start and end partitions. */
export function readRight(groupBy: GroupBy, tables: OracleTables): SourceRow[] {
  return readTables(
    groupBy,
    (source) => tableRows(source, tables),
    () => null,
  );
}

/** The mutations of all sources of a group-by. */
export function readMutations(groupBy: GroupBy, tables: OracleTables): SourceRow[] {
  const rowsOf = (source: EventSource | EntitySource): readonly OracleRow[] =>
    source.kind === 'entities' ? tables.get(source.mutationTable ?? '')! : [];
  return readTables(groupBy, rowsOf, (row, { query }) => {
    const time = timeOf(row, query.mutationTimeColumn ?? 'mutation_ts');
    const isReversal = cell(row, query.reversalColumn ?? 'is_before') === true;
    return time === null ? null : { time, isReversal };
  });
}

function readTables(
  groupBy: GroupBy,
  rowsOf: (source: EventSource | EntitySource) => readonly OracleRow[],
  mutationOf: (row: OracleRow, source: EventSource | EntitySource) => SourceRow['mutation'],
): SourceRow[] {
  return groupBy.sources.flatMap((each) => {
    const source = plainSource(each);
    const { query } = source;
    return rowsOf(source)
      .map((row) => ({
        ...placeOf(row),
        columns: select(row, query),
        time: rightTime(row, source),
        mutation: mutationOf(row, source),
      }))
      .filter(({ ds }) => query.startPartition === null || query.startPartition <= ds)
      .filter(({ ds }) => query.endPartition === null || ds <= query.endPartition);
  });
}

/** The selected columns but keys and time, in the order of the (first source's) selects. */
export function valueColumns(groupBy: GroupBy, tables: OracleTables): string[] {
  const source = plainSource(groupBy.sources[0]!);
  const columns = Object.keys(source.query.selects ?? tableRows(source, tables)[0] ?? {});
  const others = new Set(['ts', 'ds', ...groupBy.keyColumns]);
  return columns.filter((column) => !others.has(column));
}

/** Whether the group-by's rows are events or the entities of a snapshot. */
export function kindOf(groupBy: GroupBy): 'events' | 'entities' {
  const kinds = new Set(groupBy.sources.map((source) => plainSource(source).kind));
  if (kinds.size !== 1) throw new Error('The oracle takes sources of one kind per group-by');
  return kinds.has('events') ? 'events' : 'entities';
}

/** An event without a time column happens in the last millisecond of its partition. */
function rightTime(row: OracleRow, source: EventSource | EntitySource): number | null {
  const column = timeColumn(source.query);
  if (column !== null) return timeOf(row, column);
  return source.kind === 'events' ? (placeOf(row).day + 1) * dayMs - 1 : null;
}

/** A select named `ts` is the time; the time column otherwise. */
function timeColumn(query: Query): string | null {
  return query.selects?.ts ?? query.timeColumn;
}

function timeOf(row: OracleRow, column: string): number | null {
  const time = cell(row, column);
  return time === null ? null : Number(time);
}

function select(row: OracleRow, query: Query): OracleRow {
  const names = Object.keys(row).map((name): [string, string] => [name, name]);
  const columns = query.selects === null ? names : Object.entries(query.selects);
  return Object.fromEntries(
    columns
      .filter(([name]) => name !== 'ds')
      .map(([name, expression]) => [name, cell(row, expression)]),
  );
}

/** An expression here is a column's name, nothing else. */
function cell(row: OracleRow, column: string): OracleValue {
  const value = row[column];
  if (value === undefined) throw new Error(`The oracle finds no column "${column}"`);
  return value;
}

function plainSource(source: Source): EventSource | EntitySource {
  if (source.kind === 'joinSource') throw new Error('The oracle takes no join as a source');
  if (source.query.wheres.length > 0) throw new Error('The oracle takes no wheres');
  return source;
}

export function tableOf(source: Source): string {
  const plain = plainSource(source);
  return plain.kind === 'events' ? plain.table : plain.snapshotTable;
}

function tableRows(source: EventSource | EntitySource, tables: OracleTables): readonly OracleRow[] {
  const name = tableOf(source);
  const rows = tables.get(name);
  if (rows === undefined) throw new Error(`The oracle has no table "${name}"`);
  return rows;
}

function placeOf(row: OracleRow): { readonly ds: string; readonly day: number } {
  const ds = partition(row);
  return { ds, day: Date.parse(`${ds}T00:00:00Z`) / dayMs };
}

function partition(row: OracleRow): string {
  const ds = row.ds;
  if (typeof ds !== 'string') throw new Error('The oracle needs a ds in every row');
  return ds;
}

function least(a: string, b: string | null): string {
  return b !== null && b < a ? b : a;
}
