import { describe, expect, test } from 'vitest';
import {
  approxPercentile,
  average,
  count,
  entitySource,
  eventSource,
  groupBy,
  histogram,
  join,
  joinPart,
  labelPart,
  lastK,
  max,
  query,
  select,
  sum,
} from '../dsl/index.js';
import { HindcastError } from '../errors.js';
import { parseConfig } from './parse.js';
import { validateConfig } from './validate.js';

type JoinOptions = Parameters<typeof join>[0];
type GroupByOptions = Parameters<typeof groupBy>[0];

const events = (options: Parameters<typeof query>[0] = {}) =>
  eventSource({ table: 'data.purchases', query: query({ timeColumn: 'ts', ...options }) });
const users = entitySource({ snapshotTable: 'data.users', query: {} });
const purchases: GroupByOptions = {
  name: 'purchases.v1',
  sources: [events({ selects: select('user', 'price') })],
  keys: ['user'],
  aggregations: [sum('price', { windows: ['3d'] })],
  accuracy: 'TEMPORAL',
};
const left = eventSource({
  table: 'data.checkouts',
  query: query({ selects: select('user', 'shop'), timeColumn: 'ts' }),
});

function validate(changes: Partial<JoinOptions>): void {
  const given = { name: 'small.v1', left, rightParts: [], ...changes };
  validateConfig(parseConfig(JSON.parse(JSON.stringify(join(given))), ''));
}
const validatePart = (changes: Partial<GroupByOptions>): void =>
  validate({ rightParts: [joinPart({ groupBy: groupBy({ ...purchases, ...changes }) })] });

test('what is right passes', () => {
  validatePart({});
  validatePart({ accuracy: 'SNAPSHOT', aggregations: [sum('price', { windows: ['2d'] })] });
  validatePart({ aggregations: [max('ts')] });
  validatePart({ sources: [users], aggregations: null });
  validatePart({ sources: [events()], aggregations: [sum('anything')] });
  validate({ left: users, rightParts: [joinPart({ groupBy: groupBy(purchases) })] });
});

const histogramK = (k: string) => ({ ...histogram('price'), argMap: { k } });

function refused(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof HindcastError) || error.kind !== 'config') throw error;
    return [error.message, error.found, error.hint].filter((text) => text !== undefined).join('\n');
  }
  throw new Error('it passes');
}

describe('the join', () => {
  test.each<[string, Partial<JoinOptions>, RegExp]>([
    ['no name', { name: ' ' }, /the join has no name/],
    ['a namespace that leads elsewhere', { outputNamespace: '../out' }, /is no name\n\.\.\/out/],
    [
      'events without a time',
      { left: eventSource({ table: 'data.checkouts', query: {} }) },
      /the left is events without a time column\nSet query.timeColumn/,
    ],
    [
      'a date that is none',
      { left: entitySource({ snapshotTable: 'data.a', query: { startPartition: '2023-02-30' } }) },
      /left: query.startPartition is no date\n2023-02-30\nWrite it as yyyy-MM-dd/,
    ],
    [
      'reversed dates',
      {
        left: entitySource({
          snapshotTable: 'data.a',
          query: { startPartition: '2023-02-02', endPartition: '2023-02-01' },
        }),
      },
      /startPartition is after query.endPartition\n2023-02-02 > 2023-02-01/,
    ],
    [
      'an expression that is empty',
      { left: entitySource({ snapshotTable: 'data.a', query: { selects: { a: ' ' } } }) },
      /query.selects.a is empty/,
    ],
    [
      'a column of ours',
      { left: entitySource({ snapshotTable: 'data.a', query: { selects: { __row: 'a' } } }) },
      /can't begin with "__"\n__row/,
    ],
    [
      'a part twice',
      {
        rightParts: [
          joinPart({ groupBy: groupBy(purchases) }),
          joinPart({ groupBy: groupBy(purchases) }),
        ],
      },
      /named "purchases_v1_price_sum_3d"\njoin part .* and join part .*\nGive one of the parts a prefix/,
    ],
    [
      'two parts that differ in nothing that is in the name',
      {
        rightParts: [
          joinPart({ groupBy: groupBy(purchases) }),
          joinPart({ groupBy: groupBy({ ...purchases, name: 'purchases-v1' }) }),
        ],
      },
      /\njoin part "purchases.v1" and join part "purchases-v1"\nGive one of the parts a prefix/,
    ],
    [
      'two parts of one name and other columns',
      {
        rightParts: [
          joinPart({ groupBy: groupBy(purchases) }),
          joinPart({ groupBy: groupBy({ ...purchases, aggregations: [count('price')] }) }),
        ],
      },
      /two join parts begin with "purchases_v1_"\nGive one of them a prefix/,
    ],
    [
      'a left column named as a feature',
      {
        left: eventSource({
          table: 'data.a',
          query: query({ selects: select('user', 'purchases_v1_price_sum_3d'), timeColumn: 'ts' }),
        }),
        rightParts: [joinPart({ groupBy: groupBy(purchases) })],
      },
      /named "purchases_v1_price_sum_3d"\nthe left and join part "purchases.v1"/,
    ],
    [
      'label offsets turned around',
      { labelPart: labelPart({ labels: [], leftStartOffset: 1, leftEndOffset: 3 }) },
      /leftStartOffset is smaller than leftEndOffset\n1 < 3/,
    ],
  ])('%s', (_, changes, says) => {
    expect(refused(() => validate(changes))).toMatch(says);
  });
});

describe('its labels', () => {
  const labelsOf = (
    changes: Partial<GroupByOptions>,
    [leftStartOffset, leftEndOffset]: readonly [number, number] = [3, 3],
  ) =>
    labelPart({
      labels: [joinPart({ groupBy: groupBy({ ...purchases, ...changes }) })],
      leftStartOffset,
      leftEndOffset,
    });

  test('what is right passes', () => {
    validate({ labelPart: labelsOf({}), rowIds: ['user', 'ts'] });
    validate({
      labelPart: labelsOf({
        aggregations: [sum('price', { windows: ['3d'] }), max('price', { windows: ['3d'] })],
      }),
    });
    validate({ labelPart: labelsOf({ sources: [users], aggregations: null }, [30, 0]) });
  });

  test.each<[string, Partial<JoinOptions>, RegExp]>([
    [
      'two windows',
      { labelPart: labelsOf({ aggregations: [sum('price', { windows: ['3d', '7d'] })] }) },
      /one window in days\nsum of "price": 3 days, 7 days\nGive it one window/,
    ],
    [
      'a window in hours',
      { labelPart: labelsOf({ aggregations: [sum('price', { windows: ['72h'] })] }) },
      /one window in days\nsum of "price": 72 hours/,
    ],
    [
      'no window',
      { labelPart: labelsOf({ aggregations: [sum('price')] }) },
      /one window in days\nsum of "price": no window/,
    ],
    [
      'offsets that are not the window',
      { labelPart: labelsOf({}, [3, 1]) },
      /not the days of its window\nsum of "price" over 3 days, offsets 3 and 1\nSet both to 3/,
    ],
    ['a negative offset', { labelPart: labelsOf({}, [3, -1]) }, /leftEndOffset is negative\n-1/],
    [
      'a key that the left lacks',
      { labelPart: labelsOf({ keys: ['price'] }) },
      /label part "purchases.v1": the left has no key "price"/,
    ],
  ])('%s', (_, changes, says) => {
    expect(refused(() => validate(changes))).toMatch(says);
  });
});

describe('its keys', () => {
  const withMapping = (keyMapping: Readonly<Record<string, string>>, on = left): string =>
    refused(() =>
      validate({
        left: on,
        rightParts: [joinPart({ groupBy: groupBy(purchases), keyMapping })],
      }),
    );

  test('a mapping to what is no key', () => {
    expect(withMapping({ shop: 'usr' })).toMatch(
      /leads from "shop" to "usr", which is no key of the group-by\nuser\nDid you mean "user"\?/,
    );
  });

  test('two columns mapped to one key', () => {
    expect(withMapping({ user: 'user', shop: 'user' })).toMatch(
      /keyMapping leads to "user" twice\n"user" and "shop"/,
    );
  });

  test('a key that the left does not select', () => {
    const other = eventSource({
      table: 'data.a',
      query: query({ selects: select('usr'), timeColumn: 'ts' }),
    });
    expect(withMapping({}, other)).toMatch(
      /the left has no key "user"\nusr\nDid you mean "usr"\? Select it on the left/,
    );
    expect(withMapping({ buyer: 'user' })).toMatch(/the left has no key "buyer"/);
  });
});

describe('a group-by', () => {
  test.each<[string, Partial<GroupByOptions>, RegExp]>([
    ['sources of two kinds', { sources: [events(), users] }, /sources mix events and entities/],
    [
      'a key that is not selected',
      { sources: [events({ selects: select('usr', 'price') })] },
      /sources\[0\]: the key column "user" is not selected\nusr, price\nDid you mean "usr"\?/,
    ],
    [
      'an input that is not selected, in the second source',
      { sources: [events(), events({ selects: select('user', 'prize') })] },
      /sources\[1\]: aggregations\[0\] uses "price", which is not selected\nuser, prize\nDid/,
    ],
    [
      'a bucket that is not selected',
      { aggregations: [sum('price', { buckets: ['shop'] })] },
      /uses "shop", which is not selected/,
    ],
    ['events as they are', { aggregations: null }, /events need aggregations/],
    [
      'TEMPORAL events without a time',
      { sources: [eventSource({ table: 'data.a', query: {} })] },
      /TEMPORAL events need a time column/,
    ],
    [
      'hours as of midnight',
      { accuracy: 'SNAPSHOT', aggregations: [average('price', { windows: ['36h'] })] },
      /windows in days only\n36 hours over "price"/,
    ],
    [
      'no k',
      { aggregations: [{ ...lastK('price', 1), argMap: {} }] },
      /LAST_K of "price" needs argMap.k\nno k/,
    ],
    ['a k of 0', { aggregations: [lastK('price', 0)] }, /k = 0\nGive a whole number/],
    [
      'a histogram of k values',
      { aggregations: [histogramK('-1')] },
      /k = -1\nGive a whole number from 0 to 2147483647/,
    ],
    [
      'no percentiles',
      { aggregations: [approxPercentile('price', [])] },
      /percentiles between 0 and 1\n\[\]/,
    ],
    ['a percentile of 50', { aggregations: [approxPercentile('price', [0.5, 50])] }, /\[0.5,50\]/],
    ['a k beyond all', { aggregations: [lastK('price', 2 ** 31)] }, /from 1 to 2147483647/],
    ['a broken k', { aggregations: [lastK('price', 1.5)] }, /k = 1.5/],
  ])('%s', (_, changes, says) => {
    expect(refused(() => validatePart(changes))).toMatch(says);
  });

  test('by itself, and as a label', () => {
    const wrong = groupBy({ ...purchases, aggregations: [lastK('price', 0)] });
    expect(refused(() => validateConfig(parseConfig(wrong, '')))).toMatch(
      /^group-by "purchases.v1": aggregations\[0\]/,
    );
    const labels = labelPart({
      labels: [joinPart({ groupBy: wrong })],
      leftStartOffset: 1,
      leftEndOffset: 1,
    });
    expect(refused(() => validate({ labelPart: labels }))).toMatch(/^label part "purchases.v1"/);
  });

  test('two windows of one aggregation that are the same', () => {
    expect(
      refused(() => validatePart({ aggregations: [count('price', { windows: ['3d', '3d'] })] })),
    ).toMatch(/named "purchases_v1_price_count_3d"\njoin part "purchases.v1", twice\nLeave one/);
  });
});
