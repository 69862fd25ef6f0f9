import { dayMs } from '@hindcast/shared/time/partition-spec';
import { exactStart, sawtoothStart } from '@hindcast/shared/time/window';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GroupedEvents } from '../keys/group.js';
import { type AsOfRows, forEachRange, type WindowRule } from './ranges.js';

interface Event {
  readonly time: number;
  readonly day: number;
  readonly id: number;
}

interface Row {
  readonly until: number;
  readonly lastDay: number;
}

const hour = 3_600_000;
const time = fc.oneof(
  fc.integer({ min: 0, max: 4 * dayMs }),
  fc.integer({ min: 0, max: 96 }).map((n) => n * hour),
);
/** Mostly in their own partition, some late, some early. */
const event = fc
  .tuple(time, fc.constantFrom(0, 0, 0, 0, 1, 2, -1))
  .map(([at, off]) => ({ time: at, day: Math.floor(at / dayMs) + off }));
/** As of a time, or as of the midnight before it. */
const row = fc.tuple(time, fc.boolean()).map(([at, snapshot]) => {
  const day = Math.floor(at / dayMs);
  return snapshot ? { until: day * dayMs, lastDay: day - 1 } : { until: at, lastDay: day };
});
const keys = fc.array(
  fc.record({
    events: fc.array(event, { maxLength: 12 }),
    rows: fc.array(row, { maxLength: 6 }),
  }),
  { minLength: 1, maxLength: 4 },
);
const rule: fc.Arbitrary<WindowRule> = fc
  .record({
    lengths: fc.constantFrom<(number | null)[]>(
      [hour],
      [dayMs],
      [hour, 30 * hour, null],
      [null],
      [2 * dayMs, 13 * dayMs],
    ),
    start: fc.constantFrom('exact', 'sawtooth'),
  })
  .map((made) => ({ ...made, longest: made.lengths.at(-1)! }) as WindowRule);

function group(perKey: readonly Event[][]): GroupedEvents {
  const all = perKey.flat();
  const starts = new Uint32Array(perKey.length + 1);
  perKey.forEach((events, key) => {
    starts[key + 1] = starts[key]! + events.length;
  });
  const misplaced = all.some(({ time: at, day }) => day !== Math.floor(at / dayMs));
  return {
    starts,
    times: Float64Array.from(all, ({ time: at }) => at),
    days: misplaced ? Int32Array.from(all, ({ day }) => day) : null,
    values: [{ encoding: 'int53', data: Float64Array.from(all, ({ id }) => id), valid: null }],
  };
}

function asOf(perKey: readonly Row[][]): AsOfRows {
  const all = perKey.flat();
  const starts = new Uint32Array(perKey.length + 1);
  perKey.forEach((rows, key) => {
    starts[key + 1] = starts[key]! + rows.length;
  });
  return {
    order: Uint32Array.from(all, (_, i) => i),
    starts,
    until: Float64Array.from(all, ({ until }) => until),
    lastDay: Int32Array.from(all, ({ lastDay }) => lastDay),
  };
}

test('every row sees the events that the rules name, in order of time', () => {
  fc.assert(
    fc.property(keys, rule, (given, windows) => {
      let id = 0;
      const events = given.map(({ events: own }) =>
        own.toSorted((a, b) => a.time - b.time || a.day - b.day).map((e) => ({ ...e, id: id++ })),
      );
      const seen = new Map<string, number[]>();
      const rows = asOf(given.map(({ rows: own }) => own));
      forEachRange(group(events), rows, windows, ([ids], ranges) => {
        for (let i = 0; i < ranges.count; i++) {
          windows.lengths.forEach((_, w) => {
            const name = `${ranges.rows[i]}/${w}`;
            expect(seen.has(name)).toBe(false);
            const slice = ids!.data.slice(ranges.from[w]![i]!, ranges.to[i]!) as Float64Array;
            seen.set(name, [...slice]);
          });
        }
      });
      const longest = windows.lengths.at(-1)!;
      const startOf = (until: number, length: number | null): number => {
        if (length === null) return Number.NEGATIVE_INFINITY;
        return (windows.start === 'exact' ? exactStart : sawtoothStart)(until, length);
      };
      let at = 0;
      for (const [key, { rows: own }] of given.entries()) {
        for (const { until, lastDay } of own) {
          const firstDay = Math.floor(startOf(until, longest) / dayMs);
          windows.lengths.forEach((length, w) => {
            const expected = events[key]!.filter(
              (e) =>
                e.time >= startOf(until, length) &&
                e.time < until &&
                e.day >= firstDay &&
                e.day <= lastDay,
            );
            expect(seen.get(`${at}/${w}`) ?? []).toEqual(expected.map((e) => e.id));
          });
          at++;
        }
      }
    }),
    { numRuns: 1000 },
  );
});
