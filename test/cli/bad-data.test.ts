/** Data that can't be used: the error names the table, the column, the file or the dates. */
import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  dateOf,
  firstMs,
  openSmallWarehouse,
  plainRows,
  type SmallWarehouse,
} from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
  // A table that every refused submit would write to, and must leave as it is.
  const { code, stderr } = await small.run(['submit', small.config(), '--end-ds', '2023-11-16']);
  expect(code, stderr).toBe(0);
});
beforeEach(async () => {
  rmSync(join(small.warehouse, '_hindcast'), { recursive: true, force: true });
  await small.table('clicks', plainRows);
  await small.table('views', plainRows);
});
afterAll(() => small.close());

const refuse = (config: string, code: number, ...says: readonly (string | RegExp)[]) =>
  small.refuse(['submit', config], code, ...says);
const one = (select: string) =>
  plainRows.replace(/^SELECT .* FROM/, `SELECT ${select}, ${dateOf('i')} AS ds FROM`);

/** The only Parquet file of a day of `data.<table>`. */
function fileOf(table: string, day: string): string {
  const folder = join(small.warehouse, 'data', table, `ds=${day}`);
  return join(folder, readdirSync(folder)[0]!);
}

test('an unknown table on the left, and on the right', async () => {
  await refuse(
    small.config({ left: 'data.click' }),
    2,
    /left: data\.click: no such table/,
    'Did you mean "data.clicks"?',
  );
  await refuse(
    small.config({ right: 'date.views' }),
    2,
    /join part "views\.v1": date\.views: no such table/,
    'Did you mean "data.views"?',
  );
});

test('a warehouse without tables', async () => {
  const config = small.config();
  await small.refuse(
    ['submit', config, '--warehouse', 'nothing'],
    2,
    'no such table in nothing',
    'hindcast import',
  );
  expect(readdirSync(small.root)).not.toContain('nothing');
});

test('an unknown column, by where the config asks for it', async () => {
  await refuse(
    small.config({ selects: { user: 'user', price: 'prise' } }),
    2,
    /join part "views\.v1": .*no column "prise" in data\.views/,
    'Did you mean "price"?',
  );
  await refuse(
    small.config({ leftSelects: { user: 'usr' } }),
    2,
    /left: .*no column "usr" in data\.clicks/,
    'Did you mean "user"?',
  );
  await refuse(
    small.config({ time: 'tss' }),
    2,
    'no column "tss" in data.views',
    'Did you mean "ts"?',
  );
  await refuse(
    small.config({ leftTime: 'tss' }),
    2,
    'no column "tss" in data.clicks',
    'Did you mean "ts"?',
  );
  await refuse(
    small.config({ wheres: ['prize > 3'] }),
    2,
    'no column "prize" in data.views',
    'Did you mean "price"?',
  );
});

test('an expression that is no SQL, and a function that nobody knows', async () => {
  await refuse(small.config({ wheres: ['price >'] }), 2, 'price >', "can't run here");
  await refuse(
    small.config({ selects: { user: 'user', price: 'abss(price)' } }),
    2,
    'abss(price)',
    /Did you mean "abs"/,
  );
});

test('times in seconds, in microseconds and as text', async () => {
  await small.table('views', one(`'u1' AS user, ${firstMs / 1000} + i * 8640 AS ts, i AS price`));
  await refuse(
    small.config(),
    3,
    /join part "views\.v1": .*time column "ts" is in seconds, not milliseconds/,
    'found: 17',
    'ts * 1000',
  );
  await small.table('views', plainRows);
  await small.table('clicks', one(`'u1' AS user, (${firstMs} + i * 8640000) * 1000 AS ts`));
  await refuse(small.config(), 3, /left: .*time column "ts" is in microseconds/, 'ts div 1000');
  await small.table('clicks', one(`'u1' AS user, 'noon' AS ts`));
  await refuse(small.config(), 2, /left: .*time column is of type VARCHAR/, 'to_timestamp');
});

/** Views of one partition that were taken over years, their times in SQL over `i` of 40. */
const history = (time: string) =>
  `SELECT 'u1' AS user, ${time} AS ts, i AS price, '2023-11-15' AS ds FROM range(40) t(i)`;
const yearSeconds = 31_557_600;

test.each([
  ['seconds', 1, '(ts + 0) * 1000'],
  ['microseconds', 1e6, '(ts + 0) div 1000'],
  ['nanoseconds', 1e9, '(ts + 0) div 1000000'],
])('a partition of ten years of history, its times in %s', async (name, perSecond, hint) => {
  const seconds = `(${firstMs / 1000 - 10 * yearSeconds} + i * ${yearSeconds / 4})`;
  await small.table('views', history(`(${seconds}::HUGEINT * ${perSecond})::BIGINT`));
  await refuse(
    small.config({ time: 'ts + 0' }),
    3,
    `join part "views.v1": data.views: the time column "ts + 0" is in ${name}, not milliseconds`,
    `timeColumn: "${hint}"`,
  );
});

test.each([
  ['prices', 'i / 4.0'],
  ['dates as numbers', '20231115 + i'],
])('a time column that holds %s', async (_, time) => {
  await small.table('views', history(time));
  await refuse(
    small.config(),
    3,
    'join part "views.v1": data.views: the time column "ts" holds no times',
    'in partitions of 2023-11-15',
    'milliseconds since the epoch',
  );
});

test.each([
  ['late by decades', history(`${firstMs} - (i + 20) * ${yearSeconds * 1000}::BIGINT`)],
  ['of 1971, forgotten until now', history(`${yearSeconds * 1000}::BIGINT * 1.5 + i`)],
  ['before 1970', plainRows.replaceAll(String(firstMs), String(-40 * 86_400_000))],
  ['of 1970', plainRows.replaceAll(String(firstMs), '86400000')],
])('events %s are events', async (_, rows) => {
  await small.table('views', rows);
  const { code, stderr } = await small.run(['plan', small.config()]);
  expect(code, stderr).toBe(0);
});

test('keys of types that do not match', async () => {
  await small.table('views', one(`i AS user, ${firstMs} + i * 8640000 AS ts, i AS price`));
  await refuse(
    small.config(),
    2,
    'join part "views.v1"',
    /key "user" is .*VARCHAR.*BIGINT|BIGINT.*VARCHAR/s,
    'hint:',
  );
});

test('an operation that the type does not have', async () => {
  const aggregations = [{ inputColumn: 'user', operation: 7 }];
  await refuse(
    small.config({ aggregations }),
    2,
    'join part "views.v1"',
    'SUM',
    '"user"',
    'VARCHAR',
  );
});

test.each([
  ['truncated', (file: string) => truncateSync(file, 300)],
  ['empty', (file: string) => truncateSync(file, 0)],
  [
    'of something else',
    (file: string) => writeFileSync(file, 'user,ts,price\nu1,1,2\n'.repeat(40)),
  ],
])('a Parquet file that is %s', async (_, spoil) => {
  for (const table of ['views', 'clicks']) {
    const file = fileOf(table, '2023-11-17');
    spoil(file);
    await refuse(
      small.config(),
      3,
      `ds=2023-11-17/${file.split('/').at(-1)} is no readable Parquet`,
      'found:',
      'hint:',
    );
    await small.table(table, plainRows);
  }
});

test('a Parquet file whose pages are damaged', async () => {
  const file = fileOf('views', '2023-11-17');
  const bytes = readFileSync(file);
  bytes.fill(0xff, 4, 200);
  writeFileSync(file, bytes);
  await refuse(small.config(), 3, /data\.views: .* is no readable Parquet file/, 'found:', 'hint:');
});

test('a damaged column that one of several parts reads: the error names that part', async () => {
  const group = (name: string, column: string): object => ({
    groupBy: {
      metaData: { name },
      sources: [
        {
          events: {
            table: 'data.views',
            query: { selects: { user: 'user', [column]: column }, timeColumn: 'ts' },
          },
        },
      ],
      keyColumns: ['user'],
      aggregations: [{ inputColumn: column, operation: 6 }],
    },
  });
  await small.table('views', `SELECT *, price + 1 AS tax FROM (${plainRows})`);
  await small.spoil('views', '2023-11-15', 'tax');
  const parts = [group('whole.v1', 'price'), group('damaged.v1', 'tax'), group('late.v1', 'ds')];
  const { code, stderr } = await small.run(['submit', small.config({ parts })]);
  expect(code, stderr).toBe(3);
  expect(stderr).toMatch(
    /join part "damaged\.v1": data\.views: .*ds=2023-11-15.* is no readable Parquet file/,
  );
});

test('a partition folder that is no date', async () => {
  const folder = join(small.warehouse, 'data/views');
  renameSync(join(folder, 'ds=2023-11-17'), join(folder, 'ds=2023-11-77'));
  await refuse(small.config(), 3, 'data.views', '2023-11-77', 'yyyy-MM-dd');
});

test('tables whose files have different columns', async () => {
  const file = fileOf('views', '2023-11-17');
  await small.session.run(
    `COPY (SELECT 'u1' AS user, ${firstMs} AS ts) TO '${file}' (FORMAT parquet)`,
  );
  const { code, stderr } = await small.run(['submit', small.config(), '--start-ds', '2023-11-17']);
  // A column that some files lack is NULL there, as in every reader that merges schemas.
  expect(code, stderr).toBe(0);
});
