/** What is read of Parquet on S3: the columns and row groups that tasks use, each once, and little else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Session } from '../../packages/executor/src/scan/duckdb.js';
import { writeEventsConfig } from '../cli/run-cli.js';
import { dateOf } from '../cli/small-warehouse.js';
import { importInto, readOutput, submitJoin } from '../harness.js';
import { openSession } from '../in-process.js';
import { minioMs, type TestMinio, useMinio } from '../minio.js';
import { type FaultyStore, openProxy } from '../s3-proxy.js';

const work = mkdtempSync(join(tmpdir(), 'hindcast-partial-'));
const config = join(work, 'join.json');
const local = join(work, 'warehouse');
let minio: TestMinio;
let proxy: FaultyStore;
let session: Session;
let warehouse: string;
/** Ranges that were asked of each object, by its URL. */
const asked = new Map<string, string[]>();

/** Wide rows, of which the join uses `user`, `ts` and `price`; `wide` does not compress. */
const rows = `SELECT md5((i % 5000)::VARCHAR) AS user, 1700006400000 + i * 3456 AS ts,
  (i * 7919 % 10000)::BIGINT AS price, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS wide,
  (hash(i) >> 2)::BIGINT AS other, ${dateOf('(i // 2500)')} AS ds FROM range(100000) t(i)`;

beforeAll(async () => {
  minio = await useMinio();
  proxy = await openProxy(minio.endpoint);
  proxy.fault = ({ method, url, headers }) => {
    if (method === 'GET' && /\.(parquet|bin)/.test(url)) {
      const path = url.split('?')[0]!;
      asked.set(path, [...(asked.get(path) ?? []), String(headers['range'])]);
    }
    return null;
  };
  process.env['AWS_ENDPOINT_URL_S3'] = proxy.endpoint;
  warehouse = minio.newUrl('partial');
  session = await openSession(work);
  const file = join(work, 'rows.parquet');
  await session.run(`COPY (${rows}) TO '${file}' (FORMAT parquet)`);
  for (const place of [warehouse, local])
    for (const table of ['data.clicks', 'data.views']) await importInto(place, file, table);
  writeEventsConfig(config, { name: 'small.v1', left: 'data.clicks', right: 'data.views' });
}, minioMs);
beforeEach(() => asked.clear());
afterAll(async () => {
  session.close();
  await proxy.close();
  await minio.close();
  rmSync(work, { recursive: true, force: true });
});

/** Bytes of the chunks of these columns of all files of a table, by their footers. */
async function chunkBytes(table: string, columns: readonly string[]): Promise<number> {
  const [row] = await session.rows(
    `SELECT sum(total_compressed_size) FROM parquet_metadata('${local}/${table}/*/*.parquet')
     WHERE path_in_schema IN (${columns.map((name) => `'${name}'`).join(', ')})`,
  );
  return Number(row![0]);
}

test('one executor reads little more than the columns that it uses, each byte once', async () => {
  const before = (await openStore(warehouse)).use();
  const { results, error } = await submitJoin(config, warehouse, { executors: 1 });
  expect(error).toBeNull();
  const after = (await openStore(warehouse)).use();
  const driver = after.bytesRead - before.bytesRead;
  const used =
    (await chunkBytes('data/clicks', ['user', 'ts'])) +
    (await chunkBytes('data/views', ['user', 'ts', 'price']));
  const all = ['user', 'ts', 'price', 'wide', 'other'];
  const whole = (await chunkBytes('data/clicks', all)) + (await chunkBytes('data/views', all));
  // The test says something only where the rest is far more.
  expect(whole).toBeGreaterThan(2 * used);
  // KeyBuckets that the executor made itself lie in its mirror: it reads the sources, and no more.
  const read = results!.store.bytesRead - driver;
  expect(read).toBeGreaterThanOrEqual(used * 0.9);
  expect(read).toBeLessThanOrEqual(used * 1.1);
  for (const [path, ranges] of asked) {
    const spans = ranges.filter((range) => /^bytes=\d/.test(range)).map(spanOf);
    const sorted = spans.sort((a, b) => a[0] - b[0]);
    for (let i = 1; i < sorted.length; i++)
      expect(sorted[i]![0], `${path}: ${ranges}`).toBeGreaterThan(sorted[i - 1]![1]);
    expect(ranges.filter((range) => range.startsWith('bytes=-')).length, path).toBeLessThanOrEqual(
      1,
    );
  }
});

function spanOf(range: string): [number, number] {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range)!;
  return [Number(from), Number(to)];
}

test('many KeyBuckets on two executors: the same table as on a local folder', async () => {
  const other = join(work, 'many.json');
  writeEventsConfig(other, { name: 'many.v1', left: 'data.clicks', right: 'data.views' });
  const options = { executors: 2, memoryBytes: 2 ** 26, stepDays: 2 };
  for (const place of [warehouse, local]) {
    const { error } = await submitJoin(other, place, options);
    expect(error).toBeNull();
  }
  const text = async (place: string): Promise<string[]> =>
    (await readOutput(place, 'out.many_v1')).rows.map((row) => row.map(String).join('|')).sort();
  const expected = await text(local);
  expect(expected).toHaveLength(100_000);
  expect((await text(warehouse)).join('\n') === expected.join('\n')).toBe(true);
});
