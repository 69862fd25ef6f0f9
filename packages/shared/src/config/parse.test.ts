import { describe, expect, test } from 'vitest';
import { HindcastError } from '../errors.js';
import type { Config, Join } from './model.js';
import { parseConfig } from './parse.js';

const purchases = {
  metaData: { name: 'purchases.v1' },
  sources: [{ events: { table: 'data.purchases' } }],
  keyColumns: ['user'],
};
const small = {
  metaData: { name: 'team.join.v1' },
  left: { events: { table: 'data.checkouts', query: { timeColumn: 'ts' } } },
  joinParts: [{ groupBy: purchases }],
};

const joinOf = (json: unknown): Join => {
  const config = parseConfig(json, 'x.json');
  if (config.kind !== 'join') throw new Error(`a ${config.kind}`);
  return config.join;
};
const withAggregation = (aggregation: object): object => ({
  ...purchases,
  aggregations: [{ inputColumn: 'price', operation: 7, ...aggregation }],
});
const aggregationOf = (json: object) => {
  const config = parseConfig(withAggregation(json), 'x.json') as Config & { kind: 'groupBy' };
  return config.groupBy.aggregations![0]!;
};

test('what is absent is null, an empty list or an empty record', () => {
  const join = joinOf(small);
  expect(join.left).toEqual({
    kind: 'events',
    table: 'data.checkouts',
    topic: null,
    isCumulative: false,
    query: {
      selects: null,
      wheres: [],
      startPartition: null,
      endPartition: null,
      timeColumn: 'ts',
      setups: [],
      mutationTimeColumn: null,
      reversalColumn: null,
      partitionColumn: null,
    },
  });
  expect(join.joinParts[0]).toMatchObject({ keyMapping: {}, prefix: null });
  expect(join.joinParts[0]!.groupBy).toMatchObject({ aggregations: null, accuracy: null });
  const none = joinOf({ ...small, joinParts: [{ groupBy: { ...purchases, aggregations: [] } }] });
  expect(none).toEqual(join);
  expect(join).toMatchObject({
    labelPart: null,
    bootstrapParts: [],
    onlineExternalParts: [],
    rowIds: [],
    derivations: [],
    skewKeys: {},
    drift: null,
    bootstrapFromLog: false,
  });
  const nulls = { ...small, labelPart: null, rowIds: null, skewKeys: null, derivations: null };
  expect(joinOf(nulls)).toEqual(join);
});

test('the three kinds of config', () => {
  expect(parseConfig(small, '').kind).toBe('join');
  expect(parseConfig(purchases, '').kind).toBe('groupBy');
  expect(parseConfig({ metaData: { name: 'q' }, query: 'SELECT 1' }, '').kind).toBe('stagingQuery');
});

test('enums are numbers or names, booleans 0 and 1', () => {
  const days = [{ length: 3, timeUnit: 'DAYS' }];
  expect(aggregationOf({ windows: [{ length: 3, timeUnit: 1 }] }).windows).toEqual(days);
  expect(aggregationOf({ windows: days }).windows).toEqual(days);
  expect(aggregationOf({ operation: 'LAST_K', elementWise: 1 })).toMatchObject({
    operation: 'LAST_K',
    elementWise: true,
  });
  expect(aggregationOf({ operation: 0 }).operation).toBe('MIN');
  expect(parseConfig({ ...purchases, accuracy: 0 }, '')).toMatchObject({
    groupBy: { accuracy: 'TEMPORAL' },
  });
});

test('bootstrap_from_log lies in customJson', () => {
  const withCustom = (customJson: string): object => ({
    ...small,
    metaData: { ...small.metaData, customJson },
  });
  expect(joinOf(withCustom('{"bootstrap_from_log": true}')).bootstrapFromLog).toBe(true);
  expect(joinOf(withCustom('{"bootstrap_from_log": false}')).bootstrapFromLog).toBe(false);
  expect(joinOf(withCustom('no JSON')).bootstrapFromLog).toBe(false);
});

test('external parts and label parts', () => {
  const join = joinOf({
    ...small,
    onlineExternalParts: [
      {
        source: {
          metadata: { name: 'service' },
          keySchema: { kind: 13, params: [{ name: 'user', dataType: { kind: 4 } }] },
          valueSchema: {
            kind: 13,
            params: [{ name: 'tags', dataType: { kind: 12, params: [{ dataType: { kind: 7 } }] } }],
          },
        },
      },
      { source: { metadata: { name: 'none' } } },
    ],
    labelPart: {
      labels: [{ groupBy: purchases }],
      leftStartOffset: 30,
      leftEndOffset: 0,
      metaData: { offlineSchedule: '@weekly' },
    },
  });
  const [service, none] = join.onlineExternalParts;
  expect(service!.source.keyFields).toEqual([{ name: 'user', type: { kind: 'LONG', params: [] } }]);
  expect(service!.source.valueFields[0]!.type).toEqual({
    kind: 'LIST',
    params: [{ kind: 'STRING', params: [] }],
  });
  expect(none!.source).toMatchObject({ keyFields: [], valueFields: [] });
  expect(join.labelPart).toMatchObject({ leftStartOffset: 30, labelOfflineSchedule: '@weekly' });
});

test('a source is one thing', () => {
  const left = { events: { table: 'a.b' }, entities: { snapshotTable: 'a.c' } };
  expect(errorOf({ ...small, left }).message).toBe(
    'x.json: left: a source is one of events, entities and joinSource, and no two of them',
  );
});

test('nothing of it can be changed', () => {
  const join = joinOf(small);
  const inner = join.joinParts[0]!.groupBy.sources as unknown[];
  expect(() => inner.push(1)).toThrow(TypeError);
  expect(() => Object.assign(join.left.query, { timeColumn: 'x' })).toThrow(TypeError);
});

const inner = { joinSource: { join: { ...small, left: {} }, query: {} } };
describe('what is wrong is named by its path', () => {
  test.each<[says: string, json: unknown, found?: string, hint?: string]>([
    ['this is no Join, GroupBy or StagingQuery', [], 'a list'],
    ['this is no Join, GroupBy or StagingQuery', 7, '7'],
    ['this is no Join, GroupBy or StagingQuery', null, 'null'],
    ['this is no Join, GroupBy or StagingQuery', {}, 'an empty object'],
    ['this is no Join, GroupBy or StagingQuery', { a: 1, b: 2 }, 'an object with a, b'],
    ['left: is missing', { ...small, left: undefined }],
    ['metaData.name: is missing', { ...small, metaData: {} }],
    ['left: a source is events, entities or joinSource', { ...small, left: {} }, '{}'],
    [
      'aggregations[0].windows: no window at all: leave the field out for all of time',
      withAggregation({ windows: [] }),
      '[]',
    ],
    ['left.events.table: must be a text', { ...small, left: { events: { table: 5 } } }, '5'],
    ['joinParts: must be a list', { ...small, joinParts: {} }, '{}'],
    [
      'joinParts[0].groupBy.keyColumns: must be a list',
      { ...small, joinParts: [{ groupBy: { ...purchases, keyColumns: 'user' } }] },
      '"user"',
    ],
    ['keyColumns: a group-by has at least one key column', { ...purchases, keyColumns: [] }, '[]'],
    ['sources: a group-by has at least one source', { ...purchases, sources: [] }, '[]'],
    [
      'sources[0].joinSource.join.left: a source is events, entities or joinSource',
      { ...purchases, sources: [inner] },
      '{}',
    ],
    [
      'aggregations[0].operation: unknown operation summ',
      withAggregation({ operation: 'summ' }),
      '"summ"',
      'Did you mean "SUM"?',
    ],
    ['aggregations[0].operation: unknown operation 99', withAggregation({ operation: 99 }), '99'],
    [
      'aggregations[0].windows[1].timeUnit: unknown time unit 9',
      withAggregation({
        windows: [
          { length: 1, timeUnit: 1 },
          { length: 1, timeUnit: 9 },
        ],
      }),
      '9',
      'It is one of HOURS, DAYS.',
    ],
    [
      'aggregations[0].windows[0].length: a window is at least 1 long',
      withAggregation({ windows: [{ length: 0, timeUnit: 1 }] }),
      '0',
    ],
    [
      'aggregations[0].windows[0].length: a window has a whole length',
      withAggregation({ windows: [{ length: 1.5, timeUnit: 1 }] }),
      '1.5',
    ],
    ['accuracy: unknown accuracy 2', { ...purchases, accuracy: 2 }, '2'],
  ])('%s', (says, json, found, hint) => {
    const error = errorOf(json);
    expect(error.message).toBe(`x.json: ${says}`);
    expect(error.kind).toBe('config');
    expect(error.found).toBe(found);
    if (hint !== undefined) expect(error.hint).toBe(hint);
  });
});

function errorOf(json: unknown): HindcastError {
  try {
    parseConfig(json, 'x.json');
  } catch (error) {
    if (error instanceof HindcastError) return error;
    throw error;
  }
  throw new Error('it parses');
}
