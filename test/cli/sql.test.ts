/** Queries over the warehouse: every format, exact integers, and errors in the query's own terms. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
  const { code, stderr } = await small.run(['submit', small.config()]);
  expect(code, stderr).toBe(0);
});
afterAll(() => small.close());

async function sql(query: string, ...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await small.run(['sql', query, ...flags]);
  expect(code, stderr).toBe(0);
  return stdout;
}
const sample = `SELECT 1 AS a, 'x,"y"' AS b, NULL AS c, [1, 2]::BIGINT[] AS d ORDER BY a`;

test('a table, numbers to the right', async () => {
  const lines = (await sql("SELECT * FROM (VALUES (5, 'five'), (10, 'ten')) t(n, word)")).split(
    '\n',
  );
  expect(lines).toEqual([' n  word', '──  ────', ' 5  five', '10  ten', '']);
});

test('one column a line', async () => {
  expect(await sql(sample, '--format', 'vertical')).toBe('a | 1\nb | x,"y"\nc | null\nd | [1,2]\n');
});

test('JSON', async () => {
  const rows = [{ a: 1, b: 'x,"y"', c: null, d: [1, 2] }];
  expect(JSON.parse(await sql(sample, '--format', 'json'))).toEqual(rows);
  expect(JSON.parse(await sql(sample, '--json'))).toEqual(rows);
});

test('CSV, on stdout and in a file', async () => {
  const text = 'a,b,c,d\n1,"x,""y""",,"[1,2]"\n';
  expect(await sql(sample, '--format', 'csv')).toBe(text);
  expect(await sql('SELECT 1 AS a', '--format', 'csv', '--output', 'rows.csv')).toBe('');
  expect(readFileSync(join(small.root, 'rows.csv'), 'utf8')).toBe('a\n1\n');
});

test('Parquet, in a file', async () => {
  await sql('SELECT user, ts FROM data.clicks', '--format', 'parquet', '-o', 'rows.parquet');
  const path = join(small.root, 'rows.parquet');
  expect(await small.session.rows(`SELECT count(*)::INT FROM '${path}'`)).toEqual([[40]]);
  await small.refuse(['sql', 'SELECT 1', '--format', 'parquet'], 2, 'needs --output');
});

test('integers are JSON numbers up to 2^53, and text beyond', async () => {
  const query = `SELECT 9007199254740991 AS safe, 9007199254740993 AS beyond, [1, 9007199254740993] AS list, {'n': 3::BIGINT} AS struct, sum(i) AS total FROM range(4) t(i)`;
  expect(JSON.parse(await sql(query, '--json'))).toEqual([
    {
      safe: 9007199254740991,
      beyond: '9007199254740993',
      list: [1, '9007199254740993'],
      struct: { n: 3 },
      total: 6,
    },
  ]);
});

test("a training set's lists are lists of numbers", async () => {
  const query = `SELECT ts, views_v1_price_last3 AS last FROM out.small_v1 ORDER BY ts DESC LIMIT 1`;
  const [row] = JSON.parse(await sql(query, '--json'));
  expect(row).toEqual({ ts: 1700343360000, last: [54, 99, 44] });
});

test('at most so many rows', async () => {
  expect(JSON.parse(await sql('SELECT * FROM data.clicks', '--json', '--limit', '3'))).toHaveLength(
    3,
  );
});

test('no rows are no error', async () => {
  expect(await sql('SELECT ts FROM data.clicks WHERE false')).toBe('ts\n──\n');
  expect(JSON.parse(await sql('SELECT ts FROM data.clicks WHERE false', '--json'))).toEqual([]);
});

test.each([
  ['SELECT * FROM data.click', 'no table', 'Did you mean "data.clicks"?'],
  ['SELECT * FROM out.smal_v1', 'no table', 'Did you mean "out.small_v1"?'],
  ['SELECT usr FROM data.clicks', 'no column "usr"', 'Did you mean "user"?'],
  ['SELECT * FROM data.clicks WHERE', 'syntax error at end of input'],
  ['SELECT abss(1)', 'abss', 'Did you mean "abs"?'],
  ['SELECT', 'SELECT clause without selection list'],
  [' ; ', 'the query is empty'],
  ['SELECT 1; SELECT 2', '2 statements', 'one by one'],
])('%s', async (query, ...says) => {
  await small.refuse(['sql', query], 2, ...says);
});

test.each([
  'WITH x AS (FROM data.clicks) SELECT * FROM x',
  'VALUES (1)',
  'FROM data.clicks',
  'SHOW ALL TABLES',
  'DESCRIBE data.clicks',
  'SUMMARIZE data.clicks',
  'PIVOT data.clicks ON user USING count(*) GROUP BY ds',
  'EXPLAIN SELECT * FROM data.clicks',
  'EXPLAIN ANALYZE FROM data.clicks',
])('%s reads, and runs', async (query) => {
  expect((await sql(query)).length).toBeGreaterThan(2);
});

test.each([
  ["COPY data.clicks TO 'stolen.csv'", 'COPY'],
  ["EXPLAIN ANALYZE COPY data.clicks TO 'stolen.csv'", 'COPY'],
  ["/* */ EXPLAIN ANALYZE COPY data.clicks TO 'stolen.csv'", 'EXPLAIN'],
  ["ATTACH 'stolen.db'", 'ATTACH'],
  ['CREATE TABLE mine AS FROM data.clicks', 'CREATE'],
  ['SET threads = 1', 'SET'],
  ['CALL pragma_version()', 'CALL'],
])('%s does more than read', async (query, type) => {
  await small.refuse(['sql', query], 2, 'only statements that read', `found: ${type}`, '--output');
  expect(readdirSync(small.root).filter((name) => name.startsWith('stolen'))).toEqual([]);
});

test('first and last partition of a table that is one file', async () => {
  await small.table('single', "SELECT 1 AS n, DATE '2023-11-15'::VARCHAR AS ds");
  const query = 'SELECT min(ds) AS first, max(ds) AS last, count(*) AS rows FROM data.single';
  const day = '2023-11-15';
  expect(JSON.parse(await sql(query, '--json'))).toEqual([{ first: day, last: day, rows: 1 }]);
});

test('a value that does not convert is an error of the data', async () => {
  await small.refuse(['sql', 'SELECT CAST(user AS INT) FROM data.clicks'], 3, /Could not convert/);
});

test.each(['csv', 'json'])('a full disk is named: %s', async (format) => {
  const args = ['sql', 'SELECT 1', '--format', format, '-o', '/dev/full'];
  await small.refuse(args, 3, /\/dev\/full/, 'the disk is full');
});

test.each(['csv', 'json', 'parquet'])('a %s file that cannot be written', async (format) => {
  await small.refuse(
    ['sql', 'SELECT 1', '--format', format, '-o', 'no/such/file'],
    3,
    'no/such/file',
  );
  expect(existsSync(join(small.root, 'no'))).toBe(false);
});
