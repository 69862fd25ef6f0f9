/**
 * Values that data has and nobody asked for, one by one: what each operation makes of them, through the
 * whole line. What is documented in docs/operations.md stands here as a table.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBDecimalValue, DuckDBListValue, DuckDBMapValue } from '@duckdb/node-api';
import { type Operation, operations } from '@hindcast/shared/config/model';
import { describe, expect, test } from 'vitest';
import { quoteText } from '../../packages/executor/src/scan/duckdb.js';
import { eventsConfig } from '../cli/run-cli.js';
import { readOutput, submitJoin } from '../harness.js';
import { workplace } from '../in-process.js';

const work = workplace('odd');
const { root } = work;

const firstMs = Date.UTC(2023, 10, 15);
const dayMs = 86_400_000;
let tables = 0;

interface Given {
  /** SQL of each event's value, in order of time, a second apart from `at` on. */
  readonly values: readonly string[];
  readonly at?: number; // ms of the first event
  readonly row?: number; // ms of the left row
}

const withK = { k: '2', percentiles: '[0, 0.5, 1]' };

/** What each operation gives for one key's events, without a window. */
async function results(
  given: Given,
  asked: readonly Operation[],
): Promise<Record<string, unknown>> {
  const { values, at = firstMs, row = at + dayMs } = given;
  const name = `odd_${++tables}`;
  const dsOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const rows = values.map((value, i) => `('u', ${at + 1000 * i}, ${value})`).join(', ');
  await work.write(`data.${name}_rights`, dsOf(at), `FROM (VALUES ${rows}) t("user", ts, v)`);
  await work.write(`data.${name}_lefts`, dsOf(row), `FROM (VALUES ('u', ${row})) t("user", ts)`);
  const config = eventsConfig({
    name,
    left: `data.${name}_lefts`,
    right: `data.${name}_rights`,
    selects: { user: 'user', v: 'v' },
    aggregations: asked.map((operation) => ({
      inputColumn: 'v',
      operation: operations.indexOf(operation),
      argMap: withK,
    })),
  });
  const file = join(root, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  const { error } = await submitJoin(file, root);
  if (error !== null) throw Object.assign(new Error(error.message), { found: error.found });
  const table = await readOutput(root, `out.${name}`);
  const features = table.columns.flatMap((column, i) =>
    column.name.startsWith('views_v1_') ? [plain(table.rows[0]![i])] : [],
  );
  return Object.fromEntries(asked.map((operation, i) => [operation, features[i]]));
}

function plain(value: unknown): unknown {
  if (value instanceof DuckDBListValue) return value.items.map(plain);
  if (value instanceof DuckDBMapValue)
    return Object.fromEntries(value.entries.map((entry) => [entry.key, plain(entry.value)]));
  return value;
}

const doubles = (...values: string[]): string[] => values.map((value) => `'${value}'::DOUBLE`);
const longs = (...values: string[]): string[] => values.map((value) => `'${value}'::BIGINT`);
const texts = (...values: string[]): string[] => values.map(quoteText);

const numeric = operations.filter((operation) => operation !== 'HISTOGRAM');
const ofAnything = ['COUNT', 'FIRST', 'LAST', 'FIRST_K', 'LAST_K'] as const;
const ordered = ['MIN', 'MAX', 'TOP_K', 'BOTTOM_K', 'UNIQUE_COUNT'] as const;
const textual = [...ofAnything, ...ordered, 'HISTOGRAM', 'APPROX_HISTOGRAM_K'] as const;

/** VARIANCE and what is like it, of two values or of none. */
const noMoments = { SKEW: null, KURTOSIS: null };
const counts = (distinct: bigint, most = distinct): Record<string, bigint> => ({
  UNIQUE_COUNT: distinct,
  APPROX_UNIQUE_COUNT: distinct,
  BOUNDED_UNIQUE_COUNT: most,
});

describe('doubles', () => {
  const unknown = { SUM: null, AVERAGE: null, VARIANCE: null, ...noMoments };

  test('NaN is a value, greater than all others, and no result', async () => {
    expect(await results({ values: doubles('1', 'nan', '3') }, numeric)).toEqual({
      ...{ ...unknown, ...counts(3n, 2n), COUNT: 3n, MIN: null, MAX: null, FIRST: 1, LAST: 3 },
      ...{ FIRST_K: [1, Number.NaN], LAST_K: [3, Number.NaN] },
      ...{ TOP_K: [Number.NaN, 3], BOTTOM_K: [1, 3] },
      APPROX_PERCENTILE: [1, 3, 3],
      APPROX_HISTOGRAM_K: { '1.0': 1n, '3.0': 1n },
    });
  });

  test('nothing but NaN', async () => {
    const both = [Number.NaN, Number.NaN];
    expect(await results({ values: doubles('nan', 'nan') }, numeric)).toEqual({
      ...{ ...unknown, ...counts(1n), COUNT: 2n, MIN: null, MAX: null, FIRST: null, LAST: null },
      ...{ FIRST_K: both, LAST_K: both, TOP_K: both, BOTTOM_K: both },
      APPROX_PERCENTILE: null,
      APPROX_HISTOGRAM_K: { NaN: 2n },
    });
  });

  test('infinities are ordered, but no result outside of lists and maps', async () => {
    const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect(await results({ values: doubles('1', 'inf', '-inf') }, numeric)).toEqual({
      ...{ ...unknown, ...counts(3n, 2n), COUNT: 3n, MIN: null, MAX: null, FIRST: 1, LAST: null },
      ...{ FIRST_K: [1, high], LAST_K: [low, high], TOP_K: [high, 1], BOTTOM_K: [low, 1] },
      APPROX_PERCENTILE: [low, 1, high],
      APPROX_HISTOGRAM_K: { '-Infinity': 1n, '1.0': 1n },
    });
  });

  test('sums that grow beyond all doubles', async () => {
    const values = doubles('1.7e308', '1.7e308');
    const { SUM, AVERAGE, MAX } = await results({ values }, ['SUM', 'AVERAGE', 'MAX']);
    expect([SUM, AVERAGE, MAX]).toEqual([null, null, 1.7e308]);
  });

  test.each([
    ['-0', '0'],
    ['0', '-0'],
  ])('%s and %s are one value', async (a, b) => {
    const found = await results({ values: doubles(a, b) }, numeric);
    // Which of the two stands in a table is not said: Parquet dictionaries hold one of them.
    const positive = JSON.parse(
      JSON.stringify(found, (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
    );
    expect(positive).toEqual({
      ...{ COUNT: 2, SUM: 0, AVERAGE: 0, VARIANCE: 0, ...noMoments },
      ...{ UNIQUE_COUNT: 1, APPROX_UNIQUE_COUNT: 1, BOUNDED_UNIQUE_COUNT: 1 },
      ...{ MIN: 0, MAX: 0, FIRST: 0, LAST: 0, APPROX_PERCENTILE: [0, 0, 0] },
      ...{ FIRST_K: [0, 0], LAST_K: [0, 0], TOP_K: [0, 0], BOTTOM_K: [0, 0] },
      APPROX_HISTOGRAM_K: { '0.0': 2 },
    });
  });
});

describe('the ends of int64', () => {
  const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];

  test('both', async () => {
    expect(await results({ values: longs(`${most}`, `${least}`) }, numeric)).toEqual({
      ...{ ...counts(2n), COUNT: 2n, SUM: -1n, AVERAGE: -0.5, VARIANCE: (2 ** 63) ** 2 },
      ...{ ...noMoments, MIN: least, MAX: most, FIRST: most, LAST: least },
      ...{ FIRST_K: [most, least], LAST_K: [least, most] },
      ...{ TOP_K: [most, least], BOTTOM_K: [least, most] },
      APPROX_PERCENTILE: [-(2 ** 63), 2 ** 63, 2 ** 63],
      APPROX_HISTOGRAM_K: { [`${most}`]: 1n, [`${least}`]: 1n },
    });
  });

  test("SUM wraps as Java's long does; AVERAGE does not", async () => {
    const values = longs(`${most}`, `${most}`);
    expect(await results({ values }, ['SUM', 'AVERAGE', 'VARIANCE'])).toEqual({
      ...{ SUM: -2n, AVERAGE: 2 ** 63, VARIANCE: 0 },
    });
  });

  test('neighbours beyond 2^53 stay apart', async () => {
    const values = longs(`${most}`, `${most - 1n}`, `${most}`);
    expect(await results({ values }, [...ordered, 'APPROX_HISTOGRAM_K'])).toEqual({
      ...{ MIN: most - 1n, MAX: most, TOP_K: [most, most], BOTTOM_K: [most - 1n, most] },
      ...{ UNIQUE_COUNT: 2n, APPROX_HISTOGRAM_K: { [`${most}`]: 2n, [`${most - 1n}`]: 1n } },
    });
  });
});

describe('times', () => {
  test.each([
    ['before 1970', Date.UTC(1969, 6, 20, 20, 17)],
    ['of the moment before 1970', -1000],
    ['long before', Date.UTC(1900, 0, 1)],
    ['in the future', Date.UTC(2123, 6, 20, 20, 17)],
  ])('%s', async (_, at) => {
    const seen = await results({ values: longs('1', '2'), at, row: at + 1000 }, ['SUM', 'LAST']);
    expect(seen).toEqual({ SUM: 1n, LAST: 1n });
  });

  test('events after the row are not seen', async () => {
    const at = Date.UTC(2123, 6, 20);
    const found = await results({ values: longs('1'), at, row: firstMs }, ['COUNT', 'SUM']);
    expect(found).toEqual({ COUNT: null, SUM: null });
  });
});

describe('text', () => {
  test('the empty string is a value', async () => {
    expect(await results({ values: texts('', 'a', '') }, textual)).toEqual({
      ...{ COUNT: 3n, UNIQUE_COUNT: 2n, MIN: '', MAX: 'a', FIRST: '', LAST: '' },
      ...{ FIRST_K: ['', 'a'], LAST_K: ['', 'a'], TOP_K: ['a', ''], BOTTOM_K: ['', ''] },
      ...{ HISTOGRAM: { '': 2, a: 1 }, APPROX_HISTOGRAM_K: { '': 2n, a: 1n } },
    });
  });

  test('case, blanks and composition tell texts apart', async () => {
    const values = texts('é', 'é'.normalize('NFD'), 'É', 'é ', ' é');
    const { UNIQUE_COUNT } = await results({ values }, ['UNIQUE_COUNT']);
    expect(UNIQUE_COUNT).toBe(5n);
  });

  test('order is by the bytes of UTF-8: beyond the first plane comes last', async () => {
    const { MIN, MAX } = await results({ values: texts('\uFFFD', '😀', 'z') }, ['MIN', 'MAX']);
    expect([MIN, MAX]).toEqual(['z', '😀']);
  });

  test('a megabyte', async () => {
    const values = ["repeat('ä', 500000)", "repeat('ä', 500000) || 'b'"];
    const long = 'ä'.repeat(500_000);
    const found = await results({ values }, ['COUNT', 'UNIQUE_COUNT', 'MIN', 'MAX', 'LAST_K']);
    expect([found['COUNT'], found['UNIQUE_COUNT']]).toEqual([2n, 2n]);
    expect(found['MIN'] === long && found['MAX'] === `${long}b`).toBe(true);
    expect((found['LAST_K'] as string[])[0]).toBe(`${long}b`);
  });
});

describe('decimals', () => {
  const values = ['1.10::DECIMAL(10,2)', '0.20::DECIMAL(10,2)'];

  test('are ordered and counted', async () => {
    const found = await results({ values }, [...ofAnything, ...ordered]);
    const asText = JSON.parse(
      JSON.stringify(found, (_, value) =>
        value instanceof DuckDBDecimalValue || typeof value === 'bigint' ? String(value) : value,
      ),
    );
    expect(asText).toEqual({
      ...{ COUNT: '2', FIRST: '1.10', LAST: '0.20', MIN: '0.20', MAX: '1.10', UNIQUE_COUNT: '2' },
      ...{ FIRST_K: ['1.10', '0.20'], LAST_K: ['0.20', '1.10'] },
      ...{ TOP_K: ['1.10', '0.20'], BOTTOM_K: ['0.20', '1.10'] },
    });
  });

  test.each(['SUM', 'AVERAGE', 'VARIANCE', 'APPROX_PERCENTILE'] as const)(
    'are refused where doubles would be made of them: %s',
    async (operation) => {
      await expect(results({ values }, [operation])).rejects.toThrow(
        new RegExp(`${operation} of "v" needs numbers`),
      );
    },
  );
});

test('lists: NULL elements count as little as NULL inputs, and empty lists as nothing', async () => {
  const values = ['[1, NULL, 3]', '[]', 'NULL', '[NULL]'].map((list) => `${list}::BIGINT[]`);
  expect(await results({ values }, numeric)).toMatchObject({
    ...{ ...counts(2n), COUNT: 2n, SUM: 4n, AVERAGE: 2, VARIANCE: 1, MIN: 1n, MAX: 3n },
    ...{ TOP_K: [3n, 1n], BOTTOM_K: [1n, 3n], APPROX_PERCENTILE: [1, 3, 3] },
    ...{ FIRST: [1n, null, 3n], LAST: [null], APPROX_HISTOGRAM_K: { 1: 1n, 3: 1n } },
    ...{ FIRST_K: [[1n, null, 3n], []], LAST_K: [[null], []] },
  });
  const nothing = ['[NULL]', '[]'].map((list) => `${list}::BIGINT[]`);
  expect(await results({ values: nothing }, ['COUNT', 'SUM', 'MIN', 'UNIQUE_COUNT'])).toEqual({
    ...{ COUNT: null, SUM: null, MIN: null, UNIQUE_COUNT: null },
  });
});

test('inputs that are all NULL leave NULL, whatever the operation', async () => {
  const found = await results({ values: ['NULL::BIGINT', 'NULL::BIGINT'] }, numeric);
  expect(found).toEqual(Object.fromEntries(numeric.map((operation) => [operation, null])));
});
