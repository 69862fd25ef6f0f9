import { parseConfig } from '@hindcast/shared/config/parse';
import {
  entitySource,
  groupBy,
  join,
  joinPart,
  labelPart,
  query,
  select,
} from '@hindcast/shared/dsl/index';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { describe, expect, test } from 'vitest';
import { provenanceTag } from './decide.js';
import { decideLabels, labelIdentity, labelRange, lacksLabels, maturesOn } from './labels.js';
import { partScans } from './sources.js';

const offsets = (leftStartOffset: number, leftEndOffset: number) => ({
  labels: [],
  leftStartOffset,
  leftEndOffset,
  labelOfflineSchedule: null,
});
const spec = { column: 'ds', format: 'yyyy-MM-dd' };

test.each([
  [30, 0, '2023-09-01', '2023-09-30'],
  [30, 1, '2023-09-01', '2023-09-30'],
  [30, 3, '2023-09-01', '2023-09-28'],
  [5, 2, '2023-09-26', '2023-09-29'],
  [7, 7, '2023-09-24', '2023-09-24'],
  [0, 0, '2023-09-30', '2023-09-30'],
])('label date 2023-09-30 with offsets %i and %i', (start, end, first, last) => {
  expect(labelRange(offsets(start, end), '2023-09-30', spec.format)).toEqual({
    start: first,
    end: last,
  });
  // The other way round: the last label date that has a partition in its range.
  expect(maturesOn(offsets(start, end), first, spec.format)).toBe('2023-09-30');
});

test('a date of another format', () => {
  expect(labelRange(offsets(2, 1), '20240301', 'yyyyMMdd')).toEqual({
    start: '20240229',
    end: '20240301',
  });
});

const label = groupBy({
  name: 'label',
  sources: [entitySource({ snapshotTable: 'data.labels', query: query({}) })],
  keys: ['listing', 'night'],
});

function joinWith(rowIds: string[]) {
  const config = parseConfig(
    JSON.parse(
      JSON.stringify(
        join({
          name: 'j',
          left: entitySource({
            snapshotTable: 'data.left',
            query: query({ selects: select('id', 'place', 'night') }),
          }),
          rightParts: [],
          rowIds,
          labelPart: labelPart({
            labels: [joinPart({ groupBy: label, keyMapping: { place: 'listing' } })],
            leftStartOffset: 2,
            leftEndOffset: 1,
          }),
        }),
      ),
    ),
    '',
  );
  if (config.kind !== 'join') throw new Error('no join');
  return config.join;
}

test('the version of the labels tells no rows apart', () => {
  expect(() => labelIdentity(joinWith(['id', 'label_ds']), spec)).toThrow(
    '"label_ds" is the version of its labels',
  );
});

test('a row is known by the row ids, else by the left keys of the labels, and by its date', () => {
  expect(labelIdentity(joinWith(['id']), spec)).toEqual(['id', 'ds']);
  expect(labelIdentity(joinWith(['id', 'ds']), spec)).toEqual(['id', 'ds']);
  expect(labelIdentity(joinWith([]), spec)).toEqual(['place', 'night', 'ds']);
});

describe('which label dates are computed', () => {
  const now = { labels: 'now' };
  const table = (...files: [labelDs: string, labels: string][]): DeltaSnapshot => ({
    version: 0,
    protocol: { minReaderVersion: 1, minWriterVersion: 2 },
    metaData: { configuration: {} } as DeltaSnapshot['metaData'],
    txns: new Map(),
    files: files.map(([labelDs, labels]) => ({
      path: `label_ds=${labelDs}/ds=2023-09-01/f.parquet`,
      partitionValues: { label_ds: labelDs, ds: '2023-09-01' },
      size: 1,
      modificationTime: 1,
      tags: { [provenanceTag]: JSON.stringify({ labels }) },
      stats: null,
    })),
  });
  const decided = (output: DeltaSnapshot | null, done: string[] = []) => {
    const { partitions, restart } = decideLabels(['2023-09-02', '2023-09-03'], output, now, done);
    return {
      restart,
      partitions: partitions.map(({ value, action, reason }) => `${value} ${action}: ${reason}`),
    };
  };

  test('all of them, whatever is there', () => {
    expect(decided(null)).toEqual({
      restart: null,
      partitions: ['2023-09-02 compute: missing', '2023-09-03 compute: missing'],
    });
    expect(decided(table(['2023-09-02', 'now'], ['2023-09-04', 'now'])).partitions).toEqual([
      '2023-09-02 compute: requested',
      '2023-09-03 compute: missing',
    ]);
  });

  test('but those that a run before this retry has done', () => {
    expect(decided(table(['2023-09-02', 'now']), ['2023-09-02']).partitions).toEqual([
      '2023-09-02 skip: exists',
      '2023-09-03 compute: missing',
    ]);
  });

  test('other labels start anew; versions outside of the dates stay in the archive', () => {
    expect(decided(table(['2023-09-01', 'then'], ['2023-09-02', 'then']))).toEqual({
      restart: 'labels changed',
      partitions: [
        '2023-09-01 skip: archived only',
        '2023-09-02 compute: labels changed',
        '2023-09-03 compute: missing',
      ],
    });
  });
});

describe('labels that have not come', () => {
  const [scan] = partScans(
    joinWith([]).labelPart!.labels[0]!,
    joinWith([]).labelPart!.labels[0]!.groupBy.sources[0]!,
    null,
    spec,
    false,
  );
  const table = {
    name: 'data.labels',
    format: 'parquet' as const,
    version: -1,
    partitions: ['2023-09-01', '2023-09-03'].map((value) => ({ value, files: [] })),
  };
  const lacks = (labelDs: string, events: boolean, changes: object = {}) =>
    lacksLabels({ ...scan!, ...changes }, table, events, labelDs);

  test('of entities: no snapshot of the date', () => {
    expect(
      ['2023-09-01', '2023-09-02', '2023-09-03', '2023-09-04'].map((ds) => lacks(ds, false)),
    ).toEqual([false, true, false, true]);
    expect(lacks('2023-09-03', false, { endPartition: '2023-09-02' })).toBe(true);
    expect(lacks('2023-09-01', false, { startPartition: '2023-09-02' })).toBe(true);
  });

  test('of events: they end before the date', () => {
    expect(['2023-09-02', '2023-09-03', '2023-09-04'].map((ds) => lacks(ds, true))).toEqual([
      false,
      false,
      true,
    ]);
    // A source that ends before the date has nothing to say of it.
    expect(lacks('2023-09-03', true, { endPartition: '2023-09-02' })).toBe(true);
  });
});
