/** Brings what a task wrote from the mirror to the store. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Task, TaskResult } from '@hindcast/shared/plan/task';
import { explainS3Error } from '@hindcast/shared/store/s3-errors';
import { s3Url } from '@hindcast/shared/store/s3-location';
import { openBucket } from '@hindcast/shared/store/s3-objects';
import { limiter } from './limit.js';
import type { Mirror } from './mirror.js';
import type { StageIn } from './stage-in.js';

/** Lists the files of a task's folder whose names nobody else knows: listings may be behind. */
export const manifestName = 'files.json';

export interface ManifestFile {
  readonly name: string; // below the folder
  readonly bytes: number;
}

/** A segment's last object: where it is, all are. */
const lastOfSegment = 'notes.json';

/** With two parts of 8 MiB each they bound the memory of what is on its way. */
const uploadsAtOnce = 4;

export async function stageOut(
  task: Task,
  result: unknown,
  stage: StageIn,
  mirror: Mirror,
): Promise<void> {
  const limit = limiter(uploadsAtOnce);
  const upload = (path: string): Promise<void> =>
    limit(async () => {
      const place = stage.placeOf(path);
      if (place === null) return;
      const { bucket, key } = place;
      try {
        const objects = await openBucket(bucket);
        const etag = await objects.upload(key, place.path);
        mirror.adopt(place.path, etag, statSync(place.path).size);
      } catch (error) {
        throw explainS3Error(error, s3Url({ bucket, prefix: '' }, key), 'write');
      }
    });
  const uploadAll = async (paths: readonly string[]): Promise<void> => {
    await Promise.all(paths.map(upload));
  };
  if (task.kind === 'bucket-source' || task.kind === 'bucket-left') {
    const place = stage.placeOf(task.output);
    if (place === null || !existsSync(place.path)) return;
    const files = filesBelow(place.path);
    const names = files.map(({ name }) => name);
    const path = (name: string): string => `${task.output}/${name}`;
    if (task.kind === 'bucket-source') {
      await uploadAll(names.filter((name) => name !== lastOfSegment).map(path));
      if (names.includes(lastOfSegment)) await upload(path(lastOfSegment));
      return;
    }
    await uploadAll(names.map(path));
    const manifest = stage.placeOf(path(manifestName))!;
    const { bucket, key } = manifest;
    try {
      const text = new TextEncoder().encode(JSON.stringify(files));
      await (await openBucket(bucket)).put(key, text);
    } catch (error) {
      throw explainS3Error(error, s3Url({ bucket, prefix: '' }, key), 'write');
    }
    return;
  }
  await uploadAll(filesOf(result));
}

function filesOf(result: unknown): string[] {
  const files = (result as Partial<TaskResult>).files ?? [];
  return files.map(({ path }) => path);
}

function filesBelow(folder: string): ManifestFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { name: relative(folder, path), bytes: statSync(path).size };
    });
}
