/** bucket-source, bucket-sources: files of right sources → segments (see keys/segment.ts). */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import {
  addNotes,
  type BucketSourcesTask,
  type BucketSourceTask,
  type DataNotes,
  noNotes,
  segmentTasks,
  type TaskResult,
} from '@hindcast/shared/plan/task';
import { writeEvents } from './bucket-events.js';
import { writeRows } from './bucket-rows.js';
import { locate, type TaskContext } from './context.js';

/** A segment on its way. */
export interface StagedSegment {
  readonly task: BucketSourceTask;
  /** Folder that becomes the segment. */
  readonly staging: string;
}

export async function bucketSource(
  task: BucketSourceTask | BucketSourcesTask,
  context: TaskContext,
): Promise<TaskResult> {
  const folderOf = ({ output }: BucketSourceTask): string => locate(context, output);
  const missing = segmentTasks(task).filter(
    (segment) => segment.refuseDuplicates || !existsSync(folderOf(segment)),
  );
  if (missing.length === 0) return emptyResult(task.kind);
  const staged = missing.map((segment) => ({
    task: segment,
    staging: `${folderOf(segment)}.${randomBytes(6).toString('hex')}`,
  }));
  for (const { staging } of staged) mkdirSync(staging, { recursive: true });
  try {
    const write = missing[0]!.layout === 'events' ? writeEvents : writeRows;
    const written = await write(staged, context);
    let notes: DataNotes = noNotes;
    for (const { task: segment, staging } of staged) {
      const own = segment.quiet ? noNotes : written.notes;
      writeFileSync(`${staging}/notes.json`, JSON.stringify(own));
      publish(staging, folderOf(segment));
      notes = addNotes(notes, own);
    }
    return { ...written, notes };
  } finally {
    for (const { staging } of staged) rmSync(staging, { recursive: true, force: true });
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
