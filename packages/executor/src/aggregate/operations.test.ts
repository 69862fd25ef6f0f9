/** Every operation on every encoding against the most obvious way to say it. */
import type { RunnableOperation } from '@hindcast/shared/config/signatures';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyDouble,
  anyLong,
  columnOf,
  type RangeCase,
  rangeCase,
  seen,
} from '../../../../test/arbitrary-ranges.js';
import { ColumnIndex } from './column-index.js';
import { operationTable } from './operations.js';
import type { ResultColumn } from './result-column.js';

type Item = number | bigint;

function read(result: ResultColumn, row: number): Item | Item[] | null {
  if (result.kind === 'scalar') return result.valid[row] === 1 ? result.data[row]! : null;
  if (result.length[row]! < 0) return null;
  return result.items.slice(result.start[row]!, result.start[row]! + result.length[row]!);
}

const k = 3;

/** Smaller first; −0 before 0. */
function byValue(a: Item, b: Item): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1;
}

const obvious: Partial<Record<RunnableOperation, (values: Item[]) => Item | Item[]>> = {
  COUNT: (values) => values.length,
  MIN: (values) => values.toSorted(byValue)[0]!,
  MAX: (values) => values.toSorted(byValue).at(-1)!,
  FIRST: (values) => values[0]!,
  LAST: (values) => values.at(-1)!,
  FIRST_K: (values) => values.slice(0, k),
  LAST_K: (values) => values.toReversed().slice(0, k),
};

const encodings = [
  ['double', anyDouble],
  ['int53', fc.maxSafeInteger()],
  ['int64', anyLong],
  ['ordinal', fc.nat({ max: 20 })],
] as const;

for (const operation of Object.keys(obvious) as RunnableOperation[]) {
  for (const [encoding, value] of encodings) {
    test(`${operation} of ${encoding}`, () => {
      fc.assert(
        fc.property(rangeCase(fc.option(value as fc.Arbitrary<Item>)), (given: RangeCase) => {
          const index = new ColumnIndex(columnOf(encoding, given.values), given.ranges);
          const entry = operationTable[operation];
          for (const window of [0, 1]) {
            const result = entry.result(encoding, given.ranges.count);
            entry.fill(index, window, result, { k: String(k) });
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
    });
  const run = (operation: RunnableOperation, values: number[]) => {
    const result = operationTable[operation].result('double', 1);
    operationTable[operation].fill(index(values), 0, result, {});
    return read(result, 0);
  };
  expect(run('MIN', [Number.NaN, 2, 1])).toBe(1);
  expect(run('MAX', [Number.NaN, 2, 1])).toBeNull();
  expect(run('SUM', [Number.POSITIVE_INFINITY, 1])).toBeNull();
  expect(run('AVERAGE', [1, 2])).toBe(1.5);
});
