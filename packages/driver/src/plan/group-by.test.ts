import type { GroupBy } from '@hindcast/shared/config/model';
import * as dsl from '@hindcast/shared/dsl/index';
import type { JoinTask } from '@hindcast/shared/plan/task';
import { expect, test } from 'vitest';
import { days, joinOf, part, requestOf, stateOf, tableOf } from '../../../../test/small-plans.js';
import type { InspectedSource } from '../join-state.js';
import { partColumns } from './columns.js';
import { asTheyAre } from './derivations.js';
import {
  backfillStart,
  groupByOutput,
  joinOfGroupBy,
  keyReach,
  keysLeft,
  partOf,
} from './group-by.js';
import { planJoin } from './join.js';

const spec = requestOf().partitionSpec;
const groupByOf = (changes: Parameters<typeof part>[0] = {}): GroupBy =>
  joinOf([part(changes)]).joinParts[0]!.groupBy;
const sourcesOf = (groupBy: GroupBy): readonly InspectedSource[] =>
  stateOf({ ...joinOf(), joinParts: [partOf(groupBy)] }, requestOf()).parts[0]!.sources;

test.each([
  [{ aggregations: [dsl.sum('price', { windows: ['3d', '36h'] })] }, '2023-11-08'],
  [{ aggregations: [dsl.sum('price', { windows: ['36h'] })] }, '2023-11-09'],
  [{ aggregations: [dsl.sum('price', { windows: ['1d'] })] }, '2023-11-10'],
  [{ aggregations: [dsl.sum('price', { windows: ['1d'] }), dsl.count('price')] }, ''],
  [
    { aggregations: null, sources: [dsl.entitySource({ snapshotTable: 'data.users', query: {} })] },
    '2023-11-10',
  ],
])('keys of %j are seen from %s on', (changes, first) => {
  const reach = keyReach(groupByOf(changes), ['2023-11-10', '2023-11-12'], spec);
  expect(reach).toEqual({ first, last: '2023-11-12' });
});

test('the left: keys in the types of the sources, and their partitions within bounds', () => {
  const groupBy = groupByOf({ keys: ['shop', 'user'] });
  const [source] = sourcesOf(groupBy);
  const one = { ...source!, table: tableOf('a', days('2023-11-01', '2023-11-03')) };
  const two = {
    ...source!,
    table: tableOf('b', days('2023-11-01', '2023-11-09')),
    startPartition: '2023-11-03',
    endPartition: '2023-11-05',
  };
  const left = keysLeft(groupBy, [one, two], spec);
  expect(left.columns.map(({ name }) => name)).toEqual(['shop', 'user']);
  expect(left.table.partitions.map(({ value }) => value)).toEqual(days('2023-11-01', '2023-11-05'));
  expect(left.scan.time).toEqual({ kind: 'none' });
});

test('the output: keys, then features without the prefix', () => {
  const groupBy = groupByOf();
  const keys = [{ name: 'user', type: 'VARCHAR' }];
  const { outputs } = partColumns(
    { part: partOf(groupBy), sources: sourcesOf(groupBy) },
    keys,
    false,
  );
  expect(groupByOutput(groupBy, keys, outputs)).toEqual([
    ...asTheyAre(keys),
    { name: 'price_sum_3d', type: 'DOUBLE', expression: '"sales_v1_price_sum_3d"' },
  ]);
});

test('the date from which a group-by is filled is one of the warehouse', () => {
  expect(backfillStart(groupByOf({ backfillStartDate: '2023-11-02' }), spec)).toBe('2023-11-02');
  expect(backfillStart(groupByOf(), spec)).toBeNull();
  expect(() => backfillStart(groupByOf({ backfillStartDate: '20231102' }), spec)).toThrow(
    'backfillStartDate is no date',
  );
});

test('its plan: keys of the segments in every KeyBucket, counted once more apart from them', () => {
  const groupBy = groupByOf();
  const join = joinOfGroupBy(groupBy);
  const request = requestOf();
  const sources = sourcesOf(groupBy);
  const left = keysLeft(groupBy, sources, spec);
  const base = stateOf({ ...joinOf(), joinParts: [partOf(groupBy)] }, request);
  const outputs = partColumns({ part: partOf(groupBy), sources }, left.columns, false).outputs;
  const state = {
    ...base,
    left,
    derived: {
      features: [asTheyAre(outputs)],
      output: groupByOutput(groupBy, left.columns, outputs),
    },
    keysSeen: { snapshots: false },
    leftPlace: 'in the source' as const,
    leftPartitions: Object.fromEntries(
      days('2023-11-10', '2023-11-12').map((value) => [
        value,
        { rows: 100_000, minTime: null, maxTime: null },
      ]),
    ),
  };
  const plan = planJoin(join, state, request, { runId: 'x', folder: 'x' });
  expect(plan.job).toBe('group-by');
  expect(plan.output.columns.map(({ name }) => name)).toEqual(['user', 'price_sum_3d']);
  const [step] = plan.steps;
  expect(step!.rows).toBeNull();
  expect(step!.stages.map(({ name }) => name)).toEqual(['key-buckets', 'join']);
  const tasks = step!.stages[1]!.tasks;
  const joins = tasks.filter((task): task is JoinTask => task.kind === 'join');
  expect(joins.length).toBeGreaterThan(1);
  for (const task of joins) {
    expect(task.left).toMatchObject({ kind: 'keys', seen: { snapshots: false } });
    expect(task.onlyWithValues).toEqual(['sales_v1_price_sum_3d']);
    expect(task.leftKind).toBe('entities');
  }
  const segments = joins[0]!.parts.flatMap((one) => one.segments);
  expect(tasks.at(-1)).toEqual({ kind: 'count-keys', segments, keys: 1 });
});
