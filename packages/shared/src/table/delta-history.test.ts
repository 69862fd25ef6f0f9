import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLocalStore } from '../store/local.js';
import { readDeltaHistory } from './delta-history.js';
import { commitKey } from './delta-log.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-history-'));
const store = openLocalStore(root);
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function put(table: string, version: number, actions: readonly object[]): Promise<void> {
  const text = actions.map((action) => `${JSON.stringify(action)}\n`).join('');
  await store.put(commitKey(table, version), text);
}

const add = (ds: string, size: number, stats?: string) => ({
  add: { path: `ds=${ds}/a`, partitionValues: { ds }, size, stats, dataChange: true },
});

test('commits, newest first: when, by whom, what came and went', async () => {
  const commitInfo = { timestamp: 1000, operation: 'WRITE', engineInfo: 'hindcast/1', runId: 'r' };
  await put('ns/t', 0, [
    { commitInfo },
    add('b', 5, '{"numRecords":2}'),
    add('a', 7, '{"numRecords":3}'),
    add('a', 1, '{"numRecords":0}'),
  ]);
  await put('ns/t', 1, [
    { remove: { path: 'ds=a/a', dataChange: true, partitionValues: { ds: 'a' } } },
    add('c', 9),
  ]);
  expect(await readDeltaHistory(store, 'ns/t', 1, 10)).toEqual([
    {
      ...{ version: 1, atMs: null, operation: null, engine: null, runId: null },
      ...{ partitions: ['a', 'c'], filesAdded: 1, filesRemoved: 1, bytesAdded: 9, rowsAdded: null },
    },
    {
      ...{ version: 0, atMs: 1000, operation: 'WRITE', engine: 'hindcast/1', runId: 'r' },
      ...{ partitions: ['a', 'b'], filesAdded: 3, filesRemoved: 0, bytesAdded: 13, rowsAdded: 5 },
    },
  ]);
});

test('as many as are asked for, and none that were cleaned away', async () => {
  for (const version of [3, 5, 6]) await put('ns/cleaned', version, [add(String(version), 1)]);
  const versions = async (most: number) =>
    (await readDeltaHistory(store, 'ns/cleaned', 6, most)).map(({ version }) => version);
  expect(await versions(2)).toEqual([6, 5]);
  expect(await versions(100)).toEqual([6, 5, 3]);
});

test('statistics that are no JSON say nothing, a line that is none is an error', async () => {
  await put('ns/odd', 0, [add('a', 1, '{"numRecords":')]);
  expect((await readDeltaHistory(store, 'ns/odd', 0, 1))[0]!.rowsAdded).toBeNull();
  await store.put(commitKey('ns/odd', 1), 'torn');
  await expect(readDeltaHistory(store, 'ns/odd', 1, 1)).rejects.toThrow(/no JSON object/);
});
