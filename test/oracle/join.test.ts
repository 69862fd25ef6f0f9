import type { Aggregation, Source, Window } from '@hindcast/shared/config/model';
import { describe, expect, it } from 'vitest';
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
import type { OracleRow } from './value.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const at = (text: string): number => Date.parse(`${text}Z`);
const dsOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const exact: OracleOptions = {
  windowing: 'exact',
  startDs: '2023-12-01',
  endDs: '2023-12-31',
  stepDays: 1000,
};
const sawtooth: OracleOptions = { ...exact, windowing: 'sawtooth' };

/** An event of user "u", landed on its own date unless told. */
function event(time: number, x: bigint | null = 1n, ds = dsOf(time)): OracleRow {
  return { user: 'u', ts: BigInt(time), x, ds };
}

function visit(time: number, ds = dsOf(time)): OracleRow {
  return { user: 'u', ts: BigInt(time), ds };
}

const lefts = events('data.visits', { timeColumn: 'ts' });
const rights = events('data.clicks', { selects: identity(['user', 'x']), timeColumn: 'ts' });

function features(
  leftRows: readonly OracleRow[],
  rightRows: readonly OracleRow[],
  aggregations: readonly Aggregation[],
  {
    accuracy = 'TEMPORAL' as 'TEMPORAL' | 'SNAPSHOT',
    options = exact,
    left = lefts as Source,
  } = {},
): unknown[][] {
  const group = groupBy('g', [rights], ['user'], aggregations, accuracy);
  const tables = new Map([
    ['data.visits', leftRows],
    ['data.clicks', rightRows],
  ]);
  const rows = oracleJoin(join(left, [part(group)]), tables, options);
  return rows.map((row) =>
    Object.entries(row).flatMap(([name, value]) => (name.startsWith('g_') ? [value] : [])),
  );
}

/** Whether each event, alone on the right, counts for a row at `time`. */
function counts(
  time: number,
  window: Window | null,
  moments: readonly number[],
  rest: Parameters<typeof features>[3] = {},
): boolean[] {
  const count = [aggregation('x', 'COUNT', window === null ? null : [window])];
  return moments.map((moment) => {
    const [row] = features([visit(time)], [event(moment)], count, rest);
    return row![0] === 1n;
  });
}

describe('the window of ten days before 2023-12-20 12:01:01.923', () => {
  const ts = at('2023-12-20T12:01:01.923');

  it('is exact to the millisecond at both ends', () => {
    const start = at('2023-12-10T12:01:01.923');
    const end = at('2023-12-20T12:01:01.922');
    const moments = [start - 1, start, end, end + 1];
    expect(counts(ts, days(10), moments)).toEqual([false, true, true, false]);
  });

  it('begins with the hour in sawtooth windowing', () => {
    const start = at('2023-12-10T12:00:00.000');
    const options = { options: sawtooth };
    expect(counts(ts, days(10), [start - 1, start], options)).toEqual([false, true]);
    expect(counts(ts, days(10), [ts - 1, ts], options)).toEqual([true, false]);
  });

  it('lies between midnights for SNAPSHOT', () => {
    const start = at('2023-12-10T00:00:00.000');
    const end = at('2023-12-20T00:00:00.000');
    for (const options of [exact, sawtooth]) {
      const rest = { accuracy: 'SNAPSHOT' as const, options };
      const moments = [start - 1, start, end - 1, end];
      expect(counts(ts, days(10), moments, rest)).toEqual([false, true, true, false]);
    }
  });

  it('ends with the day for left entities', () => {
    const start = at('2023-12-11T00:00:00.000');
    const end = at('2023-12-21T00:00:00.000');
    for (const accuracy of ['SNAPSHOT', 'TEMPORAL'] as const) {
      const rest = { accuracy, options: sawtooth, left: entities('data.visits') };
      const moments = [start - 1, start, end - 1, end];
      expect(counts(ts, days(10), moments, rest)).toEqual([false, true, true, false]);
    }
  });
});

describe('sawtooth windowing', () => {
  const ts = at('2023-12-20T12:04:59.999');

  it.each([
    [hours(11), 5 * minute],
    [hours(12), hour],
    [days(11), hour],
    [days(12), day],
  ])('rounds the start of %o down to %d ms', (window, hop) => {
    const length = window.length * (window.timeUnit === 'DAYS' ? day : hour);
    const start = Math.floor((at('2023-12-20T12:00:00.000') - length) / hop) * hop;
    const options = { options: sawtooth };
    expect(counts(ts, window, [start - 1, start], options)).toEqual([false, true]);
  });

  it('sees a late event once the step holds a later row', () => {
    const first = at('2023-12-20T12:00:00.000');
    const late = event(first - hour, 5n, '2023-12-21');
    const rows = [visit(first), visit(first + day)];
    const sum = [aggregation('x', 'SUM', [days(3)])];
    expect(features(rows, [late], sum, { options: sawtooth })).toEqual([[5n], [5n]]);
    const daily = { options: { ...sawtooth, stepDays: 1 } };
    expect(features(rows, [late], sum, daily)).toEqual([[null], [5n]]);
    expect(features(rows, [late], sum)).toEqual([[null], [5n]]);
  });

  it('reads from the partition that the earliest row of the step needs', () => {
    const ts2 = at('2023-12-20T12:00:00.000');
    const early = event(ts2 - hour, 5n, '2023-12-18');
    const rows = [visit(ts2 - day), visit(ts2)];
    const sum = [aggregation('x', 'SUM', [days(1)])];
    expect(features(rows, [early], sum, { options: sawtooth })).toEqual([[null], [5n]]);
    expect(features(rows, [early], sum)).toEqual([[null], [null]]);
  });
});

describe('partitions in exact windowing', () => {
  const ts = at('2023-12-20T12:00:00.000');
  const sum = [aggregation('x', 'SUM', [days(2)])];
  const landed = (ds: string): readonly OracleRow[] => [event(ts - hour, 1n, ds)];

  it('are seen from the window’s first to the row’s own', () => {
    const seen = (ds: string): unknown => features([visit(ts)], landed(ds), sum)[0]![0];
    expect(['12-17', '12-18', '12-20', '12-21'].map((ds) => seen(`2023-${ds}`))).toEqual([
      null,
      1n,
      1n,
      null,
    ]);
  });

  it('are seen up to the day before for SNAPSHOT', () => {
    const seen = (ds: string): unknown =>
      features([visit(ts)], [event(ts - day, 1n, ds)], sum, { accuracy: 'SNAPSHOT' })[0]![0];
    expect(['12-17', '12-18', '12-19', '12-20'].map((ds) => seen(`2023-${ds}`))).toEqual([
      null,
      1n,
      1n,
      null,
    ]);
  });

  it('have no first one when an aggregation has no window', () => {
    const both = [...sum, aggregation('x', 'COUNT')];
    expect(features([visit(ts)], landed('2023-01-01'), both)).toEqual([[1n, 1n]]);
  });

  it('follow the row’s time and not the left’s partition', () => {
    const row = visit(ts, '2023-12-21');
    expect(features([row], landed('2023-12-21'), sum)).toEqual([[null]]);
  });
});
