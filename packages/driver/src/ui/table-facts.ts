/** What there is to say of a table without reading its rows. */
import type { Column } from '@hindcast/shared/plan/task';
import { rowsOf } from '@hindcast/shared/table/delta-history';
import { type DeltaSnapshot, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { readTable, tableKey } from '@hindcast/shared/table/partitions';
import { provenanceTag } from '../plan/decide.js';
import type { UiContext } from './context.js';

export interface TableFacts {
  readonly name: string;
  readonly format: 'delta' | 'parquet';
  readonly version: number | null; // null for plain Parquet
  readonly partitionColumns: readonly string[];
  /** Sorted. */
  readonly partitions: readonly PartitionFacts[];
  /** Null where the table's files have to say. */
  readonly columns: readonly Column[] | null;
  /** Output prefixes of the parts that it was computed from; none for other tables. */
  readonly parts: readonly string[];
}

export interface PartitionFacts {
  readonly value: string | null; // null: rows without a date
  readonly files: number;
  readonly bytes: number;
  readonly rows: number | null; // null: its files don't say
  /** As tasks know them. */
  readonly paths: readonly string[];
}

/**
 * @returns null where there is no such table
 * @throws HindcastError for one that can't be read
 */
export async function tableFacts(
  name: string,
  { store, spec, tables, readCheckpoint }: UiContext,
): Promise<TableFacts | null> {
  const mappedPath = tables[name] ?? null;
  const snapshot =
    mappedPath === null
      ? await readDeltaSnapshot(store, tableKey(name), readCheckpoint, name)
      : null;
  if (snapshot !== null) return factsOfSnapshot(name, snapshot);
  const state = await readTable(store, name, { spec, mappedPath, readCheckpoint });
  if (state === null) return null;
  return {
    name,
    format: state.format,
    version: state.format === 'delta' ? state.version : null,
    partitionColumns: [spec.column, ...(state.subPartitions ?? []).map((column) => column.name)],
    partitions: state.partitions.map(({ value, files }) => ({
      value,
      files: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      rows: null,
      paths: files.map(({ path }) => path),
    })),
    columns: state.schema === undefined ? null : columnsOfSchema(state.schema),
    parts: [],
  };
}

function factsOfSnapshot(name: string, { version, metaData, files }: DeltaSnapshot): TableFacts {
  const { partitionColumns, configuration, schemaString } = metaData;
  const first = partitionColumns[0];
  const groups = new Map<string | null, PartitionFacts>();
  for (const { path, partitionValues, size, stats } of files) {
    const value = first === undefined ? null : (partitionValues[first] ?? null);
    const had = groups.get(value) ?? { value, files: 0, bytes: 0, rows: 0, paths: [] };
    const own = rowsOf({ stats });
    groups.set(value, {
      value,
      files: had.files + 1,
      bytes: had.bytes + size,
      rows: had.rows === null || own === null ? null : had.rows + own,
      paths: [...had.paths, `${tableKey(name)}/${path}`],
    });
  }
  return {
    name,
    format: 'delta',
    version,
    partitionColumns,
    partitions: [...groups.values()].sort((a, b) => ((a.value ?? '') < (b.value ?? '') ? -1 : 1)),
    columns: columnsOfSchema(schemaString),
    parts: partsOf(configuration[provenanceTag]),
  };
}

/** The table's configuration may be anybody's. */
function partsOf(provenance: string | undefined): string[] {
  try {
    const known = Object.keys(JSON.parse(provenance ?? '{}') as object);
    return known.flatMap((name) => (name.startsWith('part.') ? [name.slice(5)] : []));
  } catch {
    return [];
  }
}

export function totalRows({ partitions }: Pick<TableFacts, 'partitions'>): number | null {
  let all = 0;
  for (const { rows } of partitions) {
    if (rows === null) return null;
    all += rows;
  }
  return all;
}

export function totalBytes({ partitions }: Pick<TableFacts, 'partitions'>): number {
  return partitions.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** `2023-11-01 … 2023-11-30`; null for none. */
export function spanOf({ partitions }: Pick<TableFacts, 'partitions'>): string | null {
  const dated = partitions.flatMap(({ value }) => value ?? []);
  if (dated.length === 0) return null;
  return dated.length === 1 ? dated[0]! : `${dated[0]} … ${dated.at(-1)}`;
}
