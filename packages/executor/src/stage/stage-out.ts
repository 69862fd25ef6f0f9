/** Brings what a task wrote from the mirror to the store. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { segmentTasks, type Task, type TaskResult } from '@hindcast/shared/plan/task';
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
  for (const { output } of segmentTasks(task)) {
    const names = filesBelow(stage.placeOf(output)?.path).map(({ name }) => `${output}/${name}`);
    const last = `${output}/${lastOfSegment}`;
    await uploadAll(names.filter((name) => name !== last));
    if (names.includes(last)) await upload(last);
  }
  if (task.kind === 'bucket-left') {
    const files = filesBelow(stage.placeOf(task.output)?.path);
    if (files.length === 0) return;
    await uploadAll(files.map(({ name }) => `${task.output}/${name}`));
    const { bucket, key } = stage.placeOf(`${task.output}/${manifestName}`)!;
    try {
      const text = new TextEncoder().encode(JSON.stringify(files));
      await (await openBucket(bucket)).put(key, text);
    } catch (error) {
      throw explainS3Error(error, s3Url({ bucket, prefix: '' }, key), 'write');
    }
  }
  await uploadAll(filesOf(result));
}

function filesOf(result: unknown): string[] {
  const files = (result as Partial<TaskResult>).files ?? [];
  return files.map(({ path }) => path);
}

/** Nothing where there is no folder, or none on this machine that stands for one elsewhere. */
function filesBelow(folder: string | undefined): ManifestFile[] {
  if (folder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { name: relative(folder, path), bytes: statSync(path).size };
    });
}
