/** What was served against what is computed: counts, what is said of them, and logs that don't fit. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { days, openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast', 'logs'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
  small.write('join.json', config());
});
afterAll(() => small.close());

const spent = dsl.groupBy({
  name: 'spent',
  sources: [
    dsl.eventSource({
      table: 'data.views',
      query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['user'],
  aggregations: [
    dsl.sum('price', { windows: ['1d'] }),
    dsl.average('price'),
    dsl.lastK('price', 2),
  ],
  accuracy: 'TEMPORAL',
});
const config = (more: Partial<Parameters<typeof dsl.join>[0]> = {}): object => ({
  ...dsl.join({
    name: 'model.v1',
    outputNamespace: 'out',
    left: dsl.eventSource({
      table: 'data.clicks',
      query: dsl.query({ selects: dsl.select('user'), timeColumn: 'ts' }),
    }),
    rightParts: [dsl.joinPart({ groupBy: spent })],
    ...more,
  }),
});

async function json(args: readonly string[], code = 0) {
  const result = await small.run([...args, '--json']);
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}
const rows = (query: string): Promise<Record<string, unknown>[]> => json(['sql', query]);

/** The log of all that the join computes on two of its days, through these changes. */
async function serve(changes: Record<string, string> = {}, key = 'user'): Promise<void> {
  const features = ['spent_price_sum_1d', 'spent_price_average', 'spent_price_last2'];
  const value = features.map((name) => `'${name}': ${changes[name] ?? name}`).join(', ');
  await json(['submit', 'join.json']);
  const query = `SELECT to_json({'${key}': user}) AS key, to_json({${value}}) AS value, ts, 'v1' AS schema_hash, ds FROM out.model_v1 WHERE ds IN ('${days[1]}', '${days[3]}')`;
  const copied = await small.run(['sql', query, '--format', 'parquet', '-o', 'log.parquet']);
  expect(copied.code, copied.stderr).toBe(0);
  await json(['import', 'log.parquet', '--table', 'logs.served']);
  await json(['flatten-logs', 'join.json', '--log', 'logs.served']);
}

/** The newest run's report, without tags. */
function report(): string {
  const runs = join(small.warehouse, '_hindcast/runs');
  const run = readdirSync(runs).sort().at(-1)!;
  return readFileSync(join(runs, run, 'report.html'), 'utf8')
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

test('planted differences are found, on their days; who asks for rows gets them, and why', async () => {
  await serve({
    spent_price_sum_1d: `CASE WHEN user = 'u1' AND ds = '${days[1]}' THEN NULL WHEN user = 'u2' THEN spent_price_sum_1d * 3 ELSE spent_price_sum_1d END`,
    spent_price_last2: `CASE WHEN user = 'u3' AND ds = '${days[3]}' THEN spent_price_last2[2:] ELSE spent_price_last2 END`,
  });
  // Ten rows a day, two of each user; each of them has viewed before.
  const result = await small.run(['consistency', 'join.json']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toContain(`days without rows in the log, and not compared: ${days[2]}`);
  expect(
    await rows(
      `SELECT * EXCLUDE (column_type) FROM out.model_v1_consistency
       WHERE column_name <> 'spent_price_average' ORDER BY column_name, ds`,
    ),
  ).toMatchObject([
    { column_name: 'spent_price_last2', ds: days[1], rows: 10, equal: 10, mean_edit_distance: 0 },
    {
      column_name: 'spent_price_last2',
      ds: days[3],
      rows: 10,
      equal: 8,
      mismatched: 2,
      mean_edit_distance: 0.2,
    },
    // A relative error of 2 · 2x / 4x in two of the eight rows that both have.
    {
      column_name: 'spent_price_sum_1d',
      ds: days[1],
      computed_only: 2,
      mismatched: 2,
      equal: 6,
      measured: 8,
      mean_relative_error: 0.25,
      mean_edit_distance: null,
    },
    { column_name: 'spent_price_sum_1d', ds: days[3], mismatched: 2, mean_relative_error: 0.2 },
  ]);
  expect(result.stdout).toMatch(
    new RegExp(`spent_price_sum_1d +20 .*${days[1]} \\(4\\), ${days[3]} \\(2\\)`),
  );
  const named = /^spent_price_sum_1d\n((?: {2}.*\n)+)/m.exec(result.stdout)![1]!;
  expect(named.trim().split('\n')).toEqual([
    expect.stringMatching(/^2023-11-16 user=u1 ts=\d+: logged NULL, computed \d+$/),
    expect.stringMatching(/^ {2}2023-11-16 user=u1 ts=\d+: logged NULL, computed \d+$/),
    expect.stringMatching(/^ {2}2023-11-16 user=u2 ts=\d+: logged \d+, computed \d+$/),
  ]);
  expect(report()).toMatch(
    `20 rows of the log, 3 columns, on 2 days: ${days[1]}, ${days[3]}. Fractions count as equal within 1e-9 of the greater one. 2 of 3 columns differ , on 2 days.`,
  );
  // Mean relative errors of 0.25 over eight rows and of 0.2 over ten.
  expect(report()).toMatch(
    new RegExp(
      `spent_price_sum_1d 6 \\(30 %\\) 4 0 2 14 0 [\\d.,]+ 0\\.2222 – ${days[1]}, ${days[3]} `,
    ),
  );
  expect(report()).toMatch(`spent_price_last2 2 (10 %) 2 0 0 18 0 – – 0.1 ${days[3]} `);
  expect(report()).toMatch(`${days[1]} 1 4 spent_price_sum_1d ${days[3]} 2 4 spent_price_`);
  expect(report()).toMatch('The same in every row: spent_price_average .');
  const line = /Which rows: hindcast (.*)/.exec(result.stderr)![1]!;
  const compared = await small.run(line.split(' '));
  expect(compared.code, compared.stderr).toBe(3);
  const [, explain] = /hindcast (explain-row .*sum_1d)$/m.exec(compared.stdout)!;
  const words = [...explain!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, a, b]) => a ?? b!);
  const explained = await small.run(words);
  expect(explained.code, explained.stderr).toBe(0);
  expect(explained.stdout).toContain('spent_price_sum_1d');
});

test('rows that only the log has, and values that only it has, are named by their keys', async () => {
  await serve({
    spent_price_sum_1d: `CASE WHEN user = 'u2' THEN spent_price_sum_1d + 1 ELSE spent_price_sum_1d END`,
  });
  // Nobody has viewed anything as this user, of whom the left has no row.
  const only = [days[1]!, days[3]!].map((ds, i) => {
    const ts = Date.parse(ds) + 7;
    const [key, value] = [
      { user: "x 'y'" },
      { spent_price_sum_1d: 10 + i, spent_price_last2: [i] },
    ];
    return `SELECT '${JSON.stringify(key).replaceAll("'", "''")}' AS key, '${JSON.stringify(value)}' AS value, ${ts} AS ts, 'v1' AS schema_hash, '${ds}' AS ds`;
  });
  const copied = await small.run([
    'sql',
    only.join(' UNION ALL '),
    '--format',
    'parquet',
    '-o',
    'only.parquet',
  ]);
  expect(copied.code, copied.stderr).toBe(0);
  await json(['import', 'only.parquet', '--table', 'logs.served', '--mode', 'append']);
  await json(['flatten-logs', 'join.json', '--log', 'logs.served', '--reprocess', 'all']);
  const { columns } = await json(['consistency', 'join.json']);
  const example = (ds: string, logged: string) => ({
    partition: ds,
    key: { user: "x 'y'", ts: String(Date.parse(ds) + 7) },
    logged,
    computed: null,
  });
  const byName = new Map(columns.map((one: { column_name: string }) => [one.column_name, one]));
  expect(byName.get('spent_price_last2')).toMatchObject({
    logged_only: 2,
    examples: [example(days[1]!, '[0]'), example(days[3]!, '[1]')],
  });
  // They come before values that differ.
  expect(byName.get('spent_price_sum_1d')).toMatchObject({
    logged_only: 2,
    mismatched: 4,
    examples: [
      example(days[1]!, '10'),
      example(days[3]!, '11'),
      { partition: days[1]!, key: { user: 'u2' } },
    ],
  });
  expect(byName.get('spent_price_average')).toMatchObject({ both_null: 2, examples: [] });
  const { stdout } = await small.run(['consistency', 'join.json', '--start-ds', days[0]!]);
  expect(stdout).toContain(
    `\n  2023-11-16 user="x 'y'" ts=${Date.parse(days[1]!) + 7}: logged 10, computed NULL\n`,
  );
});

test('a join that takes what was logged is not compared with its log', async () => {
  await serve({ spent_price_average: 'spent_price_average + 1' });
  small.write('taking.json', config({ rowIds: ['user', 'ts'], bootstrapFromLog: true }));
  const { code, stderr } = await small.run(['consistency', 'taking.json']);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/Which rows: the join's table holds what was logged/);
  expect(stderr).not.toMatch('hindcast compare');
  const { stdout } = await small.run(['status']);
  expect(stdout).toMatch(/taking\.json \(consistency\) /);
  expect(stdout).toMatch(/join\.json \(log\) /);
});

test('a log that is right; days that are compared already are compared again on request only', async () => {
  await serve();
  expect((await json(['consistency', 'join.json'])).columns).toMatchObject([
    { column_name: 'spent_price_average', rows: 20, equal: 20, off: [] },
    { column_name: 'spent_price_last2', rows: 20, equal: 20, off: [] },
    { column_name: 'spent_price_sum_1d', rows: 20, equal: 20, off: [] },
  ]);
  expect(report()).toMatch('equal What was served is what is computed, in every row of every');
  expect((await json(['consistency', 'join.json'])).steps).toEqual([]);
  expect(report()).toMatch('Consistency Nothing was compared yet.');
  const again = ['consistency', 'join.json', '--start-ds', days[3]!, '--end-ds', days[3]!];
  expect((await json(again)).steps).toMatchObject([{ partitions: [days[3]], rows: 3 }]);
  expect((await rows('SELECT count(*) AS n FROM out.model_v1_consistency'))[0]).toEqual({ n: 6 });
  const plan = await small.run([...again, '--dry-run']);
  expect(plan.code, plan.stderr).toBe(0);
  expect(plan.stdout + plan.stderr).toContain(days[3]);
});

test('a tolerance; what the join does not compute, and what the log lacks', async () => {
  await serve({ spent_price_average: 'spent_price_average * 1.001' });
  const average = async (...flags: string[]) => {
    const range = ['--start-ds', days[1]!, '--end-ds', days[3]!];
    const { columns } = await json(['consistency', 'join.json', ...range, ...flags]);
    return columns.find(
      (one: { column_name: string }) => one.column_name === 'spent_price_average',
    );
  };
  expect(await average()).toMatchObject({ equal: 0, mismatched: 20 });
  expect(await average('--tolerance', '0.002')).toMatchObject({ equal: 20, mismatched: 0 });
  const other = dsl.groupBy({ ...groupOf('price'), name: 'other' });
  small.write('join.json', {
    ...config(),
    joinParts: [dsl.joinPart({ groupBy: spent }), dsl.joinPart({ groupBy: other })],
  });
  const lacking = await small.run(['consistency', 'join.json', '--start-ds', days[1]!]);
  expect(lacking.stderr).toContain('not in the log, and not compared: other_price_count');
});

function groupOf(column: string) {
  return {
    name: 'other',
    sources: spent.sources as never,
    keys: ['user'],
    aggregations: [dsl.count(column)],
    accuracy: 'TEMPORAL' as const,
  };
}

test('no log; a log of other keys; days that it lacks; a join without any of its columns', async () => {
  await json(['submit', 'join.json']);
  await small.refuse(
    ['consistency', 'join.json'],
    4,
    /no log out\.model_v1_logged/,
    /flatten-logs/,
  );
  await serve();
  const range = ['--start-ds', days[2]!, '--end-ds', days[2]!];
  await small.refuse(
    ['consistency', 'join.json', ...range],
    4,
    /no rows from 2023-11-17 to 2023-11-17/,
    /found: +days 2023-11-16/,
  );
  await small.refuse(
    ['consistency', 'join.json', '--start-ds', days[3]!, '--end-ds', days[0]!],
    2,
    /is after --end-ds/,
  );
  await small.refuse(['consistency', 'join.json', '--tolerance', 'x'], 2, /--tolerance x/);
  await small.refuse(['consistency', 'join.json', '--start-ds', 'soon'], 2, /soon/);
  const { left } = config() as { left: { events: { query: object } } };
  small.write('join.json', {
    ...config(),
    left: { events: { ...left.events, query: { selects: { usr: 'user' }, timeColumn: 'ts' } } },
    joinParts: [dsl.joinPart({ groupBy: spent, keyMapping: { usr: 'user' } })],
  });
  await small.refuse(['consistency', 'join.json'], 2, /lacks the key "\w+" of join "model\.v1"/);
  const other = dsl.groupBy(groupOf('price'));
  small.write('join.json', { ...config(), joinParts: [dsl.joinPart({ groupBy: other })] });
  await small.refuse(['consistency', 'join.json'], 2, /no column of it is computed by the join/);
});
