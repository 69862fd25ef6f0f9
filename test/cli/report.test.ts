/** report.html: written by jobs and by `hindcast report`, of runs that ended well, badly or not yet. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ofNumbers, ofTexts } from '../browser/made-up-statistics.js';
import { submitJoin } from '../harness.js';
import { writeStatistics } from '../statistics-table.js';
import { onS3, warehouseAt } from '../test-store.js';
import { days, openSmallWarehouse, plainRows, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(async () => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
  await small.table('clicks', plainRows);
  await small.table('views', plainRows);
  small.config();
});
afterAll(() => small.close());

const runs = (): string => join(small.warehouse, '_hindcast/runs');

function runId(): string {
  return readdirSync(runs()).sort().at(-1)!;
}

function page(run = runId()): string {
  return readFileSync(join(runs(), run, 'report.html'), 'utf8');
}

/** Without tags, as a reader would see it. */
function words(run?: string): string {
  return page(run)
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replaceAll('<wbr>', '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

async function ok(...args: string[]) {
  const result = await small.run(args);
  expect(result.code, result.stderr).toBe(0);
  return result;
}

test('submit leaves a report beside its other files: what was planned, where, how long', async () => {
  await ok('submit', 'join.json', '--step-days', '2', '--master', 'local[2]');
  const text = words();
  expect(text).toMatch(`run ${runId()}`);
  expect(text).toMatch('writes out.small_v1');
  expect(text).toMatch('compute missing 4 2023-11-15, 2023-11-16, 2023-11-17, 2023-11-18');
  expect(text).toMatch(/0 committed 2023-11-15, 2023-11-16 20 0 /);
  expect(text).toMatch(/thread \d/);
  expect(text).toMatch('join part &quot;views.v1&quot;: data.views 4 0 4 ');
  expect(text).toMatch('left: data.clicks 4 0 4 – 40 40 –');
  expect(text).toMatch('5 columns over 4 partitions, 2023-11-15 to 2023-11-18');
  expect(text).toMatch('price_last3 BIGINT[], by length NULL 0 %');
  expect(page()).toMatch(
    /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;/,
  );
  expect(page()).not.toMatch(/<link rel="stylesheet|<script src|<img|@import|url\(/);
});

test('without statistics it says so', async () => {
  await ok('submit', 'join.json', '--conf', 'stats=off');
  expect(words()).toMatch('There are no statistics of this table: no out.small_v1_daily_stats');
});

test('a second run says what it reused, and that there was nothing to do', async () => {
  await ok('submit', 'join.json', '--end-ds', days[1]!);
  await ok('submit', 'join.json', '--reprocess', 'all');
  expect(words()).toMatch(/2 of 8 partitions were in KeyBuckets of an earlier run \(25 %\)/);
  await ok('submit', 'join.json');
  expect(words()).toMatch('leave out exists 4 2023-11-15');
});

test('label jobs say how far labels are', async () => {
  const windows = [{ length: 1, timeUnit: 1 }];
  small.write('labels.json', {
    metaData: { name: 'orders.v1', outputNamespace: 'out' },
    left: {
      events: { table: 'data.clicks', query: { selects: { user: 'user' }, timeColumn: 'ts' } },
    },
    joinParts: [],
    rowIds: ['user', 'ts'],
    labelPart: {
      leftStartOffset: 1,
      leftEndOffset: 1,
      labels: [
        {
          groupBy: {
            metaData: { name: 'views.v1' },
            sources: [
              {
                events: {
                  table: 'data.views',
                  query: { selects: { user: 'user', price: 'price' }, timeColumn: 'ts' },
                },
              },
            ],
            keyColumns: ['user'],
            aggregations: [{ inputColumn: 'price', operation: 7, windows }],
            accuracy: 0,
          },
        },
      ],
    },
  });
  await ok('submit', 'labels.json');
  await ok('label-join', 'labels.json', '--label-ds', days[2]!);
  const text = words();
  expect(text).toMatch('Labels of a join succeeded');
  expect(text).toMatch(/1 of \d partitions have matured/);
  expect(text).toMatch(/2023-11-17 10 \d+ \(\d+ %\) 1, last of 2023-11-17 .* matured/);
});

test('statistics of the table, its last partitions up to those of the run', async () => {
  const base = { type: 'DOUBLE', rows: 100, nulls: 25 };
  const column = 'views_v1_price_sum_1d';
  const all = [...days, '2023-11-19'].flatMap((partition, i) => [
    ofNumbers(
      { ...base, partition, column },
      [1, 2, 3, 4, 5].map((x) => x * (i < 2 ? 1 : 50)),
    ),
    ofTexts({ ...base, partition, column: 'user', type: 'VARCHAR' }, ['u1', 'u1', 'u2']),
  ]);
  await writeStatistics(small.session, small.warehouse, 'out.small_v1', all);
  await ok('submit', 'join.json', '--conf', 'stats=off');
  const text = words();
  expect(text).toMatch('2 columns over 4 partitions, 2023-11-15 to 2023-11-18');
  expect(text).toMatch(
    /Columns that moved most .* views_v1_price_sum_1d a lot \d+\.\d+ 2023-11-17 25 %/,
  );
  expect(text).toMatch(
    /price_sum_1d DOUBLE NULL 25 % PSI \d+\.\d\d up to \d+\.\d+ 150 median, 5 distinct/,
  );
  expect(text).toMatch(/user VARCHAR NULL 25 % PSI 0\.00 u1 67 % of 2 values/);
});

test('a check of drift says what is beyond its threshold', async () => {
  const config = JSON.parse(readFileSync(join(small.root, 'join.json'), 'utf8'));
  const drift = { when: 'after', thresholds: { views_v1_price_sum_1d: { psi: 0.01 } } };
  config.metaData.customJson = JSON.stringify({ hindcast: { drift } });
  small.write('join.json', config);
  const { code } = await small.run(['submit', 'join.json']);
  expect(code).toBe(3);
  const text = words();
  expect(text).toMatch(/\d times a column is beyond its threshold , in 2023-11-16/);
  expect(text).toMatch(/views_v1_price_sum_1d 2023-11-1\d PSI [\d.]+ 0\.01 2023-11-15/);
  expect(text).toMatch('1 partition had nothing to be compared with.');
});

test('statistics that cannot be read are a warning, and the run is what it is', async () => {
  const base = { partition: days[0]!, column: 'user', type: 'VARCHAR', rows: 1, nulls: 0 };
  await writeStatistics(small.session, small.warehouse, 'out.small_v1', [ofTexts(base, ['u'])]);
  writeFileSync(
    join(small.warehouse, 'out/small_v1_daily_stats/ds=2023-11-15/part-0.parquet'),
    'no',
  );
  const { stderr } = await ok('submit', 'join.json', '--conf', 'stats=off');
  expect(stderr).toMatch('warning: the report is not complete: ');
  expect(words()).toMatch('There are no statistics of this table');
  expect((await ok('report')).stderr).toMatch('warning: the report is not complete: ');
});

// On S3 a folder is in nobody's way.
test.skipIf(onS3)(
  'a report that cannot be written is a warning, and the run is what it is',
  async () => {
    const warnings: string[] = [];
    const { results } = await submitJoin(
      join(small.root, 'join.json'),
      warehouseAt(small.warehouse),
      {},
      (event) => {
        // The place is taken as soon as the run has a folder.
        if (event.type === 'run-started')
          mkdirSync(join(runs(), event.runId, 'report.html/in-the-way'), { recursive: true });
        if (event.type === 'warning') warnings.push(event.message);
      },
    );
    expect(results).toMatchObject({ status: 'succeeded', exitCode: 0 });
    expect(warnings).toEqual([expect.stringMatching(/^the report is not complete: can't write /)]);
    await small.refuse(['report', results!.runId], 3, /can't write .*report\.html/);
  },
);

test('a step that failed is said with its error', async () => {
  await small.spoil('clicks', days[2]!, 'user');
  const { code } = await small.run(['submit', 'join.json', '--step-days', '1']);
  expect(code).toBe(1);
  const text = words();
  expect(text).toMatch('Some steps of this run failed; the others are committed.');
  expect(text).toMatch(/2 failed 2023-11-17 /);
  expect(text).toMatch(`hindcast retry ${runId()}`);
});

/** A run whose files end where a crash cut them off. */
function cutOff(driver: { readonly host: string; readonly pid: number }, events: number): string {
  const from = join(runs(), runId());
  const run = '20990101T000000000-abcdef';
  mkdirSync(join(runs(), run));
  for (const name of ['plan.json', 'request.json'])
    copyFileSync(join(from, name), join(runs(), run, name));
  const lines = readFileSync(join(from, 'events.jsonl'), 'utf8').split('\n').slice(0, events);
  writeFileSync(join(runs(), run, 'events.jsonl'), `${lines.join('\n')}\n{"v":1,"at":17`);
  writeFileSync(join(runs(), run, 'driver.json'), JSON.stringify(driver));
  return run;
}

test('a run that goes on, and one that crashed, say so', async () => {
  await ok('submit', 'join.json', '--step-days', '2', '--conf', 'stats=off');
  const going = cutOff({ host: hostname(), pid: process.pid }, 8);
  const { stdout } = await ok('report', 'abcdef');
  expect(stdout).toMatch(new RegExp(`${going}/report\\.html\n$`));
  expect(words(going)).toMatch('This run is still going.');
  expect(words(going)).toMatch(/0 committed 2023-11-15, 2023-11-16 20 0 1 going 2023-11-17/);
  rmSync(join(runs(), going), { recursive: true });
  const died = cutOff({ host: hostname(), pid: 2 ** 22 + 1 }, 4);
  const json = JSON.parse((await ok('report', '--json')).stdout);
  expect(json).toEqual({ run: died, report: expect.stringMatching(/report\.html$/) });
  expect(words(died)).toMatch('This run crashed : its driver is gone');
  expect(words(died)).toMatch(/0 not run 2023-11-15, 2023-11-16 – – 1 not run/);
});

test('a run that left nothing but a mark, and damaged files', async () => {
  await ok('submit', 'join.json');
  const run = cutOff({ host: hostname(), pid: 2 ** 22 + 1 }, 0);
  for (const name of ['plan.json', 'request.json'])
    writeFileSync(join(runs(), run, name), '{"torn');
  await ok('report', run, '--output', 'copy.html');
  expect(words(run)).toMatch('This run crashed');
  expect(words(run)).toMatch('which is no plan');
  expect(readFileSync(join(small.root, 'copy.html'), 'utf8')).toBe(page(run));
});

test('hostile names and values stay text', async () => {
  const hostile = `<img src=x onerror="alert('1')"><script>alert(2)</script>`;
  const base = { partition: days[3]!, rows: 3, nulls: 0 };
  await writeStatistics(small.session, small.warehouse, 'out.small_v1', [
    ofTexts({ ...base, column: hostile, type: hostile }, [hostile, '</table>', '\u0000\u202e']),
    ofNumbers({ ...base, column: `views_v1_${hostile}`, type: 'DOUBLE' }, [1, 2, 3]),
  ]);
  await ok('submit', 'join.json', '--name', hostile, '--conf', 'stats=off');
  expect(page()).toMatch('&lt;img src=x onerror=&quot;alert');
  expect(page()).not.toMatch('<img');
  expect(page().match(/<script/g)).toHaveLength(1);
});

test('a run that is none is a wrong command line', async () => {
  await small.refuse(['report', 'nothing'], 2, /no run "nothing"/);
});
