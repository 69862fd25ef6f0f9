/**
 * Files into the folders of a table: a missing partition's folder in one rename, so that who lists
 * folders sees all of it or nothing. They count only when a commit names them.
 */
import { readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { StagedFile } from '@hindcast/shared/plan/task';
import { explainFileError } from '@hindcast/shared/store/file-errors';
import type { Store } from '@hindcast/shared/store/store';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { RunFiles } from './run-files.js';

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
  const placed: PlacedFile[] = [];
  try {
    for (const partition of new Set(staged.map((file) => file.partition))) {
      const folder = `${partitionColumn}=${encodeURIComponent(partition)}`;
      const files = staged.filter((file) => file.partition === partition);
      const gathered = store.localPath(`${run.folder}/step-${appVersion}/placing/${folder}`);
      await mkdir(gathered, { recursive: true });
      const names = files.map((_, i) => `part-${String(i).padStart(5, '0')}-${run.runId}.parquet`);
      files.forEach((file, i) => {
        renameSync(store.localPath(file.path), `${gathered}/${names[i]}`);
      });
      const target = store.localPath(`${tableKey}/${folder}`);
      await mkdir(store.localPath(tableKey), { recursive: true });
      await removeLeftovers(target, folder, snapshot, store);
      if (!renameFolder(gathered, target)) {
        for (const name of names) renameSync(`${gathered}/${name}`, `${target}/${name}`);
        rmdirSync(gathered);
      }
      files.forEach((file, i) => {
        placed.push({ path: `${folder}/${names[i]}`, file });
      });
    }
  } catch (error) {
    await store.delete(placed.map(({ path }) => `${tableKey}/${path}`));
    throw explainFileError(error, store.localPath(tableKey));
  }
  return placed;
}

/** False when something is there already. */
function renameFolder(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

/** The run that a data file's name tells of; null for files that something else wrote. */
export function writerOf(name: string): string | null {
  return /^part-\d{5}-(\d{8}T\d{6,9}-[0-9a-f]{6})\.parquet$/.exec(name)?.[1] ?? null;
}

/** Files that a driver moved here and died before it could commit them. */
async function removeLeftovers(
  target: string,
  folder: string,
  snapshot: DeltaSnapshot | null,
  store: Store,
): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(target);
  } catch {
    return;
  }
  const active = new Set(snapshot?.files.map(({ path }) => path) ?? []);
  for (const name of names) {
    if (active.has(`${folder}/${name}`)) continue;
    const writer = writerOf(name);
    if (writer !== null && !(await new RunFiles(store, writer).isAlive())) {
      rmSync(`${target}/${name}`, { force: true });
    }
  }
  try {
    rmdirSync(target);
  } catch {
    // Not empty: the partition has files that count.
  }
}
