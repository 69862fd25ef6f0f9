/** The second submit and every later one: only what is missing or changed is computed, and said. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  days,
  openSmallWarehouse,
  plainRows,
  type SmallWarehouse,
  tableFiles,
} from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
});
afterAll(() => small.close());

interface PlanLike {
  readonly partitions: readonly {
    value: string;
    action: string;
    reason: string;
    parts: string[] | null;
  }[];
  readonly archive: { kind: string; to: string } | null;
  readonly steps: readonly { partitions: string[]; rows: Record<string, number> }[];
}

async function json(args: readonly string[], code = 0) {
  const result = await small.run([...args, '--json']);
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}
const planned = (...flags: string[]): Promise<PlanLike> => json(['plan', 'join.json', ...flags]);
const submitted = (...flags: string[]) => json(['submit', 'join.json', ...flags]);
const reasons = ({ partitions }: PlanLike) =>
  partitions.map(({ value, action, reason }) => `${value} ${action}: ${reason}`);
/** Without those of statistics. */
const tables = () =>
  readdirSync(join(small.warehouse, 'out'))
    .filter((name) => !name.includes('_daily_stats'))
    .sort();
const part = (price: string) => ({
  groupBy: {
    metaData: { name: 'other.v1' },
    sources: [
      {
        events: {
          table: 'data.views',
          query: { selects: { user: 'user', price }, timeColumn: 'ts' },
        },
      },
    ],
    keyColumns: ['user'],
    aggregations: [{ inputColumn: 'price', operation: 7, windows: [{ length: 1, timeUnit: 1 }] }],
    accuracy: 0,
  },
});
/** Two parts; the second's values depend on `price`. */
function twoParts(price: string): void {
  const [first] = JSON.parse(JSON.stringify([part('price')]));
  first.groupBy.metaData.name = 'views.v1';
  small.config({ parts: [first, part(price)] });
}

test('a second submit computes nothing and says so', async () => {
  small.config();
  expect((await small.run(['submit', 'join.json'])).stderr).toMatch('40 rows in 4 partitions');
  const before = tableFiles(small.warehouse);
  const { code, stderr } = await small.run(['submit', 'join.json']);
  expect(code).toBe(0);
  expect(stderr).toMatch('out.small_v1: nothing to do');
  expect(stderr).toMatch('4 partitions were there already');
  expect(tableFiles(small.warehouse)).toEqual(before);
});

test('what is missing is computed, and nothing else', async () => {
  small.config();
  await submitted('--end-ds', days[1]!);
  const before = tableFiles(small.warehouse);
  const { steps, rows, skipped } = await submitted();
  expect(steps.map(({ partitions }: { partitions: string[] }) => partitions)).toEqual([
    days.slice(2),
  ]);
  expect(rows).toBe(20);
  expect(skipped).toEqual(days.slice(0, 2).map((partition) => ({ partition, reason: 'exists' })));
  expect(tableFiles(small.warehouse)).toEqual(expect.arrayContaining(before));
});

test('plan says what submit then does, and writes nothing', async () => {
  small.config();
  await submitted('--end-ds', days[0]!);
  const before = tableFiles(small.warehouse);
  const plan = await planned('--step-days', '2');
  const dry = await json(['submit', 'join.json', '--step-days', '2', '--dry-run']);
  expect(reasons(dry)).toEqual(reasons(plan));
  expect(tableFiles(small.warehouse)).toEqual(before);
  expect(reasons(plan)).toEqual([
    `${days[0]} skip: exists`,
    ...days.slice(1).map((day) => `${day} compute: missing`),
  ]);
  const { steps } = await submitted('--step-days', '2');
  const did = steps.map(({ partitions, rows }: { partitions: string[]; rows: number }) => [
    partitions,
    rows,
  ]);
  const said = plan.steps.map(({ partitions, rows }) => [
    partitions,
    Object.values(rows).reduce((a, b) => a + b),
  ]);
  expect(did).toEqual(said);
  expect(said).toEqual([
    [days.slice(1, 3), 20],
    [days.slice(3), 10],
  ]);
});

test('plan for people: the reason of each partition, inputs and steps', async () => {
  small.config();
  await submitted('--end-ds', days[1]!);
  const { code, stdout } = await small.run(['plan', 'join.json', '--end-ds', '2023-11-19']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^small\.v1 → out\.small_v1 \(exact windowing\)$/m);
  expect(stdout).toMatch(/skip: exists +2023-11-15, 2023-11-16/);
  expect(stdout).toMatch(/compute: missing +2023-11-17, 2023-11-18/);
  expect(stdout).toMatch(/skip: not on the left +2023-11-19/);
  expect(stdout).toMatch(/join part "views\.v1": data\.views: \d partitions/);
  expect(stdout).toMatch(/0: 2023-11-17, 2023-11-18 · 20 rows · tasks: key-buckets \d+, join \d+/);
});

test('a changed part: only its columns change, and the former table stays beside', async () => {
  twoParts('price');
  await submitted();
  const rows = async (table: string) =>
    json([
      'sql',
      `SELECT user, ts, views_v1_price_sum_1d AS a, other_v1_price_sum_1d AS b FROM out.${table} ORDER BY ts`,
    ]);
  const before = await rows('small_v1');
  twoParts('price * 2');
  const plan = await planned();
  expect(reasons(plan)).toEqual(days.map((day) => `${day} compute: part changed`));
  expect(plan.partitions.map(({ parts }) => parts)).toEqual(days.map(() => ['other_v1']));
  expect(plan.archive?.kind).toBe('copy');
  const results = await submitted();
  const doubled = before.map((row: { b: number | null }) => ({
    ...row,
    b: row.b === null ? null : row.b * 2,
  }));
  expect(await rows('small_v1')).toEqual(doubled);
  const [, archived] = tables();
  expect(archived).toMatch(/^small_v1_\d{14}$/);
  expect(results.archived).toEqual({
    reason: 'parts changed',
    kind: 'copy',
    as: `out.${archived}`,
  });
  expect(await rows(archived!)).toEqual(before);
  expect((await submitted()).steps).toEqual([]);
});

test('a changed left asks first; --yes archives the table and starts anew', async () => {
  small.config();
  await submitted();
  small.config({ leftSelects: { user: 'user', price: 'price' } });
  expect(reasons(await planned())).toEqual(days.map((day) => `${day} compute: left changed`));
  await small.refuse(['submit', 'join.json'], 2, 'left changed', 'nothing was changed', '--yes');
  expect(tables()).toEqual(['small_v1']);
  const { code, stderr } = await small.run([
    ...['submit', 'join.json', '--yes'],
    '--end-ds',
    days[1]!,
  ]);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch('20 rows in 2 partitions');
  expect(stderr).toMatch(`left changed: out.small_v1 archived as out.${tables()[1]}\n`);
  expect(tables()).toEqual(['small_v1', expect.stringMatching(/^small_v1_\d{14}$/)]);
  const count = (table: string) => json(['sql', `SELECT count(*) AS n FROM out.${table}`]);
  expect(await count('small_v1')).toEqual([{ n: 20 }]);
  expect(await count(tables()[1]!)).toEqual([{ n: 40 }]);
});

test('a changed left with nothing to compute leaves the table where it is', async () => {
  small.config();
  await submitted('--end-ds', days[2]!);
  const empty = `SELECT * EXCLUDE (ds) FROM (${plainRows}) WHERE false`;
  await small.session.run(
    `COPY (${empty}) TO '${small.warehouse}/data/clicks/ds=${days[3]}/data_0.parquet' (FORMAT parquet)`,
  );
  small.config({ leftSelects: { user: 'user', price: 'price' } });
  const before = tableFiles(small.warehouse);
  const results = await submitted('--yes', '--start-ds', days[3]!);
  expect(results).toMatchObject({ steps: [], archived: null });
  const why = 'left changed, and nothing to compute: out.small_v1 stays as it is';
  expect(results.warnings).toContain(why);
  expect((await planned('--start-ds', days[3]!)).archive).toBeNull();
  expect(tableFiles(small.warehouse)).toEqual(before);
  await small.table('clicks', plainRows);
});

test('a part that came, and a run that stopped between two steps: the next submit ends it', async () => {
  const [first] = JSON.parse(JSON.stringify([part('price')]));
  first.groupBy.metaData.name = 'views.v1';
  small.config({ parts: [first] });
  await submitted();
  // On the third day the new part's values can't be read.
  await small.spoil('views', days[2]!, 'price');
  twoParts('price * 4');
  const { steps } = await json(['submit', 'join.json', '--step-days', '1'], 1);
  expect(steps.map(({ status }: { status: string }) => status)).toContain('committed');
  expect(steps.map(({ status }: { status: string }) => status)).toContain('failed');
  await small.table('views', plainRows);
  await submitted();
  expect(tables()).toHaveLength(2);
  const values = () =>
    json([
      'sql',
      'SELECT user, ts, views_v1_price_sum_1d a, other_v1_price_sum_1d b FROM out.small_v1 ORDER BY ts',
    ]);
  const resumed: { a: number | null; b: number | null }[] = await values();
  expect(resumed.map(({ b }) => b)).toEqual(resumed.map(({ a }) => (a === null ? null : a * 4)));
  rmSync(join(small.warehouse, 'out'), { recursive: true });
  await submitted();
  expect(await values()).toEqual(resumed);
});

test('--reprocess all computes the range again, without doubling a row', async () => {
  small.config();
  await submitted();
  const flags = ['--reprocess', 'all', '--start-ds', days[1]!, '--end-ds', days[2]!];
  expect(reasons(await planned(...flags))).toEqual([
    `${days[1]} compute: requested`,
    `${days[2]} compute: requested`,
  ]);
  await small.table(
    'views',
    plainRows.replace('(i * 31 % 100)::BIGINT', '(i * 31 % 100)::BIGINT * 2'),
  );
  const before = await sums();
  expect((await submitted(...flags)).rows).toBe(20);
  const [first, second, , last] = await sums();
  expect(first).toEqual(before[0]);
  expect(second).toEqual({ ...before[1], total: before[1].total * 2 });
  expect(last).toEqual(before[3]);
});

test('--reprocess all empties a partition whose left rows are gone', async () => {
  small.config();
  await submitted();
  await small.session.run(
    `COPY (SELECT * EXCLUDE (ds) FROM (${plainRows}) WHERE false)
     TO '${small.warehouse}/data/clicks/ds=${days[1]}/data_0.parquet' (FORMAT parquet)`,
  );
  await submitted('--reprocess', 'all');
  expect((await sums()).map(({ ds }: { ds: string }) => ds)).toEqual([days[0], days[2], days[3]]);
});

test('a column that came later is NULL before, however the range is split', async () => {
  await small.table(
    'views',
    `SELECT user, ts, CASE WHEN ds >= '${days[2]}' THEN price END AS price, ds FROM (${plainRows})`,
  );
  small.config();
  await submitted();
  const whole = await sums();
  for (const day of days.slice(0, 2)) {
    await small.session.run(
      `COPY (SELECT user, ts FROM (${plainRows}) WHERE ds = '${day}')
       TO '${small.warehouse}/data/views/ds=${day}/data_0.parquet' (FORMAT parquet)`,
    );
  }
  rmSync(join(small.warehouse, 'out'), { recursive: true });
  await submitted('--end-ds', days[1]!);
  await submitted();
  expect(await sums()).toEqual(whole);
});

test('what is strange in the data is said from KeyBuckets, too', async () => {
  await small.table(
    'views',
    `SELECT * EXCLUDE (ds), CASE WHEN ds = '${days[0]}' THEN '${days[1]}' ELSE ds END AS ds FROM (${plainRows})`,
  );
  small.config();
  const { notes, warnings } = await submitted();
  expect(notes.lateEvents).toBe(10);
  small.config({ name: 'again.v1' });
  const again = await submitted();
  expect(again.notes).toEqual(notes);
  expect(again.warnings).toEqual(warnings);
  await small.table('views', plainRows);
});

const sums = () =>
  json([
    'sql',
    'SELECT ds, count(*) AS n, sum(views_v1_price_sum_1d) AS total FROM out.small_v1 GROUP BY ds ORDER BY ds',
  ]);
