import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histogram, sharesBelow } from './distribution.js';

const even = Array.from({ length: 21 }, (_, i) => i * 5); // 0 … 100

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
