/** Inputs that changed after what was computed from them, and what nothing needs any more. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  days,
  firstMs,
  openSmallWarehouse,
  plainRows,
  type SmallWarehouse,
} from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(async () => {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
  await small.table('views', plainRows);
  await small.table('clicks', plainRows);
  small.write('join.json', config());
});
afterAll(() => small.close());

const source = (table: string) =>
  dsl.eventSource({
    table,
    query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
  });
function config(changes: Partial<Parameters<typeof dsl.join>[0]> = {}): dsl.JoinStruct {
  const groupBy = dsl.groupBy({
    name: 'spent',
    sources: [source('data.views')],
    keys: ['user'],
    aggregations: [dsl.sum('price', { windows: ['1d'] })],
    accuracy: 'TEMPORAL',
  });
  return dsl.join({
    name: 'small.v1',
    outputNamespace: 'out',
    left: source('data.clicks'),
    rightParts: [dsl.joinPart({ groupBy })],
    ...changes,
  });
}

async function json(args: readonly string[]) {
  const result = await small.run([...args, '--json']);
  expect(result.code, result.stderr).toBe(0);
  return JSON.parse(result.stdout);
}
const submit = (...flags: string[]) => json(['submit', 'join.json', ...flags]);
interface Partition {
  readonly value: string;
  readonly action: string;
  readonly reason: string;
  readonly stale?: readonly string[];
}
const stale = async (...flags: string[]): Promise<string[]> => {
  const { partitions } = (await json(['plan', 'join.json', ...flags])) as {
    partitions: readonly Partition[];
  };
  return partitions
    .filter((partition) => partition.stale !== undefined)
    .map(({ value, action, stale: tables }) => `${value} ${action}: ${tables!.join(', ')}`);
};
/** Another writer's change of one day's file. */
const change = (table: string, day: string, values: string): Promise<void> => {
  const folder = join(small.warehouse, 'data', table, `ds=${day}`);
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  return small.session.run(
    `COPY (SELECT * EXCLUDE (ds) REPLACE (${values} AS price) FROM (${plainRows}) WHERE ds = '${day}') TO '${folder}/late.parquet' (FORMAT parquet)`,
  );
};
const table = (name: string) => json(['sql', `SELECT * FROM ${name} ORDER BY ALL`]);

test('a day of the events that changed: the days that see it, and no others', async () => {
  await submit('--end-ds', days[2]!);
  expect(await stale('--end-ds', days[2]!)).toEqual([]);
  // What lands later is no change of what is there.
  await submit();
  expect(await stale()).toEqual([]);
  await change('views', days[1]!, 'price + 1');
  expect(await stale()).toEqual([`${days[1]} skip: data.views`, `${days[2]} skip: data.views`]);
  const { warnings, steps } = await submit();
  expect(steps).toEqual([]);
  expect(warnings).toEqual([
    `data.views changed since these were computed: ${days[1]}, ${days[2]} (--reprocess stale computes them again)`,
  ]);
  expect(await stale('--reprocess', 'stale')).toEqual([
    `${days[1]} compute: data.views`,
    `${days[2]} compute: data.views`,
  ]);
  const again = await submit('--reprocess', 'stale');
  expect(again.steps).toMatchObject([{ partitions: [days[1], days[2]] }]);
  expect(await stale()).toEqual([]);
  small.write('join.json', config({ name: 'whole.v1' }));
  await submit();
  expect(await table('out.small_v1')).toEqual(await table('out.whole_v1'));
});

test('a day of the left, and of a bootstrap table', async () => {
  await submit();
  await change('clicks', days[3]!, 'price');
  expect(await stale()).toEqual([`${days[3]} skip: data.clicks`]);
  const older = dsl.bootstrapPart({
    table: 'data.old',
    keyColumns: ['user', 'ts'],
    query: dsl.query({ selects: { user: 'user', ts: 'ts', spent_price_sum_1d: 'price' } }),
  });
  await small.table('old', plainRows);
  small.write('join.json', config({ name: 'boot.v1', bootstrapParts: [older] }));
  await submit();
  expect(await stale()).toEqual([]);
  await change('old', days[0]!, 'price + 1');
  expect(await stale()).toEqual([`${days[0]} skip: data.old`]);
  await submit('--reprocess', 'stale');
  expect(await stale()).toEqual([]);
  expect(
    await json([
      'sql',
      `SELECT spent_price_sum_1d AS spent FROM out.boot_v1 WHERE ts = ${firstMs}`,
    ]),
  ).toEqual([{ spent: 1 }]);
});

test('a part that changed keeps the note of the others', async () => {
  await submit();
  const other = dsl.groupBy({
    name: 'other',
    sources: [source('data.clicks')],
    keys: ['user'],
    aggregations: [dsl.count('price', { windows: ['1d'] })],
    accuracy: 'TEMPORAL',
  });
  const both = [...config().joinParts!, dsl.joinPart({ groupBy: other })];
  small.write('join.json', { ...config(), joinParts: both });
  await submit('--yes');
  expect(await stale()).toEqual([]);
  await change('views', days[0]!, 'price + 1');
  expect(await stale()).toEqual([`${days[0]} skip: data.views`, `${days[1]} skip: data.views`]);
});

test('a GroupBy job: events of the days that its windows see, snapshots of the day itself', async () => {
  const group = (changes: Partial<Parameters<typeof dsl.groupBy>[0]> = {}) =>
    dsl.groupBy({
      name: 'alone.v1',
      outputNamespace: 'out',
      sources: [source('data.views')],
      keys: ['user'],
      aggregations: [dsl.sum('price', { windows: ['2d'] })],
      ...changes,
    });
  small.write('join.json', group());
  await submit('--end-ds', days[2]!);
  await submit();
  expect(await stale()).toEqual([]);
  await change('views', days[1]!, 'price + 1');
  expect(await stale()).toEqual([`${days[1]} skip: data.views`, `${days[2]} skip: data.views`]);
  const { warnings, steps } = await submit();
  expect(steps).toEqual([]);
  expect(warnings).toEqual([
    `data.views changed since these were computed: ${days[1]}, ${days[2]} (--reprocess stale computes them again)`,
  ]);
  const again = await submit('--reprocess', 'stale');
  expect(again.steps).toMatchObject([{ partitions: [days[1], days[2]] }]);
  expect(await stale()).toEqual([]);
  small.write('join.json', group({ name: 'whole.v1' }));
  await submit();
  expect(await table('out.alone_v1')).toEqual(await table('out.whole_v1'));
  const snapshots = dsl.entitySource({
    snapshotTable: 'data.views',
    query: dsl.query({ selects: dsl.select('user', 'price') }),
  });
  small.write(
    'join.json',
    group({ name: 'daily.v1', sources: [snapshots], aggregations: [dsl.sum('price')] }),
  );
  await submit();
  await change('views', days[2]!, 'price + 1');
  expect(await stale('--reprocess', 'stale')).toEqual([`${days[2]} compute: data.views`]);
  await submit('--reprocess', 'stale');
  expect(await stale()).toEqual([]);
});

test('gc: what nothing needs goes after a dry run, and the next run computes what it needs', async () => {
  await submit();
  const gc = async (...flags: string[]) =>
    (await json(['gc', ...flags])).found.map(({ what }: { what: string }) => what);
  expect(await gc()).toEqual([]);
  // Of a driver that died: what it staged, and what it had moved into the table.
  const dead = '20200101T000000000-abcdef';
  const step = join(small.warehouse, '_hindcast/runs', dead, 'step-0/join-0-0');
  mkdirSync(step, { recursive: true });
  writeFileSync(join(step, 'a.parquet'), 'abc');
  const stray = join(
    small.warehouse,
    'out/small_v1',
    `ds=${days[0]}`,
    `part-00000-${dead}.parquet`,
  );
  writeFileSync(stray, 'abc');
  const foreign = join(small.warehouse, 'out/small_v1', `ds=${days[0]}`, 'mine.parquet');
  writeFileSync(foreign, 'abc');
  expect(await gc()).toEqual(['scratch', 'stray files']);
  expect(existsSync(stray)).toBe(true);
  expect(await gc('--keep', '0d')).toEqual(['scratch', 'KeyBuckets', 'stray files']);
  const said = await small.run(['gc', '--keep', '0d']);
  expect(said.stderr).toMatch('Nothing was deleted: --yes does.');
  await gc('--keep', '0d', '--yes');
  expect(existsSync(stray)).toBe(false);
  expect(existsSync(foreign)).toBe(true);
  expect(await gc('--keep', '0d')).toEqual([]);
  rmSync(foreign);
  expect((await submit('--reprocess', 'all')).rows).toBe(40);
  // A former definition is kept until it is asked for.
  small.write('join.json', config({ left: source('data.views') }));
  await submit('--yes');
  const names = (): string[] => readdirSync(join(small.warehouse, 'out')).sort();
  expect(names()).toHaveLength(2);
  expect(await gc('--archives')).toEqual([]);
  expect(await gc('--keep', '0d', '--archives', '--yes')).toContain('archived tables');
  expect(names()).toEqual(['small_v1']);
  expect((await small.run(['gc', '--keep', 'week'])).stderr).toMatch(
    '--keep week is no number of days',
  );
});

test('columns that a changed part leaves as they are do not pass for fresh', async () => {
  const spent = config().joinParts!;
  const most = (window: '1d' | '2d') =>
    dsl.joinPart({
      groupBy: dsl.groupBy({
        name: 'most',
        sources: [source('data.views')],
        keys: ['user'],
        aggregations: [dsl.max('price', { windows: [window] })],
        accuracy: 'TEMPORAL',
      }),
    });
  small.write('join.json', config({ rightParts: [...(spent as never[]), most('1d')] }));
  await submit();
  await change('views', days[3]!, 'price + 1');
  small.write('join.json', config({ rightParts: [...(spent as never[]), most('2d')] }));
  await submit('--yes');
  expect(await stale()).toEqual([`${days[3]} skip: data.views`]);
  await submit('--reprocess', 'stale');
  expect(await stale()).toEqual([]);
  // A part that changes now, and inputs that changed before, are computed at once when both are wanted.
  await change('views', days[3]!, 'price + 2');
  small.write('join.json', config({ rightParts: [...(spent as never[]), most('1d')] }));
  await submit('--reprocess', 'stale', '--yes');
  expect(await stale()).toEqual([]);
  small.write('join.json', {
    ...config({ rightParts: [...(spent as never[]), most('1d')] }),
    metaData: { name: 'anew.v1', outputNamespace: 'out' },
  });
  await submit();
  expect(await table('out.small_v1')).toEqual(await table('out.anew_v1'));
});
