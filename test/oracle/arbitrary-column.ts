/** Columns, values and times that are small in number and nasty in kind. */
import fc from 'fast-check';
import type { OracleValue } from './value.js';

export type ColumnType =
  | 'VARCHAR'
  | 'BIGINT'
  | 'INTEGER'
  | 'DOUBLE'
  | 'BOOLEAN'
  | 'BIGINT[]'
  | 'MAP(VARCHAR, DOUBLE)';

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
  longs: {
    type: 'BIGINT[]',
    values: fc.array(orNull(fc.bigInt({ min: -3n, max: 3n }), 4), { maxLength: 4 }),
  },
  weights: {
    type: 'MAP(VARCHAR, DOUBLE)',
    values: fc
      .array(
        fc.tuple(
          fc.constantFrom('a', 'b', 'é', ''),
          orNull(
            fc.integer({ min: -9, max: 9 }).map((quarters) => quarters / 4),
            4,
          ),
        ),
        { maxLength: 3 },
      )
      .map((entries) => new Map(entries)),
  },
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

/** A few times of day, ms, that the rows of a case share: on and off the hops of windows. */
export const momentsArbitrary: fc.Arbitrary<number[]> = fc
  .record({
    hours: fc.array(fc.constantFrom(0, 0, 1, 11, 12, 23), { minLength: 1, maxLength: 2 }),
    rests: fc.array(fc.constantFrom(0, 61_923, 300_000), { minLength: 1, maxLength: 3 }),
  })
  .map(({ hours, rests }) => hours.flatMap((hour) => rests.map((rest) => hour * hourMs + rest)));

const jitter = fc.constantFrom(0, 0, 0, 1, -1);

/**
 * Milliseconds since epoch, on the days given: a shared moment of day, give or take a millisecond,
 * so that windows of whole days begin and end right at, before and after events, and events tie.
 * With `hoursBack` some are as many hours earlier as a window of hours is long.
 */
export function timeArbitrary(
  moments: readonly number[],
  day: fc.Arbitrary<number>,
  hoursBack: readonly number[] = [0],
): fc.Arbitrary<number> {
  const moment = fc
    .record({ moment: fc.constantFrom(...moments), back: fc.constantFrom(...hoursBack), jitter })
    .map(({ moment: time, back, jitter: off }) => time - back * hourMs + off);
  const time = fc.oneof(
    { weight: 9, arbitrary: moment },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: dayMs - 1 }) },
  );
  return fc.record({ day, time }).map(({ day: of, time: at }) => of * dayMs + at);
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
