/** What a run read: planned and scanned, source by source. */
import type { LoggedEvent } from '@hindcast/shared/plan/event';
import type { Plan } from '@hindcast/shared/plan/plan';
import { type LeftScan, segmentTasks, type Task } from '@hindcast/shared/plan/task';
import { finishedTasks } from './skew.js';

export interface SourceUse {
  /** Where the config asks for it: `join part "x": data.purchases`. */
  readonly origin: string;
  readonly partitions: number;
  /** Of these, those that KeyBuckets of an earlier run hold. */
  readonly reused: number;
  readonly files: number;
  /** On disk, all files that are needed; null where planning did not ask. */
  readonly bytes: number | null;
  /** About, before wheres; null where planning did not ask. */
  readonly rows: number | null;
  /** Rows that tasks of this run took in; null where no task read the source. */
  readonly scanned: number | null;
  /** Of tasks that made KeyBuckets of it; null: it was read by tasks that did more than that. */
  readonly seconds: number | null;
}

/** The left first, then sources as the plan has them. */
export function sourcesOf(plan: Plan, events: readonly LoggedEvent[]): SourceUse[] {
  const scanned = new Map<string, { rows: number; seconds: number }>();
  for (const { task, event } of finishedTasks(plan, events)) {
    for (const origin of originsOf(task)) {
      const had = scanned.get(origin) ?? { rows: 0, seconds: 0 };
      scanned.set(origin, { rows: had.rows + event.rowsIn, seconds: had.seconds + event.seconds });
    }
  }
  const inputs = plan.inputs.map(({ origin, partitions, reused, files, bytes, rows }) => ({
    ...{ origin, partitions, reused, files, bytes, rows },
    scanned: scanned.get(origin)?.rows ?? null,
    seconds: scanned.get(origin)?.seconds ?? null,
  }));
  const lefts = leftsOf(plan).map((left) => ({
    ...left,
    scanned: scanned.get(left.origin)?.rows ?? null,
    seconds: null,
  }));
  return [...lefts, ...inputs];
}

/** Lefts are no inputs of a plan: their files are those of its tasks, their rows those of its steps. */
function leftsOf(plan: Plan): Omit<SourceUse, 'scanned' | 'seconds'>[] {
  const files = new Map<string, Map<string, string>>();
  for (const { stages } of plan.steps)
    for (const { tasks } of stages)
      for (const task of tasks) {
        const left = leftOf(task);
        if (left === null) continue;
        const own = files.get(left.scan.origin) ?? new Map<string, string>();
        files.set(left.scan.origin, own);
        for (const { path, partition } of left.files) own.set(path, partition);
      }
  const rows = plan.steps.flatMap((step) => Object.values(step.rows ?? {}));
  return [...files].map(([origin, own]) => ({
    origin,
    partitions: new Set(own.values()).size,
    reused: 0,
    files: own.size,
    bytes: null,
    rows: files.size > 1 ? null : rows.reduce((sum, one) => sum + one, 0),
  }));
}

function leftOf(task: Task): LeftScan | null {
  if (task.kind === 'bucket-left') return task.left;
  return task.kind === 'join' && task.left.kind === 'scan' ? task.left.left : null;
}

function originsOf(task: Task): string[] {
  const left = leftOf(task);
  if (left !== null) return [left.scan.origin];
  return [...new Set(segmentTasks(task).map(({ scan }) => scan.origin))];
}
