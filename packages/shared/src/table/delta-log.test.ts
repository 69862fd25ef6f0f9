import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { openLocalStore } from '../store/local.js';
import type { Action, MetaDataAction } from './delta-actions.js';
import { commitKey, readDeltaSnapshot } from './delta-log.js';
import { encodePath } from './delta-path.js';
import { schemaString } from './delta-schema.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-log-'));
const store = openLocalStore(root);
afterAll(() => rmSync(root, { recursive: true, force: true }));

let tables = 0;
const newTable = (): string => `ns/t${tables++}`;

const metaData: MetaDataAction = {
  id: 'id',
  format: { provider: 'parquet', options: {} },
  schemaString: schemaString([{ name: 'ds', type: 'VARCHAR' }]),
  partitionColumns: ['ds'],
  configuration: {},
};
const protocol = { minReaderVersion: 1, minWriterVersion: 2 };

function add(path: string, changes: object = {}): Action {
  const facts = { size: 1, modificationTime: 2, dataChange: true };
  return { add: { path: encodePath(path), partitionValues: { ds: 'd' }, ...facts, ...changes } };
}

const remove = (path: string): Action => ({ remove: { path: encodePath(path), dataChange: true } });

async function put(table: string, version: number, actions: readonly Action[]): Promise<void> {
  const text = actions.map((action) => `${JSON.stringify(action)}\n`).join('');
  expect(await store.putIfAbsent(commitKey(table, version), text)).toBe('created');
}

/** Stands for the executor's reading of Parquet: these checkpoints are JSON. */
const readCheckpoint = async (paths: readonly string[]): Promise<object[]> =>
  paths.flatMap((path) => JSON.parse(readFileSync(path, 'utf8')) as object[]);

const snapshotOf = (table: string) => readDeltaSnapshot(store, table, readCheckpoint);

/** A commit: some files come, some go, an application counts on. */
const history = fc.array(
  fc.record({
    add: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }),
    remove: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }),
    app: fc.constantFrom('a', 'b', null),
  }),
  { minLength: 1, maxLength: 50 },
);

test('any history comes to what its commits say in order, with and without a checkpoint', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.boolean(), async (commits, at, clean) => {
      const table = newTable();
      const files = new Map<string, number>();
      const txns = new Map<string, number>();
      const checkpoint = at % commits.length;
      for (const [version, commit] of commits.entries()) {
        const name = (file: number): string => `ds=d ${file}/x.parquet`;
        const gone = commit.remove.filter((file) => !commit.add.includes(file));
        const actions = [
          ...(version === 0 ? [{ protocol }, { metaData }] : []),
          ...gone.map((file) => remove(name(file))),
          ...commit.add.map((file) => add(name(file), { size: version })),
          ...(commit.app === null ? [] : [{ txn: { appId: commit.app, version } }]),
        ];
        await put(table, version, actions);
        for (const file of gone) files.delete(name(file));
        for (const file of commit.add) files.set(name(file), version);
        if (commit.app !== null) txns.set(commit.app, version);
        if (version === checkpoint) {
          const state = [
            { protocol, metaData: null },
            { metaData, add: null },
            ...[...files].map(([path, size]) => ({ ...add(path, { size }), remove: null })),
            ...[...txns].map(([appId, last]) => ({ txn: { appId, version: String(last) } })),
          ];
          const key = `${table}/_delta_log/${String(version).padStart(20, '0')}.checkpoint.parquet`;
          await store.put(key, JSON.stringify(state));
        }
      }
      if (clean) {
        const old = Array.from({ length: checkpoint }, (_, version) => commitKey(table, version));
        await store.delete(old);
      }
      const snapshot = (await snapshotOf(table))!;
      expect(snapshot.version).toBe(commits.length - 1);
      expect(snapshot.files.map(({ path, size }) => [path, size])).toEqual([...files].sort());
      expect(snapshot.txns).toEqual(txns);
    }),
    { numRuns: 60 },
  );
});

test('nothing is there before the first commit', async () => {
  expect(await snapshotOf(newTable())).toBeNull();
});

test('the last definition counts, what is unknown is passed over', async () => {
  const table = newTable();
  await put(table, 0, [{ protocol }, { metaData }, add('a')]);
  const later = { ...metaData, configuration: { 'hindcast.x': '1' } };
  const unknown = { domainMetadata: { domain: 'd', configuration: '{}', removed: false } };
  await put(table, 1, [{ metaData: later }, unknown as Action, { commitInfo: { runId: 'r' } }]);
  const snapshot = (await snapshotOf(table))!;
  expect(snapshot.metaData.configuration).toEqual({ 'hindcast.x': '1' });
  expect(snapshot.files).toEqual([
    {
      path: 'a',
      partitionValues: { ds: 'd' },
      size: 1,
      modificationTime: 2,
      tags: null,
      stats: null,
    },
  ]);
});

test('a file that is taken out under another spelling is gone', async () => {
  const table = newTable();
  await put(table, 0, [{ protocol }, { metaData }, add('ds=1/a b')]);
  await put(table, 1, [{ remove: { path: 'ds%3D1/a%20b', dataChange: true } }]);
  expect((await snapshotOf(table))!.files).toEqual([]);
});

test('an empty partition value is NULL', async () => {
  const table = newTable();
  await put(table, 0, [{ protocol }, { metaData }, add('a', { partitionValues: { ds: '' } })]);
  expect((await snapshotOf(table))!.files[0]!.partitionValues).toEqual({ ds: null });
});

test('folders and other files of the log are not commits', async () => {
  const table = newTable();
  await put(table, 0, [{ protocol }, { metaData }]);
  await store.put(`${table}/_delta_log/_staged_commits/${'9'.repeat(20)}.json`, '{}');
  await store.put(`${table}/_delta_log/00000000000000000001.crc`, '{}');
  await store.put(
    `${table}/_delta_log/00000000000000000001.00000000000000000002.compacted.json`,
    '',
  );
  expect((await snapshotOf(table))!.version).toBe(0);
});

test('a gap in the log is named', async () => {
  const table = newTable();
  await put(table, 0, [{ protocol }, { metaData }]);
  await put(table, 2, [add('a')]);
  await expect(snapshotOf(table)).rejects.toMatchObject({
    kind: 'data',
    message: `${table}: version 1 is missing from the Delta log`,
    found: `no ${commitKey(table, 1)}`,
  });
});

test('a log without its beginning is refused, as is one of which a UUID checkpoint stands in', async () => {
  const table = newTable();
  await put(table, 3, [add('a')]);
  await expect(snapshotOf(table)).rejects.toMatchObject({
    kind: 'data',
    message: `${table}: version 0 is missing from the Delta log`,
  });
  const name = '00000000000000000002.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet';
  await store.put(`${table}/_delta_log/${name}`, '[]');
  await expect(snapshotOf(table)).rejects.toMatchObject({
    kind: 'data',
    found: `v2Checkpoint (${name})`,
  });
});

test.each(['{"add":', '[1]', 'null', '17', '<html>'])('a line %s is damage', async (line) => {
  const table = newTable();
  await store.put(commitKey(table, 0), `${JSON.stringify({ protocol })}\n${line}\n`);
  await expect(snapshotOf(table)).rejects.toMatchObject({
    kind: 'data',
    message: `${commitKey(table, 0)}: a line of the Delta log is no JSON object`,
    found: line,
  });
});

test('a log without a protocol or metadata is damaged', async () => {
  const table = newTable();
  await put(table, 0, [{ protocol }, add('a')]);
  await expect(snapshotOf(table)).rejects.toMatchObject({
    kind: 'data',
    message: `${table}: the Delta log has no protocol or no metadata`,
  });
});

test('unknown reader features are refused by name', async () => {
  const table = newTable();
  const features = { readerFeatures: ['deletionVectors'], writerFeatures: ['deletionVectors'] };
  await put(table, 0, [
    { protocol: { minReaderVersion: 3, minWriterVersion: 7, ...features } },
    { metaData },
  ]);
  await expect(snapshotOf(table)).rejects.toMatchObject({ kind: 'data', found: 'deletionVectors' });
});

test.each(['../secret.parquet', 'ds=d/%2E%2E/%2E%2E/%2E%2E/secret.parquet', '/etc/passwd'])(
  'a log cannot lead out of its folder by %s',
  async (path) => {
    const table = newTable();
    await put(table, 0, [{ protocol }, { metaData }, add('', { path })]);
    await expect(snapshotOf(table)).rejects.toMatchObject({
      kind: 'data',
      message: `${table}: the Delta log names a file outside of the table's folder`,
      found: path,
    });
  },
);

test('a log that goes between its listing and its reading is listed again', async () => {
  const table = newTable();
  await put(table, 0, [{ protocol }, { metaData }]);
  const stale = await store.list(`${table}/`);
  await store.delete([table]);
  let listings = 0;
  const behind = {
    ...store,
    list: (prefix: string) => (listings++ < 2 ? Promise.resolve(stale) : store.list(prefix)),
  };
  expect(await readDeltaSnapshot(behind, table, readCheckpoint)).toBeNull();
  expect(listings).toBe(3);
});
