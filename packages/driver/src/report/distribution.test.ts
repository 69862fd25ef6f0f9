import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histogram, sharesBelow, stabilityIndex } from './distribution.js';
import type { FeatureStatistics } from './feature-statistics.js';

const even = Array.from({ length: 21 }, (_, i) => i * 5); // 0 … 100

function statistics(changes: Partial<FeatureStatistics>): FeatureStatistics {
  return {
    partition: '2023-11-30',
    column: 'c',
    type: 'DOUBLE',
    rows: 100,
    nulls: 0,
    distinctValues: 100,
    min: null,
    max: null,
    mean: null,
    stddev: null,
    quantiles: null,
    top: [],
    ...changes,
  };
}

describe('shares', () => {
  test('between quantiles by a straight line', () => {
    expect(sharesBelow(even, [-1, 0, 12.5, 50, 99, 100, 200])).toEqual([
      0, 0, 0.125, 0.5, 0.99, 1, 1,
    ]);
  });

  test('a value that many quantiles share counts as a whole', () => {
    const mostlyZero = [...Array<number>(16).fill(0), 1, 2, 3, 4, 5];
    expect(sharesBelow(mostlyZero, [-0.1, 0, 1])).toEqual([0, 0.75, 0.8]);
    expect(histogram(mostlyZero, -1, 5, 2)[0]).toBeCloseTo(0.85);
  });

  test('bins hold everything, once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 21, maxLength: 21 }),
        fc.integer({ min: -60, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        (values, from, width) => {
          const quantiles = values.toSorted((a, b) => a - b);
          const bars = histogram(quantiles, from, from + width, 9);
          expect(Math.min(...bars)).toBeGreaterThanOrEqual(-1e-12);
          expect(bars.reduce((sum, bar) => sum + bar, 0)).toBeCloseTo(1, 9);
        },
      ),
    );
  });
});

describe('the stability index', () => {
  test('of the same distribution is 0', () => {
    const one = statistics({ quantiles: even });
    expect(stabilityIndex(one, { ...one, rows: 7000 })).toBeCloseTo(0, 9);
  });

  test('by hand: all of the values moved into the upper half', () => {
    const upper = even.map((value) => 50 + value / 2);
    // Deciles of the one hold 0, 0, 0, 0, 0 and 0.2 five times of the other.
    const expected = 5 * (0.0005 - 0.1) * Math.log(0.0005 / 0.1) + 5 * 0.1 * Math.log(2);
    expect(
      stabilityIndex(statistics({ quantiles: even }), statistics({ quantiles: upper })),
    ).toBeCloseTo(expected, 9);
  });

  test('of constants tells whether it is the same one', () => {
    const constant = (value: number): FeatureStatistics =>
      statistics({ quantiles: Array<number>(21).fill(value) });
    expect(stabilityIndex(constant(3), constant(3))).toBeCloseTo(0, 9);
    expect(stabilityIndex(constant(3), constant(4))).toBeGreaterThan(5);
    expect(stabilityIndex(constant(3), constant(2))).toBeGreaterThan(5);
  });

  test('of text by its frequent values and all others', () => {
    const before = statistics({ top: [top('a', 60), top('b', 30)] });
    const after = statistics({
      top: [top('b', 30), top('c', 50), top('a', 10)],
      rows: 110,
      nulls: 10,
    });
    const expected =
      (0.1 - 0.6) * Math.log(0.1 / 0.6) +
      (0.3 - 0.3) * Math.log(1) +
      (0.6 - 0.1) * Math.log(0.6 / 0.1);
    expect(stabilityIndex(before, after)).toBeCloseTo(expected, 9);
  });

  test('is not known without values, or without anything that tells of them', () => {
    const some = statistics({ quantiles: even });
    expect(stabilityIndex(some, statistics({ rows: 9, nulls: 9 }))).toBeNull();
    expect(stabilityIndex(statistics({}), statistics({}))).toBeNull();
  });
});

function top(value: string, rows: number): FeatureStatistics['top'][number] {
  return { value, rows };
}
