/** What only S3 can be asked: answers that are lost, conflicts, and what it refuses, in words. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { minioMs, type TestMinio, useMinio } from '../../../../test/minio.js';
import { type Fault, type FaultyStore, openProxy } from '../../../../test/s3-proxy.js';
import { openStore } from './open.js';
import type { Store } from './store.js';

let minio: TestMinio;
let proxy: FaultyStore;
let store: Store;
beforeAll(async () => {
  minio = await useMinio();
  proxy = await openProxy(minio.endpoint);
  process.env['AWS_ENDPOINT_URL_S3'] = proxy.endpoint;
}, minioMs);
beforeEach(async () => {
  proxy.fault = () => null;
  store = await openStore(minio.newUrl('s3'));
});
afterAll(async () => {
  await proxy.close();
  await minio.close();
});

/** These go wrong with the first requests of a method, one after the other. */
function first(method: string, ...faults: readonly Fault[]): void {
  const left = [...faults];
  proxy.fault = (asked) => (asked.method === method ? (left.shift() ?? null) : null);
}

const text = async (key: string): Promise<string> =>
  new TextDecoder().decode((await store.get(key))!);

test.each([
  ['lost answer', { kind: 'lost answer' }],
  ['reset', { kind: 'reset' }],
  ['conflict', { kind: 'status', status: 409, code: 'ConditionalRequestConflict' }],
  ['failure', { kind: 'status', status: 500, code: 'InternalError' }],
] satisfies [string, Fault][])('putIfAbsent, first try: %s', async (_, fault) => {
  first('PUT', fault, fault);
  expect(await store.putIfAbsent('log/0', 'ours')).toBe('created');
  expect(await text('log/0')).toBe('ours');
  first('PUT', fault);
  expect(await store.putIfAbsent('log/0', 'others')).toBe('exists');
  expect(await text('log/0')).toBe('ours');
});

test('a body that is cut short is asked for again', async () => {
  await store.put('a', 'x'.repeat(100_000));
  first('GET', { kind: 'truncated' }, { kind: 'truncated' });
  expect((await store.get('a'))!.byteLength).toBe(100_000);
});

test('a listing whose calls fail', async () => {
  const keys = Array.from({ length: 30 }, (_, i) => `k${String(i).padStart(2, '0')}`);
  for (const key of keys) await store.put(key, key);
  first('GET', { kind: 'status', status: 503, code: 'SlowDown' }, { kind: 'truncated' });
  expect((await store.list('')).map(({ key }) => key)).toEqual(keys);
});

test.each([
  ['AccessDenied', 403, 'permission denied'],
  ['ExpiredToken', 400, 'the credentials have expired'],
  ['RequestTimeTooSkewed', 403, "this machine's clock is off"],
  ['InvalidAccessKeyId', 403, 'the access key is unknown there'],
  ['NoSuchBucket', 404, 'there is no such bucket'],
])('%s', async (code, status, what) => {
  proxy.fault = () => ({ kind: 'status', status, code });
  const url = store.address('some/key');
  await expect(store.put('some/key', 'x')).rejects.toMatchObject({
    kind: 'storage',
    message: `can't write ${url}: ${what}`,
    found: code,
    hint: expect.stringMatching(/\S/),
  });
});

test('requests and bytes are counted', async () => {
  const before = store.use();
  await store.put('a', 'x'.repeat(1000));
  await store.get('a');
  await store.list('');
  const after = store.use();
  expect(after.requests - before.requests).toBe(3);
  expect(after.bytesRead - before.bytesRead).toBe(1000);
  expect(after.bytesWritten - before.bytesWritten).toBe(1000);
});
