/** Warehouses that can't be written, and disks that are full: exit 3, said, and no table harmed. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { onS3 } from '../test-store.js';
import { type CliResult, collect, entry } from './run-cli.js';
import {
  dateOf,
  filesBelow,
  firstMs,
  openSmallWarehouse,
  type SmallWarehouse,
  tableFiles,
} from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(() => {
  for (const name of ['out', '_hindcast'])
    rmSync(join(small.warehouse, name), { recursive: true, force: true });
});
afterAll(() => small.close());

test('a warehouse that is a file', async () => {
  small.write('file', 'not a folder');
  await small.refuse(['submit', small.config(), '--warehouse', 'file'], 3, 'file', 'hint:');
});

// Neither binds root to permissions nor needs a mount: nobody makes a folder there.
test.each(['/sys/hindcast', '/dev/null/hindcast'])('a warehouse in %s', async (warehouse) => {
  const tables = { 'data.clicks': 'warehouse/data/clicks', 'data.views': 'warehouse/data/views' };
  small.write('hindcast.config.json', { tables });
  const args = ['submit', small.config(), '--warehouse', warehouse];
  await small.refuse(args, 3, `can't write ${warehouse}`, 'hint:');
  rmSync(join(small.root, 'hindcast.config.json'));
});

/** On S3 no object is in the way of another. */
const inTheWay = onS3
  ? ['nothing']
  : ['out', 'out/small_v1', '_hindcast', '_hindcast/keybuckets', '_hindcast/runs'];
test.each(inTheWay)('a file where the folder %s should be', async (place) => {
  const path = join(small.warehouse, place);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, 'in the way');
  if (!onS3) await small.refuse(['submit', small.config()], 3, place.split('/')[0]!, 'hint:');
  rmSync(path);
  const { code, stderr } = await small.run(['submit', small.config()]);
  expect(code, stderr).toBe(0);
});

test.each([
  ['segment.json', (path: string) => writeFileSync(path, '{"format":')],
  ['data.bin', (path: string) => truncateSync(path, 100)],
])('a KeyBucket whose %s is damaged is named, and made again without it', async (name, spoil) => {
  const first = await small.run(['submit', small.config(), '--end-ds', '2023-11-15']);
  expect(first.code, first.stderr).toBe(0);
  const buckets = join(small.warehouse, '_hindcast/keybuckets');
  const file = filesBelow(buckets).find((path) => path.endsWith(name))!;
  const folder = join(buckets, file, '..');
  spoil(join(buckets, file));
  await small.refuse(
    ['submit', small.config()],
    3,
    `${folder}: the KeyBucket is damaged`,
    'Delete the folder',
  );
  rmSync(folder, { recursive: true });
  const { code, stderr } = await small.run(['submit', small.config()]);
  expect(code, stderr).toBe(0);
});

test('an output table that something else wrote as plain Parquet', async () => {
  const folder = join(small.warehouse, 'out/small_v1/ds=2023-11-15');
  mkdirSync(folder, { recursive: true });
  await small.session.run(`COPY (SELECT 1 AS a) TO '${folder}/data_0.parquet' (FORMAT parquet)`);
  for (const verb of ['submit', 'plan']) {
    const says = 'out.small_v1: the output table is plain Parquet that something else wrote';
    await small.refuse([verb, small.config()], 3, says, 'data_0.parquet', 'outputNamespace');
  }
});

/** Runs `hindcast` where no file may grow beyond `kilobytes`: a full disk that needs no root. */
function runLimited(kilobytes: number, args: readonly string[]): Promise<CliResult> {
  const script = `ulimit -f ${kilobytes * 2}; exec "$@"`;
  const child = spawn('/bin/sh', ['-c', script, 'sh', process.execPath, entry, ...args], {
    cwd: small.root,
    env: { ...process.env, NO_COLOR: '1', HINDCAST_WAREHOUSE: small.warehouse },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return collect(child);
}

test('a disk that is full while KeyBuckets or the output are written', async () => {
  // Values that don't compress: a partition of the output has more than 150 kB.
  const rows = `SELECT md5(i::VARCHAR) AS user, ${firstMs} + i * 17280 AS ts, random() AS price, ${dateOf('(i // 500)')} AS ds FROM range(20000) t(i)`;
  await small.table('clicks', rows);
  await small.table('views', rows);
  const first = await small.run(['submit', small.config(), '--end-ds', '2023-11-15']);
  expect(first.code, first.stderr).toBe(0);
  // Another join of the same views leaves KeyBuckets for the whole range, so that its twin gets further.
  const other = small.config({ name: 'other.v1' }, 'other.json');
  for (const makesBuckets of [false, true]) {
    if (makesBuckets) expect((await small.run(['submit', other])).code).toBe(0);
    const before = tableFiles(small.warehouse);
    const { code, stderr } = await runLimited(60, ['submit', small.config()]);
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch('a file grew larger than this system lets it');
    expect(stderr).not.toMatch(/^\s+at .*:\d+|bug in Hindcast/m);
    expect(tableFiles(small.warehouse)).toEqual(before);
  }
  const { code, stderr } = await small.run(['submit', small.config()]);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch('15,000 rows in 3 partitions');
  expect(filesBelow(join(small.warehouse, '_hindcast/runs'))).not.toContainEqual(
    expect.stringMatching(/\.parquet$/),
  );
});
