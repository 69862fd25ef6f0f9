/** The mirror over MinIO: what it fetches, what it keeps, and objects that change. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBucket, type S3Objects } from '@hindcast/shared/store/s3-objects';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { minioMs, type TestMinio, useMinio } from '../../../../test/minio.js';
import { testBucket } from '../../../../test/test-store.js';
import { Mirror } from './mirror.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-mirror-'));
const size = 200_000;
let minio: TestMinio;
let objects: S3Objects;
let prefix: string;
beforeAll(async () => {
  minio = await useMinio();
  objects = await openBucket(testBucket);
  prefix = minio.newUrl('mirror').slice(`s3://${testBucket}/`.length);
}, minioMs);
afterAll(async () => {
  await minio.close();
  rmSync(root, { recursive: true, force: true });
});

const once = <T>(request: () => Promise<T>): Promise<T> => request();
const filled = (value: number): Buffer => Buffer.alloc(size, value);
const fetch = (mirror: Mirror, name: string, from: number, to: number): Promise<number | null> =>
  mirror.fetch(objects, `${prefix}/${name}`, join(root, name), async () => [{ from, to }], once);
const isThere = (name: string): boolean =>
  statSync(join(root, name), { throwIfNoEntry: false }) !== undefined;

test('the file is as long as the object, and has what was asked for', async () => {
  const mirror = new Mirror(2 ** 30);
  await objects.put(`${prefix}/a`, filled(7));
  expect(await fetch(mirror, 'a', 1000, 2000)).toBe(size);
  const file = readFileSync(join(root, 'a'));
  expect(file.length).toBe(size);
  expect(file.subarray(1000, 2000).every((byte) => byte === 7)).toBe(true);
  expect(file.subarray(2000, 100_000).every((byte) => byte === 0)).toBe(true);
  const before = (await import('@hindcast/shared/store/s3-objects')).usedSoFar();
  const used = await before;
  const { requests } = used();
  await fetch(mirror, 'a', 1200, 1900);
  expect(used().requests).toBe(requests);
  expect(await fetch(mirror, 'absent', 0, 1)).toBeNull();
  expect(isThere('absent')).toBe(false);
});

test('an object that changes in between is fetched anew', async () => {
  const mirror = new Mirror(2 ** 30);
  await objects.put(`${prefix}/b`, filled(1));
  await fetch(mirror, 'b', 0, 1000);
  await objects.put(`${prefix}/b`, filled(2));
  await fetch(mirror, 'b', 0, 5000);
  expect(
    readFileSync(join(root, 'b'))
      .subarray(0, 5000)
      .every((byte) => byte === 2),
  ).toBe(true);
});

test('what was used least lately goes first, and nothing that the task uses', async () => {
  const mirror = new Mirror(2.5 * size);
  for (const name of ['c', 'd', 'e', 'f']) {
    await objects.put(`${prefix}/${name}`, filled(3));
    mirror.beginTask();
    await fetch(mirror, name, 0, size);
    if (name === 'e') await fetch(mirror, 'c', 0, 10);
  }
  await mirror.trim();
  expect(['c', 'd', 'e', 'f'].map(isThere)).toEqual([false, false, true, true]);
  mirror.beginTask();
  for (const name of ['c', 'd', 'e', 'f']) await fetch(mirror, name, 0, size);
  await mirror.trim();
  expect(['c', 'd', 'e', 'f'].map(isThere)).toEqual([true, true, true, true]);
  mirror.beginTask();
  await mirror.trim();
  expect(['c', 'd', 'e', 'f'].filter(isThere)).toHaveLength(2);
});
