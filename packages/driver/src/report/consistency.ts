/** How far what was served is from what is computed, as a report says it: pure, from a run's record. */
import type { ColumnConsistency } from '../column-consistency.js';
import { committedPartitions } from './committed-partitions.js';
import type { RunRecord } from './run-record.js';

export interface ConsistencyReport {
  /** Relative, of fractions that count as equal; null where the request can't be read. */
  readonly tolerance: number | null;
  /** Days that the run compared, in their order. */
  readonly days: readonly string[];
  /** Null: nothing was compared yet, or it can't be read. */
  readonly found: ConsistencyFound | null;
}

export interface ConsistencyFound {
  readonly rows: number; // of the log
  /** The worst first. */
  readonly different: readonly ColumnConsistency[];
  /** Names of columns whose every value is the same. */
  readonly equal: readonly string[];
  /** Days with differences, in their order. */
  readonly days: readonly DayOff[];
}

export interface DayOff {
  readonly day: string;
  readonly values: number; // that differ
  readonly columns: number;
  /** The column of which most values differ. */
  readonly most: string;
}

/** Null for a run that compares no log. */
export function consistencyOf(record: RunRecord): ConsistencyReport | null {
  const { plan, request, consistency } = record;
  if (plan?.job !== 'consistency') return null;
  const days = committedPartitions(record);
  const tolerance = request?.consistency?.tolerance ?? null;
  return { tolerance, days, found: consistency === null ? null : foundIn(consistency) };
}

/** Values of a column that are not the same on both sides. */
export function different({
  mismatched,
  logged_only: loggedOnly,
  computed_only: computedOnly,
}: ColumnConsistency): number {
  return mismatched + loggedOnly + computedOnly;
}

function foundIn(columns: readonly ColumnConsistency[]): ConsistencyFound {
  return {
    rows: Math.max(0, ...columns.map(({ rows }) => rows)),
    different: columns
      .filter((column) => different(column) > 0)
      .sort((a, b) => different(b) - different(a)),
    equal: columns.flatMap((column) => (different(column) > 0 ? [] : [column.column_name])),
    days: daysOff(columns),
  };
}

function daysOff(columns: readonly ColumnConsistency[]): DayOff[] {
  const days = new Map<string, DayOff & { readonly worst: number }>();
  for (const { column_name: name, off } of columns) {
    for (const { partition, rows } of off) {
      const had = days.get(partition) ?? { values: 0, columns: 0, most: name, worst: 0 };
      days.set(partition, {
        day: partition,
        values: had.values + rows,
        columns: had.columns + 1,
        ...(rows > had.worst ? { most: name, worst: rows } : { most: had.most, worst: had.worst }),
      });
    }
  }
  return [...days.values()]
    .sort((a, b) => (a.day < b.day ? -1 : 1))
    .map(({ worst: _, ...day }) => day);
}
