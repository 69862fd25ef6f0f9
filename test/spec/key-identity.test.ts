/**
 * Two keys are the same only if all of their columns are: short and long strings, integers, and
 * composite keys that were made to share one hash.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quoteText } from '../../packages/executor/src/scan/duckdb.js';
import { eventsConfig } from '../cli/run-cli.js';
import { readOutput, submitJoin } from '../harness.js';
import { workplace } from '../in-process.js';

const work = workplace('keys');
const { root } = work;

type Key = readonly (string | bigint | null)[];

function literal(value: Key[number]): string {
  if (value === null) return 'NULL';
  return typeof value === 'bigint' ? `'${value}'::BIGINT` : quoteText(value);
}

/** Key i has i + 1 events worth 1 each, and one left row after them. Returns count by `i`. */
async function counts(name: string, keys: readonly Key[]): Promise<(number | null)[]> {
  const columns = keys[0]!.map((_, c) => `k${c}`);
  const rows = (times: (i: number) => number): string =>
    keys
      .flatMap((key, i) =>
        Array.from({ length: times(i) }, () => `(${key.map(literal).join(', ')}, ${i})`),
      )
      .join(', ');
  for (const [table, times, ts] of [
    ['lefts', () => 1, 1_700_010_000_000],
    ['rights', (i: number) => i + 1, 1_700_006_400_000],
  ] as const) {
    await work.write(
      `data.${name}_${table}`,
      '2023-11-15',
      `SELECT *, ${ts} AS ts, 1 AS price FROM (VALUES ${rows(times)}) t(${[...columns, 'i'].join(', ')})`,
    );
  }
  const selects = Object.fromEntries(columns.map((column) => [column, column]));
  const config = eventsConfig({
    name,
    left: `data.${name}_lefts`,
    right: `data.${name}_rights`,
    leftSelects: { ...selects, i: 'i' },
    selects: { ...selects, price: 'price' },
    keys: columns,
    aggregations: [{ inputColumn: 'price', operation: 6 }],
  });
  const file = join(root, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  const { error } = await submitJoin(file, root);
  expect(error).toBeNull();
  const table = await readOutput(root, `out.${name}`);
  const names = table.columns.map((column) => column.name);
  const at = names.indexOf('i');
  const count = names.findIndex((column) => column.endsWith('price_count'));
  const found = new Map(table.rows.map((row) => [Number(row[at]), row[count]]));
  return keys.map((_, i) => (found.get(i) === null ? null : Number(found.get(i))));
}

const inTurn = (keys: readonly Key[]): number[] => keys.map((_, i) => i + 1);

test('short strings, and what differs in length or in the last byte only', async () => {
  const keys = ['', 'a', 'a\u0001', 'b', 'abcdefghijkl', 'abcdefghijkm', 'é', 'é'.normalize('NFD')];
  expect(
    await counts(
      'short',
      keys.map((key) => [key]),
    ),
  ).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('strings beyond 12 bytes, on both sides or on one', async () => {
  const keys = ['abcdefghijkl', 'abcdefghijklm', 'abcdefghijkln', 'abcdefghijklmnopqrstuvwxyz'];
  expect(
    await counts(
      'long',
      keys.map((key) => [key]),
    ),
  ).toEqual([1, 2, 3, 4]);
});

test('integers at both ends of 64 bits', async () => {
  const keys = [0n, 1n, -1n, 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)].map((key) => [key]);
  expect(await counts('integers', keys)).toEqual(inTurn(keys));
});

test('a NULL matches nothing, alone or in a composite key', async () => {
  expect(await counts('nulls', [['a'], [null]])).toEqual([1, null]);
  expect(
    await counts('nulls2', [
      ['a', 1n],
      ['a', null],
      [null, 1n],
      [null, null],
    ]),
  ).toEqual([1, null, null, null]);
});

/** DuckDB's hash of integers can be inverted, and so can the way in which it combines two. */
const mask = (1n << 64n) - 1n;
const factor = 0xd6e8feb86659fd93n;
const times = (a: bigint, b: bigint): bigint => (a * b) & mask;
const fold = (x: bigint): bigint => x ^ (x >> 32n);
const inverse = Array.from({ length: 6 }).reduce<bigint>(
  (guess) => times(guess, (2n - times(factor, guess)) & mask),
  1n,
);
const hash = (x: bigint): bigint => fold(times(fold(times(fold(x & mask), factor)), factor));
const unhash = (x: bigint): bigint => fold(times(fold(times(fold(x), inverse)), inverse));
const combine = (a: bigint, b: bigint): bigint => times(fold(hash(a)), factor) ^ b;

test('composite keys with one hash stay apart', async () => {
  const shared = combine(1n, hash(2n));
  const keys = [1n, 7n, 8n, 9n].map((first) => {
    const second = unhash(combine(first, shared));
    return [first, BigInt.asIntN(64, second)];
  });
  expect(keys[0]).toEqual([1n, 2n]);
  const [row] = await work.session.rows(
    `SELECT count(DISTINCT hash(a, b)) FROM (VALUES ${keys.map((key) => `(${key.map(literal).join(', ')})`).join(', ')}) t(a, b)`,
  );
  expect(Number(row![0]), 'the keys no longer share a hash').toBe(1);
  expect(await counts('collision', keys)).toEqual([1, 2, 3, 4]);
});
