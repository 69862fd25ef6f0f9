/** Derivations from config to table: what they see, what they leave, what is computed anew, what is refused. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { days, openSmallWarehouse, plainRows, type SmallWarehouse } from './small-warehouse.js';

type Derivations = readonly (readonly [name: string, expression: string])[];

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
  // Users of the day before: u0 is never there, u1 has no city.
  await small.table(
    'users',
    `SELECT 'u' || u AS user, CASE WHEN u > 1 THEN 'c' || u END AS city, strftime(DATE '2023-11-14' + d::INTEGER, '%Y-%m-%d') AS ds FROM range(1, 5) t(u), range(5) s(d)`,
  );
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
});
afterAll(() => small.close());

const structs = (derivations: Derivations) =>
  derivations.map(([name, expression]) => ({ name, expression }));
const views = (keys: Record<string, string>, derivations: Derivations = []) => ({
  groupBy: {
    metaData: { name: 'views.v1' },
    sources: [
      {
        events: {
          table: 'data.views',
          query: { selects: { ...keys, price: 'price' }, timeColumn: 'ts' },
        },
      },
    ],
    keyColumns: Object.keys(keys),
    aggregations: [
      { inputColumn: 'price', operation: 7, windows: [{ length: 1, timeUnit: 1 }] },
      { inputColumn: 'price', operation: 6, windows: [{ length: 1, timeUnit: 1 }] },
    ],
    accuracy: 0,
    derivations: structs(derivations),
  },
});
const users = (derivations: Derivations) => ({
  groupBy: {
    metaData: { name: 'users.v1' },
    sources: [
      {
        entities: {
          snapshotTable: 'data.users',
          query: { selects: { user: 'user', city: 'city' } },
        },
      },
    ],
    keyColumns: ['user'],
    derivations: structs(derivations),
  },
});

function config(
  parts: readonly object[],
  derivations: Derivations,
  leftSelects = { user: 'user' },
) {
  const whole = {
    metaData: { name: 'small.v1', outputNamespace: 'out' },
    left: { events: { table: 'data.clicks', query: { selects: leftSelects, timeColumn: 'ts' } } },
    joinParts: parts,
    derivations: structs(derivations),
  };
  return small.write('join.json', whole);
}
async function json(args: readonly string[]) {
  const { code, stdout, stderr } = await small.run([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}
const submitted = (...flags: string[]) => json(['submit', 'join.json', ...flags]);
const rows = (select: string) => json(['sql', `SELECT ${select} FROM out.small_v1 ORDER BY ts`]);
const reasons = ({ partitions }: { partitions: { action: string; reason: string }[] }) =>
  partitions.map(({ action, reason }) => `${action}: ${reason}`);

test.each([
  ['one key set', { user: 'user' }],
  ['several key sets, put side by side', { user: 'user', kind: `'x'` }],
])('joins and group-bys derive, over %s', async (_, keys) => {
  const plain = views(keys);
  const left = { user: 'user', kind: `'x'`, rowid: 'price' };
  config([plain, users([])], [], left);
  await submitted();
  const base: Record<string, number | string | null>[] = await rows('*');
  config(
    [
      views(keys, [
        ['mean', 'price_sum_1d / price_count_1d'],
        ['known', 'coalesce(price_count_1d, 0)'],
        ['who', 'upper(user)'],
      ]),
      users([
        ['*', '*'],
        ['place', "coalesce(city, 'nowhere')"],
      ]),
    ],
    [
      ['*', '*'],
      ['rounded', 'round(views_v1_mean)'],
      ['place', 'users_v1_place'],
      ['at', "concat(user, '-', ds, '-', rowid, '-', ts)"],
    ],
    left,
  );
  await submitted('--yes');
  const derived: Record<string, number | string | null>[] = await rows('*');
  expect(derived).toEqual(
    base.map(
      ({
        views_v1_price_sum_1d: sum,
        views_v1_price_count_1d: count,
        users_v1_city: city,
        user,
        kind,
        rowid,
        ts,
        ds,
      }) => {
        const mean = count === null ? null : Number(sum) / Number(count);
        return {
          user,
          kind,
          rowid,
          ts,
          views_v1_mean: mean,
          views_v1_known: count ?? 0,
          views_v1_who: String(user).toUpperCase(),
          users_v1_city: city,
          rounded: mean === null ? null : Math.round(mean),
          // Without a row of the snapshot there is nothing to derive from.
          place: user === 'u0' ? null : (city ?? 'nowhere'),
          at: `${user}-${ds}-${rowid}-${ts}`,
          ds,
        };
      },
    ),
  );
  expect(base.some(({ views_v1_price_count_1d: count }) => count === null)).toBe(true);
});

test('an expression that has a meaning only by the types of what it reads', async () => {
  const count = 'views_v1_price_count_1d';
  config(
    [views({ user: 'user' })],
    [
      ['*', '*'],
      ['halved', `shiftright(${count}, 1)`],
    ],
  );
  await submitted();
  const all: Record<string, number | null>[] = await rows(`${count} AS count, halved`);
  expect(all.map(({ halved }) => halved)).toEqual(
    all.map(({ count }) => (count == null ? null : Math.floor(count / 2))),
  );
  expect(all.some(({ halved }) => halved !== null && halved! > 0)).toBe(true);
});

test('without a star: the left and what is derived', async () => {
  config(
    [views({ user: 'user' })],
    [
      ['mean', 'views_v1_price_sum_1d / views_v1_price_count_1d'],
      ['one', '1'],
    ],
  );
  await submitted();
  const [first] = await rows('*');
  expect(Object.keys(first)).toEqual(['user', 'ts', 'mean', 'one', 'ds']);
});

test('changed derivations, and a changed part under them, compute whole partitions anew', async () => {
  const plan = (...flags: string[]) => json(['plan', 'join.json', ...flags]);
  const star = ['*', '*'] as const;
  config([views({ user: 'user' })], []);
  await submitted();
  const sums = async (column: string): Promise<(number | null)[]> =>
    (await rows(`${column} AS x`)).map(({ x }: { x: number | null }) => x);
  const before = await sums('views_v1_price_sum_1d');
  const times = (factor: number) => before.map((x) => (x === null ? null : x * factor));

  config([views({ user: 'user' })], [star, ['twice', 'views_v1_price_sum_1d * 2']]);
  const planned = await plan();
  expect(reasons(planned)).toEqual(days.map(() => 'compute: derivations changed'));
  expect(planned.archive).toMatchObject({ kind: 'copy', reason: 'derivations changed' });
  await submitted('--end-ds', days[1]!);
  expect(await sums('twice')).toEqual(times(2));
  expect((await submitted()).steps).toEqual([]);

  config([views({ user: 'user' })], [star, ['twice', 'views_v1_price_sum_1d * 3']]);
  await submitted();
  expect(await sums('twice')).toEqual(times(3));

  const doubled = views({ user: 'user' });
  doubled.groupBy.sources[0]!.events.query.selects.price = 'price * 2';
  config([doubled], [star, ['twice', 'views_v1_price_sum_1d * 3']]);
  expect(reasons(await plan())).toEqual(days.map(() => 'compute: part changed'));
  await submitted();
  expect(await sums('twice')).toEqual(times(6));

  config([doubled], []);
  expect(reasons(await plan())).toEqual(days.map(() => 'compute: derivations changed'));
  await submitted();
  expect(await sums('views_v1_price_sum_1d')).toEqual(times(2));
  const tables = readdirSync(join(small.warehouse, 'out'));
  expect(tables.filter((name) => !name.includes('_daily_stats'))).toHaveLength(5);
});

test("a group-by's derivations change its own columns, and the others are carried over", async () => {
  const other = views({ user: 'user' });
  other.groupBy.metaData.name = 'other.v1';
  config([other, views({ user: 'user' }, [['x', 'price_sum_1d']])], []);
  await submitted();
  const before = await rows('views_v1_x AS x, other_v1_price_sum_1d AS y');
  config([other, views({ user: 'user' }, [['x', 'price_sum_1d + 1']])], []);
  const plan = await json(['plan', 'join.json']);
  expect(plan.partitions.map(({ parts }: { parts: string[] }) => parts)).toEqual(
    days.map(() => ['views_v1']),
  );
  await submitted();
  expect(await rows('views_v1_x AS x, other_v1_price_sum_1d AS y')).toEqual(
    before.map(({ x, y }: { x: number | null; y: number | null }) => ({
      x: x === null ? null : x + 1,
      y,
    })),
  );
});

test('partitions that the left has no more stay as they are, and that is said', async () => {
  config([views({ user: 'user' })], [['a', '1']]);
  await submitted();
  rmSync(join(small.warehouse, 'data/clicks', `ds=${days[0]}`), { recursive: true });
  config([views({ user: 'user' })], [['a', '2']]);
  const { warnings } = await submitted();
  expect(warnings.join()).toMatch(
    `no more on the left, kept as a former definition computed them: ${days[0]}`,
  );
  expect((await rows('DISTINCT a, ds')).length).toBe(4);
  await small.table('clicks', plainRows);
});

test('what is refused, with what was meant', async () => {
  const refuse = (derivations: Derivations, ofPart: Derivations, ...says: string[]) =>
    small.refuse(['submit', config([views({ user: 'user' }, ofPart)], derivations)], 2, ...says);
  await refuse(
    [['mean', 'views_v1_price_sum_1d / views_v1_price_cuont_1d']],
    [],
    'join "small.v1", derivation "mean": no column "views_v1_price_cuont_1d"',
    'user, ts, views_v1_price_sum_1d, views_v1_price_count_1d, ds',
    'Did you mean "views_v1_price_count_1d"?',
  );
  await refuse(
    [],
    [['x', 'ts + 1']],
    'join part "views.v1", derivation "x": no column "ts"',
    'price_sum_1d, price_count_1d, user',
  );
  await refuse(
    [
      ['*', '*'],
      ['views_v1_price_sum_1d', 'views_v1_price_sum_1d + 1'],
    ],
    [],
    'derivation "views_v1_price_sum_1d": there is a column of this name already',
    'Give it another name',
  );
  await refuse([['x', 'ts + ']], [], `derivation "x": the expression "ts + " can't run here`);
  await refuse([['x', 'sum(ts)']], [], 'derivation "x"', '"sum" is not supported');
  await refuse([['ts', 'ts + 1']], [], 'derivation "ts": there is a column of this name already');
});
