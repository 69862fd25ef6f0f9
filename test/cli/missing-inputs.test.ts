/** Partitions that aren't there, on either side: an empty result and a warning, or exit 4. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { days, openSmallWarehouse, plainRows, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(async () => {
  rmSync(join(small.warehouse, 'out'), { recursive: true, force: true });
  await small.table('clicks', plainRows);
  await small.table('views', plainRows);
  small.config();
});
afterAll(() => small.close());

const drop = (table: string, day: string) =>
  rmSync(join(small.warehouse, 'data', table, `ds=${day}`), { recursive: true });

test('a left partition without rows is no error, and said', async () => {
  const path = join(small.warehouse, 'data/clicks/ds=2023-11-16');
  const { run } = small.session;
  await run.call(
    small.session,
    `COPY (SELECT * EXCLUDE ds FROM (${plainRows}) WHERE false) TO '${path}/data_0.parquet' (FORMAT parquet)`,
  );
  const { code, stderr } = await small.run(['submit', 'join.json']);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/warning: no rows on the left: 2023-11-16/);
  expect(stderr).toMatch('30 rows in 3 partitions');
  const only = await small.run([
    'submit',
    'join.json',
    '--start-ds',
    '2023-11-16',
    '--end-ds',
    '2023-11-16',
  ]);
  expect(only.code, only.stderr).toBe(0);
  expect(only.stderr).toMatch('no rows on the left: 2023-11-16');
});

test('a left without any row makes an empty table, once', async () => {
  await small.table('clicks', plainRows);
  const empty = `SELECT * EXCLUDE ds FROM (${plainRows}) WHERE false`;
  for (const day of days) {
    const path = join(small.warehouse, `data/clicks/ds=${day}/data_0.parquet`);
    await small.session.run(`COPY (${empty}) TO '${path}' (FORMAT parquet)`);
  }
  const { code, stderr } = await small.run(['submit', 'join.json']);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/warning: no rows on the left: 2023-11-15/);
  const { stdout } = await small.run(['sql', 'SELECT * FROM out.small_v1']);
  expect(stdout).toMatch(/^user +ts .*views_v1_price_sum_1d .* ds\n[─ ]+\n$/);
  expect((await small.run(['submit', 'join.json'])).stderr).toMatch('nothing to do');
  await small.table('clicks', plainRows);
  expect((await small.run(['submit', 'join.json'])).stderr).toMatch('40 rows in 4 partitions');
});

test('a range that the left does not have is no error, and said', async () => {
  const args = ['submit', 'join.json', '--start-ds', '2024-01-01', '--end-ds', '2024-01-03'];
  const { code, stderr } = await small.run(args);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch('nothing to do');
  expect(stderr).toMatch('not on the left: 2024-01-01, 2024-01-02, 2024-01-03');
});

test('missing right partitions: a warning with the dates', async () => {
  drop('views', '2023-11-16');
  const { code, stderr } = await small.run(['submit', 'join.json']);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/warning: join part "views\.v1".* missing: .*2023-11-16/);
  expect(stderr).toMatch('40 rows in 4 partitions');
});

test('missing right partitions with --strict-inputs: exit 4, nothing computed', async () => {
  const { code, stdout } = await small.run([
    'plan',
    'join.json',
    '--json',
    '--start-ds',
    '2023-11-17',
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).missingInputs).toEqual([]);
  drop('views', '2023-11-16');
  for (const verb of ['submit', 'plan']) {
    const args = [verb, 'join.json', '--strict-inputs', '--start-ds', '2023-11-17'];
    await small.refuse(
      args,
      4,
      'join part "views.v1"',
      'data.views: 2023-11-16',
      '--strict-inputs',
    );
  }
});
