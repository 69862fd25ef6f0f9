import * as dsl from '@hindcast/shared/dsl/index';
import { HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { describe, expect, test } from 'vitest';
import { joinOf, part, requestOf, stateOf } from '../../../../test/small-plans.js';
import type { InspectedPart, InspectedSource } from '../join-state.js';
import { leftColumns, type PartColumns, partColumns } from './columns.js';

type GroupByChanges = Parameters<typeof part>[0];

/** `user: VARCHAR, price: DOUBLE` as columns. */
const columnsOf = (text: string): Column[] =>
  text.split(/, (?=[\w.]+: )/).map((column) => {
    const [name, type] = column.split(': ');
    return { name: name!, type: type! };
  });
const textOf = (columns: readonly Column[]): string =>
  columns.map(({ name, type }) => `${name}: ${type}`).join(', ');

const stateOfPart = (changes: GroupByChanges, onJoin: Parameters<typeof part>[1] = {}) =>
  stateOf(joinOf([part(changes, onJoin)]), requestOf());
/** The part as inspected; its sources give these columns, one text per source. */
function inspected(
  changes: GroupByChanges,
  sources: readonly string[] = ['user: VARCHAR, shop: BIGINT, price: DOUBLE'],
  onJoin: Parameters<typeof part>[1] = {},
): InspectedPart {
  const found = stateOfPart(changes, onJoin).parts[0]!;
  return {
    part: found.part,
    sources: sources.map((text) => ({ ...found.sources[0]!, columns: columnsOf(text) })),
  };
}

const left = columnsOf('user: VARCHAR, shop: INTEGER, ts: BIGINT');
const columnsOfPart = (...given: Parameters<typeof inspected>): PartColumns =>
  partColumns(inspected(...given), left, false);

describe('the left', () => {
  const leftOf = (kind: 'expression' | 'none', columns: string): InspectedSource => {
    const source = stateOfPart({}).left;
    const time =
      kind === 'none' ? { kind } : { kind, expression: 'at', unit: 'timestamp' as const };
    return { ...source, columns: columnsOf(columns), scan: { ...source.scan, time } };
  };

  test.each([
    ['expression', 'b: DATE, a: VARCHAR', 'b: DATE, a: VARCHAR, ts: BIGINT'],
    ['expression', 'ts: TIMESTAMP, a: VARCHAR, ds: VARCHAR', 'a: VARCHAR, ts: BIGINT'],
    ['none', 'b: DATE, ds: VARCHAR, a: VARCHAR', 'b: DATE, a: VARCHAR'],
    ['none', 'ts: TIMESTAMP, a: VARCHAR', 'a: VARCHAR, ts: TIMESTAMP'],
  ] as const)('with time of kind %s: %s becomes %s', (kind, given, expected) => {
    expect(textOf(leftColumns(leftOf(kind, given)))).toBe(expected);
  });
});

describe('aggregates', () => {
  test.each([
    [dsl.count('x'), 'VARCHAR', 'sales_v1_x_count: BIGINT'],
    [dsl.sum('x'), 'TINYINT', 'sales_v1_x_sum: BIGINT'],
    [dsl.sum('x'), 'BOOLEAN', 'sales_v1_x_sum: BIGINT'],
    [dsl.sum('x'), 'FLOAT', 'sales_v1_x_sum: DOUBLE'],
    [dsl.average('x'), 'BIGINT', 'sales_v1_x_average: DOUBLE'],
    [dsl.min('x'), 'DECIMAL(9,2)', 'sales_v1_x_min: DECIMAL(9,2)'],
    [dsl.max('x'), 'DATE', 'sales_v1_x_max: DATE'],
    [dsl.first('x'), 'BIGINT[]', 'sales_v1_x_first: BIGINT[]'],
    [dsl.last('x'), 'FLOAT', 'sales_v1_x_last: FLOAT'],
    [dsl.firstK('x', 3), 'VARCHAR', 'sales_v1_x_first3: VARCHAR[]'],
    [dsl.lastK('x', 10), 'BIGINT[]', 'sales_v1_x_last10: BIGINT[][]'],
    [dsl.topK('x', 5), 'VARCHAR', 'sales_v1_x_top5: VARCHAR[]'],
    [dsl.uniqueCount('x'), 'VARCHAR', 'sales_v1_x_unique_count: BIGINT'],
    [dsl.histogram('x'), 'VARCHAR', 'sales_v1_x_histogram: MAP(VARCHAR, INTEGER)'],
    [dsl.sum('x'), 'FLOAT[]', 'sales_v1_x_sum: DOUBLE'],
    [dsl.min('x'), 'FLOAT[]', 'sales_v1_x_min: FLOAT'],
    [dsl.sum('x'), 'MAP(VARCHAR, INTEGER)', 'sales_v1_x_sum: MAP(VARCHAR, BIGINT)'],
    [dsl.sum('x', { elementWise: true }), 'DOUBLE[]', 'sales_v1_x_sum: DOUBLE[]'],
    [
      dsl.lastK('x', 2, { buckets: ['user'] }),
      'DOUBLE',
      'sales_v1_x_last2_by_user: MAP(VARCHAR, DOUBLE[])',
    ],
  ])('%j of %s gives %s', (aggregation, type, expected) => {
    const found = columnsOfPart({ aggregations: [aggregation] }, [`user: VARCHAR, x: ${type}`]);
    expect(textOf(found.outputs)).toBe(expected);
  });

  test('a column per window in declared order, one spec per aggregation', () => {
    const aggregations = [
      dsl.sum('price', { windows: ['36h', '2d'] }),
      dsl.count('shop'),
      dsl.sum('price'),
    ];
    const found = columnsOfPart({ aggregations }, undefined, { prefix: 'my' });
    expect(
      found.streams[0]!.aggregates!.map(({ inputColumn, windows }) => [inputColumn, windows]),
    ).toEqual([
      [
        'price',
        [
          { lengthMs: 36 * 3_600_000, column: 'my_sales_v1_price_sum_36h' },
          { lengthMs: 2 * 86_400_000, column: 'my_sales_v1_price_sum_2d' },
        ],
      ],
      ['shop', [{ lengthMs: null, column: 'my_sales_v1_shop_count' }]],
      ['price', [{ lengthMs: null, column: 'my_sales_v1_price_sum' }]],
    ]);
    expect(found.outputs.map(({ name }) => name)).toEqual(
      found.streams[0]!.aggregates!.flatMap(({ windows }) => windows.map(({ column }) => column)),
    );
  });

  test('segments hold each input once, in the order of the selects, unnamed in the output', () => {
    const aggregations = [dsl.last('price'), dsl.first('shop'), dsl.sum('price')];
    expect(columnsOfPart({ aggregations }).streams[0]!.values).toEqual([
      { name: 'shop', type: 'BIGINT', output: null },
      { name: 'price', type: 'DOUBLE', output: null },
    ]);
  });
});

describe('without aggregations', () => {
  test.each<[string, dsl.QueryStruct, string]>([
    [
      'as selected, but keys, time and partition',
      { selects: { 'a.c': 'c', ts: 'at', user: 'user', ds: 'ds', b: 'b' } },
      'p_sales_v1_a_c: DOUBLE, p_sales_v1_b: DATE',
    ],
    ['all that the table has', {}, 'p_sales_v1_b: DATE, p_sales_v1_a_c: DOUBLE'],
  ])('%s', (_, query, expected) => {
    const sources = [dsl.entitySource({ snapshotTable: 'data.users', query: dsl.query(query) })];
    const found = columnsOfPart(
      { sources, aggregations: null, accuracy: 'SNAPSHOT' },
      ['user: VARCHAR, b: DATE, ts: BIGINT, a.c: DOUBLE, ds: VARCHAR'],
      { prefix: 'p' },
    );
    expect(textOf(found.outputs)).toBe(expected);
    expect(found.streams[0]!.values.map(({ output }) => output)).toEqual(
      found.outputs.map(({ name }) => name),
    );
    expect(found.streams[0]!.aggregates).toBeNull();
  });
});

describe('keys', () => {
  test('in the order of the group-by, mapped, in the type that holds both sides', () => {
    const mapped = { keyMapping: { shop: 'store' } };
    const source = 'user: VARCHAR, store: SMALLINT, price: DOUBLE';
    const found = columnsOfPart({ keys: ['store', 'user'] }, [source], mapped);
    expect(textOf(found.leftKeys)).toBe('shop: BIGINT, user: VARCHAR');
    expect(textOf(found.rightKeys)).toBe('store: BIGINT, user: VARCHAR');
  });

  test('sources of different widths meet in the wider type', () => {
    const sources = ['shop: SMALLINT, price: FLOAT', 'shop: UBIGINT, price: DOUBLE'];
    const found = columnsOfPart({ keys: ['shop'] }, sources);
    expect(textOf(found.leftKeys)).toBe('shop: HUGEINT');
    expect(textOf(found.outputs)).toBe('sales_v1_price_sum_3d: DOUBLE');
  });
});

describe('refused, with what was found and what to do', () => {
  const user = 'user: VARCHAR, price: ';
  const cast = 'Cast it in the selects: "CAST(price AS DOUBLE)".';
  test.each<[string, string, string, Parameters<typeof inspected>]>([
    [
      'the left has no key "usr"',
      'user, shop, ts',
      'Did you mean "user"? Select it on the left, or map another column with keyMapping.',
      [{}, undefined, { keyMapping: { usr: 'user' } }],
    ],
    [
      'key "user" and the left\'s "shop" are of different types',
      'VARCHAR and INTEGER',
      'Cast one of them in its selects.',
      [{}, undefined, { keyMapping: { shop: 'user' } }],
    ],
    [
      'data.sales: no column "price"',
      'user, prise',
      'Did you mean "prise"?',
      [{}, ['user: VARCHAR, prise: DOUBLE']],
    ],
    [
      'its sources give "price" different types',
      'DOUBLE and VARCHAR',
      'Cast it to one type in the selects of each source.',
      [{}, [`${user}DOUBLE`, `${user}VARCHAR`]],
    ],
    ['SUM of "price" needs numbers or booleans', 'DATE', cast, [{}, [`${user}DATE`]]],
    [
      'SUM of "price" needs numbers or booleans',
      'DECIMAL(9,2): decimals have no exact sum',
      cast,
      [{}, [`${user}DECIMAL(9,2)`]],
    ],
  ])('%s: %s', (message, found, hint, given) => {
    const place = 'join part "sales.v1": ';
    const error = new HindcastError('config', place + message, { found, hint });
    expect(() => columnsOfPart(...given)).toThrow(error);
  });

  test.each([
    [dsl.skew('price'), 'BOOLEAN', 'SKEW of "price" needs numbers'],
    [dsl.histogram('price'), 'BIGINT', 'HISTOGRAM of "price" needs text'],
    [dsl.max('price'), 'BIGINT[][]', 'MAX of "price" needs values that can be ordered'],
    [dsl.sum('price'), 'MAP(VARCHAR, DATE)', 'SUM of "price" needs numbers or booleans'],
    [
      dsl.sum('price', { buckets: ['user'] }),
      'MAP(VARCHAR, DOUBLE)',
      'SUM of "price": buckets of a map',
    ],
    [
      dsl.count('user', { buckets: ['price'] }),
      'DOUBLE',
      'COUNT of "user": the bucket column "price" is no text',
    ],
    [
      dsl.sum('price', { elementWise: true }),
      'DOUBLE',
      'SUM of "price": element-wise needs a list of scalar values',
    ],
    [
      dsl.sum('price', { elementWise: true, buckets: ['user'] }),
      'DOUBLE[]',
      'SUM of "price": buckets of list positions',
    ],
  ])('%j of %s', (aggregation, type, says) => {
    expect(() => columnsOfPart({ aggregations: [aggregation] }, [user + type])).toThrow(says);
  });
});
