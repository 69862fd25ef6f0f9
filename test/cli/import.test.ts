/** Loading files into tables: both formats, the three modes, and files that don't fit. */

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(() => rmSync(join(small.warehouse, 'in'), { recursive: true, force: true }));
afterAll(() => small.close());

const two = 'user,n,ds\na,1,2023-11-15\nb,2,2023-11-16\n';

async function load(file: string, ...flags: string[]): Promise<string> {
  const { code, stderr } = await small.run(['import', file, '--table', 'in.t', ...flags]);
  expect(code, stderr).toBe(0);
  return stderr;
}
async function rows(): Promise<unknown> {
  const query = 'SELECT user, n, ds FROM "in".t ORDER BY ALL';
  const { code, stdout, stderr } = await small.run(['sql', query, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout).map((row: object) => Object.values(row).join(' '));
}

test('CSV, and Parquet', async () => {
  expect(await load(small.write('two.csv', two))).toMatch('in.t: 2 rows in 2023-11-15, 2023-11-16');
  expect(await rows()).toEqual(['a 1 2023-11-15', 'b 2 2023-11-16']);
  const path = join(small.root, 'more.parquet');
  await small.session.run(
    `COPY (SELECT 'c' AS user, 3::BIGINT AS n, DATE '2023-11-17' AS ds) TO '${path}' (FORMAT parquet)`,
  );
  await load('more.parquet');
  expect(await rows()).toEqual(['a 1 2023-11-15', 'b 2 2023-11-16', 'c 3 2023-11-17']);
});

test('partitions that exist: an error, more rows, or other rows', async () => {
  const file = small.write('two.csv', two);
  await load(file);
  await small.refuse(
    ['import', file, '--table', 'in.t'],
    3,
    'in.t: partitions exist already',
    '2023-11-15, 2023-11-16',
    '--mode',
  );
  expect(await rows()).toHaveLength(2);
  await load(small.write('one.csv', 'user,n,ds\nc,3,2023-11-16\n'), '--mode', 'append');
  expect(await rows()).toEqual(['a 1 2023-11-15', 'b 2 2023-11-16', 'c 3 2023-11-16']);
  await load(small.write('one.csv', 'user,n,ds\nd,4,2023-11-16\n'), '--mode', 'overwrite');
  expect(await rows()).toEqual(['a 1 2023-11-15', 'd 4 2023-11-16']);
});

test('another date column, as JSON', async () => {
  const file = small.write('day.csv', 'user,day\na,2023-11-15\n');
  const { code, stdout } = await small.run([
    'import',
    file,
    '--table',
    'in.t',
    '--partition-by',
    'day',
    '--json',
  ]);
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { rows: 1, partitions: ['2023-11-15'], version: 0 },
  ]);
  // The table is partitioned as the project's tables are.
  const { stdout: table } = await small.run(['sql', 'SELECT * FROM "in".t', '--json']);
  expect(JSON.parse(table)).toEqual([{ user: 'a', ds: '2023-11-15' }]);
  const said = await load(file, '--partition-by', 'day', '--mode', 'append');
  expect(said).toMatch('in.t: 1 rows in 2023-11-15 ("day" as "ds")');
  const both = small.write('both.csv', 'user,day,ds\na,2023-11-15,2023-11-16\n');
  await small.refuse(
    ['import', both, '--table', 'in.t', '--partition-by', 'day', '--mode', 'append'],
    3,
    '"day" would become "ds", which is there, too',
  );
});

const refuse = (file: string, code: number, ...says: readonly (string | RegExp)[]) =>
  small.refuse(['import', file, '--table', 'in.t'], code, ...says);

test('files that cannot be loaded', async () => {
  await refuse('gone.csv', 2, 'no file gone.csv');
  await refuse('warehouse', 2, 'no file warehouse');
  await refuse(
    small.write('text.parquet', 'not Parquet, but long enough to be read'),
    3,
    'text.parquet: no readable Parquet file',
    'import reads Parquet, CSV by a name that ends with .csv, and lines of JSON',
  );
  await refuse(small.write('nothing.csv', ''), 3, 'nothing.csv: the file is empty');
  await refuse(
    small.write('plain.csv', 'user,n\na,1\n'),
    3,
    'no column "ds" to partition by',
    'found: user, n',
    '--partition-by',
  );
  await refuse(
    small.write('date.csv', 'user,ds\na,yesterday\n'),
    3,
    '"ds" holds a value that is no date',
    'found: yesterday',
    'yyyy-MM-dd',
  );
  await refuse(
    small.write('null.csv', 'user,ds\na,\n'),
    3,
    '"ds" holds a value that is no date',
    'found: null',
  );
});

test.each([
  ['a,b,ds\n1,2,2023-11-15\n3,2023-11-16\n', 'line 3 has too few fields', 'found: 2, and 3'],
  ['a,b,ds\n1,2,3,2023-11-15\n', 'line 2 has too many fields', 'found: 4, and 3'],
  [
    `a,b,ds\n${'1,2,2023-11-15\n'.repeat(30_000)}3,4\n`,
    'line 30002 has too few fields',
    'found: 2, and 3',
  ],
  ['a,A,ds\n1,2,2023-11-15\n', 'the header names "A" twice', 'found: a, A, ds'],
])('CSV that does not add up: %#', async (text, ...says) => {
  await refuse(small.write('odd.csv', text), 3, `odd.csv: ${says[0]}`, ...says);
});

test('a file without rows writes nothing, and says so', async () => {
  const said = await load(small.write('header.csv', 'user,n,ds\n'));
  expect(said).toMatch('in.t: the file has no rows, and nothing was written');
  expect(existsSync(join(small.warehouse, 'in'))).toBe(false);
});

test('rows of something else are not appended', async () => {
  await load(small.write('two.csv', two));
  const other = small.write('other.csv', 'price,ds\n7,2023-11-20\n');
  await small.refuse(
    ['import', other, '--table', 'in.t', '--mode', 'append'],
    3,
    "in.t: other.csv has none of the table's columns",
    'found: price',
    'The table has user, n.',
  );
});

test('a table that the project maps to another folder', async () => {
  small.write('hindcast.config.json', { tables: { 'in.t': 'lake/t' } });
  const file = small.write('two.csv', two);
  await refuse(file, 2, /in\.t is mapped to .*lake\/t, where nothing is imported/, '`tables`');
  rmSync(join(small.root, 'hindcast.config.json'));
});

test('a column of another type than in the table', async () => {
  await load(small.write('two.csv', two));
  await refuse(
    small.write('other.csv', 'user,n,ds\na,x,2023-11-20\n'),
    3,
    'in.t: column "n" is BIGINT in the table',
    'found: VARCHAR',
  );
  expect(await rows()).toHaveLength(2);
});

test('tables that are not ours to write', async () => {
  const file = small.write('two.csv', two);
  await small.refuse(['import', file, '--table', 'data.clicks'], 3, 'data.clicks', 'plain Parquet');
  await small.refuse(
    ['import', file, '--table', 'clicks'],
    2,
    '--table clicks is no namespace.name',
  );
  await small.refuse(['import', file, '--table', '../x.y'], 2, 'is no namespace.name');
  for (const table of ['_hindcast.t', 'in._t'])
    await small.refuse(['import', file, '--table', table], 2, `${table} begins a name with "_"`);
});
