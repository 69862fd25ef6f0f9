/** Drivers over S3, killed at random moments: what a second submit leaves is what an undisturbed one does. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, entry, writeEventsConfig } from '../cli/run-cli.js';
import { plainRows } from '../cli/small-warehouse.js';
import { importInto, readOutput } from '../harness.js';
import { openSession } from '../in-process.js';
import { minioMs, type TestMinio, useMinio } from '../minio.js';

/** A fifth of those over folders: each takes longer. */
const kills = Math.ceil(Number(process.env['HINDCAST_KILLS'] ?? 10) / 5);
const root = mkdtempSync(join(tmpdir(), 'hindcast-s3-kill-'));
const config = join(root, 'join.json');
let minio: TestMinio;
let warehouse: string;
let store: Store;

beforeAll(async () => {
  minio = await useMinio();
  warehouse = minio.newUrl('kill');
  store = await openStore(warehouse);
  const file = join(root, 'rows.parquet');
  const session = await openSession(root);
  await session.run(`COPY (${plainRows}) TO '${file}' (FORMAT parquet)`);
  session.close();
  for (const table of ['data.clicks', 'data.views']) await importInto(warehouse, file, table);
  writeEventsConfig(config, { name: 'small.v1', left: 'data.clicks', right: 'data.views' });
}, minioMs);
afterAll(async () => {
  await minio.close();
  rmSync(root, { recursive: true, force: true });
});

const submit = (): string[] => [
  ...['submit', config, '--warehouse', warehouse],
  ...['--step-days', '1', '--master', 'local[2]'],
];

async function rows(): Promise<string[]> {
  const { rows } = await readOutput(warehouse, 'out.small_v1');
  return rows.map((row) => row.map(String).join('|')).sort();
}

/** Data files that lie in the table's folders beside those that count. */
async function strays(): Promise<string[]> {
  const none = (): Promise<never> => Promise.reject(new Error('unexpected checkpoint'));
  const snapshot = await readDeltaSnapshot(store, 'out/small_v1', none);
  const active = new Set(snapshot!.files.map(({ path }) => `out/small_v1/${path}`));
  return (await store.list('out/small_v1/ds='))
    .map(({ key }) => key)
    .filter((key) => !active.has(key));
}

function killAfter(ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [entry, ...submit()], { cwd: root, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), ms);
    child.on('exit', (_, signal) => {
      clearTimeout(timer);
      resolve(signal === 'SIGKILL');
    });
  });
}

test(`${kills} kills leave nothing half done`, { timeout: 1_800_000 }, async () => {
  const started = Date.now();
  const first = await cli(submit(), { cwd: root });
  expect(first.code, first.stderr).toBe(0);
  const duration = Date.now() - started;
  const expected = await rows();
  let died = 0;
  for (let kill = 0; kill < kills; kill++) {
    await store.delete(['out', ...(kill % 2 === 0 ? ['_hindcast'] : [])]);
    // The first half is loading and planning.
    if (await killAfter(duration * (0.4 + 0.6 * Math.random()))) died++;
    const again = await cli(submit(), { cwd: root });
    expect(again.code, again.stderr).toBe(0);
    expect(await rows()).toEqual(expected);
    expect(await strays()).toEqual([]);
  }
  process.stderr.write(`kill on S3: ${died} of ${kills} drivers died before they were done\n`);
});
