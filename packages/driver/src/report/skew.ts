/** How unevenly rows fall into KeyBuckets: those of each key set, added up over steps. */
import type { LoggedEvent } from '@hindcast/shared/plan/event';
import type { Plan } from '@hindcast/shared/plan/plan';
import type { JoinTask, Task } from '@hindcast/shared/plan/task';

export interface KeySetSkew {
  /** Columns of the left, or of the group-by. */
  readonly keys: readonly string[];
  /** In order of their hashes. */
  readonly buckets: readonly BucketLoad[];
  readonly median: number; // rows
  /** The fullest one's rows against the median's; null when that has none. */
  readonly ratio: number | null;
}

export interface BucketLoad {
  readonly index: number;
  readonly rows: number; // of the left
  readonly bytes: number; // of segments
  readonly seconds: number;
}

/**
 * Key sets whose keys are split; steps that split theirs otherwise than the largest are left out.
 * @param events of a run of the plan
 */
export function skewOf(plan: Plan, events: readonly LoggedEvent[]): KeySetSkew[] {
  const splits = new Map<string, Split>();
  for (const { task, event } of finishedTasks(plan, events)) {
    if (task.kind !== 'join' || task.bucket.bits === 0) continue;
    const keys = keysOf(task);
    const { index, bits } = task.bucket;
    const name = JSON.stringify([keys, bits]);
    const split = splits.get(name) ?? { keys, loads: new Map(), rows: 0 };
    splits.set(name, split);
    const had = split.loads.get(index) ?? { index, rows: 0, bytes: 0, seconds: 0 };
    split.loads.set(index, {
      index,
      rows: had.rows + event.rowsIn,
      bytes: had.bytes + event.bytesRead,
      seconds: had.seconds + event.seconds,
    });
    split.rows += event.rowsIn;
  }
  const largest = new Map<string, KeySetSkew & { readonly all: number }>();
  for (const { keys, loads, rows } of splits.values()) {
    const name = JSON.stringify(keys);
    if ((largest.get(name)?.all ?? -1) >= rows) continue;
    const buckets = [...loads.values()].sort((a, b) => a.index - b.index);
    const sorted = buckets.map((load) => load.rows).sort((a, b) => a - b);
    const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
    const ratio = median === 0 ? null : sorted.at(-1)! / median;
    largest.set(name, { keys, buckets, median, ratio, all: rows });
  }
  return [...largest.values()].map(({ all: _, ...skew }) => skew);
}

/** One key set's keys, split into as many KeyBuckets. */
interface Split {
  readonly keys: readonly string[];
  readonly loads: Map<number, BucketLoad>;
  rows: number;
}

function keysOf({ left, parts }: JoinTask): string[] {
  const columns = left.kind === 'keys' ? left.columns : (parts[0]?.leftKeys ?? []);
  return columns.map(({ name }) => name);
}

type TaskEvent = LoggedEvent & { readonly type: 'task-finished' };

/** Tasks of a plan beside what they said when they finished. */
export function finishedTasks(
  { steps }: Plan,
  events: readonly LoggedEvent[],
): { readonly task: Task; readonly event: TaskEvent }[] {
  const stages = new Map<string, readonly Task[]>(
    steps.flatMap(({ index, stages: own }) =>
      own.map(({ name, tasks }) => [`${index}/${name}`, tasks] as const),
    ),
  );
  return events.flatMap((event) => {
    if (event.type !== 'task-finished') return [];
    const task = stages.get(`${event.step}/${event.stage}`)?.[event.task];
    return task === undefined ? [] : [{ task, event }];
  });
}
