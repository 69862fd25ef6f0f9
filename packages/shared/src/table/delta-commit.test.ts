import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLocalStore } from '../store/local.js';
import type { CommitRequest } from './commit-request.js';
import { type AddFile, parseActions } from './delta-actions.js';
import { commitDelta } from './delta-commit.js';
import { commitKey, type DeltaSnapshot, readDeltaSnapshot } from './delta-log.js';
import { columnsOfSchema } from './delta-schema.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-commit-'));
const store = openLocalStore(root);
afterAll(() => rmSync(root, { recursive: true, force: true }));

let tables = 0;
const newTable = (): string => `ns/t${tables++}`;

const noCheckpoint = (): Promise<never> => Promise.reject(new Error('unexpected checkpoint'));
const snapshotOf = (table: string) => readDeltaSnapshot(store, table, noCheckpoint);

function file(path: string, partition: string, tags: AddFile['tags'] = null): AddFile {
  const stats = JSON.stringify({ numRecords: 3 });
  const partitionValues = { ds: partition };
  return { path, partitionValues, size: 10, modificationTime: 20, tags, stats };
}

/** A run that puts one file into each partition. */
function request(runId: string, partitions: readonly string[], changes: object = {}) {
  const wanted: CommitRequest = {
    appId: runId,
    appVersion: 0,
    snapshot: null,
    partitionColumn: 'ds',
    columns: [{ name: 'user', type: 'VARCHAR' }],
    configuration: {},
    add: partitions.map((value) => file(`ds=${value}/${runId}.parquet`, value)),
    remove: [],
    partitions,
    commitInfo: { runId },
    now: 1_700_000_000_000,
    ...changes,
  };
  return wanted;
}

async function actionsOf(table: string, version: number) {
  const data = await store.get(commitKey(table, version));
  return parseActions(new TextDecoder().decode(data!), 'test');
}

async function foreignCommit(table: string, version: number, actions: readonly object[]) {
  const text = actions.map((action) => JSON.stringify(action)).join('\n');
  expect(await store.putIfAbsent(commitKey(table, version), text)).toBe('created');
}

/** A table with one committed partition, as somebody planned on it. */
async function plannedOn(partition = 'p0'): Promise<{ table: string; snapshot: DeltaSnapshot }> {
  const table = newTable();
  await commitDelta(store, table, request('first', [partition]));
  return { table, snapshot: (await snapshotOf(table))! };
}

test('the first commit makes the table: its info first, then what defines it, then files', async () => {
  const table = newTable();
  const tags = { 'hindcast.provenance': '{}' };
  const wanted = request('run', ['a b'], {
    configuration: { 'hindcast.x': '1' },
    add: [file('ds=a b/x%.parquet', 'a b', tags)],
    commitInfo: { operation: 'WRITE', runId: 'run' },
  });
  expect(await commitDelta(store, table, wanted)).toEqual({ kind: 'committed', version: 0 });
  const [info, txn, protocol, metaData, add, ...more] = await actionsOf(table, 0);
  expect(info).toEqual({
    commitInfo: { timestamp: wanted.now, operation: 'WRITE', runId: 'run' },
  });
  expect(txn).toEqual({ txn: { appId: 'run', version: 0, lastUpdated: wanted.now } });
  expect(protocol).toEqual({ protocol: { minReaderVersion: 1, minWriterVersion: 2 } });
  expect(metaData!.metaData).toMatchObject({
    format: { provider: 'parquet', options: {} },
    partitionColumns: ['ds'],
    configuration: { 'hindcast.x': '1' },
    createdTime: wanted.now,
  });
  expect(columnsOfSchema(metaData!.metaData!.schemaString)).toEqual([
    { name: 'user', type: 'VARCHAR' },
    { name: 'ds', type: 'VARCHAR' },
  ]);
  expect(add!.add).toMatchObject({
    path: 'ds=a%20b/x%25.parquet',
    partitionValues: { ds: 'a b' },
    dataChange: true,
    stats: '{"numRecords":3}',
    tags,
  });
  expect(more).toEqual([]);
  expect((await snapshotOf(table))!.files).toEqual(wanted.add);
});

test('replacing a partition takes its file out and puts another in, in one version', async () => {
  const { table, snapshot } = await plannedOn();
  const remove = snapshot.files.map(({ path }) => path);
  await commitDelta(store, table, request('second', ['p0'], { snapshot, remove }));
  expect((await actionsOf(table, 1)).find((action) => action.remove)!.remove).toEqual({
    path: 'ds=p0/first.parquet',
    deletionTimestamp: 1_700_000_000_000,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: { ds: 'p0' },
    size: 10,
  });
  const { files } = (await snapshotOf(table))!;
  expect(files.map(({ path }) => path)).toEqual(['ds=p0/second.parquet']);
});

test('a definition that stays is not written again; one that changes is', async () => {
  const { table, snapshot } = await plannedOn();
  await commitDelta(store, table, request('same', ['p1'], { snapshot }));
  expect((await actionsOf(table, 1)).some((action) => action.metaData)).toBe(false);
  const columns = [
    { name: 'user', type: 'VARCHAR' },
    { name: 'sum', type: 'DOUBLE' },
  ];
  const later = (await snapshotOf(table))!;
  await commitDelta(store, table, request('wider', ['p2'], { snapshot: later, columns }));
  const { metaData } = (await snapshotOf(table))!;
  expect(metaData.id).toBe(snapshot.metaData.id);
  expect(columnsOfSchema(metaData.schemaString)).toEqual([
    ...columns,
    { name: 'ds', type: 'VARCHAR' },
  ]);
});

test('a repeated commit is recognised by the snapshot, and by whoever won the version', async () => {
  const { table, snapshot } = await plannedOn();
  const wanted = request('run', ['p1'], { snapshot, appVersion: 4 });
  expect(await commitDelta(store, table, wanted)).toEqual({ kind: 'committed', version: 1 });
  expect(await commitDelta(store, table, wanted)).toEqual({
    kind: 'already-committed',
    version: 1,
  });
  const later = (await snapshotOf(table))!;
  for (const appVersion of [3, 4]) {
    expect(
      await commitDelta(store, table, { ...wanted, snapshot: later, appVersion }),
    ).toMatchObject({ kind: 'already-committed' });
  }
  expect(
    await commitDelta(store, table, request('run', ['p2'], { snapshot: later, appVersion: 5 })),
  ).toEqual({ kind: 'committed', version: 2 });
  expect((await snapshotOf(table))!.txns).toEqual(
    new Map([
      ['first', 0],
      ['run', 5],
    ]),
  );
});

test('who loses the race goes on behind writers of other partitions', async () => {
  const { table, snapshot } = await plannedOn();
  for (const [i, value] of ['p1', 'p2', 'p3'].entries()) {
    expect(await commitDelta(store, table, request(value, [value], { snapshot }))).toEqual({
      kind: 'committed',
      version: i + 1,
    });
  }
  expect((await snapshotOf(table))!.files).toHaveLength(4);
});

test('two runs that create the table agree on its definition', async () => {
  const table = newTable();
  await commitDelta(store, table, request('one', ['p1']));
  expect(await commitDelta(store, table, request('two', ['p2']))).toEqual({
    kind: 'committed',
    version: 1,
  });
  expect((await actionsOf(table, 1)).some(({ protocol, metaData }) => protocol ?? metaData)).toBe(
    false,
  );
  const columns = [{ name: 'other', type: 'BIGINT' }];
  expect(await commitDelta(store, table, request('three', ['p3'], { columns }))).toEqual({
    kind: 'conflict',
    version: 0,
    by: 'one',
    partitions: [],
  });
});

test('the loser of a partition learns of the winner and of what both touch', async () => {
  const { table, snapshot } = await plannedOn();
  await commitDelta(store, table, request('winner', ['p3', 'p1', 'p2'], { snapshot }));
  const loser = request('loser', ['p9', 'p2', 'p1'], { snapshot });
  expect(await commitDelta(store, table, loser)).toEqual({
    kind: 'conflict',
    version: 1,
    by: 'winner',
    partitions: ['p1', 'p2'],
  });
  expect(await store.get(commitKey(table, 2))).toBeNull();
});

test('who empties a partition wins it as well', async () => {
  const { table, snapshot } = await plannedOn();
  // As terse as the protocol allows: the partition is known from our snapshot.
  await foreignCommit(table, 1, [{ remove: { path: 'ds%3Dp0/first.parquet', dataChange: true } }]);
  expect(await commitDelta(store, table, request('run', ['p0'], { snapshot }))).toEqual({
    kind: 'conflict',
    version: 1,
    by: null,
    partitions: ['p0'],
  });
});

test.each([
  ['a feature', { protocol: { minReaderVersion: 1, minWriterVersion: 3 } }],
  ['another schema', { columns: [{ name: 'user', type: 'BIGINT' }] }],
  ['append-only, when files are taken out', { configuration: { 'delta.appendOnly': 'true' } }],
])('a winner that gives the table %s is a conflict', async (_, change) => {
  const { table, snapshot } = await plannedOn();
  if ('protocol' in change) await foreignCommit(table, 1, [change]);
  else await commitDelta(store, table, request('winner', ['p1'], { snapshot, ...change }));
  const remove = snapshot.files.map(({ path }) => path);
  const loser = request('loser', ['p0'], { snapshot, remove });
  expect(await commitDelta(store, table, loser)).toMatchObject({
    kind: 'conflict',
    partitions: [],
  });
});

test('a winner that only adds a setting is followed, and its setting kept', async () => {
  const { table, snapshot } = await plannedOn();
  const configuration = { 'delta.logRetentionDuration': 'interval 1 day' };
  await foreignCommit(table, 1, [{ metaData: { ...snapshot.metaData, configuration } }]);
  expect(await commitDelta(store, table, request('run', ['p1'], { snapshot }))).toEqual({
    kind: 'committed',
    version: 2,
  });
  expect((await snapshotOf(table))!.metaData.configuration).toEqual(configuration);
});

test('an append-only table takes new files and gives none', async () => {
  const table = newTable();
  const configuration = { 'delta.appendOnly': 'true' };
  await commitDelta(store, table, request('first', ['p0'], { configuration }));
  const snapshot = (await snapshotOf(table))!;
  const remove = ['ds=p0/first.parquet'];
  await expect(
    commitDelta(store, table, request('second', ['p0'], { snapshot, remove })),
  ).rejects.toMatchObject({ kind: 'data', message: `${table}: the table is append-only` });
  expect(await commitDelta(store, table, request('third', ['p1'], { snapshot }))).toMatchObject({
    kind: 'committed',
  });
});

test('a table of other partitions, or of unknown writer features, is not written', async () => {
  const { table, snapshot } = await plannedOn();
  const byRegion = { ...snapshot.metaData, partitionColumns: ['ds', 'region'] };
  const other = { ...snapshot, metaData: byRegion };
  await expect(
    commitDelta(store, table, request('run', ['p1'], { snapshot: other })),
  ).rejects.toMatchObject({
    kind: 'data',
    message: `${table}: the table is not partitioned by "ds" alone`,
    found: 'ds, region',
  });
  const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['rowTracking'] };
  await expect(
    commitDelta(store, table, request('run', ['p1'], { snapshot: { ...snapshot, protocol } })),
  ).rejects.toMatchObject({ kind: 'data', found: 'rowTracking' });
  expect(await store.get(commitKey(table, 1))).toBeNull();
});

test('a type that tables do not have commits nothing', async () => {
  const table = newTable();
  const columns = [{ name: 'big', type: 'HUGEINT' }];
  await expect(
    commitDelta(store, table, request('run', ['p1'], { columns })),
  ).rejects.toMatchObject({
    kind: 'config',
    message: 'column "big": a Delta table can\'t hold its type',
  });
  expect(await snapshotOf(table)).toBeNull();
});
