import { inspect } from 'node:util';
import type { Window } from '@hindcast/shared/config/model';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { cellsEqual, plainCell } from '../golden/cell.js';
import { runsOf, testRandomJoins } from '../property/random-joins.js';
import { joinCase, rowsOf } from './arbitrary.js';
import {
  aggregation,
  days,
  entities,
  events,
  groupBy,
  hours,
  identity,
  join,
  part,
} from './config.js';
import { type OracleOptions, oracleJoin } from './join.js';
import { sawtoothJoin } from './sawtooth.js';
import type { OracleRow } from './value.js';

const options: OracleOptions = {
  windowing: 'sawtooth',
  startDs: '1969-12-01',
  endDs: '2023-12-31',
  stepDays: 1000,
};
const at = (text: string): number => Date.parse(`${text}Z`);
const visit = (text: string): OracleRow => ({
  user: 'u',
  ts: BigInt(at(text)),
  ds: text.slice(0, 10),
});

/** Which of the events, each a row of the partition that it is given or of its own date, count. */
function seen(
  lefts: readonly string[],
  rights: readonly (string | readonly [time: string, ds: string])[],
  window: Window | null,
  { accuracy = 'TEMPORAL' as 'TEMPORAL' | 'SNAPSHOT', stepDays = 1000 } = {},
): unknown[] {
  const rows = rights.map((right, i): OracleRow => {
    const [time, ds] = typeof right === 'string' ? [right, right.slice(0, 10)] : right;
    return { ...visit(time), x: BigInt(i + 1), ds };
  });
  const all = aggregation('x', 'LAST_K', window === null ? null : [window], 99);
  const source = events('data.clicks', { selects: identity(['user', 'x']), timeColumn: 'ts' });
  const group = groupBy('g', [source], ['user'], [all], accuracy);
  const tables = new Map([
    ['data.visits', lefts.map(visit)],
    ['data.clicks', rows],
  ]);
  const left = events('data.visits', { timeColumn: 'ts' });
  return sawtoothJoin(join(left, [part(group)]), tables, { ...options, stepDays }).map((row) => {
    const value = Object.entries(row).find(([name]) => name.startsWith('g_x_last99'))![1];
    return (value as bigint[] | null)?.map(Number).sort((a, b) => a - b) ?? null;
  });
}

const row = '2023-12-20T12:04:59.999';

describe('the oldest tile of a window', () => {
  it.each([
    // floor(12:04:59.999 − 11 h, 5 min)
    ['11 hours', hours(11), '2023-12-20T00:59:59.999', '2023-12-20T01:00:00.000'],
    // floor(12:00 − 12 h, 1 h)
    ['12 hours', hours(12), '2023-12-19T23:59:59.999', '2023-12-20T00:00:00.000'],
    ['11 days', days(11), '2023-12-09T11:59:59.999', '2023-12-09T12:00:00.000'],
    // floor(12-08 12:00, 1 day)
    ['12 days', days(12), '2023-12-07T23:59:59.999', '2023-12-08T00:00:00.000'],
    ['13 days', days(13), '2023-12-06T23:59:59.999', '2023-12-07T00:00:00.000'],
    ['287 hours', hours(287), '2023-12-08T12:59:59.999', '2023-12-08T13:00:00.000'],
    ['288 hours', hours(288), '2023-12-07T23:59:59.999', '2023-12-08T00:00:00.000'],
  ] as const)('of %s begins with its first millisecond', (_, window, before, first) => {
    // Landed late, so that partitions leave none out.
    const [early, late] = [before, first].map((time) => [time, '2023-12-20'] as const);
    expect(seen([row], [early!, late!], window)).toEqual([[2]]);
  });

  it('moves on with a hop of five minutes, of an hour, of a day', () => {
    const moments = ['11:59:59.999', '12:00:00.000'].map((time) => `2023-12-20T${time}`);
    expect(seen(moments, ['2023-12-20T06:55:00'], hours(5))).toEqual([[1], null]);
    expect(seen(moments, ['2023-12-19T23:00:00'], hours(12))).toEqual([[1], null]);
    const midnights = ['2023-12-20T23:59:59.999', '2023-12-21T00:00:00.000'];
    expect(seen(midnights, ['2023-12-08T00:00:00'], days(12))).toEqual([[1], null]);
    expect(seen(midnights, ['2023-12-09T23:00:00'], days(11))).toEqual([[1], null]);
  });

  it('is counted from the epoch, before it too', () => {
    const left = ['1969-12-31T12:04:59.999'];
    const rights = ['1969-12-30T23:59:59.999', '1969-12-31T00:00:00.000'];
    expect(seen(left, rights, hours(12))).toEqual([[2]]);
    expect(seen(left, ['1969-12-19T00:00:00.000'], days(12))).toEqual([[1]]);
    expect(seen(left, [['1969-12-18T23:59:59.999', '1969-12-31']], days(12))).toEqual([null]);
  });
});

describe('the last tile of a window', () => {
  const rights = [
    '2023-12-20T12:00:00.000',
    '2023-12-20T12:04:59.998',
    '2023-12-20T12:04:59.999',
    '2023-12-20T12:05:00.000',
  ];

  it.each([hours(1), hours(12), days(12), null])('ends before the row: %o', (window) => {
    expect(seen([row], rights, window)).toEqual([[1, 2]]);
  });

  it('is whole for a row at its border, and the next one empty', () => {
    expect(seen(['2023-12-20T12:05:00.000'], rights, hours(1))).toEqual([[1, 2, 3]]);
  });

  it('is the day before for a snapshot, whose windows are whole days', () => {
    const edges = ['2023-12-17T23:59:59.999', '2023-12-18T00:00:00.000', '2023-12-19T23:59:59.999'];
    const all = [...edges, '2023-12-20T00:00:00.000'];
    expect(seen([row], all, days(2), { accuracy: 'SNAPSHOT' })).toEqual([[2, 3]]);
  });
});

describe('the partitions that a step reads', () => {
  const lefts = ['2023-12-15T12:00:00', '2023-12-20T12:00:00'];

  it('end with the date of its latest row', () => {
    const late = [['2023-12-15T11:00:00', '2023-12-20'] as const];
    expect(seen(lefts, late, hours(5))).toEqual([[1], null]);
    expect(seen(lefts, late, hours(5), { stepDays: 1 })).toEqual([null, null]);
  });

  it('end on the day before for a snapshot', () => {
    const late = [['2023-12-14T11:00:00', '2023-12-19'] as const];
    const later = [['2023-12-14T11:00:00', '2023-12-20'] as const];
    const snapshot = { accuracy: 'SNAPSHOT' } as const;
    expect(seen(lefts, late, days(2), snapshot)).toEqual([[1], null]);
    expect(seen(lefts, later, days(2), snapshot)).toEqual([null, null]);
  });

  it('begin a day and the longest window before the date of its earliest row', () => {
    const early = (ds: string) => [['2023-12-20T11:00:00', ds] as const];
    expect(seen(lefts, early('2023-12-12'), hours(5))).toEqual([null, null]);
    expect(seen(lefts, early('2023-12-13'), hours(5))).toEqual([null, [1]]);
    expect(seen(lefts, early('2023-12-18'), hours(24), { stepDays: 1 })).toEqual([null, [1]]);
    expect(seen(lefts, early('2023-12-17'), hours(24), { stepDays: 1 })).toEqual([null, null]);
  });
});

test('a reversal takes away the row of its own values, lists among them', () => {
  const query = { selects: identity(['user', 'longs']), timeColumn: 'ts' };
  const source = {
    ...entities('data.carts', query),
    mutationTable: 'data.changes',
    mutationTopic: 'changes',
  };
  const group = groupBy('g', [source], ['user'], [aggregation('longs', 'SUM', [days(2)])]);
  const before = visit('2023-12-19T11:00:00');
  const change = { mutation_ts: BigInt(at('2023-12-20T01:00:00')), is_before: true };
  const tables = new Map<string, OracleRow[]>([
    ['data.visits', [visit('2023-12-20T02:00:00')]],
    ['data.carts', [1n, 2n].map((x) => ({ ...before, longs: [x] }))],
    ['data.changes', [{ ...before, ...change, longs: [2n], ds: '2023-12-20' }]],
  ]);
  const left = events('data.visits', { timeColumn: 'ts' });
  expect(sawtoothJoin(join(left, [part(group)]), tables, options)).toMatchObject([
    { g_longs_sum_2d: 1n },
  ]);
});

const runs = runsOf(300);

test(`${runs.numRuns} random joins: both oracles agree`, { timeout: 3_600_000 }, () => {
  fc.assert(
    fc.property(joinCase('sawtooth'), (given) => {
      const tables = rowsOf(given.tables);
      const rows = sawtoothJoin(given.join, tables, given.options);
      const others = oracleJoin(given.join, tables, given.options);
      expect(rows.length).toBe(others.length);
      expect(rows.flatMap((row, i) => differences(row, others[i]!))).toEqual([]);
    }),
    runs,
  );
});

/** As `column: value, not value`; floating values within 1e-9. */
function differences(row: OracleRow, other: OracleRow): string[] {
  expect(Object.keys(row).sort()).toEqual(Object.keys(other).sort());
  return Object.keys(row).flatMap((name) => {
    const [value, wanted] = [plainCell(row[name]), plainCell(other[name])];
    const within = typeof value === 'bigint' ? null : { relative: 1e-9, absolute: 1e-9 };
    if (cellsEqual(value, wanted, within)) return [];
    return [`${name}: ${inspect(row[name])}, not ${inspect(other[name])}, in ${inspect(row)}`];
  });
}

testRandomJoins('sawtooth', 30, 2, sawtoothJoin);
