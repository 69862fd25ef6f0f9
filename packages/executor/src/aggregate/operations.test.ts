/** Every operation on every encoding against the most obvious way to say it. */
import type { Operation } from '@hindcast/shared/config/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anyDouble,
  anyLong,
  columnOf,
  type RangeCase,
  rangeCase,
  rangesOf,
  seen,
} from '../../../../test/arbitrary-ranges.js';
import { ColumnIndex } from './column-index.js';
import { operationTable } from './operations.js';
import { type Cell, cellOf, type MapCell, type ResultColumn } from './result-column.js';

type Item = number | bigint;

/** Maps as lists of entries. */
function read(result: ResultColumn, row: number): Cell | Item[][] {
  const cell = cellOf(result, row);
  if (cell === null || typeof cell !== 'object' || Array.isArray(cell)) return cell;
  const { keys, values } = cell as MapCell;
  return keys.map((key, i) => [key, values[i] as Item]);
}

const k = 3;
const percentiles = [0, 0.25, 0.5, 0.99, 1];
const args = { k: String(k), percentiles: JSON.stringify(percentiles) };

/** Smaller first; −0 before 0. */
function byValue(a: Item, b: Item): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1;
}

/** 0 for −0, which is the same value. */
const plain = (value: Item): Item => (typeof value === 'bigint' ? value : value + 0);
const sorted = (values: Item[]): Item[] => values.map(plain).toSorted(byValue);
const distinct = (values: Item[]): number => new Set(values).size;

/** The `most` values that are there most often, in ascending order. */
function histogram(values: Item[], most: number): Item[][] {
  const counts = new Map<Item, number>();
  for (const value of sorted(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .toSorted((a, b) => b[1] - a[1] || byValue(a[0], b[0]))
    .slice(0, most)
    .toSorted((a, b) => byValue(a[0], b[0]));
}

type Obvious = Partial<Record<Operation, (values: Item[]) => Item | Item[] | Item[][]>>;

const obvious: Obvious = {
  COUNT: (values) => values.length,
  MIN: (values) => values.toSorted(byValue)[0]!,
  MAX: (values) => values.toSorted(byValue).at(-1)!,
  FIRST: (values) => values[0]!,
  LAST: (values) => values.at(-1)!,
  FIRST_K: (values) => values.slice(0, k),
  LAST_K: (values) => values.toReversed().slice(0, k),
  TOP_K: (values) => sorted(values).toReversed().slice(0, k),
  BOTTOM_K: (values) => sorted(values).slice(0, k),
  UNIQUE_COUNT: distinct,
  APPROX_UNIQUE_COUNT: distinct,
  BOUNDED_UNIQUE_COUNT: (values) => Math.min(k, distinct(values)),
  HISTOGRAM: (values) => histogram(values, k),
  APPROX_HISTOGRAM_K: (values) => histogram(values, k),
  APPROX_PERCENTILE: (values) =>
    percentiles.map((p) =>
      Math.fround(
        Number(sorted(values)[Math.min(values.length - 1, Math.floor(p * values.length))]),
      ),
    ),
};

const encodings = [
  ['double', anyDouble],
  ['int53', fc.maxSafeInteger()],
  ['int64', anyLong],
  ['ordinal', fc.nat({ max: 20 })],
] as const;

for (const operation of Object.keys(obvious) as Operation[]) {
  for (const [encoding, value] of encodings) {
    test(`${operation} of ${encoding}`, () => {
      fc.assert(
        fc.property(rangeCase(fc.option(value as fc.Arbitrary<Item>)), (given: RangeCase) => {
          const index = new ColumnIndex(columnOf(encoding, given.values), given.ranges);
          const entry = operationTable[operation];
          for (const window of [0, 1]) {
            const result = entry.result(encoding, given.ranges.count);
            entry.fill(index, window, result, args);
            for (let i = 0; i < given.ranges.count; i++) {
              const values = seen(given, window, i);
              const expected = values.length === 0 ? null : obvious[operation]!(values);
              expect(read(result, i)).toEqual(expected);
            }
          }
        }),
        { numRuns: 60 },
      );
    });
  }
}

test('NaN is the greatest value, and no result', () => {
  const index = (values: number[]) =>
    new ColumnIndex(columnOf('double', values), {
      count: 1,
      rows: Uint32Array.of(0),
      to: Int32Array.of(values.length),
      from: [Int32Array.of(0)],
      groups: Uint32Array.of(0, values.length),
    });
  const run = (operation: Operation, values: number[]) => {
    const result = operationTable[operation].result('double', 1);
    operationTable[operation].fill(index(values), 0, result, {});
    return read(result, 0);
  };
  expect(run('MIN', [Number.NaN, 2, 1])).toBeNull();
  expect(run('MAX', [Number.NaN, 2, 1])).toBeNull();
  expect(run('SUM', [Number.POSITIVE_INFINITY, 1])).toBeNull();
  expect(run('AVERAGE', [1, 2])).toBe(1.5);
});

/** By the definitions, over distances from the mean that exact integers give. */
function naiveMoments(values: readonly number[]): Partial<Record<Operation, number | null>> {
  const n = values.length;
  const total = values.reduce((sum, value) => sum + BigInt(value), 0n);
  const power = (p: number): number =>
    values.reduce((sum, value) => sum + Number(BigInt(value) * BigInt(n) - total) ** p, 0) / n ** p;
  const [m2, m3, m4] = [power(2), power(3), power(4)];
  return {
    VARIANCE: m2 / n,
    SKEW: n < 3 || m2 === 0 ? null : (Math.sqrt(n) * m3) / m2 ** 1.5,
    KURTOSIS: n < 4 || m2 === 0 ? null : (n * m4) / (m2 * m2) - 3,
  };
}

describe('moments', () => {
  const near = fc.tuple(fc.constantFrom(0, 1e12, -1e15), fc.integer({ min: 1, max: 1000 }));
  /** Values that lie close together, however far from 0, and some that are all one. */
  const values = near.chain(([center, spread]) =>
    fc.oneof(
      fc.integer({ min: -spread, max: spread }).map((value) => center + value),
      fc.constant(center),
    ),
  );
  for (const operation of ['VARIANCE', 'SKEW', 'KURTOSIS'] as const) {
    test(operation, () => {
      fc.assert(
        fc.property(near, rangeCase(fc.option(values), 400), ([center, spread], given) => {
          const shifted = given.values.map((value) =>
            value === null ? null : center + (Number(value) % spread),
          );
          for (const encoding of ['double', 'int64'] as const) {
            const index = new ColumnIndex(columnOf(encoding, shifted), given.ranges);
            for (const window of [0, 1]) {
              const result = operationTable[operation].result(encoding, given.ranges.count);
              operationTable[operation].fill(index, window, result, {});
              for (let i = 0; i < given.ranges.count; i++) {
                const inputs = seen({ ...given, values: shifted }, window, i).map(Number);
                const expected = inputs.length === 0 ? null : naiveMoments(inputs)[operation]!;
                const actual = read(result, i);
                if (expected === null) expect(actual).toBeNull();
                else
                  expect(Number(actual)).toBeCloseTo(
                    expected,
                    6 - Math.log10(1 + Math.abs(expected)),
                  );
              }
            }
          }
        }),
        { numRuns: 60 },
      );
    });
  }

  test('of values that are all one: no variance, and no shape', () => {
    const values = [0.3, ...Array.from({ length: 300 }, () => 0.1)];
    const index = new ColumnIndex(columnOf('double', values), rangesOf([[1, 280, 301]], 301));
    for (const window of [0, 1]) {
      const read1 = (operation: Operation): Cell | Item[][] => {
        const result = operationTable[operation].result('double', 1);
        operationTable[operation].fill(index, window, result, {});
        return read(result, 0);
      };
      expect([read1('VARIANCE'), read1('SKEW'), read1('KURTOSIS')]).toEqual([0, null, null]);
    }
  });
});
