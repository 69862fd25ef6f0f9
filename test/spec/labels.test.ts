/** The specification's own examples of labels, through the whole line. */
import * as dsl from '@hindcast/shared/dsl/index';
import { partitionsOf } from '@hindcast/shared/time/partition-spec';
import { beforeAll, describe, expect, test } from 'vitest';
import { workplace } from '../in-process.js';
import { maturityText, type Row, SmallWorld } from '../small-world.js';

const place = workplace('labels');
const world = new SmallWorld(place);

const days = partitionsOf({ start: '2023-08-25', end: '2023-10-02' });
const midnight = (ds: string): number => Date.parse(`${ds}T00:00:00Z`);

beforeAll(async () => {
  const rows = days.flatMap((ds, day): Row[] =>
    ['a', 'b', null].map((listing, i) => ({
      id: `${ds}/${i}`,
      listing,
      ts: midnight(ds) + 1000 * i,
      ds,
      day,
    })),
  );
  await world.write('data.views', { id: 'VARCHAR', listing: 'VARCHAR', ts: 'BIGINT' }, rows);
  // Known later, and told apart by their own date: version "day of the label".
  const labels = days.map((ds, day): Row => ({ listing: 'a', label_col: day, ds }));
  await world.write('data.labels', { listing: 'VARCHAR', label_col: 'INTEGER' }, labels);
  const bookings = days.flatMap((ds, day): Row[] => [
    { listing: 'a', paid: 1, ts: midnight(ds), ds },
    { listing: 'b', paid: 10 ** (day % 3), ts: midnight(ds) + 86_399_999, ds },
  ]);
  await world.write(
    'data.bookings',
    { listing: 'VARCHAR', paid: 'BIGINT', ts: 'BIGINT' },
    bookings,
  );
});

const entities = dsl.groupBy({
  name: 'label',
  sources: [
    dsl.entitySource({
      snapshotTable: 'data.labels',
      query: dsl.query({ selects: dsl.select('listing', 'label_col') }),
    }),
  ],
  keys: ['listing'],
  aggregations: null,
});
const week = dsl.groupBy({
  name: 'week',
  sources: [
    dsl.eventSource({
      table: 'data.bookings',
      query: dsl.query({ selects: dsl.select('listing', 'paid'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['listing'],
  aggregations: [dsl.sum('paid', { windows: ['7d'] })],
});

let joins = 0;

function joinWith(
  groupBy: dsl.GroupByStruct,
  offsets: readonly [start: number, end: number],
  changes: Partial<Parameters<typeof dsl.join>[0]> = {},
): { readonly config: dsl.JoinStruct; readonly table: string } {
  const name = `j${joins++}`;
  const config = dsl.join({
    name,
    outputNamespace: 'out',
    left: dsl.eventSource({
      table: 'data.views',
      query: dsl.query({ selects: dsl.select('id', 'listing'), timeColumn: 'ts' }),
    }),
    rightParts: [],
    rowIds: ['id', 'listing'],
    labelPart: dsl.labelPart({
      labels: [dsl.joinPart({ groupBy })],
      leftStartOffset: offsets[0],
      leftEndOffset: offsets[1],
    }),
    ...changes,
  });
  return { config, table: `out.${name}` };
}

const versions = (table: string) =>
  world.rows(`SELECT DISTINCT label_ds, ds FROM ${table}_labels ORDER BY ALL`);

test.each<[string, [number, number], string, string]>([
  ['offsets 30 and 0', [30, 0], '2023-09-01', '2023-09-30'],
  ['offsets 30 and 1, the same', [30, 1], '2023-09-01', '2023-09-30'],
  ['offsets 30 and 3', [30, 3], '2023-09-01', '2023-09-28'],
  ['one day', [1, 1], '2023-09-30', '2023-09-30'],
  ['no offset at all', [0, 0], '2023-09-30', '2023-09-30'],
])('label date 09-30 with %s', async (_, offsets, first, last) => {
  const { config, table } = joinWith(entities, offsets);
  await world.submit(config);
  await world.labelJoin(config, '2023-09-30');
  const dates = partitionsOf({ start: first, end: last });
  expect(await versions(table)).toEqual(dates.map((ds) => ({ label_ds: '2023-09-30', ds })));
});

test('three versions of one date: all in _labeled, the newest in _labeled_latest', async () => {
  const { config, table } = joinWith(entities, [14, 1]);
  await world.submit(config);
  for (const labelDs of ['2023-09-24', '2023-09-28', '2023-10-01'])
    await world.labelJoin(config, labelDs);
  const of = (view: string) =>
    world.rows(
      `SELECT ds, listing, label_label_col, label_ds FROM ${table}_${view}
       WHERE ds = '2023-09-20' AND listing IS NOT NULL ORDER BY listing, label_ds`,
    );
  const row = (listing: string, label: number | null, labelDs: string) => ({
    ds: '2023-09-20',
    listing,
    label_label_col: label,
    label_ds: labelDs,
  });
  expect(await of('labeled')).toEqual([
    row('a', 30, '2023-09-24'),
    row('a', 34, '2023-09-28'),
    row('a', 37, '2023-10-01'),
    row('b', null, '2023-09-24'),
    row('b', null, '2023-09-28'),
    row('b', null, '2023-10-01'),
  ]);
  expect(await of('labeled_latest')).toEqual([
    row('a', 37, '2023-10-01'),
    row('b', null, '2023-10-01'),
  ]);
});

test('rows whose identity holds a NULL, and dates without labels', async () => {
  const { config, table } = joinWith(entities, [2, 1]);
  await world.submit(config);
  await world.labelJoin(config, '2023-09-30');
  const counts = (view: string) =>
    world.rows(
      `SELECT ds, count(*) AS n, count(label_ds) AS dated FROM ${table}_${view}
       WHERE ds IN ('2023-09-28', '2023-09-29') GROUP BY ds ORDER BY ds`,
    );
  expect(await counts('labeled')).toEqual([
    { ds: '2023-09-28', n: 3, dated: 0 },
    { ds: '2023-09-29', n: 3, dated: 2 },
  ]);
  expect(await counts('labeled_latest')).toEqual([
    { ds: '2023-09-28', n: 3, dated: 0 },
    { ds: '2023-09-29', n: 2, dated: 2 },
  ]);
});

test('row ids that lack the keys of the labels: refused by Chronon, promised by the document', async () => {
  const { config, table } = joinWith(entities, [3, 1], { rowIds: ['id'] });
  await world.submit(config);
  await world.labelJoin(config, '2023-09-30');
  expect(
    await world.rows(`SELECT * FROM ${table}_labels WHERE ds = '2023-09-29' ORDER BY id`),
  ).toEqual([
    { id: '2023-09-29/0', label_label_col: 36, label_ds: '2023-09-30', ds: '2023-09-29' },
    { id: '2023-09-29/1', label_label_col: null, label_ds: '2023-09-30', ds: '2023-09-29' },
    { id: '2023-09-29/2', label_label_col: null, label_ds: '2023-09-30', ds: '2023-09-29' },
  ]);
});

test('without row ids a row is known by the keys of its labels', async () => {
  const { config, table } = joinWith(entities, [1, 1], { rowIds: [] });
  await world.submit(config);
  await world.labelJoin(config, '2023-09-30');
  expect(await world.rows(`SELECT * FROM ${table}_labels ORDER BY listing`)).toEqual([
    { listing: 'a', label_label_col: 36, label_ds: '2023-09-30', ds: '2023-09-30' },
    { listing: 'b', label_label_col: null, label_ds: '2023-09-30', ds: '2023-09-30' },
    { listing: null, label_label_col: null, label_ds: '2023-09-30', ds: '2023-09-30' },
  ]);
});

describe('aggregated', () => {
  test('the matured day alone, over the days from it to the label date', async () => {
    const { config, table } = joinWith(week, [7, 7]);
    await world.submit(config);
    const { steps } = await world.labelJoin(config, '2023-09-28', '2023-09-30');
    expect(steps.map(({ partitions }) => partitions)).toEqual([
      ['2023-09-28'],
      ['2023-09-29'],
      ['2023-09-30'],
    ]);
    const paid = (from: string): number =>
      partitionsOf({
        start: from,
        end: new Date(midnight(from) + 6 * 86_400_000).toISOString().slice(0, 10),
      })
        .map((ds) => 10 ** (days.indexOf(ds) % 3))
        .reduce((a, b) => a + b);
    const row = (labelDs: string, ds: string, listing: string, label: number) => ({
      label_ds: labelDs,
      ds,
      listing,
      label,
    });
    expect(
      await world.rows(
        `SELECT label_ds, ds, listing, week_paid_sum_7d AS label FROM ${table}_labels
         WHERE listing IS NOT NULL ORDER BY ALL`,
      ),
    ).toEqual([
      row('2023-09-28', '2023-09-22', 'a', 7),
      row('2023-09-28', '2023-09-22', 'b', paid('2023-09-22')),
      row('2023-09-29', '2023-09-23', 'a', 7),
      row('2023-09-29', '2023-09-23', 'b', paid('2023-09-23')),
      row('2023-09-30', '2023-09-24', 'a', 7),
      row('2023-09-30', '2023-09-24', 'b', paid('2023-09-24')),
    ]);
  });

  test('beside labels that are not', async () => {
    const { config, table } = joinWith(week, [7, 7], {
      labelPart: dsl.labelPart({
        labels: [dsl.joinPart({ groupBy: week }), dsl.joinPart({ groupBy: entities })],
        leftStartOffset: 7,
        leftEndOffset: 7,
      }),
    });
    await world.submit(config);
    await world.labelJoin(config, '2023-09-30');
    expect(
      await world.rows(
        `SELECT label_week_paid_sum_7d AS paid, label_label_col AS other
         FROM ${table}_labeled_latest WHERE ds = '2023-09-24' AND listing = 'a'`,
      ),
    ).toEqual([{ paid: 7, other: 36 }]);
  });
});

test('late labels are a new version, and a label date computed again replaces its own alone', async () => {
  const late: Row[] = [{ listing: 'a', label_col: 1, ds: '2023-09-29' }];
  const columns = { listing: 'VARCHAR', label_col: 'INTEGER' } as const;
  await world.write('data.late', columns, [...late, { ...late[0]!, ds: '2023-09-30' }]);
  const source = dsl.entitySource({ snapshotTable: 'data.late', query: dsl.query({}) });
  const groupBy = dsl.groupBy({
    name: 'late',
    sources: [source],
    keys: ['listing'],
    aggregations: null,
  });
  const { config, table } = joinWith(groupBy, [2, 1]);
  await world.submit(config);
  await world.labelJoin(config, '2023-09-29', '2023-09-30');
  const labeled = () =>
    world.rows(
      `SELECT label_ds, late_label_col AS label, count(*) AS n FROM ${table}_labels
       WHERE listing = 'a' GROUP BY ALL ORDER BY ALL`,
    );
  const first = [
    { label_ds: '2023-09-29', label: 1, n: 2 },
    { label_ds: '2023-09-30', label: 1, n: 2 },
  ];
  expect(await labeled()).toEqual(first);
  await world.write('data.late', columns, [{ ...late[0]!, label_col: 5 }]);
  await world.write('data.late', columns, [{ ...late[0]!, label_col: 7, ds: '2023-10-01' }]);
  await world.labelJoin(config, '2023-10-01');
  expect(await labeled()).toEqual([...first, { label_ds: '2023-10-01', label: 7, n: 2 }]);
  await world.labelJoin(config, '2023-09-29');
  expect(await labeled()).toEqual([
    { label_ds: '2023-09-29', label: 5, n: 2 },
    first[1],
    { label_ds: '2023-10-01', label: 7, n: 2 },
  ]);
});

test('how far labels have come, in the plan and in the results', async () => {
  const { config } = joinWith(entities, [3, 2]);
  await world.submit(config, { startDs: '2023-09-25', endDs: '2023-09-30' });
  const { labels } = await world.plan(config, {
    labelJoin: true,
    startDs: '2023-09-28',
    endDs: '2023-09-28',
  });
  expect(labels!.dates).toEqual([
    { labelDs: '2023-09-28', partitions: ['2023-09-26', '2023-09-27'] },
  ]);
  const before = await world.labelJoin(config, '2023-09-28', '2023-09-29');
  expect(maturityText(before.labels!)).toEqual([
    '2023-09-25: 3, until 2023-09-27',
    '2023-09-26: 3, 2023-09-28 1, matured',
    '2023-09-27: 3, 2023-09-28 1, 2023-09-29 1, matured',
    '2023-09-28: 3, 2023-09-29 1, until 2023-09-30',
    '2023-09-29: 3, until 2023-10-01',
    '2023-09-30: 3, until 2023-10-02',
  ]);
  // What has matured and is not asked for is told no more; later label dates settle those before.
  const after = await world.labelJoin(config, '2023-10-01');
  expect(maturityText(after.labels!)).toEqual([
    '2023-09-25: 3, until 2023-09-27',
    '2023-09-28: 3, 2023-09-29 1, matured',
    '2023-09-29: 3, 2023-10-01 1, matured',
    '2023-09-30: 3, 2023-10-01 1, until 2023-10-02',
  ]);
});
