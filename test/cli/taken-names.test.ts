/** Names of tables that two jobs would write to: whoever comes second is refused, and nothing is touched. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { days, openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
beforeEach(() => {
  for (const folder of ['out', '_hindcast', 'logs'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
});
afterAll(() => small.close());

const clicks = (...columns: readonly string[]) =>
  dsl.eventSource({
    table: 'data.clicks',
    query: dsl.query({ selects: dsl.select(...columns), timeColumn: 'ts' }),
  });
const spent = dsl.groupBy({
  name: 'spent',
  outputNamespace: 'out',
  sources: [clicks('user', 'price')],
  keys: ['user'],
  aggregations: [dsl.sum('price')],
  accuracy: 'TEMPORAL',
});
/** `out.orders`, with labels, and its like. */
const config = (name = 'orders', more: Partial<Parameters<typeof dsl.join>[0]> = {}) =>
  dsl.join({
    name,
    outputNamespace: 'out',
    left: clicks('user'),
    rightParts: [dsl.joinPart({ groupBy: spent })],
    rowIds: ['user', 'ts'],
    labelPart: dsl.labelPart({
      labels: [dsl.joinPart({ groupBy: { ...groupBy('spent_2d'), aggregations: matured } })],
      leftStartOffset: 2,
      leftEndOffset: 2,
    }),
    ...more,
  });
const matured = [dsl.sum('price', { windows: ['2d'] })] as never;
const groupBy = (name: string): dsl.GroupByStruct => ({
  ...spent,
  metaData: { ...spent.metaData, name },
});
const unlabeled = (name: string) => {
  const { labelPart, ...rest } = config(name);
  return rest;
};
const staging = (name: string, more: Partial<Parameters<typeof dsl.stagingQuery>[0]> = {}) =>
  dsl.stagingQuery({
    name,
    outputNamespace: 'out',
    query: 'SELECT user, ds FROM data.clicks WHERE ds BETWEEN {{ start_date }} AND {{ end_date }}',
    startPartition: days[0]!,
    ...more,
  });
const view = (name: string) =>
  staging(name, { query: 'SELECT user, ds FROM data.clicks', createView: true });

/** The config under a name of its own, so that several are there at once. */
function file(of: object): string {
  const { metaData } = of as { metaData: { name: string } };
  return small.write(`${metaData.name}.json`, of);
}

async function done(args: readonly string[]): Promise<string> {
  const result = await small.run(args);
  expect(result.code, result.stderr).toBe(0);
  return result.stderr;
}
const submit = (of: object): Promise<string> => done(['submit', file(of), '--end-ds', days[3]!]);
const label = ['label-join', 'orders.json', '--label-ds', days[3]!];

/** Refused by `submit` and by `plan`, also where every question is answered with yes. */
async function refused(args: readonly string[], ...says: readonly string[]): Promise<void> {
  await small.refuse([...args, '--yes'], 2, ...says);
  await small.refuse([...args, '--dry-run'], 2, ...says);
}
const refuse = (of: object, ...says: readonly string[]): Promise<void> =>
  refused(['submit', file(of), '--end-ds', days[3]!], ...says);

test('a join whose output is where another one has its labels', async () => {
  await submit(config());
  await done(label);
  await refuse(
    unlabeled('orders_labels'),
    'out.orders_labels: another table has this name',
    'found: the labels of a join, where the output of a join would be',
    'Give one of the two another name or outputNamespace, or move the table away.',
  );
});

test('labels where a join has its output', async () => {
  await submit(unlabeled('orders_labels'));
  expect(await submit(config())).toContain(
    'out.orders_labels: no label join wrote this table, and the views are without labels',
  );
  await refused(
    label,
    'out.orders_labels: another table has this name',
    'found: the output of a join, where the labels of a join would be',
  );
});

test('outputs of joins, of GroupBys and of staging queries by one name', async () => {
  await submit(groupBy('shared'));
  const group = 'found: the output of a GroupBy, where';
  await refuse(unlabeled('shared'), `${group} the output of a join would be`);
  await refuse(staging('shared'), `${group} the output of a staging query would be`);
  await submit(staging('other'));
  const query = 'found: the output of a staging query, where';
  await refuse(unlabeled('other'), 'out.other: another', `${query} the output of a join would be`);
  await refuse(groupBy('other'), `${query} the output of a GroupBy would be`);
});

test('statistics and outputs by one name', async () => {
  await submit(unlabeled('orders'));
  await refuse(
    unlabeled('orders_daily_stats'),
    'found: the statistics of a table, where the output of a join would be',
  );
  await submit(unlabeled('later_daily_stats'));
  await refuse(
    unlabeled('later'),
    'out.later_daily_stats: another table has this name',
    'found: the output of a join, where the statistics of a table would be',
    '--conf stats=off',
  );
  await done(['submit', 'later.json', '--conf', 'stats=off']);
});

test('views of labels, and tables and views of others by their names', async () => {
  await submit(config());
  for (const name of ['orders_labeled', 'orders_labeled_latest']) {
    const found = `found: out/${name}.view.sql, a view of labels`;
    await refuse(unlabeled(name), `out.${name} is a view already`, found);
    await refuse(view(name), `out.${name}: another view has this name`, 'found: a view of labels');
  }
  await submit(view('late_labeled'));
  const late = config('late');
  await refuse(
    late,
    'out.late_labeled: another view has this name',
    'found: the view of a staging query, where a view of labels would be',
    'or delete out/late_labeled.view.sql',
  );
  rmSync(join(small.warehouse, 'out', 'late_labeled.view.sql'));
  await submit(unlabeled('late_labeled_latest'));
  await refuse(late, 'out.late_labeled_latest is a table already');
  await submit(view('seen'));
  await submit(view('seen'));
});

test('a flattened log, a consistency table and outputs by their names', async () => {
  await submit(unlabeled('orders'));
  const served = `SELECT to_json({'user': user}) AS key, to_json({'spent_price_sum': spent_price_sum}) AS value, ts, 'v1' AS schema_hash, ds FROM out.orders`;
  await done(['sql', served, '--format', 'parquet', '-o', 'log.parquet']);
  await done(['import', 'log.parquet', '--table', 'logs.served']);
  await done(['flatten-logs', 'orders.json', '--log', 'logs.served']);
  // The rows that it compares are no table: who has one by this name keeps it.
  await submit(unlabeled('orders_consistency_rows'));
  await done(['consistency', 'orders.json']);
  await done(['consistency', 'orders.json', '--start-ds', days[0]!]);
  const stays = await done(['submit', 'orders_consistency_rows.json']);
  expect(stays).toContain('4 partitions were there already');
  await refuse(staging('orders_logged'), 'found: the flattened log of a join, where');
  await refuse(unlabeled('orders_consistency'), 'found: the consistency of a join, where');
  await submit(unlabeled('more'));
  await submit(staging('more_logged'));
  await refused(
    ['flatten-logs', 'more.json', '--log', 'logs.served'],
    'found: the output of a staging query, where the flattened log of a join would be',
  );
  rmSync(join(small.warehouse, 'out', 'orders_consistency'), { recursive: true });
  await submit(unlabeled('orders_consistency'));
  await refused(
    ['consistency', 'orders.json'],
    'found: the output of a join, where the consistency of a join would be',
  );
});
