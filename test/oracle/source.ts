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
}

const dayMs = 86_400_000;

/** Days since 1970-01-01. */
export function dayOfPartition(ds: string): number {
  return Date.parse(`${ds}T00:00:00Z`) / dayMs;
}

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
    .filter(({ ds }) => startDs <= partition(ds) && partition(ds) <= end)
    .map((row) => {
      const time = source.kind === 'entities' ? null : timeOf(row, source.query, 'ts');
      const columns = select(row, source.query);
      if (source.kind === 'entities') return { columns, time, ds: partition(row['ds']) };
      if (time === null) throw new Error('The oracle needs a time in every left row');
      return { columns: { ...columns, ts: BigInt(time) }, time, ds: partition(row['ds']) };
    })
    .sort((a, b) => (a.ds < b.ds ? -1 : Number(a.ds > b.ds)));
}

/** The rows of all sources of a group-by, within each source's start and end partitions. */
export function readRight(groupBy: GroupBy, tables: OracleTables): SourceRow[] {
  return groupBy.sources.flatMap((each) => {
    const source = plainSource(each);
    const { query } = source;
    return tableRows(source, tables)
      .map((row) => ({
        columns: select(row, query),
        time: rightTime(row, source),
        ds: partition(row['ds']),
      }))
      .filter(({ ds }) => query.startPartition === null || query.startPartition <= ds)
      .filter(({ ds }) => query.endPartition === null || ds <= query.endPartition);
  });
}

/** Whether the group-by's rows are events or the entities of a snapshot. */
export function kindOf(groupBy: GroupBy): 'events' | 'entities' {
  const kinds = new Set(groupBy.sources.map((source) => plainSource(source).kind));
  if (kinds.size !== 1) throw new Error('The oracle takes sources of one kind per group-by');
  return kinds.has('events') ? 'events' : 'entities';
}

function rightTime(row: OracleRow, source: EventSource | EntitySource): number | null {
  const time = timeOf(row, source.query, null);
  const untimed = timeColumn(source.query, null) === null;
  if (source.kind === 'events' && untimed) {
    return (dayOfPartition(partition(row['ds'])) + 1) * dayMs - 1;
  }
  return time;
}

/** A select named `ts` is the time; the time column otherwise. */
function timeColumn(query: Query, fallback: string | null): string | null {
  return query.selects?.['ts'] ?? query.timeColumn ?? fallback;
}

function timeOf(row: OracleRow, query: Query, fallback: string | null): number | null {
  const column = timeColumn(query, fallback);
  if (column === null) return null;
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

function tableRows(source: EventSource | EntitySource, tables: OracleTables): readonly OracleRow[] {
  const name = source.kind === 'events' ? source.table : source.snapshotTable;
  const rows = tables.get(name);
  if (rows === undefined) throw new Error(`The oracle has no table "${name}"`);
  return rows;
}

function partition(ds: OracleValue | undefined): string {
  if (typeof ds !== 'string') throw new Error('The oracle needs a ds in every row');
  return ds;
}

function least(a: string, b: string | null): string {
  return b !== null && b < a ? b : a;
}
