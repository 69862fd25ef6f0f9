import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from './open.js';

test.each([
  ['warehouse', resolve('warehouse')],
  ['/data/a b', '/data/a b'],
  ['file:///data/a%20b', '/data/a b'],
  ['file:/data/x', '/data/x'],
  ['FILE:///data/x', '/data/x'],
  ['c:odd', resolve('c:odd')],
])('%s is a folder', async (url, path) => {
  expect((await openStore(url)).address('')).toBe(path);
});

test.each([
  ['gs://bucket/x', 'no store for this scheme', 'gs://'],
  ['hdfs://host/x', 'no store for this scheme', 'hdfs://'],
])('%s has no store', async (url, what, found) => {
  await expect(openStore(url)).rejects.toMatchObject({
    kind: 'usage',
    message: `can't open warehouse "${url}": ${what}`,
    found,
  });
});

test.each([
  ['s3://bucket/x', 's3://bucket/x/'],
  ['S3A://bucket//x/./y/', 's3://bucket/x/y/'],
  ['s3://bucket', 's3://bucket/'],
])('%s is a place in a bucket', async (url, address) => {
  expect((await openStore(url)).address('')).toBe(address);
});

test.each([
  ['s3://', 'names no bucket'],
  ['s3:///x', 'names no bucket'],
  ['s3://a b/x', 'names no bucket'],
  ['s3://bucket/../x', 'leads out of its bucket'],
])('%s is no place', async (url, what) => {
  await expect(openStore(url)).rejects.toMatchObject({
    kind: 'usage',
    message: `"${url}" ${what}`,
    hint: expect.stringContaining('s3://bucket/prefix'),
  });
});

test.each(['file://host/share', 'file:///a%2Fb', 'file:///%zz'])(
  '%s names no folder here',
  async (url) => {
    await expect(openStore(url)).rejects.toMatchObject({
      kind: 'usage',
      message: `"${url}" names no folder on this machine`,
    });
  },
);
