import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyLong,
  columnOf,
  type RangeCase,
  rangeCase,
  rangesOf,
  seen,
} from '../../../../test/arbitrary-ranges.js';
import { doubleSums, integerSums } from './sum.js';

function check<T>(
  given: RangeCase,
  sums: readonly ArrayLike<T>[],
  expected: (values: (number | bigint)[]) => T,
): void {
  for (const w of [0, 1]) {
    for (let i = 0; i < given.ranges.count; i++) {
      expect(sums[w]![i]).toEqual(expected(seen(given, w, i)));
    }
  }
}

test('sums of 64-bit integers wrap like a Java long', () => {
  fc.assert(
    fc.property(rangeCase(fc.option(anyLong)), (given) => {
      const sums = integerSums(columnOf('int64', given.values), given.ranges);
      check<bigint | number>(given, sums.data, (values) =>
        BigInt.asIntN(
          64,
          (values as bigint[]).reduce((a, b) => a + b, 0n),
        ),
      );
    }),
  );
});

test('sums of small integers are exact, at 53 bits and beyond', () => {
  fc.assert(
    fc.property(rangeCase(fc.option(fc.maxSafeInteger())), fc.boolean(), (given, small) => {
      const values = given.values.map((v) => (v !== null && small ? Number(v) % 1000 : v));
      const sums = integerSums(columnOf('int53', values), given.ranges);
      check<bigint | number>({ ...given, values }, sums.data, (seenValues) => {
        const exact = seenValues.reduce<bigint>((a, b) => a + BigInt(b), 0n);
        return sums.encoding === 'int53' ? Number(exact) : BigInt.asIntN(64, exact);
      });
    }),
  );
});

/** Doubles with the same exponent scale as integers: their exact sum is a BigInt's. */
test('a sum of doubles is the exact sum, rounded once', () => {
  const scaled = fc.integer({ min: -(2 ** 30), max: 2 ** 30 });
  const shift = fc.integer({ min: 0, max: 50 });
  const value = fc.tuple(scaled, shift).map(([n, s]) => n * 2 ** s * 2 ** -40);
  fc.assert(
    fc.property(rangeCase(fc.option(value)), (given) => {
      const sums = doubleSums(columnOf('double', given.values), given.ranges);
      // Without a value the sum is −0, which nobody asks for.
      const unsigned = sums.map((window) => window.map((sum) => sum + 0));
      check(given, unsigned, (values) => {
        const exact = values.reduce<bigint>((a, b) => a + BigInt(Number(b) * 2 ** 40), 0n);
        return Number(exact) / 2 ** 40 + 0;
      });
    }),
  );
});

test('a sum does not depend on what lies outside of its window', () => {
  const values = [1e300, ...Array.from({ length: 400 }, () => 0.1), -1e300];
  const ranges = rangesOf([[1, 1, 401]], 402);
  const [sum] = doubleSums(columnOf('double', values), ranges);
  expect(sum![0]).toBe(40);
});

test('an average of 64-bit integers does not wrap', () => {
  const values = [2n ** 62n, 2n ** 62n, 2n ** 62n];
  const [sum] = doubleSums(columnOf('int64', values), rangesOf([[0, 0, 3]], 3));
  expect(sum![0]).toBe(3 * 2 ** 62);
});
