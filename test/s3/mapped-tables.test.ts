/** Tables that live elsewhere than the warehouse: on S3 beside a folder, and in a folder beside S3. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeEventsConfig } from '../cli/run-cli.js';
import { plainRows } from '../cli/small-warehouse.js';
import { importInto, readOutput, submitJoin } from '../harness.js';
import { openSession } from '../in-process.js';
import { minioMs, type TestMinio, useMinio } from '../minio.js';

const work = mkdtempSync(join(tmpdir(), 'hindcast-mapped-'));
const config = join(work, 'join.json');
const local = join(work, 'warehouse');
let minio: TestMinio;
let expected: string[];

beforeAll(async () => {
  minio = await useMinio();
  const session = await openSession(work);
  const file = join(work, 'rows.parquet');
  await session.run(`COPY (${plainRows}) TO '${file}' (FORMAT parquet)`);
  session.close();
  for (const table of ['data.clicks', 'data.views']) await importInto(local, file, table);
  writeEventsConfig(config, { name: 'small.v1', left: 'data.clicks', right: 'data.views' });
  expect((await submitJoin(config, local)).error).toBeNull();
  expected = await rowsOf(local);
}, minioMs);
afterAll(async () => {
  await minio.close();
  rmSync(work, { recursive: true, force: true });
});

async function rowsOf(warehouse: string): Promise<string[]> {
  const { rows } = await readOutput(warehouse, 'out.small_v1');
  return rows.map((row) => row.map(String).join('|')).sort();
}

async function upload(folder: string, url: string): Promise<void> {
  const store = await openStore(url);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await store.put(path.slice(folder.length + 1), readFileSync(path));
  }
}

test.each(['Delta', 'plain Parquet'])(
  'a table on S3 and a warehouse in a folder: %s',
  async (kind) => {
    const warehouse = join(work, `beside-${kind.length}`);
    cpSync(join(local, 'data/clicks'), join(warehouse, 'data/clicks'), { recursive: true });
    const url = minio.newUrl('views');
    await upload(join(local, 'data/views'), url);
    if (kind !== 'Delta') await (await openStore(url)).delete(['_delta_log']);
    const { error } = await submitJoin(config, warehouse, { tables: { 'data.views': url } });
    expect(error).toBeNull();
    expect(await rowsOf(warehouse)).toEqual(expected);
  },
);

test('a table in a folder and a warehouse on S3', async () => {
  const warehouse = minio.newUrl('mapped');
  await upload(join(local, 'data/clicks'), `${warehouse}/data/clicks`);
  const tables = { 'data.views': join(local, 'data/views') };
  const { results, error } = await submitJoin(config, warehouse, { tables });
  expect(error).toBeNull();
  expect(results!.store.requests).toBeGreaterThan(0);
  expect(await rowsOf(warehouse)).toEqual(expected);
});
