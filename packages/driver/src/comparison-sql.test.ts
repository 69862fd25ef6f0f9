/** Values of every kind compared by DuckDB, against the same in the most obvious TypeScript. */
import { type DeltaType, deltaType } from '@hindcast/shared/table/delta-type';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workplace } from '../../../test/in-process.js';
import { editsSql, type Metrics, metricsSql, sameSql, verdictsSql } from './comparison-sql.js';

const work = workplace('comparison-sql');

async function same(type: string, a: string, b: string, tolerance = 1e-9): Promise<unknown> {
  const delta = deltaType(type, 'value');
  const sql = `SELECT ${sameSql(delta, 'a', 'b', tolerance)}, ${sameSql(delta, 'b', 'a', tolerance)}
    FROM (SELECT CAST(${a} AS ${type}) AS a, CAST(${b} AS ${type}) AS b)`;
  const [[one, other]] = (await work.session.rows(sql)) as [[unknown, unknown]];
  expect(one).toBe(other);
  return one;
}

test.each([
  ['BIGINT', 'NULL', 'NULL', true],
  ['BIGINT', 'NULL', '0', false],
  ['BIGINT', '9007199254740993', '9007199254740992', false],
  ['DOUBLE', "'NaN'", "'NaN'", true],
  ['DOUBLE', "'NaN'", '1', false],
  ['DOUBLE', '-0.0', '0.0', true],
  ['DOUBLE', "'Infinity'", "'Infinity'", true],
  ['DOUBLE', "'Infinity'", "'-Infinity'", false],
  ['DOUBLE', "'Infinity'", '1e308', false],
  ['DOUBLE', '1', '1.0000000005', true],
  ['DOUBLE', '1', '1.00000001', false],
  ['DOUBLE', '1e-320', '-1e-320', false],
  ['FLOAT', '0.1', '0.1', true],
  ['VARCHAR', "'a'", "'A'", false],
  ['DECIMAL(10,2)', '1.10', '1.1', true],
  ['BIGINT[]', '[1, NULL]', '[1, NULL]', true],
  ['BIGINT[]', '[1, NULL]', '[1]', false],
  ['BIGINT[]', '[]', 'NULL', false],
  ['DOUBLE[]', '[1, NULL]', '[1.0000000001, NULL]', true],
  ['DOUBLE[]', '[1, 2]', '[2, 1]', false],
  ['MAP(VARCHAR, BIGINT)', "MAP {'a': 1, 'b': 2}", "MAP {'b': 2, 'a': 1}", true],
  ['MAP(VARCHAR, BIGINT)', "MAP {'a': NULL}", "MAP {'b': NULL}", false],
  ['MAP(VARCHAR, DOUBLE)', "MAP {'a': 1}", "MAP {'a': 1.0000000001}", true],
  ['STRUCT(x BIGINT, y DOUBLE)', "{'x': 1, 'y': NULL}", "{'x': 1, 'y': 0}", false],
  ['STRUCT(x DOUBLE[])[]', "[{'x': [1, 2]}]", "[{'x': [1, 2.0000000001]}]", true],
  ['STRUCT("it\'s" DOUBLE)', '{"it\'s": 1}', '{"it\'s": 2}', false],
])('%s: %s and %s, the same: %s', async (type, a, b, expected) => {
  expect(await same(type, a, b)).toBe(expected);
});

/** By its recursive definition, of the lists' beginnings. */
function edits(a: readonly unknown[], b: readonly unknown[]): number {
  const rows = [b.map((_, j) => j).concat(b.length)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, row[j - 1]! + 1, rows[i - 1]![j]! + 1));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

const list = (maxLength: number) =>
  fc.array(fc.option(fc.integer({ min: 0, max: 4 }), { freq: 6 }), { maxLength });
const literal = (values: readonly (number | null)[]): string =>
  `CAST([${values.map((value) => value ?? 'NULL').join(', ')}] AS BIGINT[])`;

test.each([
  [12, 'short', 60],
  [90, 'beyond what a byte tells apart', 12],
])(
  'edits between lists of up to %i elements (%s)',
  async (maxLength, _, numRuns) => {
    await fc.assert(
      fc.asyncProperty(list(maxLength), list(maxLength), async (a, b) => {
        const sql = editsSql('long', 'a', 'b', 0);
        const [[found]] = (await work.session.rows(
          `SELECT ${sql} FROM (SELECT ${literal(a)} AS a, ${literal(b)} AS b)`,
        )) as [[unknown]];
        expect(Number(found)).toBe(edits(a, b));
      }),
      { numRuns },
    );
  },
  60_000,
);

async function metrics(type: string, pairs: readonly (readonly [string, string])[]) {
  const column = { name: 'x', type: deltaType(type, 'x') as DeltaType, a: 'a', b: 'b' };
  const rows = pairs.map(
    ([a, b]) => `SELECT CAST(${a} AS ${type}) AS a, CAST(${b} AS ${type}) AS b`,
  );
  const judged = `SELECT *, ${verdictsSql(column, 0, 1e-9).join(', ')} FROM (${rows.join(' UNION ALL ')})`;
  const [[found]] = (await work.session.rows(
    `SELECT ${metricsSql(column, 0)} FROM (${judged})`,
  )) as [[Metrics]];
  const entries = Object.entries(found);
  return Object.fromEntries(entries.map(([name, value]) => [name, Number(value)]));
}

test('metrics of numbers: what is not finite is counted, and in no sum', async () => {
  const pairs = [
    ['1', '1'],
    ['1', '3'],
    ['-2', '2'],
    ['0', '0'],
    ["'NaN'", '1'],
    ["'NaN'", "'NaN'"],
    ['NULL', 'NULL'],
    ['NULL', '1'],
    ['1', 'NULL'],
  ] as const;
  expect(await metrics('DOUBLE', pairs)).toEqual({
    rows: 9,
    both_null: 1,
    only_a: 1,
    only_b: 1,
    equal: 3,
    mismatched: 3,
    measured: 4,
    absolute: 6,
    relative: 3,
    edits: 0,
  });
  expect(await metrics('DOUBLE', [['1.5e308', '1.2e308']])).toMatchObject({ mismatched: 1 });
  expect((await metrics('DOUBLE', [['1.5e308', '-1.5e308']]))['relative']).toBe(2);
  expect((await metrics('DOUBLE', [['5e-324', '-5e-324']]))['relative']).toBe(2);
  expect(await metrics('BIGINT', [['9007199254740993', '9007199254740992']])).toMatchObject({
    mismatched: 1,
    absolute: 1,
  });
});

test('metrics of lists, and of what has no distance', async () => {
  expect(
    await metrics('BIGINT[]', [
      ['[1, 2, 3]', '[2, 3]'],
      ['[1]', '[1]'],
      ['[]', 'NULL'],
    ]),
  ).toMatchObject({ equal: 1, mismatched: 1, only_a: 1, measured: 2, edits: 1, absolute: 0 });
  expect(await metrics('VARCHAR', [["'a'", "'b'"]])).toMatchObject({ mismatched: 1, measured: 0 });
});
