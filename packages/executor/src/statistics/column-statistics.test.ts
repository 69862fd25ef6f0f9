import { expect, test } from 'vitest';
import { ColumnStatistics } from './column-statistics.js';

function chunksOf(numbers: Float64Array): { bytes: Uint8Array; validity: null; rows: number }[] {
  const chunks = [];
  for (let from = 0; from < numbers.length; from += 2048) {
    const some = numbers.slice(from, from + 2048);
    chunks.push({ bytes: new Uint8Array(some.buffer), validity: null, rows: some.length });
  }
  return chunks;
}

function measured(numbers: Float64Array): ColumnStatistics {
  const column = new ColumnStatistics('double');
  for (const { rows, ...chunk } of chunksOf(numbers)) column.addNumbers(rows, chunk);
  if (column.aimAtNumbers())
    for (const { rows, ...chunk } of chunksOf(numbers)) column.addNumbersAgain(rows, chunk);
  return column;
}

// Five standard errors are 8 %: of whole numbers, fractions and numbers far from each other alike.
test.each([3000, 5000, 10_000, 20_000, 40_000, 200_000])('%i distinct numbers', (count) => {
  for (const of of [(i: number) => i, (i: number) => i / 7, (i: number) => i * 2 ** 40 + 0.5]) {
    const { distinct } = measured(Float64Array.from({ length: count }, (_, i) => of(i)));
    expect(Math.abs(distinct / count - 1)).toBeLessThan(0.08);
  }
});

test('2,048 distinct numbers are counted, one more is estimated', () => {
  const numbers = (count: number) => Float64Array.from({ length: 3 * count }, (_, i) => i % count);
  expect(measured(numbers(2048)).isCounted).toBe(true);
  expect(measured(numbers(2048)).distinct).toBe(2048);
  expect(measured(numbers(2049)).isCounted).toBe(false);
});

test('quantiles of many numbers: within a millionth, be they close to each other or far apart', () => {
  const count = 50_000;
  const random = (i: number): number => (Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32;
  for (const of of [
    (i: number) => 1_700_000_000_000 + Math.floor(random(i) * 86_400_000),
    (i: number) => Math.exp(40 * random(i) - 20),
    (i: number) => -Math.exp(40 * random(i) - 20),
    (i: number) => (random(i) - 0.5) * 1000,
    (i: number) => (i % 100 === 0 ? 0 : 1.5 + random(i) / 1000),
    (i: number) => i % 3000,
  ]) {
    const numbers = Float64Array.from({ length: count }, (_, i) => of(i));
    const sorted = numbers.slice().sort();
    const quantiles = measured(numbers).quantiles!;
    expect(quantiles).toHaveLength(21);
    for (const [i, quantile] of quantiles.entries()) {
      const exact = sorted[Math.floor((i * (count - 1)) / 20)]!;
      expect(Math.abs(quantile - exact)).toBeLessThanOrEqual(1e-6 * Math.abs(exact));
    }
    // No matter in which order.
    const again = measured(numbers.slice().reverse());
    expect(again.quantiles).toEqual(quantiles);
    expect([again.sums.mean, again.sums.deviation, again.distinct]).toEqual(
      ((same) => [same.sums.mean, same.sums.deviation, same.distinct])(measured(numbers)),
    );
  }
});

test('of many values, those of a thousandth of the rows, with their counts', () => {
  const numbers = Float64Array.from({ length: 60_000 }, (_, i) => {
    if (i % 100 === 0) return -5;
    if (i % 500 === 1) return 0.25;
    return i % 1200 === 2 ? 7 : i + 0.5;
  });
  expect(measured(numbers).topNumbers()).toEqual([
    { value: -5, rows: 600 },
    { value: 0.25, rows: 120 },
  ]);
});
