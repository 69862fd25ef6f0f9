import { expect, test } from 'vitest';
import { type ColumnSummary, driftOf, leastShare } from './measures.js';

const psiOf = (...sides: Parameters<typeof driftOf>) => driftOf(...sides).psi;
const ksOf = (...sides: Parameters<typeof driftOf>) => driftOf(...sides).ks;

const numbers = (quantiles: readonly number[], rows = 100, nulls = 0): ColumnSummary => ({
  rows,
  nulls,
  distinct: null,
  quantiles,
  top: [],
});
const even = (from: number, to: number): number[] =>
  Array.from({ length: 21 }, (_, i) => from + ((to - from) * i) / 20);
const values = (rows: number, ...top: readonly (readonly [string, number])[]): ColumnSummary => ({
  rows,
  nulls: 0,
  distinct: top.length + 1,
  quantiles: null,
  top: top.map(([value, count]) => ({ value, rows: count })),
});

test('the same is 0 apart', () => {
  const same = numbers(even(0, 100));
  expect(ksOf(same, [same, same])).toBe(0);
  expect(psiOf(same, [same, same])).toBeCloseTo(0, 12);
  const words = values(10, ['a', 6], ['b', 4]);
  expect(psiOf(words, [words])).toBeCloseTo(0, 12);
});

test('KS of an even distribution that moved by a fifth of its width is a fifth', () => {
  expect(ksOf(numbers(even(20, 120)), [numbers(even(0, 100))])).toBeCloseTo(0.2, 12);
  expect(ksOf(numbers(even(200, 300)), [numbers(even(0, 100))])).toBe(1);
});

test('PSI of it: two tenths lost, two tenths beyond', () => {
  // Nine edges at 10 … 90: now 0, 0, a tenth seven times, and 0.3 above 90 in place of 0.1.
  const empty = (leastShare - 0.1) * Math.log(leastShare / 0.1);
  const expected = 2 * empty + 0.2 * Math.log(3);
  expect(psiOf(numbers(even(20, 120)), [numbers(even(0, 100))])).toBeCloseTo(expected, 9);
});

test('partitions before count by their values', () => {
  // 300 values even over 0 … 100, 100 of them all 200: a quarter lies above 100.
  const before = [numbers(even(0, 100), 300), numbers(even(200, 200), 200, 100)];
  expect(ksOf(numbers(even(0, 100)), before)).toBeCloseTo(0.25, 12);
});

test('a number that half of the rows have is a bin of its own', () => {
  const half = (most: number) => numbers([...Array(11).fill(most), ...even(10, 20).slice(11)]);
  expect(psiOf(half(0), [half(0)])).toBeCloseTo(0, 12);
  // Between two quantiles up to a twentieth is not known.
  const moved = ksOf(half(0), [half(5)])!;
  expect(moved).toBeGreaterThanOrEqual(0.5);
  expect(moved).toBeLessThan(0.55);
  // A constant that is another one: neither below nor above it is anything alike.
  const away = (1 - leastShare) * Math.log(1 / leastShare);
  for (const now of [3, 5])
    expect(psiOf(numbers(even(now, now)), [numbers(even(4, 4))])).toBeCloseTo(2 * away, 9);
});

test('numbers that are all listed count as they are listed', () => {
  // Of 100 rows 48 are 0, 47 are 1, 5 are 2: no quantile but the last is 2.
  const flags = (...rows: readonly number[]): ColumnSummary => ({
    ...numbers([...Array(10).fill(0), ...Array(10).fill(1), 2]),
    distinct: 3,
    top: rows.map((count, value) => ({ value: String(value), rows: count })),
  });
  const [a, b] = [flags(48, 47, 5), flags(40, 40, 20)];
  expect(ksOf(b, [a])).toBeCloseTo(0.15, 12);
  const of = (now: number, before: number) => (now - before) * Math.log(now / before);
  expect(psiOf(b, [a])).toBeCloseTo(of(0.4, 0.48) + of(0.4, 0.47) + of(0.2, 0.05), 9);
});

test('values by their shares, all others together', () => {
  // a: 0.5 → 0.2, b: 0.3 → 0.6, others 0.2 → 0.2
  const expected = (0.2 - 0.5) * Math.log(0.2 / 0.5) + (0.6 - 0.3) * Math.log(0.6 / 0.3);
  const before = values(100, ['a', 50], ['b', 30]);
  expect(psiOf(values(100, ['b', 60], ['a', 20]), [before])).toBeCloseTo(expected, 9);
  // 50 + 50 of 200 rows are as 50 of 100.
  expect(psiOf(values(100, ['b', 60], ['a', 20]), [before, before])).toBeCloseTo(expected, 9);
});

test('a value that is gone, where all that come twice are listed: once at most', () => {
  const before = values(100, ['a', 50], ['b', 50]);
  const now = values(100, ['b', 99]);
  const of = (a: number, b: number): number => (a - b) * Math.log(a / b);
  expect(psiOf(now, [before])).toBeCloseTo(of(0.01, 0.5) + of(0.99, 0.5), 9);
  // Where all rows are listed it is gone.
  const all = values(100, ['b', 100]);
  expect(psiOf(all, [before])).toBeCloseTo(of(leastShare, 0.5) + of(1, 0.5), 9);
});

test('a value that a full list may have left out is given the benefit of the doubt', () => {
  const ten = Array.from({ length: 10 }, (_, i) => [`v${i}`, 9] as const);
  const before = values(100, ...ten);
  const other = values(100, ...ten.slice(1), ['new', 9] as const);
  expect(psiOf(other, [before])).toBeCloseTo(0, 9);
});

test('what can not be told is null', () => {
  const none = { ...numbers([], 10, 10), quantiles: null };
  expect(ksOf(none, [numbers(even(0, 1))])).toBeNull();
  expect(driftOf(numbers(even(0, 1)), [])).toEqual({ psi: null, ks: null, nullShare: null });
  const empty = { ...none, rows: 0, nulls: 0 };
  expect(driftOf(empty, [numbers(even(0, 1))])).toEqual({ psi: null, ks: null, nullShare: null });
});

test('values that no list has: only whether there are any', () => {
  const ids = { ...values(100), distinct: 100 };
  expect(psiOf(ids, [ids])).toBe(0);
  const away = (1 - leastShare) * Math.log(1 / leastShare);
  expect(psiOf({ ...ids, nulls: 100, distinct: 0 }, [ids])).toBeCloseTo(2 * away, 9);
});

test('NULLs are a bin of their own', () => {
  const a = numbers(even(0, 100), 100, 20);
  const expected = (0.2 - 0.1) * Math.log(2) + (0.8 - 0.9) * Math.log(0.8 / 0.9);
  expect(psiOf(a, [numbers(even(0, 100), 100, 10)])).toBeCloseTo(expected, 9);
  expect(psiOf({ ...a, nulls: 100, quantiles: null }, [numbers(even(0, 100))])).toBeGreaterThan(9);
  const words = { ...values(100, ['a', 40], ['b', 40]), nulls: 20, distinct: 2 };
  const other = { ...values(100, ['a', 45], ['b', 45]), nulls: 10, distinct: 2 };
  const shares = (0.2 - 0.1) * Math.log(2) + 2 * (0.4 - 0.45) * Math.log(0.4 / 0.45);
  expect(psiOf(words, [other])).toBeCloseTo(shares, 9);
});

test('the change of the share of NULLs', () => {
  expect(
    driftOf(numbers(even(0, 1), 100, 30), [
      numbers(even(0, 1), 100, 10),
      numbers(even(0, 1), 300, 10),
    ]).nullShare,
  ).toBeCloseTo(0.25, 12);
});
