/** status, retry and doctor: what runs did, what is left to do, and whether this machine can do it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { onS3 } from '../test-store.js';
import { cli } from './run-cli.js';
import { days, openSmallWarehouse, plainRows, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(async () => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
  await small.table('views', plainRows);
  small.config();
});
afterAll(() => small.close());

async function json(...args: string[]) {
  const { code, stdout, stderr } = await small.run([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

test('status before the first run', async () => {
  const { code, stdout } = await small.run(['status']);
  expect([code, stdout]).toEqual([0, 'No run yet.\n']);
});

test('status lists runs, newest first, and says what one did', async () => {
  await json('submit', 'join.json', '--end-ds', days[1]!);
  const { runId } = await json('submit', 'join.json', '--step-days', '1', '--name', 'nightly');
  const runs = await json('status');
  expect(runs).toMatchObject([
    {
      run: runId,
      status: 'succeeded',
      config: 'join.json',
      name: 'nightly',
      partitions: 2,
      rows: 20,
    },
    { status: 'succeeded', name: null, partitions: 2, rows: 20 },
  ]);
  const one = await json('status', runId);
  expect(one).toMatchObject({ run: runId, status: 'succeeded' });
  const commits = one.events.filter(({ type }: { type: string }) => type === 'step-committed');
  expect(commits.map(({ partitions }: { partitions: string[] }) => partitions)).toEqual([
    [days[2]],
    [days[3]],
  ]);
  // The end of the id is enough to name a run.
  const { stdout } = await small.run(['status', runId.slice(-6)]);
  expect(stdout).toMatch(new RegExp(`^${runId} +succeeded +join\\.json \\(nightly\\) +2 +20`, 'm'));
  expect(stdout).toMatch(/step 1: committed 2023-11-18, 10 rows, version 2/);
});

test('a run that died is no running one', async () => {
  await json('submit', 'join.json');
  const folder = join(small.warehouse, '_hindcast/runs/20200101T000000-abcdef');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'driver.json'),
    JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1 }),
  );
  expect((await json('status')).at(-1)).toMatchObject({ status: 'died', partitions: 0 });
});

test('some steps fail: exit 1, the others are committed, and retry computes the rest', async () => {
  await small.spoil('clicks', days[2]!, 'user');
  const { code, stderr } = await small.run(['submit', 'join.json', '--step-days', '1']);
  await small.table('clicks', plainRows);
  expect(code, stderr).toBe(1);
  expect(stderr).toMatch('step 2: 2023-11-17 failed');
  expect(stderr).toMatch('not computed: 2023-11-17');
  const run = /hindcast retry (\S+)/.exec(stderr)![1]!;
  expect((await json('status', run)).status).toBe('partly-failed');
  const results = await json('retry', run);
  expect(results.steps).toMatchObject([{ partitions: [days[2]], status: 'committed', rows: 10 }]);
  expect((await json('retry', run)).steps).toEqual([]);
});

test('a retry leaves out what the run committed, and works from any folder', async () => {
  const { runId } = await json('submit', 'join.json', '--reprocess', 'all');
  const args = ['retry', runId, '--json', '--warehouse', small.warehouse];
  const { code, stdout, stderr } = await cli(args, { cwd: tmpdir() });
  expect(code, stderr).toBe(0);
  const { steps, skipped } = JSON.parse(stdout);
  expect(steps).toEqual([]);
  expect(skipped).toHaveLength(days.length);
});

test('doctor: everything is well, as text and as JSON', async () => {
  const { code, stdout } = await small.run(['doctor']);
  expect(code, stdout).toBe(0);
  // A bucket is looked at in four ways, a folder in one.
  expect(stdout.match(/^✓/gm)).toHaveLength(onS3 ? 8 : 5);
  const checks = await json('doctor');
  expect(checks.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
});

test('doctor names what is wrong and how to mend it', async () => {
  small.write('file', 'in the way');
  const { code, stdout } = await small.run(['doctor', '--warehouse', 'file'], {
    HINDCAST_MEMORY: '1m',
  });
  expect(code).toBe(3);
  expect(stdout).toMatch(/✗ settings: --memory 1m is too little\n {2}mend: /);
  expect(stdout).toMatch(/✗ warehouse: .*file.*\n {2}mend: /);
});

test('more threads than work: every run ends well, however short it was', async () => {
  for (let run = 0; run < 8; run++) {
    const { code, stderr } = await small.run([
      ...['submit', 'join.json', '--master', 'local[4]', '--reprocess', 'all'],
      ...['--end-ds', days[0]!],
    ]);
    expect(code, stderr).toBe(0);
  }
});
