/**
 * Files into the folders of a table: a missing partition's folder at once where the store has renames,
 * so that who lists folders sees all of it or nothing. They count only when a commit names them.
 */
import type { StagedFile } from '@hindcast/shared/plan/task';
import { atMost } from '@hindcast/shared/store/at-most';
import type { Store } from '@hindcast/shared/store/store';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { RunFiles } from './run-files.js';

const partitionsAtOnce = 8;

export interface PlacedFile {
  readonly path: string; // relative to the table
  readonly file: StagedFile;
}

/**
 * Moves staged files into the table's folders; when one fails, those that moved are taken out again.
 * @throws HindcastError kind `storage`
 */
export async function placeFiles(
  {
    tableKey,
    partitionColumn,
    staged,
    appVersion,
  }: {
    readonly appVersion: number;
    readonly tableKey: string;
    readonly partitionColumn: string;
    readonly staged: readonly StagedFile[];
  },
  snapshot: DeltaSnapshot | null,
  store: Store,
  run: RunFiles,
): Promise<PlacedFile[]> {
  const folders = [...new Set(staged.map((file) => folderOf(file, partitionColumn)))];
  const placed: PlacedFile[] = [];
  const present = new Set(await store.folders(`${tableKey}/`));
  try {
    await atMost(partitionsAtOnce, folders, async (folder) => {
      const files = staged.filter((file) => folderOf(file, partitionColumn) === folder);
      const named = files.map((file, i) => ({
        file,
        name: `part-${String(i).padStart(5, '0')}-${run.writer}.parquet`,
      }));
      if (present.has(folder.split('/')[0]!))
        await removeLeftovers(tableKey, folder, snapshot, store);
      // Noted before they are there: a move that breaks off may have got some of them there.
      placed.push(...named.map(({ file, name }) => ({ path: `${folder}/${name}`, file })));
      await store.place(
        `${tableKey}/${folder}`,
        named.map(({ file, name }) => ({ from: file.path, name })),
        `${run.folder}/step-${appVersion}/placing/${folder}`,
      );
    });
  } catch (error) {
    await store.delete(placed.map(({ path }) => `${tableKey}/${path}`));
    throw error;
  }
  return placed;
}

/** Folder of a file's partition, relative to the table. */
function folderOf({ partition, subPartitions = {} }: StagedFile, partitionColumn: string): string {
  return Object.entries({ [partitionColumn]: partition, ...subPartitions })
    .map(([column, value]) => `${column}=${encodeURIComponent(value)}`)
    .join('/');
}

/** The run that a data file's name tells of; null for files that something else wrote. */
export function writerOf(name: string): string | null {
  return /^part-\d{5}-(\d{8}T\d{6,9}-[0-9a-f]{6})(-\d+)?\.parquet$/.exec(name)?.[1] ?? null;
}

/** Files that a driver moved here and died before it could commit them. */
async function removeLeftovers(
  tableKey: string,
  folder: string,
  snapshot: DeltaSnapshot | null,
  store: Store,
): Promise<void> {
  const objects = await store.list(`${tableKey}/${folder}/`);
  if (objects.length === 0) return;
  const active = new Set(snapshot?.files.map(({ path }) => `${tableKey}/${path}`) ?? []);
  for (const { key } of objects) {
    if (active.has(key)) continue;
    const writer = writerOf(key.slice(key.lastIndexOf('/') + 1));
    if (writer !== null && !(await new RunFiles(store, writer).isAlive()))
      await store.delete([key]);
  }
}
