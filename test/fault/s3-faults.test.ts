/**
 * Storage that fails: one call in twenty goes wrong in one of many ways, and the table is the same to
 * the byte. HINDCAST_STORAGE_FAULTS runs more jobs than the few of `npm test`.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../packages/executor/src/scan/duckdb.js';
import { type CliResult, cli, writeEventsConfig } from '../cli/run-cli.js';
import { plainRows } from '../cli/small-warehouse.js';
import { importInto, submitJoin } from '../harness.js';
import { openSession } from '../in-process.js';
import { minioMs, type TestMinio, useMinio } from '../minio.js';
import { type Asked, type Fault, type FaultyStore, openProxy } from '../s3-proxy.js';

const runs = Number(process.env['HINDCAST_STORAGE_FAULTS'] ?? 6);
const share = 0.05;
const work = mkdtempSync(join(tmpdir(), 'hindcast-s3-faults-'));
const config = join(work, 'join.json');
let minio: TestMinio;
let proxy: FaultyStore;
let session: Session;
let warehouse: string;
let store: Store;

beforeAll(async () => {
  minio = await useMinio();
  proxy = await openProxy(minio.endpoint);
  // Driver and executors alike: the client of this process is not made yet.
  process.env['AWS_ENDPOINT_URL_S3'] = proxy.endpoint;
  warehouse = minio.newUrl('faults');
  store = await openStore(warehouse);
  session = await openSession(work);
  const file = join(work, 'rows.parquet');
  await session.run(`COPY (${plainRows}) TO '${file}' (FORMAT parquet)`);
  for (const table of ['data.clicks', 'data.views']) await importInto(warehouse, file, table);
  writeEventsConfig(config, { name: 'small.v1', left: 'data.clicks', right: 'data.views' });
}, minioMs);
afterAll(async () => {
  session.close();
  await proxy.close();
  await minio.close();
  rmSync(work, { recursive: true, force: true });
});

/** Numbers from 0 to 1, the same ones for a seed. */
function randomBy(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const kinds: readonly Fault[] = [
  { kind: 'status', status: 500, code: 'InternalError' },
  { kind: 'status', status: 503, code: 'SlowDown' },
  { kind: 'reset' },
  { kind: 'lost answer' },
  { kind: 'truncated' },
  { kind: 'slow', ms: 300 },
  { kind: 'wrong etag' },
  { kind: 'stale listing' },
];

function faults(seed: number): (asked: Asked) => Fault | null {
  const random = randomBy(seed);
  return () => (random() < share ? kinds[Math.floor(random() * kinds.length)]! : null);
}

/** Partition → hash of its data, and the versions of the table. */
async function committed(): Promise<unknown> {
  const objects = await store.list('out/small_v1/');
  const data = objects.filter(({ key }) => key.endsWith('.parquet'));
  const hashes = await Promise.all(
    data.map(async ({ key }) => [
      key.split('/')[2],
      createHash('sha256')
        .update((await store.get(key))!)
        .digest('hex'),
    ]),
  );
  const log = objects.filter(({ key }) => /\d{20}\.json$/.test(key));
  return { partitions: hashes.sort(), log: log.map(({ key }) => key) };
}

test(`${runs} jobs, in each of which one call in twenty goes wrong`, async () => {
  const job = async (): Promise<void> => {
    const { error } = await submitJoin(config, warehouse, { executors: 2, stepDays: 2 });
    expect(error).toBeNull();
  };
  await job();
  const expected = await committed();
  expect(expected).toMatchObject({ partitions: { length: 4 }, log: { length: 2 } });
  for (let run = 0; run < runs; run++) {
    await store.delete(['out', '_hindcast']);
    proxy.fault = faults(run);
    await job();
    // A second submit sees what the first one did.
    const again = await submitJoin(config, warehouse, { executors: 2, stepDays: 2 });
    expect(again.results?.steps).toEqual([]);
    proxy.fault = () => null;
    expect(await committed(), `run ${run}`).toEqual(expected);
  }
  if (runs >= 6)
    expect([...proxy.faults.keys()].sort()).toEqual(
      [...new Set(kinds.map(({ kind }) => kind))].sort(),
    );
}, 3_600_000);

test('credentials that expire on the way: said, and the next submit computes the rest', async () => {
  // A process each time: what a driver leaves behind is taken away when it lives no more.
  const job = (): Promise<CliResult> =>
    cli(['submit', config, '--warehouse', warehouse, '--step-days', '2', '--master', 'local[2]'], {
      cwd: work,
    });
  await store.delete(['out', '_hindcast']);
  let asked = 0;
  proxy.fault = () => {
    asked++;
    return null;
  };
  const undisturbed = await job();
  expect(undisturbed.code, undisturbed.stderr).toBe(0);
  const whole = asked;
  const expected = await committed();
  const codes: (number | null)[] = [];
  for (const share of [0.2, 0.4, 0.6, 0.9]) {
    await store.delete(['out', '_hindcast']);
    asked = 0;
    proxy.fault = () =>
      ++asked > share * whole ? { kind: 'status', status: 400, code: 'ExpiredToken' } : null;
    const { code, stderr } = await job();
    proxy.fault = () => null;
    codes.push(code);
    expect(stderr).toMatch('the credentials have expired');
    // After the last commit they are missed by statistics and reports alone.
    if (code === 0) expect(await committed()).toEqual(expected);
    else expect([1, 3], stderr).toContain(code);
    expect(stderr).not.toMatch(/^\s+at /m);
    const next = await job();
    expect(next.code, next.stderr).toBe(0);
    expect(await committed()).toEqual(expected);
  }
  expect(codes.slice(0, 2)).not.toContain(0);
});
