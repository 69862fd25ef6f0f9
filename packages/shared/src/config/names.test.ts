import { expect, test } from 'vitest';
import * as dsl from '../dsl/index.js';
import { eventSource, groupBy, join, joinPart, lastK, sum } from '../dsl/index.js';
import type { AggregationStruct, JoinPartStruct } from '../dsl/structs.js';
import type { Join } from './model.js';
import {
  aggregateColumns,
  featureColumn,
  leftKeys,
  outputTable,
  plainColumns,
  sanitize,
} from './names.js';
import { parseConfig } from './parse.js';

const left = eventSource({ table: 'data.left', query: dsl.query({ timeColumn: 'ts' }) });
const right = (selects?: Record<string, string>) =>
  eventSource({ table: 'data.right', query: dsl.query(selects === undefined ? {} : { selects }) });

function joinWith(parts: readonly JoinPartStruct[], name = 'team.my-join.v1'): Join {
  const config = parseConfig(join({ name, left, rightParts: parts }), '');
  return (config as { join: Join }).join;
}

function columnsOf(aggregations: readonly AggregationStruct[], prefix?: string): string[] {
  const given = groupBy({ name: 'team.gb.v1', sources: [right()], keys: ['k'], aggregations });
  const part = joinWith([joinPart({ groupBy: given, ...(prefix && { prefix }) })]).joinParts[0]!;
  return aggregateColumns(part.groupBy).map(({ name }) => featureColumn(part, name));
}

test('anything but letters, digits and _ becomes _', () => {
  expect(sanitize('a.b-c d/é_1')).toBe('a_b_c_d___1');
});

test('<group-by>_<input>_<operation>[_<window>], window by window as declared', () => {
  expect(columnsOf([sum('price', { windows: ['3d', '12h'] }), dsl.count('price')])).toEqual([
    'team_gb_v1_price_sum_3d',
    'team_gb_v1_price_sum_12h',
    'team_gb_v1_price_count',
  ]);
});

test('a prefix comes first; an empty one is none', () => {
  expect(columnsOf([sum('price')], 'buyer')).toEqual(['buyer_team_gb_v1_price_sum']);
  expect(columnsOf([sum('price')], '')).toEqual(['team_gb_v1_price_sum']);
});

test('k is in the names of four operations, and of no other', () => {
  const { firstK, topK, bottomK, boundedUniqueCount, approxHistogramK } = dsl;
  expect(
    columnsOf([
      lastK('x', 10),
      firstK('x', 3),
      topK('x', 5),
      bottomK('x', 5),
      boundedUniqueCount('x', 8),
      approxHistogramK('x', 9),
      dsl.approxPercentile('x', [0.5]),
    ]).map((name) => name.replace('team_gb_v1_x_', '')),
  ).toEqual([
    'last10',
    'first3',
    'top5',
    'bottom5',
    'bounded_unique_count',
    'approx_histogram_k',
    'approx_percentile',
  ]);
});

test('a bucket is the end of the name', () => {
  expect(columnsOf([sum('x', { windows: ['3d'], buckets: ['a', 'b'] })])).toEqual([
    'team_gb_v1_x_sum_3d_by_a',
    'team_gb_v1_x_sum_3d_by_b',
  ]);
});

test('without aggregations: what is selected but keys, ts and ds', () => {
  const plain = (selects?: Record<string, string>) =>
    plainColumns(
      joinWith([
        joinPart({ groupBy: groupBy({ name: 'u', sources: [right(selects)], keys: ['k'] }) }),
      ]).joinParts[0]!.groupBy,
    );
  expect(plain({ b: 'b', k: 'k', ts: 'ts', ds: 'ds', a: 'a' })).toEqual(['b', 'a']);
  expect(plain()).toBeNull();
});

test('left keys in the order of the keys of the group-by', () => {
  const given = groupBy({ name: 'u', sources: [right()], keys: ['user', 'shop', 'day'] });
  const part = joinPart({ groupBy: given, keyMapping: { buyer: 'user', date: 'day' } });
  expect(leftKeys(joinWith([part]).joinParts[0]!)).toEqual(['buyer', 'shop', 'date']);
});

test('the output table', () => {
  expect(outputTable(joinWith([]))).toBe('default.team_my_join_v1');
  const named = join({ name: 'j.v1', outputNamespace: 'out', left, rightParts: [] });
  expect(outputTable((parseConfig(named, '') as { join: Join }).join)).toBe('out.j_v1');
  expect(dsl.getJoinOutputTableName(named)).toBe('j_v1');
  expect(dsl.getJoinOutputTableName(named, { fullName: true })).toBe('out.j_v1');
});
