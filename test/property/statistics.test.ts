/**
 * The property: statistics of a partition are those of the naive oracle, whatever types its columns have,
 * in whatever files its rows lie.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Column } from '@hindcast/shared/plan/task';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteName, quoteText } from '../../packages/executor/src/scan/duckdb.js';
import { launchHere, workplace } from '../in-process.js';
import { type KnownValue, type NaiveStatistics, naiveStatistics } from '../oracle/statistics.js';
import { runsOf } from './random-joins.js';

const place = workplace('statistics-property');
const runs = runsOf(60);

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('hex');
const known = (
  sql: string,
  text: string,
  number: number | null,
  order: KnownValue['order'] = number ?? bytes(text),
): KnownValue => ({ sql, text, number, order });

const doubleSql = (number: number): string =>
  `'${Object.is(number, -0) ? '-0.0' : String(number).replace('Infinity', 'inf')}'::DOUBLE`;
const ofDouble = (number: number): KnownValue =>
  known(doubleSql(number), String(number + 0), number + 0);
const ofWhole = (type: string) => (whole: bigint) =>
  known(`'${whole}'::${type}`, String(whole), Number(whole), whole);
const day = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);
/** Lists and maps are worth their length. */
const ofLength = (sql: string, length: number): KnownValue => known(sql, String(length), length);

const double = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    0.1,
    -2.5,
    7,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ),
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
);
const bigint = fc.oneof(
  fc.bigInt({ min: -3n, max: 3n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 2n ** 53n),
);
const kinds: Readonly<Record<string, fc.Arbitrary<KnownValue>>> = {
  DOUBLE: double.map(ofDouble),
  FLOAT: fc
    .oneof(
      fc.constantFrom(0.1, -1.25, 3, 16777216),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    )
    .map((number) => {
      const float = Math.fround(number) + 0;
      return known(`${doubleSql(float)}::FLOAT`, shortFloat(float), float);
    }),
  BIGINT: bigint.map(ofWhole('BIGINT')),
  INTEGER: fc.integer({ min: -5, max: 300 }).map((whole) => ofWhole('INTEGER')(BigInt(whole))),
  BOOLEAN: fc.boolean().map((bit) => known(String(bit), String(bit), Number(bit))),
  VARCHAR: fc
    .oneof(
      fc.constantFrom('', 'a', "it's", 'ä', 'NULL'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    )
    .filter((text) => !text.includes('\0'))
    .map((text) => known(quoteText(text), text, null)),
  'DECIMAL(18,2)': fc.integer({ min: -500, max: 500 }).map((cents) => {
    const text = (cents / 100).toFixed(2);
    return known(`'${text}'::DECIMAL(18,2)`, text.replace(/^-0\.00$/, '0.00'), cents / 100);
  }),
  DATE: fc
    .integer({ min: 0, max: 40 })
    .map((days) => known(`DATE '${day(days)}'`, day(days), null)),
  TIMESTAMP: fc
    .integer({ min: 0, max: 40 })
    .map((hours) => new Date(hours * 3_600_000).toISOString().slice(0, 19).replace('T', ' '))
    .map((text) => known(`TIMESTAMP '${text}'`, text, null)),
  'BIGINT[]': fc.nat(4).map((n) => ofLength(`range(${n})::BIGINT[]`, n)),
  'MAP(VARCHAR, BIGINT)': fc
    .nat(3)
    .map((n) =>
      ofLength(
        `map_from_entries(list_transform(range(${n}), lambda i: (i::VARCHAR, i)))::MAP(VARCHAR, BIGINT)`,
        n,
      ),
    ),
  'STRUCT(a BIGINT)': fc.constant(known(`{'a': 1}::STRUCT(a BIGINT)`, '', null)),
};

function shortFloat(float: number): string {
  for (let digits = 1; digits < 18; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return String(short);
  }
  return String(float);
}

/** What is told of a column beside. */
function expected(type: string, naive: NaiveStatistics): unknown {
  const isStruct = type.startsWith('STRUCT');
  return {
    type,
    rows: naive.rows,
    nulls: naive.nulls,
    distinct: isStruct ? null : naive.distinct,
    min: isStruct ? null : naive.min,
    max: isStruct ? null : naive.max,
    quantiles: type === 'BOOLEAN' ? null : naive.quantiles,
    top: isStruct ? [] : naive.top,
  };
}

const types = Object.keys(kinds);
const table = fc
  .record({ columns: fc.subarray(types, { minLength: 1 }), rows: fc.integer({ min: 1, max: 120 }) })
  .chain(({ columns, rows }) =>
    fc.record({
      columns: fc.constant(columns),
      values: fc.tuple(
        ...columns.map((type) =>
          fc.oneof(
            {
              weight: 9,
              arbitrary: fc.array(fc.option(kinds[type]!, { freq: 5 }), {
                minLength: rows,
                maxLength: rows,
              }),
            },
            { weight: 1, arbitrary: fc.constant(Array<null>(rows).fill(null)) },
          ),
        ),
      ),
      days: fc.array(fc.constantFrom('2024-01-01', '2024-01-02'), {
        minLength: rows,
        maxLength: rows,
      }),
      files: fc.integer({ min: 1, max: 3 }),
    }),
  );

let cases = 0;

test(`${runs.numRuns} random tables`, { timeout: 3_600_000 }, async () => {
  const launcher = await launchHere(place.session, place.root, 1);
  await fc.assert(
    fc.asyncProperty(table, async ({ columns, values, days, files }) => {
      const folder = `case-${cases++}`;
      mkdirSync(join(place.root, folder));
      const named = columns.map((type, i): Column => ({ name: `c"${i}`, type }));
      const partitions = new Map<string, { files: string[]; rows: number[] }>();
      for (const [row, value] of days.entries()) {
        const one = partitions.get(value) ?? { files: [], rows: [] };
        one.rows.push(row);
        partitions.set(value, one);
      }
      for (const [value, partition] of partitions) {
        for (let file = 0; file < files; file++) {
          const rows = partition.rows.filter((row) => row % files === file);
          if (rows.length === 0) continue;
          const path = `${folder}/${value}-${file}.parquet`;
          const texts = rows.map(
            (row) =>
              `(${named.map(({ type }, i) => values[i]![row]?.sql ?? `NULL::${type}`).join(', ')})`,
          );
          await place.session.run(
            `COPY (SELECT * FROM (VALUES ${texts.join(', ')}) t(${named.map(({ name }) => quoteName(name)).join(', ')})) TO ${quoteText(join(place.root, path))} (FORMAT parquet)`,
          );
          partition.files.push(path);
        }
      }
      const { files: written } = await launcher.run({
        kind: 'statistics',
        partitions: [...partitions].map(([value, { files: paths, rows }]) => ({
          value,
          files: paths,
          rows: rows.length,
        })),
        columns: named,
        partitionColumn: 'ds',
        output: `${folder}/stats`,
      });
      for (const [value, { rows }] of partitions) {
        const file = written.find(({ partition }) => partition === value)!;
        const found = await place.session.rows(
          `SELECT "column", type, rows, nulls, distinct_values, min, max, mean, stddev, quantiles, top
           FROM read_parquet(${quoteText(join(place.root, file.path))}, hive_partitioning = false)`,
        );
        expect(found.map(([name]) => name)).toEqual(named.map(({ name }) => name));
        for (const [
          i,
          [, type, count, nulls, distinct, min, max, mean, stddev, quantiles, top],
        ] of found.entries()) {
          const naive = naiveStatistics(rows.map((row) => values[i]![row] ?? null));
          expect({
            type,
            rows: Number(count),
            nulls: Number(nulls),
            distinct: distinct === null ? null : Number(distinct),
            min,
            max,
            quantiles,
            top: (top as { value: string; rows: string }[]).map((one) => ({
              value: one.value,
              rows: Number(one.rows),
            })),
          }).toEqual(expected(String(type), naive));
          near(mean, naive.mean, naive);
          near(stddev, naive.stddev, naive);
        }
      }
    }),
    runs,
  );
});

/** The oracle adds plainly: it is the one that errs, by the size of what it adds. */
function near(found: unknown, naive: number | null, { quantiles }: NaiveStatistics): void {
  if (naive === null) {
    expect(found).toBeNull();
    return;
  }
  const most = Math.max(...quantiles!.map(Math.abs));
  expect(Math.abs(Number(found) - naive)).toBeLessThanOrEqual(1e-12 * most);
}
