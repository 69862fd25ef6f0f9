import type { AggregateSpec, Windowing } from '@hindcast/shared/plan/task';
import { dayMs, partitionOf } from '@hindcast/shared/time/partition-spec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DayRange, eventReach, type StepRows, snapshotReach } from './reach.js';

/** A left row: its partition, and its time (ms since epoch), which may lie in another day. */
interface Row {
  readonly day: number;
  readonly time: number;
}

const base = 19_600;
const row = fc
  .tuple(
    fc.integer({ min: base, max: base + 5 }),
    fc.integer({ min: (base - 3) * dayMs, max: (base + 8) * dayMs }),
  )
  .map(([day, time]): Row => ({ day, time }));
const rows = fc.array(row, { minLength: 1, maxLength: 6 });
const leftKind = fc.constantFrom('events', 'entities');
const length = fc.option(
  fc.integer({ min: 1, max: 400 }).map((hours) => hours * 3_600_000),
  { freq: 10 },
);
const lengths = fc.array(length, { minLength: 1, maxLength: 3 });

function stepOf(given: readonly Row[], kind: 'events' | 'entities'): StepRows {
  const partitions = [...new Set(given.map(({ day }) => day))].sort();
  return {
    leftKind: kind,
    dateFormat: 'yyyy-MM-dd',
    partitions: partitions.map((day) => partitionOf(day)),
    rows: Object.fromEntries(
      partitions.map((day) => {
        const times = given.filter((one) => one.day === day).map(({ time }) => time);
        const [minTime, maxTime] = [Math.min(...times), Math.max(...times)];
        const events = kind === 'events';
        return [
          partitionOf(day),
          {
            rows: times.length,
            minTime: events ? minTime : null,
            maxTime: events ? maxTime : null,
          },
        ];
      }),
    ),
  };
}

const aggregatesOf = (given: readonly (number | null)[]): AggregateSpec[] =>
  given.map((lengthMs) => ({
    inputColumn: 'x',
    operation: 'SUM',
    by: null,
    argMap: {},
    windows: [{ lengthMs, column: 'c' }],
  }));

/** Days that rows see, one by one, by the table of spec/semantics, "Windows". */
function naiveReach(
  given: readonly Row[],
  kind: 'events' | 'entities',
  accuracy: 'TEMPORAL' | 'SNAPSHOT',
  windows: readonly (number | null)[],
  windowing: Windowing,
): DayRange {
  const ranges = given.flatMap(({ day, time }) => {
    const midnight = Math.floor(time / dayMs);
    const temporal = kind === 'events' && accuracy === 'TEMPORAL';
    const until = temporal ? time : (kind === 'entities' ? day + 1 : midnight) * dayMs;
    const last = temporal ? midnight : kind === 'entities' ? day : midnight - 1;
    return windows.map((ms) => {
      if (ms === null) return { first: Number.NEGATIVE_INFINITY, last };
      // Chronon reads a day more before TEMPORAL windows, and two before others, by whole days.
      const before = Math.floor(until / dayMs) - (temporal ? 1 : 2);
      const start = windowing === 'sawtooth' ? before * dayMs - ms : until - ms;
      return { first: Math.floor(start / dayMs), last };
    });
  });
  return {
    first: Math.min(...ranges.map(({ first }) => first)),
    last: Math.max(...ranges.map(({ last }) => last)),
  };
}

test('events: no day less and none more than the rows see', () => {
  fc.assert(
    fc.property(
      rows,
      leftKind,
      fc.constantFrom('TEMPORAL', 'SNAPSHOT'),
      lengths,
      fc.constantFrom('exact', 'sawtooth'),
      (given, kind, accuracy, windows, windowing) => {
        expect(eventReach(stepOf(given, kind), accuracy, aggregatesOf(windows), windowing)).toEqual(
          naiveReach(given, kind, accuracy, windows, windowing),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test('snapshots: of the day before an event, of the own partition of an entity', () => {
  fc.assert(
    fc.property(rows, leftKind, (given, kind) => {
      const byPartition = [...new Set(given.map(({ day }) => day))].sort().map((partition) => {
        const days = given
          .filter(({ day }) => day === partition)
          .map(({ day, time }) => (kind === 'events' ? Math.floor(time / dayMs) - 1 : day));
        return { first: Math.min(...days), last: Math.max(...days) };
      });
      expect(snapshotReach(stepOf(given, kind))).toEqual(byPartition);
    }),
  );
});

test('partitions without rows reach nothing', () => {
  const step = stepOf([{ day: base, time: base * dayMs }], 'events');
  const wider = { ...step, partitions: [...step.partitions, partitionOf(base + 9)] };
  expect(snapshotReach(wider)).toEqual(snapshotReach(step));
  const reach = (of: StepRows) => eventReach(of, 'TEMPORAL', aggregatesOf([dayMs]), 'exact');
  expect(reach(wider)).toEqual(reach(step));
});
