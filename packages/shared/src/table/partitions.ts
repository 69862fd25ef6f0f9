/** Partitions and files of a table: a Delta table by its log, any other by its folders. */
import { HindcastError } from '../errors.js';
import type { Column } from '../plan/task.js';
import { atMost } from '../store/at-most.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { type PartitionSpec, tryDayOf } from '../time/partition-spec.js';
import { type DeltaSnapshot, type ReadCheckpoint, readDeltaSnapshot } from './delta-log.js';
import { columnsOfSchema } from './delta-schema.js';
import type { DataFile, TablePartition, TableState } from './table.js';

export interface ReadTableOptions {
  readonly spec: PartitionSpec;
  /** Folder or URL of a table that lives outside of the warehouse. */
  readonly mappedPath: string | null;
  readonly readCheckpoint: ReadCheckpoint;
}

/** Folder of a table in the warehouse: `ns.name` → `ns/name`. */
export function tableKey(name: string): string {
  const dot = name.lastIndexOf('.');
  const key = dot < 0 ? name : `${name.slice(0, dot)}/${name.slice(dot + 1)}`;
  if (!/^([\w-]+(\.[\w-]+)*\/)?[\w@-]+$/.test(key)) {
    throw new HindcastError('config', `"${name}" is no table name`, {
      hint: 'Write namespace.table, with letters, digits, _ and -.',
    });
  }
  return key;
}

/** The table that lies in a folder of the warehouse: `ns/name` → `ns.name`. */
export function tableName(key: string): string {
  return key.replace('/', '.');
}

/**
 * Null when nothing is there. Rows without a date (NULL in the partition column) are in no
 * partition and don't appear.
 * @throws HindcastError kind `data` for a table that is not partitioned by the column, a partition
 * that is no date in its format, and whatever `readDeltaSnapshot` refuses
 */
export async function readTable(
  store: Store,
  name: string,
  { mappedPath, spec, readCheckpoint }: ReadTableOptions,
): Promise<TableState | null> {
  const folder = mappedPath === null ? inWarehouse(store, name) : await elsewhere(mappedPath);
  const snapshot = await readDeltaSnapshot(folder.store, folder.key, readCheckpoint, name);
  const located =
    snapshot === null
      ? await filesOfFolders(folder, name, spec)
      : filesOfSnapshot(snapshot, folder, name, spec);
  if (located === null) return null;
  return {
    name,
    format: snapshot === null ? 'parquet' : 'delta',
    version: snapshot?.version ?? -1,
    ...(snapshot !== null && {
      schema: snapshot.metaData.schemaString,
      subPartitions: subPartitionsOf(snapshot, spec),
    }),
    partitions: group(located, name, spec),
  };
}

function subPartitionsOf({ metaData }: DeltaSnapshot, { column }: PartitionSpec): Column[] {
  const { partitionColumns, schemaString } = metaData;
  if (partitionColumns.length === 1) return [];
  return columnsOfSchema(schemaString).filter(
    ({ name }) => name !== column && partitionColumns.includes(name),
  );
}

/** Where a table's files are. */
interface Folder {
  readonly store: Store;
  readonly key: string;
  /** What all keys of its objects begin with. */
  readonly prefix: string;
  readonly path: (relative: string) => string;
}

function inWarehouse(store: Store, name: string): Folder {
  const key = tableKey(name);
  return { store, key, prefix: `${key}/`, path: (relative) => `${key}/${relative}` };
}

async function elsewhere(path: string): Promise<Folder> {
  const store = await openStore(path);
  return { store, key: '.', prefix: '', path: store.address };
}

interface Located {
  /** Null for the partition of rows without a value. */
  readonly value: string | null;
  readonly file: DataFile;
}

function filesOfSnapshot(
  { metaData, files }: DeltaSnapshot,
  { path }: Folder,
  name: string,
  { column }: PartitionSpec,
): Located[] {
  if (!metaData.partitionColumns.includes(column)) {
    throw new HindcastError('data', `${name}: the table is not partitioned by "${column}"`, {
      found: metaData.partitionColumns.join(', ') || 'no partition column',
      hint: 'Set partitionColumn in hindcast.config, or partition the table by date.',
    });
  }
  return files.map((file) => ({
    value: file.partitionValues[column] ?? null,
    file: {
      path: path(file.path),
      bytes: file.size,
      version: `${file.size}-${file.modificationTime}`,
    },
  }));
}

/** What Hive and Spark name the folder of rows without a value. */
const nullFolder = '__HIVE_DEFAULT_PARTITION__';

/** Null when no Parquet file is there; folders and files that begin with _ or . are not data. */
async function filesOfFolders(
  { store, prefix, path }: Folder,
  name: string,
  { column }: PartitionSpec,
): Promise<Located[] | null> {
  const objects = await store.list(prefix);
  const located = objects.flatMap(({ key, bytes, version }): Located[] => {
    const relative = key.slice(prefix.length);
    const names = relative.split('/');
    if (!relative.endsWith('.parquet') || names.some((part) => /^[_.]/.test(part))) return [];
    const folder = names.slice(0, -1).find((part) => part.startsWith(`${column}=`));
    if (folder === undefined) return [];
    const text = folder.slice(column.length + 1);
    const value = text === nullFolder ? null : unescaped(text);
    return [{ value, file: { path: path(relative), bytes, version } }];
  });
  if (located.length > 0) return located;
  const parquet = objects.find(({ key }) => key.endsWith('.parquet'));
  if (parquet === undefined) return null;
  throw new HindcastError('data', `${name}: no folder of the table is named "${column}=…"`, {
    found: parquet.key,
    hint: 'Set partitionColumn in hindcast.config, or load the data with `hindcast import`.',
  });
}

/** As it stands where it is not escaped. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function group(
  files: readonly Located[],
  name: string,
  { column, format }: PartitionSpec,
): TablePartition[] {
  const partitions = new Map<string, DataFile[]>();
  for (const { value, file } of files) {
    if (value === null) continue;
    const members = partitions.get(value) ?? [];
    members.push(file);
    partitions.set(value, members);
  }
  for (const value of partitions.keys()) {
    if (tryDayOf(value, format) !== null) continue;
    throw new HindcastError('data', `${name}: partition "${column}=${value}" is no date`, {
      found: partitions.get(value)![0]!.path,
      hint: `Set dateFormat in hindcast.config (dates are ${format} now), or move the partition out of the table.`,
    });
  }
  return [...partitions]
    .map(([value, members]) => ({ value, files: members }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}

/**
 * Names of the warehouse's tables, for `sql` and for "did you mean". Namespaces have dots, not folders
 * in folders: what lies deeper has no name.
 */
export async function listTables(store: Store): Promise<string[]> {
  const namespaces = (await store.folders('')).filter((name) => !name.startsWith('_'));
  const names = await atMost(foldersAtOnce, namespaces, async (namespace) => {
    const below = await store.folders(`${namespace}/`);
    const own = below.some(isOfTable) ? [namespace] : [];
    const others = below.filter((name) => !isOfTable(name));
    const tables = await atMost(foldersAtOnce, others, async (name) => {
      const found = (await store.folders(`${namespace}/${name}/`)).some(isOfTable);
      return found ? [`${namespace}.${name}`] : [];
    });
    return [...own, ...tables.flat()];
  });
  return names.flat().sort();
}

/** Whether something has the name of a table, whoever wrote it. */
export async function isTable(store: Store, name: string): Promise<boolean> {
  return (await store.folders(`${tableKey(name)}/`)).some(isOfTable);
}

/** A folder right below a table's own. */
function isOfTable(name: string): boolean {
  return name === '_delta_log' || name.includes('=');
}

const foldersAtOnce = 16;
