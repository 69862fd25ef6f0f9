/** explain-row as a process: what it says of windows' edges, of events inside and outside, and of no row. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../packages/driver/src/explanation.js';
import { eventsConfig } from './run-cli.js';
import { firstMs, openSmallWarehouse, type SmallWarehouse, tableFiles } from './small-warehouse.js';

const hour = 3_600_000;
const day = 24 * hour;
/** The row that most tests look at: 2023-11-17 12:00:00.500. */
const rowMs = firstMs + 2 * day + 12 * hour + 500;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

interface View {
  readonly at: number;
  readonly price: number | null;
  readonly shop?: string | null;
  readonly ds?: string;
  readonly user?: string | null;
}
const text = (value: string | null | undefined): string =>
  value == null ? 'NULL::VARCHAR' : `'${value}'`;

let small: SmallWarehouse;

async function views(rows: readonly View[]): Promise<void> {
  const values = rows.map(
    ({ at, price, shop, ds, user = 'ann' }) =>
      `(${text(user)}, ${at}, ${price}::BIGINT, ${text(shop)}, '${ds ?? dayOf(at)}')`,
  );
  await small.table('views', `FROM (VALUES ${values.join(', ')}) t(user, ts, price, shop, ds)`);
}

beforeAll(async () => {
  small = await openSmallWarehouse();
  const clicks = [
    `('ann', ${rowMs}, '2023-11-17')`,
    `('ann', ${rowMs + hour}, '2023-11-17')`,
    `(NULL, ${rowMs}, '2023-11-17')`,
    `('bob', ${rowMs}, '2023-11-17')`,
  ];
  await small.table('clicks', `FROM (VALUES ${clicks.join(', ')}) t(user, ts, ds)`);
  await views([
    { at: rowMs - day - 1, price: 1 },
    { at: rowMs - day, price: 20, shop: 'x' },
    { at: rowMs - 5 * hour, price: null, shop: 'x' },
    { at: rowMs - hour, price: 300, shop: 'y' },
    { at: rowMs - 2 * hour, price: 4000, ds: '2023-11-18' },
    { at: rowMs - 3 * hour, price: 4000, user: null },
    { at: rowMs - 1, price: 50000 },
    { at: rowMs, price: 600000 },
    { at: rowMs + 9, price: 600000 },
  ]);
  small.config({
    selects: { user: 'user', price: 'price', shop: 'shop' },
    aggregations: [
      { inputColumn: 'price', operation: 7, windows: [{ length: 1, timeUnit: 1 }] },
      { inputColumn: 'price', operation: 6, windows: [{ length: 1, timeUnit: 1 }] },
      { inputColumn: 'price', operation: 13, argMap: { k: '3' } },
      { inputColumn: 'price', operation: 6, buckets: ['shop'] },
    ],
  });
});
afterAll(() => small.close());

const args = ['explain-row', 'join.json', '--ds', '2023-11-17'];

async function explain(where: string, ...more: string[]): Promise<Explanation> {
  const { code, stdout, stderr } = await small.run([...args, '--where', where, '--json', ...more]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Explanation;
}

async function say(where: string, ...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await small.run([...args, '--where', where, ...more]);
  expect(code, stderr).toBe(0);
  expect(stderr).toBe('');
  return stdout;
}

describe('events', () => {
  test('edges to the millisecond, as text', async () => {
    const before = tableFiles(small.warehouse);
    const said = await say("user = 'ann'");
    expect(said).toMatch(
      /^small\.v1 · 2023-11-17 where user = 'ann', row 1 of 2 .* exact windowing$/m,
    );
    expect(said).toMatch('out.small_v1 does not have 2023-11-17 yet.');
    const lines = said.split('\n');
    const at = (words: RegExp): number => {
      const found = lines.findIndex((line) => words.test(line));
      expect(found, `${words}\n${said}`).toBeGreaterThan(0);
      return found;
    };
    const order = [
      /✗ +2023-11-17 12:00:00\.500 +0 ms before +2023-11-17 +600000.*at the row's time itself/,
      /─ +2023-11-17 12:00:00\.500 +the row: windows end, exclusive/,
      /✓ +2023-11-17 12:00:00\.499 +1 ms before +2023-11-17 +50000/,
      /✓ +2023-11-17 11:00:00\.500 +1 h before +2023-11-17 +300 /,
      /✗ +2023-11-17 10:00:00\.500 +2 h before +2023-11-18 +4000 .*landed in 2023-11-18: this row sees partitions up to 2023-11-17/,
      /✓ +2023-11-17 07:00:00\.500 +5 h before +2023-11-17 +NULL/,
      /✓ +2023-11-16 12:00:00\.500 +1 d before +2023-11-16 +20 /,
      /─ +2023-11-16 12:00:00\.500 +windows of 1 d begin, inclusive/,
      /✓ +2023-11-16 12:00:00\.499 +1 d 1 ms before +2023-11-16 +1 /,
    ];
    const places = order.map(at);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(said).toMatch(/views_v1_price_sum_1d +50320 +20 \+ 300 \+ 50000 = 50320/);
    expect(said).toMatch(/views_v1_price_count_1d +3 +count of 3 non-NULL, of 4 events/);
    expect(said).toMatch(/views_v1_price_last3 +\[50000, 300, 20\] +the 3 newest/);
    expect(said).toMatch(/views_v1_price_count_by_shop +\{x: 1, y: 1\} +COUNT apart per shop/);
    expect(tableFiles(small.warehouse)).toEqual(before);
  });

  test('--json names the same facts', async () => {
    const { version, row, parts, stored } = await explain("user = 'ann'");
    expect({ version, stored, row }).toMatchObject({
      version: 1,
      stored: { kind: 'absent', different: [] },
      row: { number: 1, matches: 2, timeMs: rowMs, columns: { user: 'ann', ts: rowMs } },
    });
    const [{ keys, sources, readings, firstPartition, lastPartition }] = parts as [
      Explanation['parts'][number],
    ];
    expect(keys).toEqual([{ left: 'user', right: 'user', value: 'ann' }]);
    expect(firstPartition).toBeNull();
    expect(lastPartition).toBe('2023-11-17');
    expect(sources).toMatchObject([
      {
        table: 'data.views',
        partitionsRead: { count: 2, first: '2023-11-16', last: '2023-11-17' },
      },
    ]);
    const [{ events, features }] = readings as [Explanation['parts'][number]['readings'][number]];
    const sum = features.find(({ column }) => column === 'views_v1_price_sum_1d')!;
    expect(sum).toMatchObject({
      value: 50320,
      startMs: rowMs - day,
      endMs: rowMs,
      windowMs: day,
      inside: { count: 4, inputs: 3 },
      hiddenCount: 1,
    });
    const timesOf = (numbers: readonly number[]) =>
      numbers.map((number) => events.find(({ event }) => event === number)!.timeMs! - rowMs);
    expect(timesOf(sum.inside.events)).toEqual([-day, -5 * hour, -hour, -1]);
    expect(timesOf(sum.outside.map(({ event }) => event))).toEqual([-day - 1, -2 * hour, 0]);
    expect(sum.outside.map(({ reason }) => reason)).toEqual([
      'before the window',
      'landed later',
      'not before the end',
    ]);
  });

  test('sawtooth begins earlier than exact', async () => {
    const { parts } = await explain("user = 'ann'", '--windowing', 'sawtooth');
    const [sum] = parts[0]!.readings[0]!.features;
    // A window of a day moves by hours.
    expect(sum).toMatchObject({ value: 50321, startMs: rowMs - 500 - day, endMs: rowMs });
    const said = await say("user = 'ann'", '--windowing', 'sawtooth');
    expect(said).toMatch('windows of 1 d begin, rounded down to 1 d 500 ms before, inclusive');
  });

  test('a NULL key matches nothing', async () => {
    const said = await say('user IS NULL');
    expect(said).toMatch("NULL  the row's user is NULL, and a NULL key matches nothing");
    expect(said).not.toMatch('✓');
  });

  test('a key without events', async () => {
    expect(await say("user = 'bob'")).toMatch(
      /views_v1_price_sum_1d +NULL +no event of this key in the 1 d before/,
    );
  });

  test('many events: the first and the last of them', async () => {
    await small.table(
      'many',
      `SELECT 'ann' AS user, ${rowMs} - 1 - i * 1000 AS ts, 1::BIGINT AS price, '2023-11-17' AS ds FROM range(200) t(i)`,
    );
    small.config({ right: 'data.many', name: 'many.v1' }, 'many.json');
    const many = ['explain-row', 'many.json', '--ds', '2023-11-17', '--where', "user = 'ann'"];
    const { stdout } = await small.run(many);
    expect(stdout).toMatch(/… 194 more …/);
    expect(stdout).toMatch(/price_sum_1d +200 +sum of 200/);
    expect(stdout.split('\n').filter((line) => line.includes('✓')).length).toBe(6);
    const json = await small.run([...many, '--json', '--limit', '10']);
    const [feature] = (JSON.parse(json.stdout) as Explanation).parts[0]!.readings[0]!.features;
    expect(feature).toMatchObject({ value: 200, inside: { count: 200, inputs: 200 } });
    expect(feature!.inside.events.length).toBe(10);
  });
});

describe('entities', () => {
  const config = (table: string): string =>
    small.config(
      {
        name: 'users.v1',
        parts: [
          {
            groupBy: {
              metaData: { name: 'people.v1' },
              sources: [
                {
                  entities: {
                    snapshotTable: table,
                    query: { selects: { user: 'user', level: 'level' } },
                  },
                },
              ],
              keyColumns: ['user'],
              accuracy: 1,
            },
          },
        ],
      },
      'entities.json',
    );
  const row = ['explain-row', 'entities.json', '--ds', '2023-11-17', '--where', "user = 'ann'"];

  test('the snapshot of the day before; of two rows the greater wins', async () => {
    await small.table(
      'people',
      `FROM (VALUES ('ann', 3, '2023-11-16'), ('ann', 7, '2023-11-16'), ('ann', 9, '2023-11-17')) t(user, level, ds)`,
    );
    config('data.people');
    const { code, stdout, stderr } = await small.run(row);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch('data.people: the snapshot of 2023-11-16');
    expect(stdout).toMatch(
      /✓ +2023-11-16 +7\n +✗ +2023-11-16 +3 +another row of the key is greater/,
    );
    expect(stdout).toMatch(/people_v1_level +7 +the row of this key .*, the greatest of 2/);
  });

  test('a key that the snapshot lacks, and a snapshot that is missing', async () => {
    await small.table(
      'people',
      `FROM (VALUES ('bob', 3, '2023-11-16'), ('ann', 9, '2023-11-17')) t(user, level, ds)`,
    );
    const absent = await small.run(row);
    expect(absent.stdout).toMatch(
      'the key is not in the snapshot of 2023-11-16; partitions that have it: 2023-11-17',
    );
    await small.table('people', `FROM (VALUES ('ann', 9, '2023-11-15')) t(user, level, ds)`);
    const missing = await small.run(row);
    expect(missing.stdout).toMatch(/people_v1_level +NULL +the snapshot of 2023-11-16 is missing/);
  });

  test('mutations in order, up to the row', async () => {
    await small.table(
      'people',
      `FROM (VALUES ('ann', 5, ${Date.parse('2023-11-01')}, '2023-11-16')) t(user, level, ts, ds)`,
    );
    const change = (ms: number, level: number, reversal: boolean): string =>
      `('ann', ${level}, ${Date.parse('2023-11-01')}::BIGINT, ${rowMs + ms}::BIGINT, ${reversal}, '2023-11-17')`;
    await small.table(
      'changes',
      `FROM (VALUES ${[change(-2000, 5, true), change(-2000, 8, false), change(0, 8, true)].join(', ')}) t(user, level, ts, mutation_ts, is_before, ds)`,
    );
    small.config(
      {
        name: 'levels.v1',
        parts: [
          {
            groupBy: {
              metaData: { name: 'levels.v1' },
              sources: [
                {
                  entities: {
                    snapshotTable: 'data.people',
                    mutationTable: 'data.changes',
                    query: { selects: { user: 'user', level: 'level', ts: 'ts' } },
                  },
                },
              ],
              keyColumns: ['user'],
              aggregations: [{ inputColumn: 'level', operation: 7 }],
              accuracy: 0,
            },
          },
        ],
      },
      'entities.json',
    );
    const { code, stdout, stderr } = await small.run(row);
    expect(code, stderr).toBe(0);
    const lines = stdout.split('\n').filter((line) => /^ +[✓✗−]/.test(line));
    expect(lines.map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
      expect.stringMatching(/^✗ 2023-11-01 .* 5 snapshot: taken away by a later mutation$/),
      expect.stringMatching(/^✓ 2023-11-17 11:59:58\.500 2 s before 2023-11-17 8 new$/),
      expect.stringMatching(/^− .* 2 s before 2023-11-17 5 reversal: takes the former value away$/),
      expect.stringMatching(
        /^✗ .* 0 ms before 2023-11-17 8 reversal: changed at the row's time itself/,
      ),
    ]);
    expect(stdout).toMatch(/levels_v1_level_sum +8 +the only one/);
    const config = JSON.parse(readFileSync(join(small.root, 'entities.json'), 'utf8'));
    config.joinParts[0].groupBy.aggregations[0].windows = [{ length: 30, timeUnit: 1 }];
    small.write('entities.json', config);
    const windowed = await small.run(row);
    expect(windowed.stdout).toMatch(/✓ .* 8 +new, of 2023-11-01 00:00:00\.000$/m);
  });
});

describe('--column', () => {
  test('one feature in detail', async () => {
    const said = await say("user = 'ann'", '--column', 'views_v1_price_sum_1d');
    expect(said).toMatch('views_v1_price_sum_1d = 50320');
    expect(said).toMatch(
      'SUM of price over 1 d: from 2023-11-16 12:00:00.500 (inclusive) to 2023-11-17 12:00:00.500 (exclusive)',
    );
    expect(said).toMatch('4 inside, 1 skipped for a NULL, 1 between the edges and not seen');
    expect(said).toMatch(/✗ +2023-11-16 12:00:00\.499 .* before the window by 1 ms/);
    expect(said).not.toMatch('last3');
  });

  test('a typo', async () => {
    await small.refuse(
      [...args, '--where', 'true', '--column', 'views_v1_price_sum_1h'],
      2,
      '--column: no feature "views_v1_price_sum_1h"',
      'Did you mean "views_v1_price_sum_1d"?',
    );
  });
});

test('derived columns are told, and explained by what they are made of', async () => {
  const windows = [{ length: 1, timeUnit: 1 }];
  const aggregations = [{ inputColumn: 'price', operation: 7, windows }];
  const config = eventsConfig({
    name: 'derived.v1',
    left: 'data.clicks',
    right: 'data.views',
    aggregations,
  });
  const derivations = [
    { name: '*', expression: '*' },
    { name: 'twice', expression: 'views_v1_price_sum_1d * 2' },
  ];
  small.write('derived.json', { ...config, derivations });
  const args = ['explain-row', 'derived.json', '--ds', '2023-11-17', '--where', "user = 'ann'"];
  const { code, stdout, stderr } = await small.run(args);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('  twice = views_v1_price_sum_1d * 2  derived by derived.v1');
  expect(stdout).toMatch(/views_v1_price_sum_1d/);
  const refused = await small.run([...args, '--column', 'twice']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/"twice" is derived/);
});

test('what the table holds, before and after its inputs changed', async () => {
  const submitted = await small.run(['submit', 'join.json', '--yes']);
  expect(submitted.code, submitted.stderr).toBe(0);
  expect(await say("user = 'ann'", '--row', '2')).toMatch('out.small_v1 holds these values.');
  await views([{ at: rowMs - 1, price: 7 }]);
  const said = await say("user = 'ann'");
  expect(said).toMatch('out.small_v1 holds other values of 4 features: its inputs have changed');
  expect(said).toMatch(/sum_1d +7 +the only one\n +the output table holds 50320/);
  expect(await say("user = 'ann'", '--windowing', 'sawtooth')).toMatch(
    'out.small_v1 was computed from another definition or windowing.',
  );
});

describe('no row', () => {
  type Case = [where: string, more: string[], ...says: string[]];
  test.each<Case>([
    [
      "user = 'eve'",
      [],
      "no row of the left in 2023-11-17 where user = 'eve'",
      '4 rows of data.clicks',
    ],
    ["usr = 'ann'", [], '--where: no column "usr"', 'Did you mean "user"?'],
    ['user = ', [], '--where: the expression "user = " can\'t run here'],
    ['user', [], '--where'],
    ["user = 'ann'", ['--row', '3'], '--row 3: 2 rows match'],
    ['true', ['--ds', '2023-11-30'], 'no partition 2023-11-30', 'found: 2023-11-17'],
    ['true', ['--ds', 'today'], '"today" is not a date', 'yyyy-MM-dd'],
  ])('%s %j', async (where, more, ...says) => {
    const ds = more.includes('--ds') ? [] : ['--ds', '2023-11-17'];
    await small.refuse(['explain-row', 'join.json', '--where', where, ...ds, ...more], 2, ...says);
  });

  test('without --where or --ds', async () => {
    await small.refuse(['explain-row', 'join.json', '--ds', '2023-11-17'], 2, '--where is missing');
    await small.refuse(['explain-row', 'join.json', '--where', 'true'], 2, '--ds is missing');
  });

  test('the left by its own time and partition', async () => {
    const { row } = await explain(`ts = ${rowMs + hour} AND ds = '2023-11-17'`);
    expect(row).toMatchObject({ matches: 1, timeMs: rowMs + hour });
  });

  test('a config that is none', async () => {
    writeFileSync(join(small.root, 'none.json'), '{}');
    await small.refuse(['explain-row', 'none.json', '--where', 'true', '--ds', '2023-11-17'], 2);
  });
});

test('docs/explain-row.md shows what the quickstart says', async () => {
  const { code, stderr } = await small.run(['quickstart']);
  expect(code, stderr).toBe(0);
  const said = await small.run([
    'explain-row',
    'hindcast-quickstart/training_set.ts',
    ...['--warehouse', 'hindcast-quickstart/warehouse'],
    ...['--ds', '2023-11-30', '--where', "user_id = '24'"],
  ]);
  expect(said.code, said.stderr).toBe(0);
  const docs = readFileSync(new URL('../../docs/explain-row.md', import.meta.url), 'utf8');
  expect(docs).toContain(`\n\`\`\`\n${said.stdout}\`\`\`\n`);
}, 60_000);
