/** Partitions and files of a table: a Delta table by its log, any other by its folders. */
import { HindcastError } from '../errors.js';
import { openLocalStore } from '../store/local.js';
import type { Store } from '../store/store.js';
import type { PartitionSpec } from '../time/partition-spec.js';
import { type ReadCheckpoint, readDeltaSnapshot } from './delta-log.js';
import type { DataFile, TablePartition, TableState } from './table.js';

export interface ReadTableOptions {
  readonly spec: PartitionSpec;
  /** Folder of a table that lives outside of the warehouse. */
  readonly mappedPath: string | null;
  readonly readCheckpoint: ReadCheckpoint;
}

/** Folder of a table in the warehouse: `ns.name` → `ns/name`. */
export function tableKey(name: string): string {
  const dot = name.lastIndexOf('.');
  const key = dot < 0 ? name : `${name.slice(0, dot)}/${name.slice(dot + 1)}`;
  if (!/^[\w-]+(\.[\w-]+)*\/?[\w@-]*$/.test(key)) {
    throw new HindcastError('config', `"${name}" is no table name`, {
      hint: 'Write namespace.table, with letters, digits, _ and -.',
    });
  }
  return key;
}

/** Null when nothing is there. */
export async function readTable(
  store: Store,
  name: string,
  options: ReadTableOptions,
): Promise<TableState | null> {
  const { mappedPath, spec } = options;
  const mapped = mappedPath === null ? null : openLocalStore(mappedPath);
  const source = mapped ?? store;
  const key = mapped === null ? tableKey(name) : '.';
  const path = (relative: string): string =>
    mapped === null ? `${key}/${relative}` : mapped.localPath(relative);
  const snapshot = await readDeltaSnapshot(source, key, options.readCheckpoint);
  if (snapshot !== null) {
    const files = snapshot.files.map((file) => ({
      value: file.partitionValues[spec.column] ?? null,
      file: {
        path: path(file.path),
        bytes: file.size,
        version: `${file.size}-${file.modificationTime}`,
      },
    }));
    if (files.some(({ value }) => value === null)) {
      throw new HindcastError('data', `${name}: the table is not partitioned by "${spec.column}"`, {
        found: snapshot.metaData.partitionColumns.join(', ') || 'no partition column',
        hint: 'Set partitionColumn in hindcast.config, or partition the table by date.',
      });
    }
    return {
      name,
      format: 'delta',
      version: snapshot.version,
      partitions: group(files as Located[]),
    };
  }
  const prefix = mapped === null ? `${key}/` : '';
  const objects = await source.list(prefix);
  const files = objects.flatMap(({ key: objectKey, bytes, version }): Located[] => {
    const relative = objectKey.slice(prefix.length);
    const names = relative.split('/');
    if (!relative.endsWith('.parquet') || names.some((part) => /^[_.]/.test(part))) return [];
    const folder = names.slice(0, -1).find((part) => part.startsWith(`${spec.column}=`));
    if (folder === undefined) return [];
    const value = decodeURIComponent(folder.slice(spec.column.length + 1));
    return [{ value, file: { path: path(relative), bytes, version } }];
  });
  if (files.length === 0) {
    const parquet = objects.find((object) => object.key.endsWith('.parquet'));
    if (parquet === undefined) return null;
    throw new HindcastError('data', `${name}: no folder of the table is named "${spec.column}=…"`, {
      found: parquet.key,
      hint: 'Set partitionColumn in hindcast.config, or load the data with `hindcast import`.',
    });
  }
  return { name, format: 'parquet', version: -1, partitions: group(files) };
}

interface Located {
  readonly value: string;
  readonly file: DataFile;
}

function group(files: readonly Located[]): TablePartition[] {
  const partitions = new Map<string, DataFile[]>();
  for (const { value, file } of files) {
    const members = partitions.get(value) ?? [];
    members.push(file);
    partitions.set(value, members);
  }
  return [...partitions]
    .map(([value, members]) => ({ value, files: members }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}

/** Names of the warehouse's tables, for `sql` and for "did you mean". */
export async function listTables(store: Store): Promise<string[]> {
  const names = new Set<string>();
  for (const { key } of await store.list('')) {
    const parts = key.split('/');
    const end = parts.findIndex((part) => part === '_delta_log' || part.includes('='));
    if (end >= 2 && !parts[0]!.startsWith('_'))
      names.add(`${parts.slice(0, end - 1).join('.')}.${parts[end - 1]}`);
  }
  return [...names].sort();
}
