/** What every store must do, tried on a local folder and on MinIO. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { minioMs, type TestMinio, useMinio } from '../../../../test/minio.js';
import { atMost } from './at-most.js';
import { openStore } from './open.js';
import type { Store } from './store.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-store-'));
let minio: TestMinio;
beforeAll(async () => {
  minio = await useMinio();
}, minioMs);
afterAll(async () => {
  await minio.close();
  rmSync(root, { recursive: true, force: true });
});

const text = async (store: Store, key: string): Promise<string | null> => {
  const data = await store.get(key);
  return data === null ? null : new TextDecoder().decode(data);
};

const keysOf = async (store: Store, prefix: string): Promise<string[]> =>
  (await store.list(prefix)).map(({ key }) => key);

const names = fc.constantFrom('a', 'ab', 'a=b', 'a b', 'ds=2023-12-01', 'é', 'Z', '_x', '.hidden');
/** Folders end with a slash, so that none of them is an object, too. */
const keys = fc.tuple(fc.array(names, { maxLength: 3 }), names).map(([folders, name]) => {
  return [...folders.map((folder) => `${folder}+`), name].join('/');
});

let stores = 0;

describe.each(['local', 's3'] as const)('%s', (kind) => {
  /** A store of its own, at a place where nothing is yet. */
  const newStore = (): Promise<Store> =>
    openStore(kind === 'local' ? join(root, `s${stores++}`) : minio.newUrl('store'));

  test('what is put can be got, replaced and deleted', async () => {
    const store = await newStore();
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
    const store = await newStore();
    const version = async (): Promise<string> => (await store.list('a'))[0]!.version;
    await store.put('a', 'one');
    const first = await version();
    expect(await version()).toBe(first);
    await store.put('a', 'two');
    expect(await version()).not.toBe(first);
  });

  test('putIfAbsent puts once, and never replaces', async () => {
    const store = await newStore();
    expect(await store.putIfAbsent('log/0', 'first')).toBe('created');
    expect(await store.putIfAbsent('log/0', 'second')).toBe('exists');
    expect(await text(store, 'log/0')).toBe('first');
    expect(await keysOf(store, '')).toEqual(['log/0']);
  });

  test('of many at once one creates, and readers see it whole or not at all', async () => {
    const store = await newStore();
    const size = 400_000;
    for (let round = 0; round < 5; round++) {
      const key = `log/${round}`;
      let done = false;
      const seen = new Set<string | null>();
      const reader = (async () => {
        while (!done) seen.add(await text(store, key));
        seen.add(await text(store, key));
      })();
      const contents = Array.from({ length: 12 }, (_, i) =>
        String.fromCharCode(97 + i).repeat(size),
      );
      const results = await Promise.all(
        contents.map(async (content) => (await openStore(store.url)).putIfAbsent(key, content)),
      );
      done = true;
      await reader;
      expect(results.filter((result) => result === 'created')).toHaveLength(1);
      seen.delete(null);
      expect([...seen]).toEqual([contents[results.indexOf('created')]]);
    }
    expect(await keysOf(store, '')).toHaveLength(5);
  });

  test('a put that replaces is seen whole as well', async () => {
    const store = await newStore();
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
    expect(await keysOf(store, '')).toEqual(['x']);
  });

  test('list gives every key that begins with the prefix, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(keys, { maxLength: 12 }),
        fc.oneof(keys, fc.tuple(keys, fc.nat({ max: 20 })), fc.constant('')),
        async (present, cut) => {
          const store = await newStore();
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
      { numRuns: kind === 'local' ? 200 : 20 },
    );
  });

  test('a prefix may be the dot that hidden names begin with', async () => {
    const store = await newStore();
    for (const key of ['a', 'b/.c', 'b/c']) await store.put(key, key);
    expect(await keysOf(store, '.')).toEqual([]);
    expect(await keysOf(store, 'b/.')).toEqual(['b/.c']);
  });

  test('a folder and its name as a prefix are told apart', async () => {
    const store = await newStore();
    for (const key of ['t/a', 'tt/b', 't.c']) await store.put(key, '');
    expect(await keysOf(store, 't')).toEqual(['t.c', 't/a', 'tt/b']);
    expect(await keysOf(store, 't/')).toEqual(['t/a']);
    expect(await keysOf(store, './t/')).toEqual(['t/a']);
    expect(await keysOf(store, './/t//')).toEqual(['t/a']);
    expect(await keysOf(store, './')).toEqual(['t.c', 't/a', 'tt/b']);
    expect(await keysOf(store, 't.c/')).toEqual([]);
  });

  test('folders are the folders right below', async () => {
    const store = await newStore();
    for (const key of ['b/x/y', 'a/x', 'c']) await store.put(key, '');
    expect(await store.folders('')).toEqual(['a', 'b']);
    expect(await store.folders('b/')).toEqual(['x']);
    expect(await store.folders('absent/')).toEqual([]);
  });

  test('deleting a folder takes everything below it', async () => {
    const store = await newStore();
    for (const key of ['t/a', 't/b/c', 'tt/a']) await store.put(key, '');
    await store.delete(['t']);
    expect(await keysOf(store, '')).toEqual(['tt/a']);
  });

  test('moving takes a folder to a free name, and nothing over another', async () => {
    const store = await newStore();
    for (const key of ['t/a', 't/b/c', 'other/d']) await store.put(key, key);
    await store.move('t', 'archive/t@1');
    expect(await keysOf(store, '')).toEqual(['archive/t@1/a', 'archive/t@1/b/c', 'other/d']);
    await expect(store.move('other', 'archive/t@1')).rejects.toMatchObject({
      kind: 'storage',
      message: expect.stringMatching(/^can't move to .*t@1: something is there already$/),
    });
    await expect(store.move('absent', 'x')).rejects.toMatchObject({
      kind: 'storage',
      message: expect.stringMatching(/it is not there$/),
    });
    expect(await keysOf(store, 'other')).toEqual(['other/d']);
  });

  test.each(['..', '../x', 'a/../../x', 'a/..', '/etc/passwd', 'a\\..\\..\\x', 'a\0b', '/'])(
    'the key %j leads out and is refused everywhere',
    async (key) => {
      const store = await newStore();
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
        () => store.copy('inside', key),
        () => store.copy(key, 'free'),
        () => store.place('folder', [{ from: key, name: 'x' }], 'gathering'),
        async () => store.appender(key),
        async () => store.address(key),
      ]) {
        await expect(attempt()).rejects.toMatchObject(refused);
      }
      expect(await keysOf(store, '')).toEqual(['inside']);
    },
  );

  test.each(['', '.', './'])('the whole warehouse, as %j, is no object', async (key) => {
    const store = await newStore();
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
    expect(await keysOf(store, '')).toEqual(['inside']);
  });

  test('a copy outlives its original', async () => {
    const store = await newStore();
    await store.put('t/a', 'one');
    await store.copy('t/a', 'kept/b');
    await store.put('t/a', 'two');
    expect(await text(store, 'kept/b')).toBe('one');
    await store.delete(['t']);
    expect(await keysOf(store, '')).toEqual(['kept/b']);
  });

  test('objects are placed in a folder, be there something or not', async () => {
    const store = await newStore();
    for (const key of ['staged/1/x', 'staged/2/x', 'staged/3/x']) await store.put(key, key);
    const place = (from: string, name: string): Promise<void> =>
      store.place('t/ds=1', [{ from, name }], 'gathering/ds=1');
    await place('staged/1/x', 'a');
    await place('staged/2/x', 'b');
    await store.place('t/ds=2', [{ from: 'staged/3/x', name: 'c' }], 'gathering/ds=2');
    expect(await keysOf(store, 't/')).toEqual(['t/ds=1/a', 't/ds=1/b', 't/ds=2/c']);
    expect(await text(store, 't/ds=1/b')).toBe('staged/2/x');
  });

  test('text grows at its end', async () => {
    const store = await newStore();
    const log = store.appender('runs/1/events');
    log.append('a\n');
    log.append('b\n');
    await log.flush();
    expect(await text(store, 'runs/1/events')).toBe('a\nb\n');
    log.append('c\n');
    await log.flush();
    await log.flush();
    expect(await text(store, 'runs/1/events')).toBe('a\nb\nc\n');
  });

  test('more keys than a page or a batch takes', async () => {
    const store = await newStore();
    const keys = Array.from({ length: 1050 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
    await atMost(16, keys, (key) => store.put(key, ''));
    expect(await keysOf(store, 'many/')).toEqual(keys);
    await store.delete(['many']);
    expect(await store.list('')).toEqual([]);
  });

  test('large objects come back as they went', async () => {
    const store = await newStore();
    const data = Buffer.alloc(40 * 2 ** 20 + 5);
    for (let i = 0; i < data.length; i += 4096) data.writeUInt32LE(i, Math.min(i, data.length - 4));
    await store.put('large', data);
    expect(Buffer.compare((await store.get('large'))!, data)).toBe(0);
    await store.copy('large', 'twin');
    expect((await store.list('')).map(({ key, bytes }) => [key, bytes])).toEqual([
      ['large', data.length],
      ['twin', data.length],
    ]);
  });
});
