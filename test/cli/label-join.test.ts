/** label-join, its plan and its views on the command line, most of it with something wrong. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { onS3 } from '../test-store.js';
import { cli, collect, entry } from './run-cli.js';
import {
  days,
  firstMs,
  openSmallWarehouse,
  plainRows,
  type SmallWarehouse,
} from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(async () => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
  await small.table('frauds', frauds('price % 2 = 0'));
  small.write('join.json', config());
});
afterAll(() => small.close());

/** One row for each user and day. */
const frauds = (is: string): string =>
  `SELECT 'u' || u AS "user", (${is})::INTEGER AS fraud, ds
   FROM range(5) users(u), (SELECT unnest(${list(days)}) AS ds, 7 AS price)`;
const list = (values: readonly string[]): string =>
  `[${values.map((value) => `'${value}'`).join(', ')}]`;

const entities = (changes: Partial<Parameters<typeof dsl.groupBy>[0]> = {}) =>
  dsl.groupBy({
    name: 'fraud.v1',
    sources: [
      dsl.entitySource({
        snapshotTable: 'data.frauds',
        query: dsl.query({ selects: dsl.select('user', 'fraud') }),
      }),
    ],
    keys: ['user'],
    aggregations: null,
    ...changes,
  });

function config(
  changes: Partial<Parameters<typeof dsl.join>[0]> = {},
  labels: dsl.GroupByStruct = entities(),
  offsets: readonly [number, number] = [3, 1],
): dsl.JoinStruct {
  const [leftStartOffset, leftEndOffset] = offsets;
  return dsl.join({
    name: 'orders.v1',
    outputNamespace: 'out',
    left: dsl.eventSource({
      table: 'data.clicks',
      query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
    }),
    rightParts: [],
    rowIds: ['user', 'ts'],
    labelPart: dsl.labelPart({
      labels: [dsl.joinPart({ groupBy: labels })],
      leftStartOffset,
      leftEndOffset,
    }),
    ...changes,
  });
}

const label = (...more: readonly string[]): string[] => ['label-join', 'join.json', ...more];
const on = (labelDs: string): string[] => label('--label-ds', labelDs);

async function done(args: readonly string[]) {
  const result = await small.run(args);
  expect(result.code, result.stderr).toBe(0);
  return result;
}

async function rows(query: string): Promise<Record<string, unknown>[]> {
  return JSON.parse((await done(['sql', query, '--json'])).stdout);
}

const versions = () =>
  rows('SELECT label_ds, ds, count(*) AS n FROM out.orders_v1_labels GROUP BY ALL ORDER BY ALL');

test('labels of a date, planned, computed and read', async () => {
  await done(['submit', 'join.json']);
  const dry = await done([...on('2023-11-17'), '--dry-run']);
  expect(dry.stdout).toBe((await done(['plan', 'join.json', '--label-ds', '2023-11-17'])).stdout);
  expect(dry.stdout).toMatch('2023-11-17: features of 2023-11-15, 2023-11-16, 2023-11-17');
  expect(dry.stdout).toMatch(`without labels: ${days.join(', ')}`);
  expect(readdirSync(join(small.warehouse, 'out')).sort()).toEqual([
    'orders_v1',
    'orders_v1_daily_stats',
    'orders_v1_labeled.view.sql',
    'orders_v1_labeled_latest.view.sql',
  ]);
  const { stderr } = await done(on('2023-11-17'));
  expect(stderr).toMatch('✓ out.orders_v1_labels: 30 rows in 1 partitions');
  expect(stderr).toMatch('2023-11-15: 10 rows, labeled 10 on 2023-11-17; matured');
  expect(stderr).toMatch('2023-11-17: 10 rows, labeled 10 on 2023-11-17; matures on 2023-11-19');
  expect(stderr).toMatch('without labels: 2023-11-18');
  expect(stderr).toMatch('views: out.orders_v1_labeled, out.orders_v1_labeled_latest');
  expect(await versions()).toEqual(
    days.slice(0, 3).map((ds) => ({ label_ds: '2023-11-17', ds, n: 10 })),
  );
  expect(
    await rows(
      `SELECT label_ds, rows, nulls FROM out.orders_v1_labels_daily_stats WHERE "column" LIKE 'label_%' OR "column" LIKE 'fraud%'`,
    ),
  ).toEqual([{ label_ds: '2023-11-17', rows: 30, nulls: 0 }]);
  expect(
    await rows(`SELECT * FROM "out"."orders_v1_labeled_latest" WHERE ts = ${firstMs}`),
  ).toEqual([
    {
      user: 'u0',
      ts: firstMs,
      ds: '2023-11-15',
      price: 0,
      label_fraud_v1_fraud: 0,
      label_ds: '2023-11-17',
    },
  ]);
});

test('--json has the labels and the views', async () => {
  await done(['submit', 'join.json']);
  const results = JSON.parse((await done([...on('2023-11-16'), '--json'])).stdout);
  expect(results).toMatchObject({
    output: 'out.orders_v1_labels',
    views: ['out.orders_v1_labeled', 'out.orders_v1_labeled_latest'],
  });
  expect(results.labels).toContainEqual({
    partition: '2023-11-15',
    rows: 10,
    versions: [{ labelDs: '2023-11-16', labeled: 10 }],
    maturesOn: '2023-11-17',
    matured: false,
    lacking: 0,
  });
});

test('several label dates in order, and a view of the features alone before', async () => {
  await done(['submit', 'join.json']);
  const before =
    'SELECT count(*) AS n, count(label_fraud_v1_fraud) AS labels, count(label_ds) AS dated';
  for (const view of ['labeled', 'labeled_latest'])
    expect(await rows(`${before} FROM out.orders_v1_${view}`)).toEqual([
      { n: 40, labels: 0, dated: 0 },
    ]);
  const { stderr } = await done(label('--start-ds', '2023-11-15', '--end-ds', '2023-11-18'));
  expect(stderr.match(/committed 2023-11-1\d/g)).toEqual(days.map((ds) => `committed ${ds}`));
  expect((await versions()).map(({ label_ds }) => label_ds)).toEqual(
    days.flatMap((labelDs, i) => Array.from({ length: Math.min(i + 1, 3) }, () => labelDs)),
  );
  // Features that come later find their labels, and the views their columns.
  small.write('join.json', config({ rightParts: [dsl.joinPart({ groupBy: later })] }));
  await done(['submit', 'join.json']);
  const [row] = await rows(`SELECT * FROM out.orders_v1_labeled_latest WHERE ts = ${firstMs}`);
  expect(Object.keys(row!)).toEqual([
    ...['user', 'ts', 'ds', 'price', 'later_v1_price_sum_2d'],
    ...['label_fraud_v1_fraud', 'label_ds'],
  ]);
});

const later = dsl.groupBy({
  name: 'later.v1',
  sources: [
    dsl.eventSource({
      table: 'data.views',
      query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['user'],
  aggregations: [dsl.sum('price', { windows: ['2d'] })],
});

test.each<[string, string[], RegExp]>([
  ['no label date', label(), /label-join needs a label date\n.*--label-ds D/],
  ['one end of a range', label('--start-ds', '2023-11-15'), /label-join needs a label date/],
  [
    'a date and a range',
    [...on('2023-11-16'), '--end-ds', '2023-11-17'],
    /--label-ds is one label date, without --start-ds or --end-ds/,
  ],
  ['no date', on('tomorrow'), /"tomorrow" is not a date/],
  [
    'a range turned around',
    label('--start-ds', '2023-11-17', '--end-ds', '2023-11-15'),
    /--start-ds 2023-11-17 is after --end-ds 2023-11-15/,
  ],
  ['an option of submit', [...on('2023-11-17'), '--step-days', '2'], /--step-days/],
  ['a dialect that is none', ['views', 'join.json', '--dialect', 'hive'], /duckdb, spark, trino/],
])('%s is a wrong command line', async (_, args, says) => {
  await small.refuse(args, 2, says);
});

test('a config without labels, and one that is no join', async () => {
  const { labelPart: _, ...without } = config();
  small.write('join.json', without);
  await small.refuse(on('2023-11-16'), 2, /join "orders.v1" has no labels/, 'Give it a labelPart');
  await small.refuse(['views', 'join.json'], 2, /join "orders.v1" has no labels/);
  small.write('join.json', later);
  await small.refuse(on('2023-11-16'), 2, /only joins have labels/, 'found: a GroupBy');
});

test('features that are not there yet: exit 4, with the dates', async () => {
  await small.refuse(
    on('2023-11-16'),
    4,
    'the join "orders.v1" has no table yet',
    /Submit the join/,
  );
  await small.refuse(['views', 'join.json'], 4, 'out.orders_v1 is not there yet');
  await done(['submit', 'join.json', '--end-ds', '2023-11-15']);
  await small.refuse(
    label('--start-ds', '2023-11-15', '--end-ds', '2023-11-17'),
    4,
    'out.orders_v1: features are missing for label date 2023-11-16, 2023-11-17',
    'found: 2023-11-16 needs 2023-11-16; 2023-11-17 needs 2023-11-16, 2023-11-17',
    /hint: +Submit the join "orders.v1" for these dates first/,
  );
  await small.refuse(
    on('2023-12-24'),
    4,
    'found: 2023-12-24 needs 2023-12-22 to 2023-12-24, which the left lacks',
  );
  // What the left lacks itself is not missed: it has a row on three of these days.
  small.write('join.json', config({}, entities(), [30, 1]));
  await done(on('2023-11-15'));
});

test('days of the left that no row passes are not missed', async () => {
  const left = dsl.eventSource({
    table: 'data.clicks',
    query: dsl.query({
      selects: dsl.select('user', 'price'),
      timeColumn: 'ts',
      wheres: ["ds <> '2023-11-16'"],
    }),
  });
  small.write('join.json', config({ left }));
  await done(['submit', 'join.json']);
  await done(on('2023-11-17'));
  expect((await versions()).map(({ ds }) => ds)).toEqual(['2023-11-15', '2023-11-17']);
});

test('labels that are not there yet: exit 4, and no version that would hide those of before', async () => {
  await small.table('frauds', `${frauds('true')} WHERE ds <= '2023-11-16'`);
  await done(['submit', 'join.json']);
  await done(on('2023-11-16'));
  await small.refuse(
    on('2023-11-17'),
    4,
    'label part "fraud.v1": data.frauds: no labels yet for label date 2023-11-17',
    'found: partitions up to 2023-11-16',
  );
});

test('a label table that is not there: the features come, the labels are refused', async () => {
  const sources = [dsl.entitySource({ snapshotTable: 'data.fraud', query: dsl.query({}) })];
  small.write('join.json', config({}, entities({ sources })));
  const { stderr } = await done(['submit', 'join.json']);
  expect(stderr).toMatch(
    /label part "fraud.v1": data.fraud: no such table in .*: out.orders_v1_labeled has no label columns yet/,
  );
  expect(
    await rows('SELECT count(*) AS n, count(label_ds) AS dated FROM out.orders_v1_labeled'),
  ).toEqual([{ n: 40, dated: 0 }]);
  await small.refuse(
    on('2023-11-16'),
    2,
    'data.fraud: no such table',
    /Did you mean "data.frauds"/,
  );
});

const sumOf = (windows: readonly `${number}${'d' | 'h'}`[] | null) =>
  entities({
    sources: [
      dsl.eventSource({
        table: 'data.views',
        query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
      }),
    ],
    aggregations: [dsl.sum('price', windows === null ? {} : { windows })],
  });

test.each<[string, () => dsl.JoinStruct, RegExp]>([
  [
    'two windows',
    () => config({}, sumOf(['1d', '2d']), [2, 2]),
    /label part "fraud.v1": a label is aggregated over one window in days\n.*sum of "price": 1 days, 2 days/,
  ],
  ['no window', () => config({}, sumOf(null), [2, 2]), /found: +sum of "price": no window/],
  [
    'offsets that are not the window',
    () => config({}, sumOf(['2d']), [3, 2]),
    /leftStartOffset and leftEndOffset are not the days of its window\n.*over 2 days, offsets 3 and 2\n.*Set both to 2/,
  ],
  ['a negative offset', () => config({}, entities(), [1, -1]), /leftEndOffset is negative/],
  [
    'a key that the left lacks',
    () =>
      config(
        {},
        entities({
          keys: ['usr'],
          sources: [dsl.entitySource({ snapshotTable: 'data.frauds', query: dsl.query({}) })],
        }),
      ),
    /label part "fraud.v1": the left has no key "usr"\n.*\n.*Did you mean "user"/,
  ],
])('%s: refused before anything runs', async (_, made, says) => {
  small.write('join.json', made());
  await small.refuse(['submit', 'join.json'], 2, says);
  await small.refuse(on('2023-11-16'), 2, says);
});

test('an aggregated label', async () => {
  small.write('join.json', config({}, sumOf(['2d']), [2, 2]));
  await done(['submit', 'join.json']);
  await done(on('2023-11-17'));
  expect(
    await rows(
      'SELECT DISTINCT ds, "user", label_fraud_v1_price_sum_2d AS label FROM out.orders_v1_labeled_latest WHERE label_ds IS NOT NULL ORDER BY ALL',
    ),
  ).toEqual(
    await rows(
      `SELECT '2023-11-16' AS ds, "user", sum(price) AS label FROM data.views
       WHERE ds IN ('2023-11-16', '2023-11-17') GROUP BY ALL ORDER BY ALL`,
    ),
  );
});

test('a label date again replaces its own rows; other labels start the table anew, if one agrees', async () => {
  await done(['submit', 'join.json']);
  await done(on('2023-11-16'));
  await done(on('2023-11-17'));
  await small.table('frauds', frauds('true'));
  await done(on('2023-11-16'));
  expect(
    await rows(
      'SELECT label_ds, sum(fraud_v1_fraud) AS frauds, count(*) AS n FROM out.orders_v1_labels GROUP BY ALL ORDER BY ALL',
    ),
  ).toEqual([
    { label_ds: '2023-11-16', frauds: 20, n: 20 },
    { label_ds: '2023-11-17', frauds: 0, n: 30 },
  ]);
  small.write('join.json', config({ rowIds: ['user'] }));
  await small.refuse(on('2023-11-17'), 2, /labels changed, and nothing was changed/, /--yes/);
  const { stderr } = await done([...on('2023-11-17'), '--yes']);
  expect(stderr).toMatch(
    /labels changed: out.orders_v1_labels archived as out.orders_v1_labels_\d+/,
  );
  expect((await versions()).map(({ n }) => n)).toEqual([5, 5, 5]);
});

const leftWith = (selects: dsl.QueryStruct['selects']) =>
  dsl.eventSource({
    table: 'data.clicks',
    query: dsl.query({
      selects: { ...dsl.select('user', 'price'), ...selects },
      timeColumn: 'ts',
    }),
  });

test.each<[string, () => dsl.JoinStruct, RegExp]>([
  [
    'a name that features and labels share',
    () => config({ left: leftWith({ label_fraud_v1_fraud: 'price' }) }),
    /out.orders_v1_labeled: two columns would be named "label_fraud_v1_fraud"\n.*Give the label part a prefix/,
  ],
  [
    'a feature named as the version',
    () => config({ left: leftWith({ label_ds: 'ds' }) }),
    /two columns would be named "label_ds"\n.*It is the version of the labels/,
  ],
  [
    'row ids that the output lacks',
    () => config({ rowIds: ['usr'] }),
    /out.orders_v1: labels need its column "usr"\n.*\n.*Did you mean "user"/,
  ],
  ['row ids in other case', () => config({ rowIds: ['User'] }), /labels need its column "User"/],
])('%s: refused before anything runs, and when the features are there', async (_, made, says) => {
  await done(['submit', 'join.json']);
  small.write('join.json', made());
  await small.refuse(['submit', 'join.json', '--yes'], 2, says);
});

test('more row ids, and another left: no labels in the views until they are computed anew', async () => {
  await done(['submit', 'join.json']);
  await done(on('2023-11-17'));
  const labels = () =>
    rows('SELECT count(*) AS n, count(label_fraud_v1_fraud) AS labels FROM out.orders_v1_labeled');
  for (const changed of [
    config({ rowIds: ['user', 'ts', 'price'] }),
    config({ left: leftWith({ user: "concat('u', 4 - cast(substr(user, 2) AS INT))" }) }),
  ]) {
    small.write('join.json', changed);
    const { stderr } = await done(['submit', 'join.json', '--yes']);
    expect(stderr).toMatch(
      'out.orders_v1_labels: its labels are of another definition of the join',
    );
    expect(await labels()).toEqual([{ n: 40, labels: 0 }]);
    const ddl = await done(['views', 'join.json']);
    expect(ddl.stdout).toMatch('CAST(NULL AS INTEGER) AS "label_fraud_v1_fraud"');
    const plan = await done(['plan', 'join.json', '--label-ds', '2023-11-17']);
    expect(plan.stdout).toMatch(/labels changed: the present table is archived as/);
    await done([...on('2023-11-17'), '--yes']);
    expect(await labels()).toEqual([{ n: 40, labels: 30 }]);
  }
});

test('rows that come after their labels are said', async () => {
  await done(['submit', 'join.json']);
  await done(on('2023-11-17'));
  await small.table(
    'clicks',
    `${plainRows} UNION ALL SELECT 'u9', ${firstMs} + 7, 1, '2023-11-15'`,
  );
  await done(['submit', 'join.json', '--reprocess', 'all', '--yes']);
  const plan = await done(['plan', 'join.json', '--label-ds', '2023-11-17']);
  expect(plan.stdout).toMatch(
    '2023-11-15: 11 rows, labeled 10 on 2023-11-17; matured; 1 rows came later: compute its labels again',
  );
  await small.table('clicks', plainRows);
});

test('sources that end before a label date say nothing of it', async () => {
  const source = (table: string, query: dsl.QueryStruct) =>
    dsl.eventSource({
      table,
      query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts', ...query }),
    });
  const old = source('data.clicks', { endPartition: '2023-11-16' });
  await small.table(
    'new',
    `SELECT * FROM (${plainRows}) WHERE ds BETWEEN '2023-11-16' AND '2023-11-17'`,
  );
  const sources = [old, source('data.new', { startPartition: '2023-11-17' })];
  const both = entities({ sources, aggregations: [dsl.sum('price', { windows: ['2d'] })] });
  small.write('join.json', config({}, both, [2, 2]));
  await done(['submit', 'join.json']);
  await small.refuse(
    on('2023-11-18'),
    4,
    'label part "fraud.v1": data.new: no labels yet for label date 2023-11-18',
    'found: partitions up to 2023-11-17',
  );
  await done(on('2023-11-17'));
  const alone = entities({ sources: [old], aggregations: [dsl.sum('price', { windows: ['2d'] })] });
  small.write('join.json', config({}, alone, [2, 2]));
  await small.refuse(
    on('2023-11-18'),
    2,
    'label part "fraud.v1": data.clicks: its queries leave out label date 2023-11-18',
    'found: startPartition to endPartition: … to 2023-11-16',
  );
});

test('a table of another partitioning does not stand in the way of views that have its name as a word', async () => {
  await done(['submit', 'join.json']);
  const folder = join(small.warehouse, 'data/user/snap=2023-11-15');
  mkdirSync(folder, { recursive: true });
  await small.session.run(`COPY (SELECT 1 AS a) TO '${folder}/a.parquet' (FORMAT parquet)`);
  expect(await rows('SELECT count(*) AS n FROM out.orders_v1_labeled_latest')).toEqual([{ n: 40 }]);
  rmSync(join(small.warehouse, 'data/user'), { recursive: true });
});

test('a label table is a source like others, and its version is text', async () => {
  await done(['submit', 'join.json']);
  await done(on('2023-11-17'));
  const left = dsl.entitySource({
    snapshotTable: 'out.orders_v1_labels',
    query: dsl.query({ selects: dsl.select('user', 'label_ds') }),
  });
  small.write(
    'of-labels.json',
    dsl.join({ name: 'of_labels', outputNamespace: 'out', left, rightParts: [] }),
  );
  await done(['submit', 'of-labels.json']);
  expect(
    await rows('SELECT DISTINCT label_ds, typeof(label_ds) AS type FROM out.of_labels'),
  ).toEqual([{ label_ds: '2023-11-17', type: 'VARCHAR' }]);
  const view = dsl.entitySource({ snapshotTable: 'out.orders_v1_labeled', query: dsl.query({}) });
  small.write(
    'of-view.json',
    dsl.join({ name: 'of_view', outputNamespace: 'out', left: view, rightParts: [] }),
  );
  await small.refuse(['submit', 'of-view.json'], 2, 'left: out.orders_v1_labeled: it is a view');
});

test('the partition column and its dates may be others', async () => {
  small.write('hindcast.config.json', { partitionColumn: 'day', dateFormat: 'yyyyMMdd' });
  const select = (columns: string): string =>
    `SELECT ${columns}, replace(ds, '-', '') AS day FROM (${plainRows})`;
  for (const [name, columns] of [
    ['orders', '"user", ts, price'],
    ['scores', '"user", max(price)::INTEGER AS score'],
  ] as const) {
    const folder = join(small.warehouse, 'data', name);
    const grouped = name === 'scores' ? `${select(columns)} GROUP BY ALL` : select(columns);
    mkdirSync(folder, { recursive: true });
    await small.session.run(
      `COPY (${grouped}) TO '${folder}' (FORMAT parquet, PARTITION_BY (day), OVERWRITE_OR_IGNORE)`,
    );
  }
  const source = dsl.entitySource({ snapshotTable: 'data.scores', query: dsl.query({}) });
  const left = dsl.eventSource({
    table: 'data.orders',
    query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
  });
  small.write(
    'join.json',
    config({ left, rowIds: ['user', 'ts', 'day'] }, entities({ sources: [source] })),
  );
  try {
    await done(['submit', 'join.json']);
    await done(on('20231117'));
    expect(
      await rows(
        'SELECT label_ds, day, count(*) AS n FROM out.orders_v1_labeled_latest WHERE label_ds IS NOT NULL GROUP BY ALL ORDER BY ALL',
      ),
    ).toEqual(
      ['20231115', '20231116', '20231117'].map((day) => ({ label_ds: '20231117', day, n: 10 })),
    );
  } finally {
    rmSync(join(small.root, 'hindcast.config.json'));
  }
});

test.skipIf(onS3)(
  'interrupted after its first label date: views and report are of what is there',
  async () => {
    await done(['submit', 'join.json']);
    const child = spawn(
      process.execPath,
      [entry, ...label('--start-ds', '2023-11-15', '--end-ds', '2023-11-18')],
      {
        cwd: small.root,
        env: { ...process.env, HINDCAST_WAREHOUSE: small.warehouse, NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    child.stderr.on('data', (text) => {
      if (String(text).includes('committed 2023-11-15')) child.kill('SIGINT');
    });
    const { code, stderr } = await collect(child);
    // All four may be done before the signal comes.
    expect([0, 130], stderr).toContain(code);
    if (code === 130) expect(stderr).not.toMatch('without labels');
    const [{ n }] = (await rows('SELECT count(*) AS n FROM out.orders_v1_labels')) as [
      { n: number },
    ];
    expect(await rows('SELECT count(label_ds) AS n FROM out.orders_v1_labeled')).toEqual([{ n }]);
  },
);

test('DDL of the views for other engines, with and without labels', async () => {
  await done(['submit', 'join.json']);
  const ddl = async (dialect: string): Promise<string> =>
    (await done(['views', 'join.json', '--dialect', dialect])).stdout;
  expect(await ddl('trino')).toMatch('CAST(NULL AS INTEGER) AS "label_fraud_v1_fraud"');
  expect(await ddl('spark')).toMatch('CAST(NULL AS INT) AS `label_fraud_v1_fraud`');
  await done(on('2023-11-16'));
  expect(await ddl('spark')).toMatch(
    'CREATE OR REPLACE VIEW `out`.`orders_v1_labeled_latest` AS\nSELECT\n  v.`user`,',
  );
  const name = join(small.root, 'views.sql');
  await done(['views', 'join.json', '--output', 'views.sql']);
  const text = readFileSync(name, 'utf8');
  expect(text).toMatch(/^-- out.orders_v1 is the Delta table at .*out\/orders_v1$/m);
  await small.session.run('CREATE SCHEMA IF NOT EXISTS "out"');
  for (const table of ['orders_v1', 'orders_v1_labels'])
    await small.session.run(
      `CREATE OR REPLACE VIEW "out".${table} AS FROM read_parquet('${small.warehouse}/out/${table}/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)`,
    );
  await small.session.run(text);
  const count = async (view: string) =>
    Number(
      (
        await small.session.rows(`SELECT count(*) FROM "out".${view} WHERE label_ds IS NOT NULL`)
      )[0]![0],
    );
  expect([await count('orders_v1_labeled'), await count('orders_v1_labeled_latest')]).toEqual([
    20, 20,
  ]);
});

test('a view that somebody else wrote reads, and does nothing else', async () => {
  await done(['submit', 'join.json']);
  const view = 'warehouse/out/orders_v1_labeled.view.sql';
  small.write(view, "COPY (SELECT 1) TO 'stolen.csv'");
  await small.refuse(
    ['sql', 'SELECT * FROM out.orders_v1_labeled'],
    2,
    /view out.orders_v1_labeled: only statements that read are run/,
  );
  small.write(view, 'SELECT 1; SELECT 2');
  await small.refuse(['sql', 'SELECT * FROM out.orders_v1_labeled'], 2, /2 statements/);
  small.write(view, 'SELECT * FROM out.nothing');
  await small.refuse(['sql', 'SELECT * FROM out.orders_v1_labeled'], 2, /no table "out.nothing"/);
});

test('label dates side by side both land; of one date the loser is told', async () => {
  await done(['submit', 'join.json']);
  const both = (a: string, b: string) =>
    Promise.all(
      [a, b].map((labelDs) =>
        cli(on(labelDs), { cwd: small.root, env: { HINDCAST_WAREHOUSE: small.warehouse } }),
      ),
    );
  for (const { code, stderr } of await both('2023-11-16', '2023-11-17'))
    expect(code, stderr).toBe(0);
  expect(await versions()).toHaveLength(5);
  const codes = [];
  for (const { code, stderr } of await both('2023-11-18', '2023-11-18')) {
    codes.push(code);
    if (code !== 0)
      expect(stderr).toMatch(
        /out.orders_v1_labels: .* wrote 2023-11-18 while this one computed it/,
      );
  }
  expect(codes).toContain(0);
  expect(await versions()).toHaveLength(8);
});

test('retry computes the label dates that failed', async () => {
  await done(['submit', 'join.json']);
  await small.spoil('frauds', '2023-11-17', 'fraud');
  const failed = await small.run(
    label('--start-ds', '2023-11-16', '--end-ds', '2023-11-18', '--json'),
  );
  expect(failed.code, failed.stderr).toBe(1);
  const { runId } = JSON.parse(failed.stdout);
  expect((await versions()).map(({ label_ds }) => label_ds)).not.toContain('2023-11-17');
  await small.table('frauds', frauds('true'));
  const { stderr } = await done(['retry', runId]);
  expect(stderr).toMatch('committed 2023-11-17');
  expect(stderr).not.toMatch('committed 2023-11-16');
  expect(await versions()).toHaveLength(8);
});

test.skipIf(onS3)('killed at any moment, the next one gives the whole label date', async () => {
  await done(['submit', 'join.json']);
  for (const afterMs of [300, 600, 800, 1000, 1200]) {
    await cli(on('2023-11-17'), {
      cwd: small.root,
      env: { HINDCAST_WAREHOUSE: small.warehouse },
      killWith: 'SIGKILL',
      afterMs,
    });
    await done(on('2023-11-17'));
    expect((await versions()).map(({ n }) => n)).toEqual([10, 10, 10]);
    const folder = join(small.warehouse, 'out/orders_v1_labels/label_ds=2023-11-17');
    for (const ds of readdirSync(folder)) expect(readdirSync(join(folder, ds))).toHaveLength(1);
  }
});
