/** Segments of the same rows are made by one scan: which go together, and how many. */
import {
  type BucketSourceTask,
  rowIdentityColumn,
  type Task,
  taskOfSegments,
} from '@hindcast/shared/plan/task';
import { columnsAtOnce, evenly, executorsFor, type Sizing } from './split.js';

/** A segment that nobody made yet. */
export interface FreshSegment {
  readonly task: BucketSourceTask;
  readonly rows: number; // estimated
}

/** Tasks that make these segments: no more at a time than an executor can hold, and enough for all. */
export function shareScans(fresh: readonly FreshSegment[], sizing: Sizing): Task[] {
  const alone = fresh.filter(({ task }) => !isShareable(task)).map(({ task }) => task);
  const groups = new Map<string, FreshSegment[]>();
  for (const segment of fresh.filter(({ task }) => isShareable(task))) {
    const key = rowsKey(segment.task);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(segment);
  }
  // Scans of different files run side by side; what is left over of the executors splits each of them.
  const share = Math.ceil(sizing.executors / Math.max(1, groups.size));
  return [...[...groups.values()].flatMap((segments) => cut(segments, share, sizing)), ...alone];
}

/** A row's identity is made of all that is selected, and must not depend on what else is. */
function isShareable({ layout, explode, values }: BucketSourceTask): boolean {
  return (
    layout === 'events' &&
    explode === null &&
    values.every(({ name }) => name !== rowIdentityColumn)
  );
}

/** What decides which rows a segment has, and in which order of keys. */
function rowsKey({ scan, files, values: _, output: __, quiet: ___, ...rest }: BucketSourceTask) {
  const { selects, origin: ____, partial: _____, ...rows } = scan;
  const keys = selects && rest.keys.map(({ name }) => selects[name] ?? null);
  const paths = files.map(({ path, partition }) => [path, partition]);
  return JSON.stringify([rows, keys, paths, rest]);
}

/** Tasks of about as many columns each, for as many of the executors as they are worth. */
function cut(segments: readonly FreshSegment[], executors: number, sizing: Sizing): Task[] {
  const most = columnsAtOnce(Math.max(...segments.map(({ rows }) => rows)), sizing);
  const parts = executorsFor(
    segments.reduce((sum, { rows }) => sum + rows, 0),
    executors,
  );
  const tasks = segments.map(({ task }) => task);
  const columns = tasks.reduce((sum, task) => sum + widthOf(task), 0);
  const groups = Math.max(1, parts, Math.ceil(columns / most));
  return evenly(tasks, widthOf, groups).map(taskOfSegments);
}

function widthOf({ values }: BucketSourceTask): number {
  return Math.max(1, values.length);
}
