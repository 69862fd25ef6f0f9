/** bucket-source: files of one right source → one segment (see keys/segment.ts). */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import type { BucketSourceTask, TaskResult } from '@hindcast/shared/plan/task';
import { writeEvents } from './bucket-events.js';
import { writeRows } from './bucket-rows.js';
import { locate, type TaskContext } from './context.js';

export async function bucketSource(
  task: BucketSourceTask,
  context: TaskContext,
): Promise<TaskResult> {
  const folder = locate(context, task.output);
  if (existsSync(folder) && !task.refuseDuplicates) return emptyResult('bucket-source');
  const staging = `${folder}.${randomBytes(6).toString('hex')}`;
  mkdirSync(staging, { recursive: true });
  try {
    const write = task.layout === 'events' ? writeEvents : writeRows;
    const result = await write(task, context, staging);
    writeFileSync(`${staging}/notes.json`, JSON.stringify(result.notes));
    publish(staging, folder);
    return result;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Makes the segment visible as a whole; a twin that was faster is as good. */
function publish(staging: string, folder: string): void {
  try {
    renameSync(staging, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
