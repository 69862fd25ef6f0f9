import type { BucketSourceTask } from '@hindcast/shared/plan/task';
import { dayOf } from '@hindcast/shared/time/partition-spec';
import { beforeEach, describe, expect, test } from 'vitest';
import { joinOf, requestOf, stateOf, tableOf } from '../../../../test/small-plans.js';
import type { InspectedSource } from '../join-state.js';
import type { PartColumns, PartStream } from './columns.js';
import type { DayRange } from './reach.js';
import { SegmentPlanner, type SourceRead } from './segments.js';
import type { FreshSegment } from './shared-scans.js';

/** Days of November 2023. */
const dates = (...given: readonly number[]): string[] =>
  given.map((date) => `2023-11-${String(date).padStart(2, '0')}`);
const day = (date: number): number => dayOf(dates(date)[0]!);
const reachOf = (first: number, last: number): DayRange => ({ first: day(first), last: day(last) });
const leftDays = reachOf(10, 12);

/** Events by user with their prices, November's first twelve days; 1000 bytes and 10 rows a day. */
const sourceOf = (changes: Partial<InspectedSource> = {}): InspectedSource => {
  const [source] = stateOf(joinOf(), requestOf()).parts[0]!.sources;
  return { ...source!, rows: 120, ...changes };
};
/** A part with one stream, as the planner is asked for it. */
type Reading = Pick<PartColumns, 'rightKeys' | 'windows'> & PartStream;
const columns: Reading = {
  rightKeys: [{ name: 'user', type: 'VARCHAR' }],
  windows: { any: true, longestMs: 1 },
  explode: null,
  values: [{ name: 'price', type: 'DOUBLE', output: null }],
  aggregates: [
    {
      inputColumn: 'price',
      operation: 'SUM',
      by: null,
      argMap: {},
      windows: [{ lengthMs: 1, column: 'c' }],
    },
  ],
};
const unbounded: Reading = {
  ...columns,
  windows: { any: false, longestMs: null },
  aggregates: [{ ...columns.aggregates![0]!, windows: [{ lengthMs: null, column: 'c' }] }],
};
const wholeRows: Reading = { ...unbounded, aggregates: null };

let planner: SegmentPlanner;
let fresh: FreshSegment[];
beforeEach(() => {
  planner = new SegmentPlanner(requestOf(), leftDays);
  fresh = [];
});
const read = (
  reach: readonly DayRange[],
  changes: Partial<InspectedSource> = {},
  of: Reading = columns,
  events = true,
): SourceRead => planner.read(sourceOf(changes), reach, of, of, { events, quiet: false }, fresh);

const tasks = (): BucketSourceTask[] => fresh.map(({ task }) => task);
const filesRead = (): string[] => tasks().flatMap(({ files }) => files.map(({ path }) => path));
const pathsOf = (...given: readonly number[]): string[] =>
  dates(...given).map((date) => `data.sales/ds=${date}/0.parquet`);
const names = (): string[] => tasks().map(({ output }) => output.split('/').at(-1)!);

describe('which files are read', () => {
  test('those that some range reaches, both ends included, and no other', () => {
    const { segments, rows } = read([reachOf(2, 3), reachOf(7, 7)]);
    expect(filesRead()).toEqual(pathsOf(2, 3, 7));
    expect(segments).toEqual(tasks().map(({ output }) => output));
    expect(segments.every((path) => path.startsWith('buckets/0/'))).toBe(true);
    expect(rows).toBe(30);
  });

  test('none before the start partition of the source and none after its end', () => {
    read([{ first: Number.NEGATIVE_INFINITY, last: day(12) }], {
      startPartition: dates(4)[0]!,
      endPartition: dates(6)[0]!,
    });
    expect(filesRead()).toEqual(pathsOf(4, 5, 6));
  });

  test('a table without files has no rows and no tasks', () => {
    const empty = read([reachOf(2, 3)], { table: tableOf('data.sales', []) });
    expect([empty, fresh]).toEqual([{ segments: [], rows: 0 }, []]);
  });
});

test.each<[string, Reading, boolean, Partial<BucketSourceTask>]>([
  ['events', columns, true, { layout: 'events', partitionKey: null, untimed: 'dropped' }],
  ['all events', unbounded, true, { layout: 'events', untimed: 'dropped' }],
  ['snapshots', columns, false, { layout: 'events', partitionKey: 0, untimed: 'dropped' }],
  ['snapshots without windows', unbounded, false, { partitionKey: 0, untimed: 'first' }],
  ['whole rows', wholeRows, false, { layout: 'rows', partitionKey: 0, untimed: 'first' }],
])('%s: what a task says of its segment', (_, of, events, expected) => {
  read([reachOf(2, 3)], {}, of, events);
  expect(tasks()).toHaveLength(1);
  expect(tasks()[0]).toMatchObject({
    ...expected,
    keys: columns.rightKeys,
    values: [{ name: 'price', type: 'DOUBLE' }],
    refuseDuplicates: false,
  });
});

describe('what is there is not made again', () => {
  const twoToFive = [reachOf(2, 5)];
  const present = (): Partial<InspectedSource> => ({
    segments: { folder: 'buckets/0', present: names() },
  });
  /** Tasks of another run that finds the segments of this one. */
  const tasksOfNext = (of: Reading, events: boolean, strictInputs = false): number => {
    const next: FreshSegment[] = [];
    const request = requestOf({ strictInputs });
    const how = { events, quiet: false };
    new SegmentPlanner(request, leftDays).read(sourceOf(present()), twoToFive, of, of, how, next);
    return next.length;
  };

  test('segments of a former run', () => {
    const before = read(twoToFive);
    const next = new SegmentPlanner(requestOf(), leftDays);
    const again: FreshSegment[] = [];
    const after = next.read(
      sourceOf(present()),
      [reachOf(3, 6)],
      columns,
      columns,
      { events: true, quiet: false },
      again,
    );
    expect(again.map(({ task }) => task.files)).toEqual([
      [{ path: 'data.sales/ds=2023-11-06/0.parquet', partition: '2023-11-06' }],
    ]);
    expect(after.segments).toEqual([...before.segments, again[0]!.task.output]);
  });

  test('segments of an earlier step or part of this plan', () => {
    const first = read(twoToFive);
    const made = fresh.length;
    expect(read(twoToFive).segments).toEqual(first.segments);
    expect(fresh).toHaveLength(made);
  });

  type Asked = readonly [Reading, events: boolean];
  test.each<[string, Asked, Asked]>([
    ['key types', [columns, true], [{ ...columns, rightKeys: columns.values }, true]],
    ['values', [columns, true], [{ ...columns, values: [] }, true]],
    ['kinds of sources', [unbounded, true], [unbounded, false]],
    ['layouts', [unbounded, false], [wholeRows, false]],
    ['rules for rows without time', [columns, false], [unbounded, false]],
  ])('but those with other %s are', (_, before, after) => {
    read(twoToFive, {}, ...before);
    expect(tasksOfNext(...before)).toBe(0);
    expect(tasksOfNext(...after)).toBe(1);
  });

  test('whole rows are looked at once more where several of one key are refused', () => {
    read(twoToFive, {}, wholeRows, false);
    expect(tasksOfNext(wholeRows, false)).toBe(0);
    expect(tasksOfNext(wholeRows, false, true)).toBe(1);
  });
});

describe('accounts', () => {
  test('of each input, the most that a step reads', () => {
    read([reachOf(2, 3)]);
    read([reachOf(2, 6)]);
    read([reachOf(4, 4)]);
    const origin = 'join part "sales.v1": data.sales';
    expect(planner.inputs()).toEqual([
      { origin, table: 'data.sales', partitions: 5, files: 5, bytes: 5000, rows: 50, reused: 0 },
    ]);
  });

  test.each<[string, number[], DayRange, boolean, Partial<InspectedSource>, number[]]>([
    ['a hole', [4, 5, 8], reachOf(4, 8), true, {}, [6, 7]],
    ['no events before the first', [10], reachOf(1, 11), true, {}, [11]],
    ['snapshots since the day before the left', [11], reachOf(7, 11), false, {}, [9, 10]],
    ['nothing after the left and the table', [8], reachOf(8, 30), true, {}, [9, 10, 11, 12]],
    ['the start partition', [4, 8], reachOf(4, 8), true, { startPartition: dates(7)[0]! }, [7]],
    ['the end partition', [4, 8], reachOf(4, 8), true, { endPartition: dates(5)[0]! }, [5]],
  ])('missing: %s', (_, there, reach, events, changes, missing) => {
    read([reach], { table: tableOf('data.sales', dates(...there)), ...changes }, columns, events);
    expect(planner.missingInputs().flatMap(({ partitions }) => partitions)).toEqual(
      dates(...missing),
    );
  });

  test('missing dates of several steps are said once, in order', () => {
    const table = tableOf('data.sales', dates(4, 8));
    for (const reach of [reachOf(6, 8), reachOf(4, 6)]) read([reach], { table });
    const origin = 'join part "sales.v1": data.sales';
    expect(planner.missingInputs()).toEqual([
      { origin, table: 'data.sales', partitions: dates(5, 6, 7), writtenBy: null },
    ]);
  });
});
