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
import fc from 'fast-check';
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

const text = async (store: Store, key: string): Promise<string | null> => {
  const data = await store.get(key);
  return data === null ? null : new TextDecoder().decode(data);
};

const keysOf = async (store: Store, prefix: string): Promise<string[]> =>
  (await store.list(prefix)).map(({ key }) => key);

/** Every file that there is, unfinished ones included. */
const filesBelow = (base: string): string[] =>
  readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

test('what is put can be got, replaced and deleted', async () => {
  const { store } = newStore();
  expect(await store.get('a/b')).toBeNull();
  expect(await store.list('')).toEqual([]);
  await store.put('a/b', 'one');
  expect(await text(store, 'a/b')).toBe('one');
  await store.put('a/b', new Uint8Array([0x74, 0x77, 0x6f]));
  expect(await text(store, 'a/b')).toBe('two');
  expect(await store.get('a/b/c')).toBeNull();
  await store.delete(['a/b', 'absent', 'a/b/c']);
  expect(await store.get('a/b')).toBeNull();
});

test('a version changes with the content', async () => {
  const { store } = newStore();
  const version = async (): Promise<string> => (await store.list('a'))[0]!.version;
  await store.put('a', 'one');
  const first = await version();
  expect(await version()).toBe(first);
  await store.put('a', 'two');
  expect(await version()).not.toBe(first);
});

test('putIfAbsent puts once, and never replaces', async () => {
  const { base, store } = newStore();
  expect(await store.putIfAbsent('log/0', 'first')).toBe('created');
  expect(await store.putIfAbsent('log/0', 'second')).toBe('exists');
  expect(await text(store, 'log/0')).toBe('first');
  mkdirSync(join(base, 'log/1'));
  expect(await store.putIfAbsent('log/1', 'x')).toBe('exists');
  expect(filesBelow(base)).toEqual(['0']);
});

test('of many at once one creates, and readers see it whole or not at all', async () => {
  const { base, store } = newStore();
  const size = 400_000;
  for (let round = 0; round < 5; round++) {
    const key = `log/${round}`;
    let done = false;
    const seen = new Set<string | null>();
    const reader = (async () => {
      while (!done) seen.add(await text(store, key));
      seen.add(await text(store, key));
    })();
    const contents = Array.from({ length: 12 }, (_, i) => String.fromCharCode(97 + i).repeat(size));
    const results = await Promise.all(
      contents.map((content) => openLocalStore(base).putIfAbsent(key, content)),
    );
    done = true;
    await reader;
    expect(results.filter((result) => result === 'created')).toHaveLength(1);
    seen.delete(null);
    expect([...seen]).toEqual([contents[results.indexOf('created')]]);
  }
  expect(filesBelow(base)).toHaveLength(5);
});

test('a put that replaces is seen whole as well', async () => {
  const { base, store } = newStore();
  const contents = ['a', 'b', 'c'].map((char) => char.repeat(300_000));
  await store.put('x', contents[0]!);
  let done = false;
  const seen: (string | null)[] = [];
  const reader = (async () => {
    while (!done) seen.push(await text(store, 'x'));
  })();
  for (let i = 0; i < 10; i++) {
    await Promise.all(contents.map((content) => store.put('x', content)));
  }
  done = true;
  await reader;
  expect(seen.filter((content) => content === null || !contents.includes(content))).toEqual([]);
  expect(filesBelow(base)).toEqual(['x']);
});

const names = fc.constantFrom('a', 'ab', 'a=b', 'a b', 'ds=2023-12-01', 'é', 'Z', '_x', '.hidden');
/** Folders end with a slash, so that none of them is an object, too. */
const keys = fc.tuple(fc.array(names, { maxLength: 3 }), names).map(([folders, name]) => {
  return [...folders.map((folder) => `${folder}+`), name].join('/');
});

test('list gives every key that begins with the prefix, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(keys, { maxLength: 12 }),
      fc.oneof(keys, fc.tuple(keys, fc.nat({ max: 20 })), fc.constant('')),
      async (present, cut) => {
        const { store } = newStore();
        for (const key of present) await store.put(key, key);
        const prefix = typeof cut === 'string' ? cut : cut[0].slice(0, cut[1]);
        const listed = await store.list(prefix);
        expect(listed.map(({ key, bytes }) => [key, bytes])).toEqual(
          present
            .filter((key) => key.startsWith(prefix))
            .sort()
            .map((key) => [key, Buffer.byteLength(key)]),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('a folder and its name as a prefix are told apart', async () => {
  const { store } = newStore();
  for (const key of ['t/a', 'tt/b', 't.c']) await store.put(key, '');
  expect(await keysOf(store, 't')).toEqual(['t.c', 't/a', 'tt/b']);
  expect(await keysOf(store, 't/')).toEqual(['t/a']);
  expect(await keysOf(store, './t/')).toEqual(['t/a']);
  expect(await keysOf(store, './/t//')).toEqual(['t/a']);
  expect(await keysOf(store, './')).toEqual(['t.c', 't/a', 'tt/b']);
  expect(await keysOf(store, 't.c/')).toEqual([]);
});

test('folders are the folders right below, links to folders included', async () => {
  const { base, store } = newStore();
  for (const key of ['b/x/y', 'a/x', 'c']) await store.put(key, '');
  symlinkSync(join(base, 'b'), join(base, 'link'));
  symlinkSync(join(base, 'nowhere'), join(base, 'broken'));
  expect(await store.folders('')).toEqual(['a', 'b', 'link']);
  expect(await store.folders('b/')).toEqual(['x']);
  expect(await store.folders('absent/')).toEqual([]);
});

test('links are followed, but not in a circle, and what is still being written is not listed', async () => {
  const { base, store } = newStore();
  await store.put('real/deep/a', '');
  symlinkSync(join(base, 'real'), join(base, 'link'));
  symlinkSync(base, join(base, 'real/deep/up'));
  linkSync(join(base, 'real/deep/a'), join(base, 'real/.0123456789abcdef.tmp'));
  expect(await keysOf(store, '')).toEqual(['link/deep/a', 'real/deep/a']);
});

test('deleting a folder takes everything below it', async () => {
  const { store } = newStore();
  for (const key of ['t/a', 't/b/c', 'tt/a']) await store.put(key, '');
  await store.delete(['t']);
  expect(await keysOf(store, '')).toEqual(['tt/a']);
});

test('moving takes a folder to a free name, and nothing over another', async () => {
  const { store } = newStore();
  for (const key of ['t/a', 't/b/c', 'other/d']) await store.put(key, key);
  await store.move('t', 'archive/t@1');
  expect(await keysOf(store, '')).toEqual(['archive/t@1/a', 'archive/t@1/b/c', 'other/d']);
  await expect(store.move('other', 'archive/t@1')).rejects.toMatchObject({
    kind: 'storage',
    message: expect.stringMatching(/^can't move to .*t@1: something is there already$/),
  });
  await expect(store.move('absent', 'x')).rejects.toMatchObject({
    kind: 'storage',
    found: 'ENOENT',
  });
  expect(await keysOf(store, 'other')).toEqual(['other/d']);
});

test.each(['..', '../x', 'a/../../x', 'a/..', '/etc/passwd', 'a\\..\\..\\x', 'a\0b', '/'])(
  'the key %j leads out and is refused everywhere',
  async (key) => {
    const { base, store } = newStore();
    await store.put('inside', 'x');
    const refused = {
      kind: 'storage',
      message: expect.stringContaining('leads out of the warehouse'),
    };
    for (const attempt of [
      () => store.get(key),
      () => store.list(key),
      () => store.folders(key),
      () => store.put(key, 'x'),
      () => store.putIfAbsent(key, 'x'),
      () => store.delete([key]),
      () => store.move('inside', key),
      () => store.move(key, 'free'),
      async () => store.localPath(key),
    ]) {
      await expect(attempt()).rejects.toMatchObject(refused);
    }
    expect(filesBelow(base)).toEqual(['inside']);
  },
);

test.each(['', '.', './'])('the whole warehouse, as %j, is no object', async (key) => {
  const { base, store } = newStore();
  await store.put('inside', 'x');
  const refused = { kind: 'storage', message: expect.stringContaining('the whole warehouse') };
  for (const attempt of [
    () => store.put(key, 'x'),
    () => store.putIfAbsent(key, 'x'),
    () => store.delete([key]),
    () => store.move('inside', key),
    () => store.move(key, 'free'),
  ]) {
    await expect(attempt()).rejects.toMatchObject(refused);
  }
  expect(filesBelow(base)).toEqual(['inside']);
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
