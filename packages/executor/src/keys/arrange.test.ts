import { dayMs } from '@hindcast/shared/time/partition-spec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlacedRows, type RowChunk } from './arrange.js';
import { compareValues } from './values.js';

interface Row {
  readonly run: number;
  readonly time: number;
  readonly day: number;
  readonly amount: number | null;
  readonly id: bigint;
}

const runCount = 5;
const columns = [
  { index: 0, kind: 'double' },
  { index: 1, kind: 'integer' },
] as const;
const row: fc.Arbitrary<Row> = fc.record({
  run: fc.integer({ min: -1, max: runCount - 1 }),
  time: fc.oneof(
    fc.integer({ min: 0, max: 20 }),
    fc.integer({ min: 0, max: 2 ** 41 }),
    fc.constantFrom(-8.64e15, 8.64e15),
  ),
  day: fc.constantFrom(0, 0, 0, 1),
  amount: fc.option(fc.constantFrom(1, 2, -0, 0)),
  id: fc.oneof(fc.constantFrom(1n, 2n), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
});

function chunkOf(rows: readonly Row[]): RowChunk {
  const validity = new Uint8Array(Math.ceil(rows.length / 8));
  rows.forEach(({ amount }, i) => {
    if (amount !== null) validity[i >> 3]! |= 1 << (i & 7);
  });
  const bytesOf = (array: Float64Array | BigInt64Array) => new Uint8Array(array.buffer);
  const days = Int32Array.from(rows, ({ time, day }) => Math.floor(time / dayMs) + day);
  return {
    times: Float64Array.from(rows, ({ time }) => time),
    days: rows.some(({ day }) => day !== 0) ? days : null,
    runs: Int32Array.from(rows, ({ run }) => run),
    values: [
      {
        bytes: bytesOf(Float64Array.from(rows, ({ amount }) => amount ?? 99)),
        validity: rows.some(({ amount }) => amount === null) ? validity : null,
      },
      { bytes: bytesOf(BigInt64Array.from(rows, ({ id }) => id)), validity: null },
    ],
  };
}

function byOrder(a: Row, b: Row): number {
  const order = (x: number | null, y: number | null): number => {
    if (x === null || y === null) return (x === null ? 0 : 1) - (y === null ? 0 : 1);
    return x - y;
  };
  return (
    a.time - b.time ||
    a.day - b.day ||
    order(a.amount, b.amount) ||
    Number(a.id - b.id > 0n) - Number(a.id - b.id < 0n)
  );
}

test('rows come to lie in (run, time, partition, values) order', () => {
  const chunks = fc.array(fc.array(row, { maxLength: 120, size: 'max' }), { maxLength: 4 });
  const ranks = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: runCount, maxLength: runCount });
  fc.assert(
    fc.property(chunks, ranks, (given, order) => {
      const arranged = new PlacedRows(given.map(chunkOf), Int32Array.from(order)).arrange(columns);
      const expected = Array.from({ length: runCount }, (_, place) =>
        given
          .flat()
          .filter(({ run }) => run >= 0 && order[run] === place)
          .toSorted(byOrder),
      );
      const lengths = [...arranged.starts.subarray(1)].map((end, i) => end - arranged.starts[i]!);
      expect(lengths).toEqual(expected.map((run) => run.length));
      const all = expected.flat();
      expect([...arranged.times]).toEqual(all.map(({ time }) => time));
      const [amounts, ids] = arranged.values;
      expect(all.map((_, i) => (amounts!.valid?.[i] === 0 ? null : amounts!.data[i]))).toEqual(
        all.map(({ amount }) => amount),
      );
      expect(Array.from(ids!.data, BigInt)).toEqual(all.map(({ id }) => id));
      const days = all.map(({ time, day }) => Math.floor(time / dayMs) + day);
      if (arranged.days !== null) expect([...arranged.days]).toEqual(days);
      else expect(given.flat().every(({ day }) => day === 0)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('integers stay doubles while they fit, and become 64 bits when one does not', () => {
  const rows = [5n, -(2n ** 53n), 2n ** 53n - 1n].map((id) => ({
    run: 0,
    time: 0,
    day: 0,
    amount: 1,
    id,
  }));
  const encodingOf = (given: Row[]) =>
    new PlacedRows([chunkOf(given)], Int32Array.of(0)).arrange(columns).values[1]!.encoding;
  expect(encodingOf(rows)).toBe('int53');
  expect(encodingOf([...rows, { ...rows[0]!, id: 2n ** 53n }])).toBe('int64');
});

test('values order as NULL, numbers (−0 equals 0), NaN', () => {
  const data = Float64Array.of(7, -1, -0, 0, 1, Number.POSITIVE_INFINITY, Number.NaN);
  const valid = Uint8Array.of(0, 1, 1, 1, 1, 1, 1);
  const ranks = [0, 1, 2, 2, 3, 4, 5];
  for (let a = 0; a < data.length; a++) {
    for (let b = 0; b < data.length; b++) {
      expect(Math.sign(compareValues({ encoding: 'double', data, valid }, a, b))).toBe(
        Math.sign(ranks[a]! - ranks[b]!),
      );
    }
  }
});
