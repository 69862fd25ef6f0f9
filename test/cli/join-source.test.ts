/** A group-by whose source is a join reads that join's table, and says when it is not there. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { days, openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
  configs('1d');
});
afterAll(() => small.close());

async function json(args: readonly string[]) {
  const { code, stdout, stderr } = await small.run([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}
const events = (table: string, selects: object) => ({
  events: { table, query: { selects, timeColumn: 'ts' } },
});
const groupBy = (name: string, source: object, inputColumn: string, days: number) => ({
  metaData: { name },
  sources: [source],
  keyColumns: ['user'],
  aggregations: [{ inputColumn, operation: 7, windows: [{ length: days, timeUnit: 1 }] }],
  accuracy: 0,
});
/** `inner.json`: sums of views at each click. `outer.json`: sums of these sums. `same.json` reads the table. */
function configs(window: '1d' | '2d', price = 'price'): void {
  const views = events('data.views', { user: 'user', price });
  const inner = {
    metaData: { name: 'inner.v1', outputNamespace: 'out' },
    left: events('data.clicks', { user: 'user' }),
    joinParts: [{ groupBy: groupBy('views.v1', views, 'price', Number(window[0])) }],
  };
  const selects = { user: 'user', seen: `views_v1_price_sum_${window} + 1` };
  const outer = (name: string, source: object) => ({
    ...inner,
    metaData: { name, outputNamespace: 'out' },
    joinParts: [{ groupBy: groupBy('seen.v1', source, 'seen', 2) }],
  });
  small.write('inner.json', inner);
  small.write('outer.json', outer('outer.v1', { joinSource: { join: inner, query: { selects } } }));
  small.write('same.json', outer('same.v1', events('out.inner_v1', selects)));
}
const rows = (table: string) => json(['sql', `SELECT * FROM out.${table} ORDER BY ts`]);

test("it is the same as reading the join's table", async () => {
  await json(['submit', 'inner.json']);
  await json(['submit', 'outer.json']);
  await json(['submit', 'same.json']);
  const found = await rows('outer_v1');
  expect(found).toEqual(await rows('same_v1'));
  expect(found.some((row: Record<string, unknown>) => row.seen_v1_seen_sum_2d !== null)).toBe(true);
});

test('another definition of the inner join is another part', async () => {
  await json(['submit', 'inner.json']);
  await json(['submit', 'outer.json']);
  expect((await json(['plan', 'outer.json'])).warnings).toEqual([]);
  configs('2d');
  await json(['submit', 'inner.json']);
  const plan = await json(['plan', 'outer.json']);
  expect(plan.warnings).toEqual([]);
  expect(plan.partitions.map(({ reason }: { reason: string }) => reason)).toEqual(
    days.map(() => 'part changed'),
  );
  await json(['submit', 'outer.json']);
  await json(['submit', 'same.json']);
  expect(await rows('outer_v1')).toEqual(await rows('same_v1'));
});

test('a table that the inner join as it is now did not compute', async () => {
  await json(['submit', 'inner.json']);
  configs('1d', 'price * 2');
  const says = `out.inner_v1: the join "inner.v1" has changed since it computed ${days.join(', ')}: submit it first`;
  expect((await json(['plan', 'outer.json'])).warnings).toEqual([says]);
  await json(['submit', 'inner.json', '--windowing', 'sawtooth']);
  expect((await json(['plan', 'outer.json'])).warnings).toEqual([]);
});

test('without its table or some of its partitions: which join is to be submitted first', async () => {
  await small.refuse(
    ['submit', 'outer.json'],
    4,
    'join part "seen.v1": out.inner_v1: the join "inner.v1" has no table yet',
    'Submit the join "inner.v1" first',
  );
  await json(['submit', 'inner.json', '--end-ds', days[1]!]);
  await small.refuse(
    ['submit', 'outer.json', '--strict-inputs'],
    4,
    `out.inner_v1: ${days[2]}, ${days[3]}`,
    'Submit the join "inner.v1" first',
  );
  const { stderr, code } = await small.run(['submit', 'outer.json']);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    `2 partitions are missing: ${days[2]}, ${days[3]} (submit the join "inner.v1" first)`,
  );
});
