/** What only a local folder can be asked; `store.test.ts` has what every store must do. */
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLocalStore } from './local.js';
import type { Store } from './store.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let stores = 0;

/** A store of its own, whose folder doesn't exist yet. */
function newStore(): { base: string; store: Store } {
  const base = join(root, `s${stores++}`);
  return { base, store: openLocalStore(base) };
}

const keysOf = async (store: Store, prefix: string): Promise<string[]> =>
  (await store.list(prefix)).map(({ key }) => key);

/** Every file that there is, unfinished ones included. */
const filesBelow = (base: string): string[] =>
  readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

test('a folder in the way of an object that must not be there', async () => {
  const { base, store } = newStore();
  mkdirSync(join(base, 'log/1'), { recursive: true });
  expect(await store.putIfAbsent('log/1', 'x')).toBe('exists');
  expect(filesBelow(base)).toEqual([]);
});

test('a folder of many files appears at once', async () => {
  const { base, store } = newStore();
  for (const name of ['1', '2']) await store.put(`staged/${name}`, name);
  // An empty folder is as good as none.
  mkdirSync(join(base, 't/ds=1'), { recursive: true });
  const files = ['1', '2'].map((name) => ({ from: `staged/${name}`, name }));
  await store.place('t/ds=1', files, 'gathering');
  expect(await keysOf(store, '')).toEqual(['t/ds=1/1', 't/ds=1/2']);
  expect(readdirSync(base).sort()).toEqual(['staged', 't']);
});

test('links to folders are folders', async () => {
  const { base, store } = newStore();
  for (const key of ['b/x/y', 'a/x', 'c']) await store.put(key, '');
  symlinkSync(join(base, 'b'), join(base, 'link'));
  symlinkSync(join(base, 'nowhere'), join(base, 'broken'));
  expect(await store.folders('')).toEqual(['a', 'b', 'link']);
});

test('links are followed, but not in a circle, and what is still being written is not listed', async () => {
  const { base, store } = newStore();
  await store.put('real/deep/a', '');
  symlinkSync(join(base, 'real'), join(base, 'link'));
  symlinkSync(base, join(base, 'real/deep/up'));
  linkSync(join(base, 'real/deep/a'), join(base, 'real/.0123456789abcdef.tmp'));
  expect(await keysOf(store, '')).toEqual(['link/deep/a', 'real/deep/a']);
});

test('what the file system refuses is said in words, and leaves nothing behind', async () => {
  const { base, store } = newStore();
  await store.put('file', 'x');
  await store.put('folder/a', 'x');
  const below = `can't write ${join(base, 'file/below')}: `;
  await expect(store.put('file/below', 'y')).rejects.toMatchObject({
    kind: 'storage',
    message: expect.stringMatching(/a part of the path is a file|something is there already/),
  });
  await expect(store.put('file/below', 'y')).rejects.toThrow(below);
  await expect(store.put('folder', 'y')).rejects.toMatchObject({
    kind: 'storage',
    message: `can't write ${join(base, 'folder')}: it is a folder`,
    found: 'EISDIR',
  });
  await expect(store.get('folder')).rejects.toMatchObject({
    kind: 'storage',
    message: `can't read ${join(base, 'folder')}: it is a folder`,
  });
  await expect(store.put('n'.repeat(300), 'y')).rejects.toMatchObject({
    kind: 'storage',
    found: 'ENAMETOOLONG',
  });
  expect(filesBelow(base).sort()).toEqual(['a', 'file']);
});

test('a warehouse that is a file is refused on the first write, and empty until then', async () => {
  const path = join(root, 'file');
  writeFileSync(path, 'precious');
  const store = openLocalStore(path);
  expect(await store.list('')).toEqual([]);
  await expect(store.put('a', 'x')).rejects.toMatchObject({ kind: 'storage' });
  expect(readFileSync(path, 'utf8')).toBe('precious');
});
