import { expect, test } from 'vitest';
import { findingsOf, referencesOf } from './check.js';
import type { ColumnSummary } from './measures.js';

const known = ['2023-11-01', '2023-11-02', '2023-11-05', '2023-11-06'];

test('so many partitions before, whatever days lie between', () => {
  expect(referencesOf({ previous: 2 }, '2023-11-06', known)).toEqual(['2023-11-02', '2023-11-05']);
  expect(referencesOf({ previous: 2 }, '2023-11-02', known)).toEqual(['2023-11-01']);
  expect(referencesOf({ previous: 2 }, '2023-11-01', known)).toEqual([]);
});

test('a range that stays: for all partitions but its own', () => {
  const range = { startPartition: '2023-11-02', endPartition: '2023-11-05' };
  expect(referencesOf(range, '2023-11-06', known)).toEqual(['2023-11-02', '2023-11-05']);
  expect(referencesOf(range, '2023-11-01', known)).toEqual(['2023-11-02', '2023-11-05']);
  expect(referencesOf(range, '2023-11-05', known)).toBeNull();
  const later = { startPartition: '2024-01-01', endPartition: '2024-01-02' };
  expect(referencesOf(later, '2023-11-06', known)).toEqual([]);
});

test('beyond is more than the threshold, of NULLs either way', () => {
  const column = (nulls: number): ColumnSummary => ({
    rows: 100,
    nulls,
    distinct: 1,
    quantiles: null,
    top: [{ value: 'a', rows: 100 - nulls }],
  });
  const summaries = new Map(
    [10, 40].map((nulls, i) => [
      known[i]!,
      new Map([
        ['x', column(nulls)],
        ['y', column(0)],
      ]),
    ]),
  );
  const found = (threshold: number, now: number, before: number) =>
    findingsOf(
      {
        columns: ['x', 'y', 'absent'].map((name) => ({
          column: name,
          thresholds: { nullShare: threshold, ks: 0 },
        })),
      },
      { partition: known[now]!, against: [known[before]!] },
      summaries,
    );
  expect(found(0.3, 1, 0)).toEqual([]);
  expect(found(0.25, 1, 0)).toMatchObject([{ column: 'x', found: expect.closeTo(0.3, 9) }]);
  expect(found(0.25, 0, 1)).toMatchObject([
    { column: 'x', found: expect.closeTo(-0.3, 9), threshold: 0.25 },
  ]);
  expect(found(0.25, 0, 3)).toEqual([]);
});
