import type { Aggregation, GroupBy, Source } from '@hindcast/shared/config/model';
import { describe, expect, it } from 'vitest';
import { aggregation, days, entities, events, groupBy, identity, join, part } from './config.js';
import { type OracleOptions, oracleJoin } from './join.js';
import type { OracleRow } from './value.js';

const day = 86_400_000;

const at = (text: string): number => Date.parse(`${text}Z`);
const dsOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const exact: OracleOptions = {
  windowing: 'exact',
  startDs: '2023-12-01',
  endDs: '2023-12-31',
  stepDays: 1000,
};

function event(time: number, x: bigint | null = 1n, ds = dsOf(time)): OracleRow {
  return { user: 'u', ts: BigInt(time), x, ds };
}

function visit(time: number, ds = dsOf(time)): OracleRow {
  return { user: 'u', ts: BigInt(time), ds };
}

const lefts = events('data.visits', { timeColumn: 'ts' });
const rights = events('data.clicks', { selects: identity(['user', 'x']), timeColumn: 'ts' });

describe('values', () => {
  const ts = at('2023-12-20T12:00:00.000');
  const of = (rows: readonly OracleRow[], ...all: readonly Aggregation[]): unknown[] => {
    const parts = [part(groupBy('g', [rights], ['user'], all, 'TEMPORAL'))];
    const tables = new Map([
      ['data.visits', [visit(ts)]],
      ['data.clicks', rows],
    ]);
    const [made] = oracleJoin(join(lefts, parts), tables, exact);
    return Object.entries(made!).flatMap(([name, value]) => (name.startsWith('g_') ? [value] : []));
  };

  it('skip NULL inputs, and are NULL without any other', () => {
    const count = aggregation('x', 'COUNT');
    expect(of([event(ts - 2, null), event(ts - 1, 4n)], count)).toEqual([1n]);
    expect(of([event(ts - 1, null)], count, aggregation('x', 'SUM'))).toEqual([null, null]);
    expect(of([], count)).toEqual([null]);
  });

  it('of SUM wrap to 64 bits, of AVERAGE are doubles', () => {
    const rows = [event(ts - 2, 2n ** 63n - 1n), event(ts - 1, 1n)];
    const average = aggregation('x', 'AVERAGE');
    expect(of(rows, aggregation('x', 'SUM'), average)).toEqual([-(2n ** 63n), 2 ** 62]);
  });

  it('order ties by partition, then by value with NULL first', () => {
    const rows = [
      event(ts - 1, 3n, '2023-12-20'),
      event(ts - 1, 9n, '2023-12-19'),
      event(ts - 1, 2n, '2023-12-20'),
      event(ts - 2, 7n),
      event(ts - 1, null),
    ];
    expect(
      of(
        rows,
        aggregation('x', 'FIRST'),
        aggregation('x', 'LAST'),
        aggregation('x', 'FIRST_K', null, 3),
        aggregation('x', 'LAST_K', null, 10),
      ),
    ).toEqual([7n, 3n, [7n, 9n, 2n], [3n, 2n, 9n, 7n]]);
  });

  it('order strings by their bytes, and numbers by value', () => {
    const group = groupBy(
      'g',
      [events('data.clicks', { selects: identity(['user', 's', 'd']), timeColumn: 'ts' })],
      ['user'],
      [aggregation('s', 'MAX'), aggregation('d', 'MIN'), aggregation('d', 'MAX')],
      'TEMPORAL',
    );
    const row = (s: string, d: number): OracleRow => ({ ...event(ts - 1), s, d });
    const tables = new Map([
      ['data.visits', [visit(ts)]],
      ['data.clicks', [row('\u{fffd}', 10), row('😀', 9)]],
    ]);
    const [made] = oracleJoin(join(lefts, [part(group)]), tables, exact);
    expect(Object.values(made!)).toEqual(['u', BigInt(ts), '😀', 9, 10, '2023-12-20']);
  });

  it('never count events without a time', () => {
    expect(of([{ ...event(ts - 1), ts: null }], aggregation('x', 'COUNT'))).toEqual([null]);
  });

  it('of events without a time column lie at the end of their partition', () => {
    const untimed = events('data.clicks', { selects: identity(['user', 'x']) });
    const group = groupBy('g', [untimed], ['user'], [aggregation('x', 'SUM', [days(1)])]);
    const tables = new Map([
      ['data.visits', [visit(ts)]],
      ['data.clicks', ['18', '19', '20'].map((d, i) => event(ts, BigInt(i + 1), `2023-12-${d}`))],
    ]);
    const [made] = oracleJoin(join(lefts, [part(group)]), tables, exact);
    expect(made).toMatchObject({ g_x_sum_1d: 2n });
  });
});

describe('keys', () => {
  const ts = at('2023-12-20T12:00:00.000');
  const click = (user: string | null, cat: string | null, x: bigint): OracleRow => ({
    ...event(ts - 1, x),
    user,
    cat,
  });
  const source = events('data.clicks', {
    selects: identity(['user', 'cat', 'x']),
    timeColumn: 'ts',
  });

  it('match in all columns, under mapped names, never with a NULL', () => {
    const sum = [aggregation('x', 'SUM')];
    const group = groupBy('team.g.v1', [source], ['user', 'cat'], sum, 'TEMPORAL');
    const lefts2 = events('data.visits', { selects: identity(['who', 'cat']), timeColumn: 'ts' });
    const row = (who: string | null, cat: string | null): OracleRow => ({
      who,
      cat,
      ts: BigInt(ts),
      ds: '2023-12-20',
    });
    const tables = new Map([
      [
        'data.visits',
        [row('a', 'x'), row('a', 'x'), row('a', null), row(null, null), row('b', 'x')],
      ],
      [
        'data.clicks',
        [click('a', 'x', 1n), click('a', 'y', 2n), click('a', null, 4n), click(null, null, 8n)],
      ],
    ]);
    const made = oracleJoin(join(lefts2, [part(group, 'p', { who: 'user' })]), tables, exact);
    expect(made.map((each) => each.p_team_g_v1_x_sum)).toEqual([1n, 1n, null, null, null]);
    expect(Object.keys(made[0]!)).toEqual(['who', 'cat', 'ts', 'p_team_g_v1_x_sum', 'ds']);
  });

  it('gather rows of all sources, each within its partitions', () => {
    const some = (startPartition: string | null, endPartition: string | null): Source =>
      events('data.clicks', { ...source.query, startPartition, endPartition });
    const sources = [some('2023-12-19', null), some(null, '2023-12-19')];
    const group = groupBy('g', sources, ['user'], [aggregation('x', 'COUNT')], 'TEMPORAL');
    const tables = new Map([
      ['data.visits', [visit(ts)]],
      [
        'data.clicks',
        ['18', '19', '20'].map((d) => ({ ...click('u', null, 1n), ds: `2023-12-${d}` })),
      ],
    ]);
    expect(oracleJoin(join(lefts, [part(group)]), tables, exact)[0]).toMatchObject({
      g_x_count: 4n,
    });
  });
});

describe('entities', () => {
  const ts = at('2023-12-20T12:00:00.000');
  const row = (ds: string, a: bigint | null, b: string, updated: number | null): OracleRow => ({
    user: 'u',
    a,
    b,
    at: updated === null ? null : BigInt(updated),
    ds,
  });
  const tables = new Map([
    ['data.visits', [visit(ts), visit(ts + 3 * day)]],
    [
      'data.users',
      [
        row('2023-12-19', null, 'z', ts),
        row('2023-12-19', 2n, 'b', at('2023-12-18T00:00:00.000')),
        row('2023-12-19', 2n, 'c', at('2023-12-17T23:59:59.999')),
        row('2023-12-20', 9n, 'today', null),
        row('2023-12-20', 5n, 'today', null),
      ],
    ],
  ]);
  const query = { selects: identity(['user', 'a', 'b']) };

  it('are the greatest row of the day before, or of the left’s own partition', () => {
    const group = groupBy('g', [entities('data.users', query)], ['user'], null);
    const parts = [part(group)];
    const made = oracleJoin(join(lefts, parts), tables, exact);
    expect(made.map(({ g_a, g_b }) => [g_a, g_b])).toEqual([
      [2n, 'c'],
      [null, null],
    ]);
    const [same] = oracleJoin(join(entities('data.visits'), parts), tables, exact);
    expect([same!.g_a, same!.g_b]).toEqual([9n, 'today']);
  });

  it('aggregate one snapshot, up to its end where there are windows', () => {
    const timed = entities('data.users', { ...query, timeColumn: 'at' });
    const count = aggregation('b', 'COUNT');
    const windowed = aggregation('b', 'COUNT', [days(2)]);
    const made = (all: readonly Aggregation[]): unknown[] => {
      const group = groupBy('g', [timed], ['user'], all);
      const [first] = oracleJoin(join(lefts, [part(group)]), tables, exact);
      return [first!.g_b_count, first!.g_b_count_2d];
    };
    expect(made([count])).toEqual([3n, undefined]);
    expect(made([count, windowed])).toEqual([2n, 1n]);
  });
});

describe('the oracle refuses', () => {
  const tables = new Map([
    ['data.visits', [visit(0, '2023-12-20')]],
    ['data.clicks', [event(0, 1n, '2023-12-20')]],
  ]);
  const count = [aggregation('x', 'COUNT')];
  const made = (group: GroupBy) => () => oracleJoin(join(lefts, [part(group)]), tables, exact);

  it('what it has no rules for', () => {
    const filtered = events('data.clicks', { wheres: ['x > 1'], timeColumn: 'ts' });
    expect(made(groupBy('g', [filtered], ['user'], count))).toThrow('wheres');
    const computed = events('data.clicks', { selects: { user: 'user', x: 'x + 1' } });
    expect(made(groupBy('g', [computed], ['user'], count))).toThrow('"x + 1"');
  });
});
