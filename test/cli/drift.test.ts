/** Drift: a day that is unlike the days before ends a submit with exit 3, before its commit or after it. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import type { DriftFinding } from '@hindcast/shared/plan/drift';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { firstMs, openSmallWarehouse, type SmallWarehouse, tableFiles } from './small-warehouse.js';

/** The fourth drifts. */
const days = ['15', '16', '17', '18', '19'].map((day) => `2023-11-${day}`);
const drifting = days[3]!;
const perDay = 500;

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
  const day = `i // ${perDay}`;
  // Prices from 0 to 999, twenty users; on the drifting day a fifth of what they were, and half of them NULL.
  await small.table(
    'clicks',
    `SELECT 'u' || (i * 7 % 20) AS user, ${firstMs} + i * (86400000 // ${perDay}) AS ts,
            (i * 37 % 1000)::BIGINT AS price,
            CASE WHEN ${day} = 3 AND i % 2 = 0 THEN NULL ELSE (i * 41 % 1000) / CASE WHEN ${day} = 3 THEN 5 ELSE 1 END END AS score,
            CASE WHEN ${day} = 3 AND i % 5 > 0 THEN 'web' WHEN i % 3 = 0 THEN 'app' ELSE 'web' END AS channel,
            strftime(DATE '2023-11-15' + (${day})::INTEGER, '%Y-%m-%d') AS ds
     FROM range(${days.length * perDay}) t(i)`,
  );
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
});
afterAll(() => small.close());

function config(drift?: dsl.DriftOptions): void {
  small.write(
    'join.json',
    dsl.join({
      name: 'small.v1',
      outputNamespace: 'out',
      left: dsl.eventSource({
        table: 'data.clicks',
        query: dsl.query({
          selects: dsl.select('user', 'price', 'score', 'channel'),
          timeColumn: 'ts',
        }),
      }),
      rightParts: [
        dsl.joinPart({
          groupBy: dsl.groupBy({
            name: 'views.v1',
            sources: [
              dsl.eventSource({
                table: 'data.views',
                query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
              }),
            ],
            keys: ['user'],
            aggregations: [dsl.sum('price', { windows: ['1d'] })],
            accuracy: 'TEMPORAL',
          }),
        }),
      ],
      ...(drift === undefined ? {} : { drift }),
    }),
  );
}
const byPrevious = { previous: 1 };
const thresholds = {
  price: { psi: 0.25, ks: 0.2 },
  score: { psi: 0.25, ks: 0.2, nullShare: 0.3 },
  channel: { psi: 0.1 },
};

const submit = (...flags: readonly string[]) => small.run(['submit', 'join.json', ...flags]);
async function json(code: number, ...args: readonly string[]) {
  const result = await small.run([...args, '--json']);
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}
/** What a submit with --json says of a run. */
const results = (code: number, ...flags: readonly string[]) =>
  json(code, 'submit', 'join.json', ...flags);
const said = (findings: readonly DriftFinding[]): string[] =>
  findings.map(({ partition, column, measure }) => `${partition} ${column} ${measure}`);
const planted = ['score psi', 'score ks', 'score nullShare', 'channel psi'];
async function partitions(): Promise<string[]> {
  const folder = join(small.warehouse, 'out/small_v1');
  return readdirSync(folder)
    .filter((name) => name.startsWith('ds='))
    .map((name) => name.slice(3))
    .sort();
}

test('before the commit: nothing of the drifting step is committed, the rest is', async () => {
  config({ reference: byPrevious, when: 'before', thresholds });
  expect((await submit('--end-ds', days[2]!)).code).toBe(0);
  const before = tableFiles(small.warehouse);
  const { code, stderr } = await submit('--start-ds', drifting, '--end-ds', drifting);
  expect(code).toBe(3);
  expect(stderr).toMatch(
    'out.small_v1: 2 columns drifted too far, and nothing of step 0 was committed',
  );
  expect(stderr).toMatch(
    /found: 2023-11-18 score: PSI [\d.]+ \(threshold 0\.25\), KS 0\.\d+ \(threshold 0\.2\), share of NULLs \+0\.5 \(threshold 0\.3\) against 2023-11-17; 2023-11-18 channel: PSI 0\.\d+ \(threshold 0\.1\) against 2023-11-17$/m,
  );
  expect(stderr).not.toMatch(/price:/);
  expect(tableFiles(small.warehouse)).toEqual(before);
  expect(await partitions()).toEqual(days.slice(0, 3));
});

test('retry checks again: it is refused as before, and commits once the threshold allows it', async () => {
  config({ reference: byPrevious, when: 'before', thresholds });
  const first = await results(3, '--end-ds', drifting, '--step-days', '1', '--parallelism', '3');
  expect(first.status).toBe('partly-failed');
  expect(said(first.drift.findings)).toEqual(planted.map((what) => `${drifting} ${what}`));
  expect(await partitions()).toEqual(days.slice(0, 3));
  const again = await json(3, 'retry', first.runId);
  expect(again.steps.map(({ partitions: of }: { partitions: string[] }) => of)).toEqual([
    [drifting],
  ]);
  const loose = { psi: 20, ks: 1, nullShare: 1 };
  config({ reference: byPrevious, when: 'before', thresholds: { '*': loose } });
  const last = await json(0, 'retry', again.runId);
  expect(last.drift.findings).toEqual([]);
  expect(await partitions()).toEqual(days.slice(0, 4));
});

test('after the commits: the table is there, and exit 3 says what drifted', async () => {
  config({ reference: byPrevious, thresholds });
  const { code, stderr } = await submit('--end-ds', drifting, '--conf', 'metrics=drift.prom');
  expect(code).toBe(3);
  // Of two columns; the score by three measures, the channel by one.
  const metrics = readFileSync(join(small.root, 'drift.prom'), 'utf8');
  for (const [measure, findings] of Object.entries({ psi: 2, ks: 1, null_share: 1 }))
    expect(metrics).toMatch(
      `hindcast_drift_findings{measure="${measure}",config="small.v1",kind="join"} ${findings}\n`,
    );
  expect(stderr).toMatch(/^✓ out\.small_v1: 2,000 rows in 4 partitions/m);
  expect(stderr).toMatch(/^ {2}nothing to compare with: 2023-11-15$/m);
  expect(stderr).toMatch(/^ {2}drifted too far, and committed:\n {4}2023-11-18 score: PSI/m);
  expect(await partitions()).toEqual(days.slice(0, 4));
  const [run] = readdirSync(join(small.warehouse, '_hindcast/runs'));
  const file = join(small.warehouse, '_hindcast/runs', run!, 'run_results.json');
  const { drift, exitCode, status } = JSON.parse(readFileSync(file, 'utf8'));
  expect({ exitCode, status }).toEqual({ exitCode: 3, status: 'succeeded' });
  expect(drift.when).toBe('after');
  expect(drift.partitions).toEqual(
    days.slice(0, 4).map((partition, i) => ({ partition, against: days.slice(i - 1, i) })),
  );
  expect(said(drift.findings)).toEqual(planted.map((what) => `${drifting} ${what}`));
  expect(drift.findings[2]).toEqual({
    partition: drifting,
    column: 'score',
    measure: 'nullShare',
    found: 0.5,
    threshold: 0.3,
  });
  expect((await small.run(['status', run!])).stdout).toMatch(/drift: 2023-11-18 score: PSI/);
  // Nothing is left to compute; a retry still says what its run has committed.
  expect((await submit('--end-ds', drifting)).code).toBe(0);
  expect((await small.run(['retry', run!])).code).toBe(3);
});

test('partitions of before have their statistics made where they are asked for', async () => {
  config();
  expect((await submit('--end-ds', days[2]!, '--conf', 'stats=off')).code).toBe(0);
  expect(readdirSync(join(small.warehouse, 'out'))).toEqual(['small_v1']);
  config({ reference: byPrevious, when: 'before', thresholds });
  const { drift } = await results(3, '--start-ds', drifting);
  expect(said(drift.findings)).toEqual([
    ...planted.map((what) => `${drifting} ${what}`),
    // The day after is as unlike the drifting one, which is in the same step.
    ...planted.map((what) => `${days[4]} ${what}`),
  ]);
});

test.each(['before', 'after'] as const)(
  'what a partition would be compared with has no statistics: %s the commit, that is said',
  async (when) => {
    config();
    expect((await submit('--end-ds', days[2]!, '--conf', 'stats=off')).code).toBe(0);
    const folder = join(small.warehouse, `out/small_v1/ds=${days[2]}`);
    const [file] = readdirSync(folder);
    writeFileSync(join(folder, file!), 'torn');
    config({ reference: byPrevious, when, thresholds });
    const { drift, steps, warnings } = await results(
      1,
      '--start-ds',
      drifting,
      '--end-ds',
      drifting,
    );
    expect(drift).toMatchObject({ findings: [], unchecked: [drifting] });
    expect(warnings.join()).toMatch(/statistics of out.small_v1 are not complete/);
    expect(steps[0]).toMatchObject(
      when === 'after'
        ? { status: 'committed' }
        : { status: 'failed', error: { found: `no statistics of ${days[2]}` } },
    );
  },
);

test('a reference that stays', async () => {
  config({
    reference: { startPartition: days[0]!, endPartition: days[1]! },
    thresholds,
  });
  const { drift } = await results(3);
  expect(drift.partitions).toEqual(
    days.slice(2).map((partition) => ({ partition, against: days.slice(0, 2) })),
  );
  expect(said(drift.findings)).toEqual(planted.map((what) => `${drifting} ${what}`));
});

test('a check and its thresholds compute nothing again; a plan says what is checked', async () => {
  config();
  expect((await submit('--end-ds', days[1]!)).code).toBe(0);
  config({ when: 'before', thresholds: { '*': { psi: 0.25, ks: 0.5 }, user: {} } });
  const { stdout, code } = await small.run(['plan', 'join.json', '--end-ds', days[1]!]);
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/compute|Changed/);
  expect(stdout).toMatch(
    `Drift
  checked before each commit, against the 7 partitions before
  PSI ≤ 0.25, KS ≤ 0.5: price, score, views_v1_price_sum_1d
  PSI ≤ 0.25: channel
`,
  );
  expect((await submit('--end-ds', days[1]!)).stderr).toMatch('nothing to do');
});

test.each<[object, ...(string | RegExp)[]]>([
  [
    { pric: { psi: 0.2 } },
    /join "small.v1": drift: no column "pric" in the output/,
    'Did you mean "price"?',
  ],
  [{ 'view*': { psi: 0.2 }, 'clicks_*': { psi: 0.2 } }, /drift: no column "clicks_\*"/, /Known: /],
  [{ channel: { ks: 0.2 } }, /"channel" has no KS, which is of numbers/, 'VARCHAR'],
  [{ price: {} }, /drift has no threshold for any column/, /thresholds: \{/],
  [{ price: { psy: 1 } }, /thresholds\.price\.psy is not known/, 'Did you mean "psi"?'],
  [{ price: { ks: 1.5 } }, /thresholds\.price\.ks is 1 at most/, '1.5'],
])('thresholds of nothing: %j', async (wrong, ...says) => {
  config({ thresholds: wrong as dsl.DriftOptions['thresholds'] });
  for (const verb of ['plan', 'submit']) await small.refuse([verb, 'join.json'], 2, ...says);
});

test('references that are none', async () => {
  config({ thresholds, reference: { startPartition: '2023-11-16', endPartition: '2023-11-15' } });
  await small.refuse(['submit', 'join.json'], 2, 'the reference ends before it begins');
  config({ thresholds, reference: { startPartition: '16.11.23', endPartition: '2023-11-17' } });
  await small.refuse(['submit', 'join.json'], 2, 'startPartition is not a date', '16.11.23');
  config({ thresholds, reference: { previous: 0 } });
  await small.refuse(['submit', 'join.json'], 2, 'reference.previous must be at least 1');
});

test('without statistics there is no check, and that is said', async () => {
  config({ thresholds });
  await small.refuse(
    ['submit', 'join.json', '--conf', 'stats=off'],
    2,
    'its drift is known by its statistics',
    'drift=off',
  );
  expect((await submit('--conf', 'stats=off', '--conf', 'drift=off')).code).toBe(0);
});

test('drift=off commits what drifts', async () => {
  config({ reference: byPrevious, when: 'before', thresholds });
  const { drift } = await results(0, '--conf', 'drift=off');
  expect(drift).toBeNull();
  expect(await partitions()).toEqual(days);
  await small.refuse(['submit', 'join.json', '--conf', 'drift=maybe'], 2, 'it is on or off');
});
