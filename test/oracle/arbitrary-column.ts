/** Columns, values and times that are small in number and nasty in kind. */
import fc from 'fast-check';
import type { OracleValue } from './value.js';

export type ColumnType = 'VARCHAR' | 'BIGINT' | 'INTEGER' | 'DOUBLE' | 'BOOLEAN';

export interface CaseColumn {
  readonly name: string;
  readonly type: ColumnType; // DuckDB's; integers of both widths are bigint in the rows
}

/** What a column holds, beyond its type. */
export interface Content {
  readonly type: ColumnType;
  readonly values: fc.Arbitrary<OracleValue>;
}

const texts = ['', 'a', 'A', ' a', 'ab', 'é', '\u{fffd}', '😀', "O'Neil", 'NULL', '0', 'a,b'];
const longs = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 7n];
const ints = [0n, 1n, -1n, 2n ** 31n - 1n, -(2n ** 31n)];
const dates = ['2023-12-01', '2023-12-02', '1969-12-31', '0001-01-01'];

function oneOf(values: readonly OracleValue[]): fc.Arbitrary<OracleValue> {
  return fc.constantFrom(...values);
}

/** Contents of key columns: every scalar type that keys come in. */
export const keyContents: readonly Content[] = [
  { type: 'VARCHAR', values: oneOf(texts) },
  { type: 'BIGINT', values: oneOf(longs) },
  { type: 'INTEGER', values: oneOf(ints) },
  { type: 'VARCHAR', values: oneOf(dates) },
  { type: 'BOOLEAN', values: oneOf([true, false]) },
];

/**
 * Contents of value columns, by column name. Doubles are quarters of at most a few thousand: however
 * a sum of them is ordered, it is exact. `wide` holds the ends of 64 bits, whose sums wrap and whose
 * average as doubles would not be exact.
 */
export const valueContents: Readonly<Record<string, Content>> = {
  wide: { type: 'BIGINT', values: oneOf(longs) },
  long: { type: 'BIGINT', values: fc.bigInt({ min: -20n, max: 20n }) },
  int: { type: 'INTEGER', values: fc.bigInt({ min: -3n, max: 3n }) },
  double: {
    type: 'DOUBLE',
    values: fc.oneof(
      oneOf([-0, 0, 0.25]),
      fc.integer({ min: -8000, max: 8000 }).map((quarters) => quarters / 4),
    ),
  },
  text: { type: 'VARCHAR', values: oneOf(texts) },
  flag: { type: 'BOOLEAN', values: oneOf([true, false]) },
};

export function orNull(
  values: fc.Arbitrary<OracleValue>,
  oneIn: number,
): fc.Arbitrary<OracleValue> {
  return fc.oneof(
    { weight: oneIn - 1, arbitrary: values },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

export const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** `yyyy-MM-dd` of days since 1970-01-01. */
export function partitionOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/**
 * Times of a day, ms: few, a whole number of hours apart but for a jitter of a millisecond, so that
 * windows of hours and days begin and end right at, before and after events, and events tie.
 */
const timeOfDay: fc.Arbitrary<number> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        hour: fc.constantFrom(0, 0, 1, 7, 11, 12, 13, 23),
        rest: fc.constantFrom(0, 61_923, 300_000),
        jitter: fc.constantFrom(0, 0, 1, -1),
      })
      .map(({ hour, rest, jitter }) => hour * hourMs + rest + jitter),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: dayMs - 1 }) },
);

/** Milliseconds since epoch, on (or a millisecond before) one of the days, both inclusive. */
export function timeArbitrary(firstDay: number, lastDay: number): fc.Arbitrary<number> {
  return fc
    .record({ day: fc.integer({ min: firstDay, max: lastDay }), time: timeOfDay })
    .map(({ day, time }) => day * dayMs + time);
}

/** How many days after its time's date a row landed: mostly none, or late, or before it happened. */
export const landing: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 2, arbitrary: fc.integer({ min: -2, max: -1 }) },
);

/** The array with some of its items once more, at the end. */
export function withDuplicates<T>(items: fc.Arbitrary<T[]>): fc.Arbitrary<T[]> {
  return items.chain((all) =>
    fc
      .array(fc.nat(Math.max(0, all.length - 1)), { maxLength: Math.min(3, all.length) })
      .map((again) => [...all, ...again.map((i) => all[i]!)]),
  );
}
