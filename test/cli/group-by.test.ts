/** GroupBy jobs: a snapshot of every key per day, against SQL that says the same in the most obvious way. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dateOf, days, openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
/** Views of seven users and some of nobody; every sixth has no price. A few land a day late. */
const views = `SELECT CASE WHEN i % 11 > 0 THEN 'user ' || (i * i % 7) END AS user, (i % 3)::INTEGER AS shop,
  1700006400000 + i * 8640000 AS ts, CASE WHEN i % 6 > 0 THEN (i * 31 % 100)::BIGINT END AS price,
  ${dateOf('(CASE WHEN i % 13 = 5 THEN least(i + 10, 39) ELSE i END)')} AS ds FROM range(40) t(i)`;
const users = `SELECT CASE WHEN u < 5 THEN 'user ' || u END AS user, (u * 7 + d)::BIGINT AS age, CASE WHEN u % 2 = 0 THEN 'city' END AS city,
  strftime(DATE '2023-11-15' + d::INTEGER, '%Y-%m-%d') AS ds FROM range(6) t(u), range(3) s(d) WHERE u > d`;
beforeAll(async () => {
  small = await openSmallWarehouse();
  await small.table('views', views);
  await small.table('users', users);
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
});
afterAll(() => small.close());

const day = (length: number) => ({ length, timeUnit: 1 });
const sums = [
  { inputColumn: 'price', operation: 7, windows: [day(1), day(2)] },
  { inputColumn: 'price', operation: 6 },
];
const eventsOf = (keys: readonly string[], changes: object = {}) => ({
  metaData: { name: 'views.by-key.v1', outputNamespace: 'out' },
  sources: [
    {
      events: {
        table: 'data.views',
        query: {
          selects: { ...Object.fromEntries(keys.map((key) => [key, key])), price: 'price' },
          timeColumn: 'ts',
        },
      },
    },
  ],
  keyColumns: keys,
  aggregations: sums,
  accuracy: 0,
  ...changes,
});
const entitiesOf = (changes: object = {}) => ({
  metaData: { name: 'users.v1', outputNamespace: 'out' },
  sources: [
    {
      entities: {
        snapshotTable: 'data.users',
        query: { selects: { user: 'user', age: 'age', city: 'city' } },
      },
    },
  ],
  keyColumns: ['user'],
  ...changes,
});

const config = (groupBy: object) => small.write('group.json', groupBy);
async function json(args: readonly string[]) {
  const { code, stdout, stderr } = await small.run([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}
const submitted = (...flags: string[]) => json(['submit', 'group.json', ...flags]);
const planned = (...flags: string[]) => json(['plan', 'group.json', ...flags]);
const reasons = ({ partitions }: { partitions: Record<string, string>[] }) =>
  partitions.map(({ value, action, reason }) => `${value!.slice(-2)} ${action}: ${reason}`);
const sql = (query: string) => json(['sql', query]);

/** What the table must hold: each key and day beside all events before the day's end that had landed. */
const naive = (keys: string) => `
  WITH days AS (SELECT DISTINCT ds, epoch_ms(CAST(ds AS TIMESTAMP)) + 86400000 AS until FROM data.views),
  seen AS (SELECT d.ds AS day, v.*, until - ts AS age FROM days d JOIN data.views v ON v.ts < until AND v.ds <= d.ds)
  SELECT ${keys}, sum(price) FILTER (WHERE age <= 86400000) AS price_sum_1d,
    sum(price) FILTER (WHERE age <= 2 * 86400000) AS price_sum_2d,
    nullif(count(price), 0) AS price_count, day AS ds
  FROM seen WHERE user IS NOT NULL GROUP BY ${keys}, day HAVING count(price) > 0 ORDER BY ALL`;

test.each([[['user']], [['user', 'shop']]])('events by %j', async (keys) => {
  const list = keys.join(', ');
  config(eventsOf(keys));
  const { output, rows } = await submitted();
  expect(output).toBe('out.views_by_key_v1');
  const found = await sql(`SELECT * FROM ${output} ORDER BY ALL`);
  expect(found).toEqual(await sql(naive(list)));
  expect(rows).toBe(found.length);
  expect(found.length).toBeGreaterThan(15);
});

test('steps and executors never change a value', async () => {
  config(eventsOf(['user', 'shop']));
  await submitted('--step-days', '1', '--master', 'local[2]');
  expect(await sql('SELECT * FROM out.views_by_key_v1 ORDER BY ALL')).toEqual(
    await sql(naive('user, shop')),
  );
});

test('entities without aggregations are their rows, with aggregations their keys', async () => {
  config(entitiesOf());
  await submitted();
  expect(await sql('SELECT user, age, city, ds FROM out.users_v1 ORDER BY ALL')).toEqual(
    await sql('SELECT user, age, city, ds FROM data.users WHERE user IS NOT NULL ORDER BY ALL'),
  );
  const aggregations = [
    { inputColumn: 'age', operation: 7 },
    { inputColumn: 'city', operation: 6 },
  ];
  config(entitiesOf({ aggregations, metaData: { name: 'sums.v1', outputNamespace: 'out' } }));
  await submitted();
  expect(await sql('SELECT * FROM out.sums_v1 ORDER BY ALL')).toEqual(
    await sql(
      `SELECT user, sum(age)::BIGINT AS age_sum, nullif(count(city), 0) AS city_count, ds
       FROM data.users WHERE user IS NOT NULL GROUP BY user, ds ORDER BY ALL`,
    ),
  );
});

test('derivations: over the unprefixed columns; a key may be passed on', async () => {
  const derivations = [
    { name: 'user', expression: 'user' },
    { name: 'mean', expression: 'price_sum_2d / price_count' },
    { name: 'known', expression: 'coalesce(price_sum_1d, 0)' },
  ];
  config(eventsOf(['user'], { derivations }));
  await submitted();
  expect(await sql('SELECT * FROM out.views_by_key_v1 ORDER BY ALL')).toEqual(
    await sql(
      `SELECT user, price_sum_2d / price_count AS mean, coalesce(price_sum_1d, 0) AS known, ds
       FROM (${naive('user')}) ORDER BY ALL`,
    ),
  );
});

test('ranges: given, or from backfillStartDate; a second submit computes what is missing', async () => {
  config(eventsOf(['user'], { backfillStartDate: days[1] }));
  expect(reasons(await planned())).toEqual([
    '16 compute: missing',
    '17 compute: missing',
    '18 compute: missing',
  ]);
  await submitted('--end-ds', days[2]!);
  expect(reasons(await planned('--start-ds', days[0]!, '--end-ds', '2023-11-19'))).toEqual([
    '15 compute: missing',
    '16 skip: exists',
    '17 skip: exists',
    '18 compute: missing',
    '19 skip: not in the source',
  ]);
  const { code, stdout } = await small.run(['plan', 'group.json', '--start-ds', days[0]!]);
  expect(code).toBe(0);
  expect(stdout).toMatch('group-by "views.by-key.v1": data.views');
  expect(stdout).toMatch('rows: the keys that have values');
  await submitted('--start-ds', days[0]!);
  expect((await submitted()).steps).toEqual([]);
  expect(await sql('SELECT * FROM out.views_by_key_v1 ORDER BY ALL')).toEqual(
    await sql(naive('user')),
  );
  const [run] = await json(['status']);
  expect(run).toMatchObject({ status: 'succeeded', partitions: 0 });
});

test('another definition: everything anew, and the former table stays beside', async () => {
  config(eventsOf(['user', 'shop']));
  await submitted('--end-ds', days[2]!);
  config(eventsOf(['user']));
  const plan = await planned();
  expect(reasons(plan)).toEqual([
    '15 compute: group-by changed',
    '16 compute: group-by changed',
    '17 compute: group-by changed',
    '18 compute: missing',
  ]);
  expect(plan.archive).toMatchObject({ kind: 'copy', reason: 'group-by changed' });
  await submitted();
  expect(await sql('SELECT * FROM out.views_by_key_v1 ORDER BY ALL')).toEqual(
    await sql(naive('user')),
  );
  const tables = readdirSync(join(small.warehouse, 'out'));
  expect(tables.filter((name) => !name.includes('_daily_stats'))).toHaveLength(2);
});

test('it reads the table of a join, too', async () => {
  const [source] = eventsOf(['user']).sources;
  const inner = {
    metaData: { name: 'inner.v1', outputNamespace: 'out' },
    left: source,
    joinParts: [],
  };
  const selects = { user: 'user', price: 'price' };
  config(eventsOf(['user'], { sources: [{ joinSource: { join: inner, query: { selects } } }] }));
  await small.refuse(['submit', 'group.json'], 4, 'the join "inner.v1" has no table yet');
  small.write('inner.json', inner);
  await json(['submit', 'inner.json']);
  await submitted();
  expect(await sql('SELECT * FROM out.views_by_key_v1 ORDER BY ALL')).toEqual(
    await sql(naive('user')),
  );
});

test('what is refused', async () => {
  const refuse = (groupBy: object, ...says: string[]) =>
    small.refuse(['submit', config(groupBy)], 2, ...says);
  await refuse(eventsOf(['user'], { aggregations: undefined }), 'events need aggregations');
  await refuse(
    eventsOf(['user'], { keyColumns: ['usr'] }),
    'group-by "views.by-key.v1"',
    'the key column "usr" is not selected',
    'Did you mean "user"?',
  );
  await refuse(
    eventsOf(['user'], { backfillStartDate: '15.11.2023' }),
    'backfillStartDate is no date',
    '15.11.2023',
  );
  await refuse(
    eventsOf(['user'], { derivations: [{ name: 'user', expression: 'upper(user)' }] }),
    'two columns of the output are named "user"',
  );
});

test('an export of a module, by name; what a run left undone is tried again', async () => {
  small.write(
    'features.ts',
    `import { eventSource, groupBy, query, select, sum } from 'hindcast';
export const views = groupBy({
  name: 'views.by-key.v1',
  outputNamespace: 'out',
  sources: [eventSource({ table: 'data.views', query: query({ selects: select('user', { price: 'price * 4' }), timeColumn: 'ts' }) })],
  keys: ['user'],
  aggregations: [sum('price', { windows: ['1d', '2d'] })],
});
`,
  );
  await small.spoil('views', days[2]!, 'price');
  const failed = await small.run(['submit', 'features.ts:views', '--step-days', '1', '--json']);
  const { runId, status } = JSON.parse(failed.stdout);
  expect([failed.code, status]).toEqual([1, 'partly-failed']);
  await small.table('views', views);
  const again = await json(['retry', runId]);
  expect(again.status).toBe('succeeded');
  const { rows } = await json(['submit', 'features.ts:views']);
  expect(rows).toBe(0);
  expect(await sql('SELECT user, price_sum_2d, ds FROM out.views_by_key_v1 ORDER BY ALL')).toEqual(
    await sql(
      `SELECT user, price_sum_2d * 4 AS price_sum_2d, ds FROM (${naive('user')}) WHERE price_sum_2d IS NOT NULL ORDER BY ALL`,
    ),
  );
});
