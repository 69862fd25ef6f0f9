import type { EntitySource, EventSource, JoinPart } from '@hindcast/shared/config/model';
import { plainSource } from '@hindcast/shared/config/plain-source';
import * as dsl from '@hindcast/shared/dsl/index';
import { HindcastError } from '@hindcast/shared/errors';
import type { ScanTime } from '@hindcast/shared/plan/task';
import { defaultPartitionSpec as spec } from '@hindcast/shared/time/partition-spec';
import { describe, expect, test } from 'vitest';
import { joinOf, part } from '../../../../test/small-plans.js';
import { leftScan, partScans, type SourceScan, tableOf } from './sources.js';

type Kind = 'events' | 'entities';
const sourceOf = (kind: Kind, query: dsl.QueryStruct): dsl.SourceStruct =>
  kind === 'events'
    ? dsl.eventSource({ table: 'data.sales', query: dsl.query(query) })
    : dsl.entitySource({ snapshotTable: 'data.users', query: dsl.query(query) });

/** A part of one source as the config has it, by user. */
function partOf(
  kind: Kind,
  query: dsl.QueryStruct,
  changes: Parameters<typeof part>[0] = {},
): [JoinPart, EventSource | EntitySource] {
  const sources = [sourceOf(kind, query)];
  const given = part({ sources, accuracy: 'SNAPSHOT', ...changes });
  const parsed = joinOf([given]).joinParts[0]!;
  return [parsed, plainSource(parsed.groupBy.sources[0]!)];
}
const scanOf = (
  columns: readonly string[] | null,
  ...given: Parameters<typeof partOf>
): SourceScan => partScans(...partOf(...given), columns, spec, false)[0]!;

const compact = { column: 'day', format: 'yyyyMMdd' };
const unwindowed = { aggregations: [dsl.sum('price')] };
const expression = (text: string): ScanTime => ({
  kind: 'expression',
  expression: text,
  unit: 'integer',
});

test('a source is named by its table', () => {
  expect(tableOf(partOf('events', { timeColumn: 'ts' })[1])).toBe('data.sales');
  expect(tableOf(partOf('entities', { timeColumn: 'ts' })[1])).toBe('data.users');
});

test('a join as a source is its table, in the kind of its left, under the query of the source', () => {
  const readOf = (left: dsl.SourceStruct, query: dsl.QueryStruct): SourceScan => {
    const inner = dsl.join({ name: 'in-ner.v1', outputNamespace: 'ns', left, rightParts: [] });
    const sources = [dsl.joinSource({ join: inner, query })];
    const given = joinOf([part({ sources })]).joinParts[0]!;
    return partScans(given, given.groupBy.sources[0]!, ['price'], spec, false)[0]!;
  };
  const query = dsl.query({
    selects: { user: 'user', price: 'p + 1' },
    startPartition: '2023-11-02',
  });
  const left = dsl.query({ timeColumn: 'at', selects: { user: 'u' }, wheres: ['u > 1'] });
  const events = readOf(dsl.eventSource({ table: 'data.visits', topic: 't', query: left }), query);
  expect(events).toMatchObject({ writtenBy: 'in-ner.v1', startPartition: '2023-11-02' });
  expect(events.scan).toMatchObject({
    origin: 'join part "sales.v1": ns.in_ner_v1',
    table: 'ns.in_ner_v1',
    selects: { user: 'user', price: 'p + 1' },
    wheres: [],
    time: expression('ts'),
  });
  const timed = readOf(sourceOf('events', left), { ...query, timeColumn: 'at' });
  expect(timed.scan.time).toEqual(expression('at'));
  const entities = readOf(sourceOf('entities', left), { ...query, timeColumn: 'at' });
  expect(entities.scan).toMatchObject({ table: 'ns.in_ner_v1', wheres: [] });
  expect(readOf(sourceOf('events', left), query).writtenBy).toBe('in-ner.v1');
});

describe('the left', () => {
  test('has every selected column but the partition, its rows, its bounds and its time', () => {
    const { left } = joinOf([], {
      selects: { b: 'upper(x)', day: 'day', a: 'a' },
      wheres: ['a > 1', 'b IS NOT NULL'],
      timeColumn: 'at',
      startPartition: '20231101',
      endPartition: '20231130',
    });
    expect(leftScan(left, compact)).toEqual({
      scan: {
        origin: 'left: data.visits',
        table: 'data.visits',
        partitionColumn: 'day',
        dateFormat: 'yyyyMMdd',
        selects: { b: 'upper(x)', a: 'a' },
        wheres: ['a > 1', 'b IS NOT NULL'],
        partial: [],
        dayOfTime: false,
        time: expression('at'),
      },
      startPartition: '20231101',
      endPartition: '20231130',
      mutations: false,
      cumulative: false,
      writtenBy: null,
    });
  });

  test.each<[string, Kind, dsl.QueryStruct, ScanTime]>([
    ['a select named ts', 'events', { selects: { ts: 'a' }, timeColumn: 'b' }, expression('a')],
    ['the time column', 'events', { selects: { user: 'user' }, timeColumn: 'b' }, expression('b')],
    ['the column ts otherwise', 'events', {}, expression('ts')],
    ['for entities nothing', 'entities', { timeColumn: 'b' }, { kind: 'none' }],
  ])('its time is %s', (_, kind, query, time) => {
    const [, source] = partOf(kind, query, unwindowed);
    expect(leftScan(source, spec).scan.time).toEqual(time);
  });
});

describe('a part reads', () => {
  test.each<[string, readonly string[] | null, dsl.QueryStruct, object | null]>([
    [
      'its keys and what is used, in the order of the selects',
      ['price'],
      { selects: { price: 'a / 100', shop: 'shop', user: 'lower(u)', ds: 'ds', ts: 'at' } },
      { price: 'a / 100', user: 'lower(u)' },
    ],
    ['keys and what is used, quoted', ['a`b'], {}, { user: '`user`', 'a`b': '`a``b`' }],
    ['every column of a table', null, {}, null],
    ['every select', null, { selects: { user: 'u', ds: 'ds', x: 'y' } }, { user: 'u', x: 'y' }],
  ])('%s', (_, columns, query, selects) => {
    const { scan } = scanOf(columns, 'events', query);
    expect(scan.selects).toEqual(selects);
    expect(Object.keys(scan.selects ?? {})).toEqual(Object.keys(selects ?? {}));
    expect([scan.origin, scan.table]).toEqual(['join part "sales.v1": data.sales', 'data.sales']);
  });

  test('the rows and partitions that its query asks for, in the dates of the warehouse', () => {
    const query = { wheres: ['price > 0'], startPartition: '20231101', timeColumn: 'ts' };
    const found = partScans(...partOf('events', query), ['price'], compact, false)[0]!;
    expect(found.scan).toMatchObject({
      wheres: ['price > 0'],
      partitionColumn: 'day',
      dateFormat: 'yyyyMMdd',
    });
    expect([found.startPartition, found.endPartition]).toEqual(['20231101', null]);
  });
});

describe("a part's time", () => {
  const plain = { aggregations: null };
  test.each<[string, Kind, dsl.QueryStruct, object, ScanTime]>([
    ['of events', 'events', { timeColumn: 'b' }, {}, expression('b')],
    ['selected', 'events', { selects: { ts: 'a' } }, {}, expression('a')],
    [
      'selected beside another',
      'events',
      { selects: { ts: 'a' }, timeColumn: 'b' },
      {},
      expression('a'),
    ],
    ['of events without one', 'events', {}, {}, { kind: 'endOfPartition' }],
    ['of snapshots', 'entities', { timeColumn: 'b' }, {}, expression('b')],
    ['selected in snapshots', 'entities', { selects: { ts: 'a' } }, unwindowed, expression('a')],
    ['not needed', 'entities', {}, unwindowed, { kind: 'none' }],
    ['of whole rows', 'entities', { timeColumn: 'b' }, plain, { kind: 'none' }],
  ])('%s', (_, kind, query, changes, time) => {
    expect(scanOf(null, kind, query, changes).scan.time).toEqual(time);
  });

  test('windows over snapshots need one', () => {
    expect(() => scanOf(null, 'entities', {})).toThrow(
      new HindcastError(
        'config',
        'join part "sales.v1": windows over data.users need each row\'s time',
        { hint: 'Select it as "ts", or set timeColumn.' },
      ),
    );
  });
});

test.each(['startPartition', 'endPartition'])('query.%s in another format is refused', (field) => {
  const error = (origin: string): HindcastError =>
    new HindcastError('config', `${origin}: query.${field} is no date`, {
      found: '20231101',
      hint: "Write it as yyyy-MM-dd, as the warehouse's partitions.",
    });
  const [given, source] = partOf('events', { timeColumn: 'ts', [field]: '20231101' });
  expect(() => leftScan(source, spec)).toThrow(error('left: data.sales'));
  expect(() => partScans(given, source, null, spec, false)).toThrow(
    error('join part "sales.v1": data.sales'),
  );
});
