/** Which right partitions a step's rows can see: spec/semantics, "Windows". */
import type { AggregateSpec, LeftPartition, Windowing } from '@hindcast/shared/plan/task';
import { dayMs, dayOf } from '@hindcast/shared/time/partition-spec';
import { exactStart, sawtoothReadingStart } from '@hindcast/shared/time/window';

/** Days since epoch, inclusive; `first` is −∞ for an unbounded window. */
export interface DayRange {
  readonly first: number;
  readonly last: number;
}

export interface StepRows {
  readonly partitions: readonly string[];
  readonly rows: Readonly<Record<string, LeftPartition>>;
  readonly leftKind: 'events' | 'entities';
  readonly dateFormat: string;
}

/** Earliest and latest day of the step's rows: of their times, or of their partitions. */
function daysOfRows({ partitions, rows, leftKind, dateFormat }: StepRows): {
  min: number;
  max: number;
  minTime: number;
} {
  let minTime = Number.POSITIVE_INFINITY;
  let maxTime = Number.NEGATIVE_INFINITY;
  for (const value of partitions) {
    const row = rows[value];
    if (row === undefined) continue;
    const midnight = dayOf(value, dateFormat) * dayMs;
    minTime = Math.min(minTime, leftKind === 'events' ? row.minTime! : midnight);
    maxTime = Math.max(maxTime, leftKind === 'events' ? row.maxTime! : midnight);
  }
  return { min: Math.floor(minTime / dayMs), max: Math.floor(maxTime / dayMs), minTime };
}

/** Event partitions between the start of the longest window and the last that any row may see. */
export function eventReach(
  step: StepRows,
  accuracy: 'TEMPORAL' | 'SNAPSHOT',
  aggregates: readonly AggregateSpec[],
  windowing: Windowing,
): DayRange {
  const { min, max, minTime } = daysOfRows(step);
  const temporal = step.leftKind === 'events' && accuracy === 'TEMPORAL';
  const ownDay = step.leftKind === 'entities';
  const until = temporal ? minTime : (ownDay ? min + 1 : min) * dayMs;
  const last = temporal || ownDay ? max : max - 1;
  const lengths = aggregates.flatMap(({ windows }) => windows.map(({ lengthMs }) => lengthMs));
  if (lengths.includes(null)) return { first: Number.NEGATIVE_INFINITY, last };
  const longest = Math.max(...(lengths as number[]));
  const start =
    windowing === 'sawtooth'
      ? sawtoothReadingStart(until, longest, temporal)
      : exactStart(until, longest);
  return { first: Math.floor(start / dayMs), last };
}

/** Mutations: of each row's own date; by left partition. */
export function mutationReach(step: StepRows): DayRange[] {
  return snapshotReach(step).map(({ first, last }) => ({ first: first + 1, last: last + 1 }));
}

/** Snapshots: of the day before each row's date, or of the row's own partition; by left partition. */
export function snapshotReach(step: StepRows): DayRange[] {
  const before = step.leftKind === 'events' ? 1 : 0;
  return step.partitions.flatMap((value) => {
    if (step.rows[value] === undefined) return [];
    const { min, max } = daysOfRows({ ...step, partitions: [value] });
    return [{ first: min - before, last: max - before }];
  });
}
