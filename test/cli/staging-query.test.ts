/** Staging queries on the command line: by date, with new columns, as views, and with something wrong. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { days, openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
});
afterAll(() => small.close());

type Options = Parameters<typeof dsl.stagingQuery>[0];
const between = "ds BETWEEN '{{ start_date }}' AND '{{ end_date }}'";
const daily = `SELECT user, count(*) AS n, sum(price) AS spent, ds FROM data.clicks WHERE ${between} GROUP BY user, ds;`;
const staging = (query: string, changes: Partial<Options> = {}) =>
  dsl.stagingQuery({
    name: 'daily.v1',
    outputNamespace: 'out',
    query,
    startPartition: days[0]!,
    ...changes,
  });

async function json(args: readonly string[], code = 0) {
  const result = await small.run([...args, '--json']);
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}
const submit = (given: object, ...flags: string[]) =>
  json(['submit', small.write('query.json', given), ...flags]);
const rows = (query: string): Promise<Record<string, unknown>[]> => json(['sql', query]);
const steps = (results: { steps: { partitions: string[] }[] }) =>
  results.steps.map(({ partitions }) => partitions);
const refuse = (given: object, code: number, ...says: (string | RegExp)[]) =>
  small.refuse(['submit', small.write('query.json', given)], code, ...says);

test('dates that are missing, each once; the range ends where its tables do', async () => {
  expect(steps(await submit(staging(daily), '--end-ds', days[1]!))).toEqual([days.slice(0, 2)]);
  expect(steps(await submit(staging(daily)))).toEqual([days.slice(2)]);
  expect(steps(await submit(staging(daily)))).toEqual([]);
  expect(steps(await submit(staging(daily), '--reprocess', 'all', '--step-days', '3'))).toEqual([
    days.slice(0, 3),
    days.slice(3),
  ]);
  expect(await rows('SELECT user, n, spent, ds FROM out.daily_v1 ORDER BY ALL')).toEqual(
    await rows(
      'SELECT user, count(*) AS n, sum(price)::BIGINT AS spent, ds FROM data.clicks GROUP BY ALL ORDER BY ALL',
    ),
  );
});

test('new columns come after those of before, and columns that are gone stay, NULL from then on', async () => {
  await submit(staging(daily), '--end-ds', days[0]!);
  const other = `SELECT user, max(price) AS most, count(*) AS n, ds FROM data.clicks WHERE ${between} GROUP BY user, ds`;
  await submit(staging(other), '--end-ds', days[1]!);
  const table = await rows(
    'SELECT ds, count(n) AS n, count(spent) AS spent, count(most) AS most FROM out.daily_v1 GROUP BY ds ORDER BY ds',
  );
  expect(table).toEqual([
    { ds: days[0], n: 5, spent: 5, most: 0 },
    { ds: days[1], n: 5, spent: 0, most: 5 },
  ]);
  const text = `SELECT user, 'a' AS most, ds FROM data.clicks WHERE ${between}`;
  await refuse(
    staging(text),
    2,
    /"most" is of another type than in out.daily_v1/,
    /VARCHAR, in the table BIGINT/,
  );
});

test('CTEs, joins, subqueries, windows and unions', async () => {
  const query = `
    WITH ranked AS (
      SELECT user, price, ts, ds, row_number() OVER (PARTITION BY user, ds ORDER BY ts DESC) AS r
      FROM data.clicks WHERE ${between}
    ), totals AS (SELECT user, sum(price) AS total FROM data.views GROUP BY user)
    SELECT a.user, a.price / 2 AS half, t.total, concat_ws('-', a.user, a.ds) AS id, a.ds
    FROM ranked a LEFT JOIN totals t ON t.user = a.user
    WHERE r = 1 AND a.user IN (SELECT user FROM data.views WHERE price > 10)
    UNION ALL
    SELECT 'all', NULL, count(*), 'none', max(ds) FROM (SELECT * FROM data.views WHERE ${between}) v`;
  await submit(staging(query), '--step-days', '10');
  const [all] = await rows("SELECT total, half, ds FROM out.daily_v1 WHERE user = 'all'");
  expect(all).toEqual({ total: 40, half: null, ds: days[3] });
  expect(
    await rows(
      `SELECT o.user, half, total FROM out.daily_v1 o WHERE user <> 'all' AND ds = '${days[2]}' ORDER BY user`,
    ),
  ).toEqual(
    await rows(
      `SELECT user, arg_max(price, ts) / 2 AS half, (SELECT sum(price)::BIGINT FROM data.views v WHERE v.user = c.user) AS total
       FROM data.clicks c WHERE ds = '${days[2]}' GROUP BY user ORDER BY user`,
    ),
  );
});

test('feeds a join, and runs again for later dates', async () => {
  const query = staging(daily);
  const driver = dsl.join({
    name: 'train.v1',
    outputNamespace: 'out',
    left: dsl.entitySource({
      snapshotTable: dsl.getStagingQueryOutputTableName(query, { fullName: true }),
      query: dsl.query({ selects: dsl.select('user', 'n') }),
    }),
    rightParts: [],
  });
  await submit(query, '--end-ds', days[1]!);
  small.write('join.json', driver);
  expect((await json(['submit', 'join.json'])).rows).toBe(10);
  await submit(query);
  expect((await json(['submit', 'join.json'])).rows).toBe(10);
  expect(await rows('SELECT count(*) AS rows FROM out.train_v1')).toEqual([{ rows: 20 }]);
});

test('without a start the result is the table; a view reads when it is read', async () => {
  const whole = 'SELECT user, max(price) AS most, max(ds) AS ds FROM data.clicks GROUP BY user';
  const { startPartition: _, ...options } = {
    name: 'daily.v1',
    outputNamespace: 'out',
    startPartition: '',
  };
  await submit(dsl.stagingQuery({ ...options, query: whole }));
  await submit(dsl.stagingQuery({ ...options, query: `${whole} HAVING max(price) > 90` }));
  expect(await rows('SELECT count(*) < 5 AS fewer FROM out.daily_v1')).toEqual([{ fewer: true }]);
  const view =
    "SELECT user, price * 2 AS twice, ds FROM data.clicks WHERE ds <= '{{ latest_date }}'";
  const made = await submit(
    dsl.stagingQuery({ name: 'seen.v1', outputNamespace: 'out', query: view, createView: true }),
    '--end-ds',
    days[2]!,
  );
  expect(made).toMatchObject({ steps: [], views: ['out.seen_v1'] });
  expect(await rows('SELECT count(*) AS n, max(ds) AS last FROM out.seen_v1')).toEqual([
    { n: 30, last: days[2] },
  ]);
  // Another staging query reads it as any table.
  await submit(staging(`SELECT sum(twice) AS t, ds FROM out.seen_v1 WHERE ${between} GROUP BY ds`));
  expect(await rows('SELECT count(*) AS n FROM out.daily_v1')).toMatchObject([
    { n: expect.any(Number) },
  ]);
});

test('macros with offsets and bounds, and the last partition of a table', async () => {
  const query = `SELECT '{{ start_date(offset=-2, lower_bound=2023-11-14) }}' AS a, '{{ end_date(offset=3, upper_bound=2023-11-19) }}' AS b,
    '{{ latest_date }}' AS c, '{{ max_date(table=data.views) }}' AS d, ds FROM data.clicks WHERE ${between} LIMIT 1`;
  await submit(staging(query), '--end-ds', days[0]!);
  expect(await rows('SELECT a, b, c, d FROM out.daily_v1')).toEqual([
    { a: '2023-11-14', b: '2023-11-18', c: days[0], d: days[3] },
  ]);
});

test.each<[string, string, Partial<Options>, number, RegExp]>([
  [
    'a macro that is none',
    "SELECT '{{ strat_date }}' AS ds",
    {},
    2,
    /a macro that is none\n.*strat_date.*\n.*Did you mean "start_date"/,
  ],
  [
    'a bound that is none',
    "SELECT '{{ start_date(offst=1) }}' AS ds",
    {},
    2,
    /a macro that is none\n.*\n.*It takes offset/,
  ],
  [
    'a table of no partitions',
    "SELECT '{{ max_date(table=data.nothing) }}' AS ds",
    {},
    2,
    /data.nothing is not there/,
  ],
  [
    'a table that is not there',
    'SELECT ds FROM data.click',
    {},
    2,
    /staging query "daily.v1": the table data.click is not there/,
  ],
  ['no date', 'SELECT user FROM data.clicks', {}, 2, /it selects no "ds"\n.*user/],
  [
    'two columns of one name',
    'SELECT user, price AS user, ds FROM data.clicks',
    {},
    2,
    /two columns are named "user"/,
  ],
  [
    'a column that is not there',
    'SELECT usr, ds FROM data.clicks',
    {},
    2,
    /staging query "daily.v1": .*usr/,
  ],
  ['what does not parse', 'SELECT FROM WHERE', {}, 2, /staging query "daily.v1"/],
  ['two statements', 'SELECT 1; SELECT 2', {}, 2, /more than one statement/],
  ['what is no query', 'DROP TABLE data.clicks', {}, 2, /staging query "daily.v1"/],
  [
    'a function that is unknown',
    'SELECT my_udf(user) AS u, ds FROM data.clicks',
    {},
    2,
    /"my_udf" is not supported/,
  ],
  [
    'a generator that is none of ours',
    'SELECT u, ds FROM data.clicks LATERAL VIEW stack(2, user, user) t AS u',
    {},
    2,
    /stack does not run here as a generator/,
  ],
  [
    'setups',
    daily,
    { setups: ["CREATE TEMPORARY FUNCTION f AS 'a.B'"] },
    2,
    /setups run in Spark's own session/,
  ],
  [
    'rows of other dates',
    'SELECT user, ds FROM data.clicks',
    { startPartition: days[1]! },
    3,
    /rows outside of 2023-11-16 to 2023-11-18/,
  ],
  [
    'dates that are none',
    `SELECT user, 'today' AS ds FROM data.clicks`,
    {},
    3,
    /rows whose "ds" is no date\n.*today/,
  ],
])('%s: refused', async (_, query, changes, code, says) => {
  await refuse(staging(query, changes), code, says);
});

test('names are the same whatever their case, as in Spark', async () => {
  const query = (spent: string, ds: string) =>
    `SELECT user, sum(price) AS ${spent}, ${ds} FROM data.clicks WHERE ${between} GROUP BY user, ds`;
  await submit(staging(query('spent', 'ds')), '--end-ds', days[0]!);
  await submit(staging(query('SPENT', 'ds AS DS')), '--end-ds', days[1]!);
  expect(
    await rows(
      'SELECT ds, count(spent) AS n, count(*) AS all FROM out.daily_v1 GROUP BY ds ORDER BY ds',
    ),
  ).toEqual([
    { ds: days[0], n: 5, all: 5 },
    { ds: days[1], n: 5, all: 5 },
  ]);
  await refuse(
    staging(`SELECT user AS SPENT, ds FROM data.clicks WHERE ${between}`),
    2,
    '"spent" is of another type',
  );
});

test('steps over its own table are refused: none would see the one before', async () => {
  const first = `SELECT 1 AS n, ds FROM data.clicks WHERE ${between} GROUP BY ds`;
  await submit(staging(first), '--end-ds', days[0]!);
  const next = `SELECT (SELECT max(n) FROM out.daily_v1) + 1 AS n, ds FROM data.clicks WHERE ${between} GROUP BY ds`;
  small.write('query.json', staging(next));
  await small.refuse(
    ['submit', 'query.json', '--step-days', '1'],
    2,
    'reads its own table, and a step would not see the one before',
    'found: 3 steps over out.daily_v1',
  );
  await submit(staging(next), '--end-ds', days[1]!);
  await submit(staging(next), '--end-ds', days[2]!);
  expect(await rows('SELECT n FROM out.daily_v1 ORDER BY ds')).toEqual([
    { n: 1 },
    { n: 2 },
    { n: 3 },
  ]);
});

test('a table and a view do not share a name', async () => {
  const query = `SELECT user, ds FROM data.clicks WHERE ${between}`;
  await submit(staging(query), '--end-ds', days[0]!);
  await refuse(staging(query, { createView: true }), 2, 'out.daily_v1 is a table already');
  rmSync(join(small.warehouse, 'out'), { recursive: true });
  const { code, stderr } = await small.run([
    'submit',
    small.write('query.json', staging('SELECT user, ds FROM data.clicks', { createView: true })),
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch('out.daily_v1: written');
  await refuse(staging(query), 2, 'out.daily_v1 is a view already', 'out/daily_v1.view.sql');
  const asked = ['has-partition', 'out.daily_v1', '--ds', days[0]!];
  await small.refuse(asked, 2, 'out.daily_v1: it is a view, which has no partitions');
});

test('aggregates in arithmetic have types', async () => {
  const query = `
    SELECT user, sum(price) / count(*) AS mean, avg(price) / 2 AS half, max(price) / 2 AS most,
      cast(sum(price) AS DOUBLE) / 2 AS cast_sum, sum(CAST(price AS DECIMAL(10,2))) / 4 AS exact,
      sum(sum(price)) OVER () / 2 AS of_all, 6 / row_number() OVER (ORDER BY user) AS nth, count_if(price > 50) / 2 AS dear, ds
    FROM data.clicks WHERE ${between} GROUP BY user, ds HAVING sum(price) / count(*) >= 0`;
  await submit(staging(query), '--end-ds', days[0]!);
  expect(await rows(`SELECT * EXCLUDE (ds) FROM out.daily_v1 ORDER BY user`)).toEqual(
    await rows(`
      SELECT user, sum(price)::DOUBLE / count(*) AS mean, avg(price) / 2 AS half, max(price)::DOUBLE / 2 AS most,
        sum(price)::DOUBLE / 2 AS cast_sum, (sum(price)::DOUBLE / 4)::DECIMAL(22,6) AS exact,
        (sum(sum(price)) OVER ())::DOUBLE / 2 AS of_all, 6.0 / row_number() OVER (ORDER BY user) AS nth,
        count(*) FILTER (price > 50) / 2.0 AS dear
      FROM data.clicks WHERE ds = '${days[0]}' GROUP BY user ORDER BY user`),
  );
  await refuse(
    staging(
      `SELECT sum(s) / 2 AS half, ds FROM (SELECT sum(price) AS s, ds FROM data.clicks WHERE ${between} GROUP BY ds) GROUP BY ds`,
    ),
    2,
    'the type of an aggregate is not known',
    'sum(CAST(x AS DOUBLE)',
  );
});
