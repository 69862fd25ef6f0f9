import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLocalStore } from '../store/local.js';
import { commitKey } from './delta-log.js';
import { schemaString } from './delta-schema.js';
import { listTables, readTable, tableKey } from './partitions.js';
import type { TableState } from './table.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-partitions-'));
const warehouse = join(root, 'warehouse');
const store = openLocalStore(warehouse);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const noCheckpoint = (): Promise<never> => Promise.reject(new Error('unexpected checkpoint'));
const iso = { column: 'ds', format: 'yyyy-MM-dd' };

const read = (name: string, spec = iso, mappedPath: string | null = null) =>
  readTable(store, name, { spec, mappedPath, readCheckpoint: noCheckpoint });

function touch(base: string, ...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(base, file)), { recursive: true });
    writeFileSync(join(base, file), file);
  }
}

function paths(state: TableState | null): Record<string, string[]> {
  return Object.fromEntries(
    state!.partitions.map(({ value, files }) => [value, files.map(({ path }) => path)]),
  );
}

async function putDelta(
  table: string,
  partitionColumns: readonly string[],
  files: Readonly<Record<string, Readonly<Record<string, string | null>>>>,
): Promise<void> {
  const columns = ['user', ...partitionColumns].map((name) => ({ name, type: 'VARCHAR' }));
  const actions = [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    {
      metaData: {
        id: 'id',
        format: { provider: 'parquet', options: {} },
        schemaString: schemaString(columns),
        partitionColumns,
        configuration: {},
      },
    },
    ...Object.entries(files).map(([path, partitionValues]) => ({
      add: { path, partitionValues, size: 7, modificationTime: 8, dataChange: true },
    })),
  ];
  const text = actions.map((action) => JSON.stringify(action)).join('\n');
  await store.put(commitKey(tableKey(table), 0), text);
}

test('a folder of Hive partitions: values sorted, no hidden files, hours within days', async () => {
  touch(
    join(warehouse, 'hive/plain'),
    'ds=2023-12-02/b.parquet',
    'ds=2023-12-01/hr=01/c.parquet',
    'ds=2023-12-01/hr=00/b.parquet',
    'ds=2023-12-01/_SUCCESS',
    'ds=2023-12-01/.b.parquet.crc',
    'ds=2023-12-03/notes.txt',
    '_temporary/0/ds=2023-12-04/a.parquet',
    'region=eu/ds=2023-12-02/a.parquet',
    'stray.parquet',
  );
  const state = await read('hive.plain');
  expect(state).toMatchObject({ name: 'hive.plain', format: 'parquet', version: -1 });
  expect(paths(state)).toEqual({
    '2023-12-01': [
      'hive/plain/ds=2023-12-01/hr=00/b.parquet',
      'hive/plain/ds=2023-12-01/hr=01/c.parquet',
    ],
    '2023-12-02': [
      'hive/plain/ds=2023-12-02/b.parquet',
      'hive/plain/region=eu/ds=2023-12-02/a.parquet',
    ],
  });
});

test('other columns and date formats, escaped as Hive does', async () => {
  touch(join(warehouse, 'hive/compact'), 'day=20231201/a.parquet', 'ds=x/b.parquet');
  expect(paths(await read('hive.compact', { column: 'day', format: 'yyyyMMdd' }))).toEqual({
    '20231201': ['hive/compact/day=20231201/a.parquet'],
  });
  touch(join(warehouse, 'hive/slashes'), 'ds=01%2F12%2F2023/a.parquet');
  expect(paths(await read('hive.slashes', { column: 'ds', format: 'dd/MM/yyyy' }))).toEqual({
    '01/12/2023': ['hive/slashes/ds=01%2F12%2F2023/a.parquet'],
  });
});

test('rows without a date are in no partition', async () => {
  touch(
    join(warehouse, 'hive/nulls'),
    'ds=__HIVE_DEFAULT_PARTITION__/a.parquet',
    'ds=2023-12-01/a.parquet',
  );
  expect(Object.keys(paths(await read('hive.nulls')))).toEqual(['2023-12-01']);
  await putDelta('delta.nulls', ['ds'], {
    'ds=__HIVE_DEFAULT_PARTITION__/a.parquet': { ds: null },
    'ds=/b.parquet': { ds: '' },
    'c.parquet': { ds: '2023-12-01' },
  });
  expect(paths(await read('delta.nulls'))).toEqual({ '2023-12-01': ['delta/nulls/c.parquet'] });
});

test.each([
  ['latest', 'latest'],
  ['20231201', '20231201'],
  ['2023-02-30', '2023-02-30'],
  ['2023-12-01.bak', '2023-12-01.bak'],
  ['100%', '100%'],
  ['%zz', '%zz'],
  ['', ''],
  ['2023-12-01%20', '2023-12-01 '],
])('a partition "ds=%s" is no date', async (folder, value) => {
  const name = `garbage.t${folder.length}_${folder.charCodeAt(0) || 0}`;
  touch(join(warehouse, tableKey(name)), `ds=${folder}/a.parquet`, 'ds=2023-12-01/a.parquet');
  await expect(read(name)).rejects.toMatchObject({
    kind: 'data',
    message: `${name}: partition "ds=${value}" is no date`,
    found: `${tableKey(name)}/ds=${folder}/a.parquet`,
    hint: expect.stringContaining('dates are yyyy-MM-dd now'),
  });
});

test('a partition of a Delta table that is no date is named as well', async () => {
  await putDelta('garbage.delta', ['ds'], { 'a.parquet': { ds: 'latest' } });
  await expect(read('garbage.delta')).rejects.toMatchObject({
    kind: 'data',
    message: 'garbage.delta: partition "ds=latest" is no date',
  });
});

test('a Delta table is what its log says, whatever else lies in its folder', async () => {
  await putDelta('delta.plain', ['ds', 'region'], {
    'ds=2023-12-02/a%20b.parquet': { ds: '2023-12-02', region: 'eu' },
    'flat.parquet': { ds: '2023-12-01', region: null },
  });
  touch(join(warehouse, 'delta/plain'), 'ds=2023-12-03/orphan.parquet');
  const state = await read('delta.plain');
  expect(state).toEqual({
    name: 'delta.plain',
    format: 'delta',
    subPartitions: [{ name: 'region', type: 'VARCHAR' }],
    schema: expect.stringContaining('"name":"user"'),
    version: 0,
    partitions: [
      {
        value: '2023-12-01',
        files: [{ path: 'delta/plain/flat.parquet', bytes: 7, version: '7-8' }],
      },
      {
        value: '2023-12-02',
        files: [{ path: 'delta/plain/ds=2023-12-02/a b.parquet', bytes: 7, version: '7-8' }],
      },
    ],
  });
});

test('a Delta table without files is an empty table', async () => {
  await putDelta('delta.empty', ['ds'], {});
  expect((await read('delta.empty'))!.partitions).toEqual([]);
});

test.each([
  { columns: ['region'], found: 'region' },
  { columns: [], found: 'no partition column' },
])('a Delta table with $found is not partitioned by date', async ({ columns, found }) => {
  for (const files of [{}, { 'a.parquet': Object.fromEntries(columns.map((c) => [c, 'x'])) }]) {
    await putDelta('delta.other', columns, files);
    await expect(read('delta.other')).rejects.toMatchObject({
      kind: 'data',
      message: 'delta.other: the table is not partitioned by "ds"',
      found,
    });
  }
});

test('files without partition folders are refused, no files are no table', async () => {
  touch(join(warehouse, 'hive/flat'), 'a.parquet');
  await expect(read('hive.flat')).rejects.toMatchObject({
    kind: 'data',
    message: 'hive.flat: no folder of the table is named "ds=…"',
    found: 'hive/flat/a.parquet',
  });
  touch(join(warehouse, 'hive/texts'), 'ds=2023-12-01/a.csv');
  expect(await read('hive.texts')).toBeNull();
  expect(await read('hive.absent')).toBeNull();
});

test('a table mapped elsewhere has absolute paths', async () => {
  const folder = join(root, 'lake/clicks');
  touch(folder, 'ds=2023-12-01/a.parquet');
  expect(paths(await read('data.clicks', iso, folder))).toEqual({
    '2023-12-01': [join(folder, 'ds=2023-12-01/a.parquet')],
  });
  expect(await read('data.clicks', iso, join(root, 'lake/nothing'))).toBeNull();
});

test('what is wrong with a Delta table is said of its name, wherever it lies', async () => {
  const folder = join(root, 'lake/damaged');
  for (const [key, mapped] of [
    [tableKey('data.damaged'), null],
    ['.', folder],
  ] as const) {
    const target = mapped === null ? store : openLocalStore(mapped);
    await target.put(commitKey(key, 1), '');
    await expect(read('data.damaged', iso, mapped)).rejects.toMatchObject({
      message: 'data.damaged: version 0 is missing from the Delta log',
    });
    await target.put(commitKey(key, 0), '');
    await expect(read('data.damaged', iso, mapped)).rejects.toMatchObject({
      message: 'data.damaged: the Delta log has no protocol or no metadata',
    });
  }
});

test.each([
  ['data.clicks', 'data/clicks'],
  ['a.b.clicks', 'a.b/clicks'],
  ['clicks', 'clicks'],
  ['data.clicks@2023-12-01', 'data/clicks@2023-12-01'],
])('%s lies in %s', (name, key) => {
  expect(tableKey(name)).toBe(key);
});

test.each(['', '.', 'data.', '.clicks', 'a..b', '../x', 'a/b.c', 'data.cl icks', 'a/../../b.c'])(
  '"%s" is no table name',
  (name) => {
    expect(() => tableKey(name)).toThrow(
      expect.objectContaining({ kind: 'config', message: `"${name}" is no table name` }),
    );
  },
);

test('every table that can be named is listed', async () => {
  const base = join(root, 'listed');
  touch(
    base,
    'ns/hive/ds=2023-12-01/a.parquet',
    'ns/delta/_delta_log/00000000000000000000.json',
    'a.b/dotted/ds=2023-12-01/a.parquet',
    'alone/ds=2023-12-01/a.parquet',
    'too/deep/folder/ds=2023-12-01/a.parquet',
    '_hindcast/keybuckets/x/ds=1/a',
    'ds=2023-12-01/a.parquet',
    'ns/flat/a.parquet',
  );
  expect(await listTables(openLocalStore(base))).toEqual([
    'a.b.dotted',
    'alone',
    'ns.delta',
    'ns.hive',
  ]);
});
