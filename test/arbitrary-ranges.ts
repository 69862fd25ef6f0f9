/** Random value columns and ranges over them, for tests of the kernels. */
import fc from 'fast-check';
import type { ValueColumn } from '../packages/executor/src/keys/values.js';
import type { Ranges } from '../packages/executor/src/window/ranges.js';

export type Values = readonly (number | bigint | null)[];

/** NULL slots hold a value that must never be seen. */
export function columnOf(encoding: ValueColumn['encoding'], values: Values): ValueColumn {
  const data =
    encoding === 'int64'
      ? BigInt64Array.from(values, (value) => (value === null ? 77n : BigInt(value)))
      : Float64Array.from(values, (value) => (value === null ? 77 : Number(value)));
  const valid = values.includes(null)
    ? Uint8Array.from(values, (value) => (value === null ? 0 : 1))
    : null;
  return { encoding, data, valid };
}

/**
 * Ranges of one row each, two windows, the second reaching further back; positions up to `length` are
 * events of one key.
 */
export function rangesOf(
  bounds: readonly (readonly [number, number, number])[],
  length: number,
): Ranges {
  const sorted = bounds.map((bound) => [...bound].sort((a, b) => a - b));
  return {
    count: bounds.length,
    rows: Uint32Array.from(bounds, (_, i) => i),
    to: Int32Array.from(sorted, (bound) => bound[2]!),
    from: [
      Int32Array.from(sorted, (bound) => bound[1]!),
      Int32Array.from(sorted, (bound) => bound[0]!),
    ],
    groups: Uint32Array.of(0, length),
  };
}

export interface RangeCase {
  readonly values: Values;
  readonly ranges: Ranges;
}

export function rangeCase(
  value: fc.Arbitrary<number | bigint | null>,
  maxLength = 700,
): fc.Arbitrary<RangeCase> {
  return fc.array(value, { maxLength, size: 'max' }).chain((values) => {
    const bound = fc.nat({ max: values.length });
    return fc
      .array(fc.tuple(bound, bound, bound), { minLength: 1, maxLength: 20 })
      .map((bounds) => ({ values, ranges: rangesOf(bounds, values.length) }));
  });
}

/** The values of range i in window w that are not NULL. */
export function seen({ values, ranges }: RangeCase, w: number, i: number): (number | bigint)[] {
  return values.slice(ranges.from[w]![i]!, ranges.to[i]!).filter((value) => value !== null) as (
    | number
    | bigint
  )[];
}

export const anyDouble = fc.oneof(
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.constantFrom(0.1, 1e16, -1e16, 1, -0, 0),
);
export const anyLong = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
