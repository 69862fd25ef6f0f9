/** What Chronon's users write in sources, through the whole line: each part's SUM tells what was read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importTable } from '../../packages/driver/src/commands/import.js';
import { type JobOutcome, readOutput, submitJoin } from '../harness.js';

const warehouse = mkdtempSync(join(tmpdir(), 'hindcast-sources-'));
afterAll(() => rmSync(warehouse, { recursive: true, force: true }));

const at = (text: string): number => Date.parse(`${text}Z`);

async function load(table: string, header: string, lines: readonly string[], column = 'ds') {
  const file = join(warehouse, `${table}.csv`);
  writeFileSync(file, [header, ...lines, ''].join('\n'));
  const spec = { column, format: 'yyyy-MM-dd' };
  await importTable({ file, table, mode: 'overwrite', warehouse, spec });
}

beforeAll(async () => {
  await load('d.rows', 'user,ts,ds', [
    `u,${at('2023-11-20T10:00:00')},2023-11-20`,
    `u,${at('2023-11-22T10:00:00')},2023-11-22`,
  ]);
  await load('d.events', 'user,v,ts,ds', [
    `u,1,${at('2023-11-18T10:00:00')},2023-11-18`,
    `u,2,${at('2023-11-19T10:00:00')},2023-11-19`,
  ]);
  await load('d.early', 'user,v,ts,ds', [`u,4,${at('2023-11-19T14:00:00')},2023-11-16`]);
  await load('d.halves', 'user,v,ts,ds', [`u,0.5,${at('2023-11-19T11:00:00')},2023-11-19`]);
  await load('d.so_far', 'user,v,ts,ds', [
    `u,1,${at('2023-11-18T10:00:00')},2023-11-18`,
    `u,1,${at('2023-11-18T10:00:00')},2023-11-19`,
    `u,2,${at('2023-11-19T10:00:00')},2023-11-19`,
  ]);
  await load('d.dated', 'user,v,ts,dt', [`u,8,${at('2023-11-19T10:00:00')},2023-11-19`], 'dt');
});

const columns = dsl.select('user', 'v');
const source = (table: string, query: dsl.QueryStruct = {}, isCumulative?: boolean) =>
  dsl.eventSource({
    table,
    query: dsl.query({ selects: columns, timeColumn: 'ts', ...query }),
    ...(isCumulative ? { isCumulative } : {}),
  });

let jobs = 0;

/** The features of the rows, by partition. */
async function features(
  sources: readonly dsl.SourceStruct[],
  aggregations: readonly dsl.AggregationStruct[],
  options: Parameters<typeof submitJoin>[2] = {},
  changes: Partial<Parameters<typeof dsl.join>[0]> = {},
): Promise<{
  outcome: JobOutcome;
  names: string[];
  types: string[];
  rows: Record<string, unknown[]>;
}> {
  const name = `j${jobs++}`;
  const groupBy = dsl.groupBy({
    name: 'g',
    sources,
    keys: ['user'],
    aggregations,
    accuracy: 'TEMPORAL',
  });
  const left = dsl.eventSource({
    table: 'd.rows',
    query: dsl.query({ selects: dsl.select('user'), timeColumn: 'ts' }),
  });
  const config = dsl.join({
    name,
    outputNamespace: 'out',
    left,
    rightParts: [dsl.joinPart({ groupBy })],
    ...changes,
  });
  const file = join(warehouse, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  const outcome = await submitJoin(file, warehouse, options);
  expect(outcome.error).toBeNull();
  const table = await readOutput(warehouse, `out.${name}`);
  const places = table.columns.flatMap((column, i) => (column.name.startsWith('g_') ? [i] : []));
  const ds = table.columns.findIndex((column) => column.name === 'ds');
  return {
    outcome,
    names: places.map((i) => table.columns[i]!.name),
    types: places.map((i) => table.columns[i]!.type),
    rows: Object.fromEntries(
      table.rows.map((row) => [String(row[ds]), places.map((i) => row[i])] as const),
    ),
  };
}

const sum = [dsl.sum('v', { windows: ['3d'] })];

test('an event that landed early is seen as far back as Chronon reads, in sawtooth windowing', async () => {
  const exact = await features([source('d.early')], sum);
  expect(exact.rows).toEqual({ '2023-11-20': [null], '2023-11-22': [null] });
  const sawtooth = await features([source('d.early')], sum, { windowing: 'sawtooth' });
  expect(sawtooth.rows).toEqual({ '2023-11-20': [4n], '2023-11-22': [4n] });
});

test('of a cumulative source the last partition is read, and no other', async () => {
  const { rows } = await features([source('d.so_far', {}, true)], [dsl.sum('v'), dsl.count('v')]);
  expect(rows).toEqual({ '2023-11-20': [3n, 2n], '2023-11-22': [3n, 2n] });
  const until = { endPartition: '2023-11-18' };
  const before = await features([source('d.so_far', until, true)], [dsl.sum('v')]);
  expect(before.rows).toEqual({ '2023-11-20': [1n], '2023-11-22': [1n] });
});

test('the time and the partition can be aggregated without being selected', async () => {
  const { rows, types } = await features(
    [source('d.events', { selects: dsl.select('user', 'v', 'ds') })],
    [dsl.max('ts'), dsl.last('ds'), dsl.count('v', { buckets: ['ds'] })],
  );
  expect(types).toEqual(['BIGINT', 'VARCHAR', 'MAP(VARCHAR, BIGINT)']);
  expect(rows['2023-11-20']!.slice(0, 2)).toEqual([
    BigInt(at('2023-11-19T10:00:00')),
    '2023-11-19',
  ]);
});

test('sources of different numbers give the wider type, as a union of Spark does', async () => {
  const { rows, types } = await features([source('d.events'), source('d.halves')], sum);
  expect([types, rows['2023-11-20']]).toEqual([['DOUBLE'], [3.5]]);
});

test('a table by another date column, and a name with sub-partitions', async () => {
  const { rows } = await features([source('d.dated', { partitionColumn: 'dt' })], sum);
  expect(rows['2023-11-20']).toEqual([8n]);
  const mobile = await features([source('d.events/system=mobile')], sum);
  expect(mobile.rows['2023-11-20']).toEqual([3n]);
});

test('a window as long as an int can say has no end, and no name', async () => {
  const windows = [{ length: 2_147_483_647, timeUnit: 1 as const }];
  const { rows, names } = await features([source('d.events')], [dsl.sum('v', { windows })]);
  expect([names, rows['2023-11-22']]).toEqual([['g_v_sum'], [3n]]);
});

test('without historical backfill only the last partition is computed', async () => {
  const { rows } = await features([source('d.events')], sum, {}, { historicalBackfill: false });
  expect(Object.keys(rows)).toEqual(['2023-11-22']);
});
