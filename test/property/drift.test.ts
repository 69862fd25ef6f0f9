/**
 * The property: drift by statistics is drift by the values themselves, exactly where all values are listed,
 * else as near as 21 quantiles can tell.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ColumnSummary, driftOf } from '../../packages/driver/src/drift/measures.js';
import { type DriftValue, naiveKs, naivePsi } from '../oracle/drift.js';
import { naiveStatistics } from '../oracle/statistics.js';
import { runsOf } from './random-joins.js';

const runs = runsOf(2000);

function summaryOf(values: readonly DriftValue[]): ColumnSummary {
  const { rows, nulls, distinct, quantiles, top } = naiveStatistics(
    values.map((value) => {
      if (value === null) return null;
      const number = typeof value === 'number' ? value : null;
      return { sql: '', text: String(value), number, order: value };
    }),
  );
  return { rows, nulls, distinct, quantiles, top };
}

/** Each value comes twice at least, and no more of them than are listed. */
const listed = (value: fc.Arbitrary<DriftValue>): fc.Arbitrary<DriftValue[]> =>
  fc
    .array(fc.tuple(value, fc.integer({ min: 2, max: 12 })), { minLength: 1, maxLength: 10 })
    .map((some) => some.flatMap(([one, rows]) => Array<DriftValue>(rows).fill(one)));
const number = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(0.5, 1e9, -1e-9));
const kinds = {
  numbers: fc.option(number, { freq: 6 }),
  texts: fc.option(fc.constantFrom('', 'a', 'b', 'c', 'd', 'e', 'f'), { freq: 6 }),
};

test.each(Object.entries(kinds))(
  `${runs.numRuns} columns of few %s`,
  { timeout: 600_000 },
  (_, value) => {
    const partition = listed(value);
    fc.assert(
      fc.property(partition, fc.array(partition, { minLength: 1, maxLength: 4 }), (now, parts) => {
        const drift = driftOf(summaryOf(now), parts.map(summaryOf));
        const before = parts.flat();
        const ks = naiveKs(now, before);
        if (ks === null) expect(drift.ks).toBeNull();
        else expect(drift.ks).toBeCloseTo(ks, 9);
        // Numbers on one side alone have no tenths: there are values, or there are none.
        if (ks !== null || [...now, ...before].every((one) => typeof one !== 'number'))
          expect(drift.psi).toBeCloseTo(naivePsi(now, before), 9);
        else expect(drift.psi).toBeGreaterThanOrEqual(0);
        const nulls = (all: readonly DriftValue[]): number =>
          all.filter((one) => one === null).length / all.length;
        expect(drift.nullShare).toBeCloseTo(nulls(now) - nulls(before), 12);
      }),
      runs,
    );
  },
);

const many = fc
  .record({
    shift: fc.double({ min: -2, max: 2, noNaN: true }),
    width: fc.constantFrom(0, 0.1, 1, 3),
    rounded: fc.boolean(),
    parts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 300 }),
  })
  .map(({ shift, width, rounded, parts }) =>
    parts.map((part) => {
      const value = shift + width * part;
      return rounded ? Math.round(value * 2) / 2 : value;
    }),
  );

test(`${runs.numRuns} columns of many numbers`, { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(many, fc.array(many, { minLength: 1, maxLength: 3 }), (now, parts) => {
      const drift = driftOf(summaryOf(now), parts.map(summaryOf));
      // A side is known to a twentieth, and to a row.
      const rows = [now, ...parts].map((part) => 1 / part.length);
      const most = 2 / 20 + 2 * Math.max(...rows);
      expect(Math.abs(drift.ks! - naiveKs(now, parts.flat())!)).toBeLessThanOrEqual(most);
      expect(driftOf(summaryOf(now), [summaryOf(now)]).psi).toBeCloseTo(0, 9);
      expect(drift.psi).toBeGreaterThanOrEqual(0);
    }),
    runs,
  );
});
