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
  expect((await openStore(url)).localPath('')).toBe(path);
});

test.each([
  ['s3://bucket/x', 'this version has no S3 store yet', 's3://'],
  ['S3A://bucket/x', 'this version has no S3 store yet', 's3a://'],
  ['gs://bucket/x', 'no store for this scheme', 'gs://'],
  ['hdfs://host/x', 'no store for this scheme', 'hdfs://'],
])('%s has no store', async (url, what, found) => {
  await expect(openStore(url)).rejects.toMatchObject({
    kind: 'usage',
    message: `can't open warehouse "${url}": ${what}`,
    found,
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
