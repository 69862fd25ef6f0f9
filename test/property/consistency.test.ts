/** Logs with random plants: the consistency job finds exactly these, as a naive comparison of the rows does. */
import * as dsl from '@hindcast/shared/dsl/index';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { workplace } from '../in-process.js';
import { type Row, SmallWorld } from '../small-world.js';

const work = workplace('consistency');
const world = new SmallWorld(work);
const days = ['2023-11-15', '2023-11-16', '2023-11-17'];
const firstMs = Date.parse(days[0]!);
const hour = 3_600_000;

const join = dsl.join({
  name: 'served.v1',
  outputNamespace: 'out',
  left: dsl.eventSource({
    table: 'data.requests',
    query: dsl.query({ selects: dsl.select('user'), timeColumn: 'ts' }),
  }),
  rightParts: [
    dsl.joinPart({
      groupBy: dsl.groupBy({
        name: 'b',
        sources: [
          dsl.eventSource({
            table: 'data.buys',
            query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
          }),
        ],
        keys: ['user'],
        aggregations: [
          dsl.sum('price', { windows: ['1d'] }),
          dsl.average('price'),
          dsl.lastK('price', 4),
        ],
        accuracy: 'TEMPORAL',
      }),
    }),
  ],
});

type Value = number | readonly (number | null)[] | null;
interface Served {
  readonly user: string;
  readonly ts: number;
  readonly ds: string;
  readonly values: Readonly<Record<string, Value>>;
}
const types: Readonly<Record<string, string>> = {
  b_price_sum_1d: 'BIGINT',
  b_price_average: 'DOUBLE',
  b_price_last4: 'BIGINT[]',
};
const names = Object.keys(types);

let computed: readonly Served[] = [];

beforeAll(async () => {
  const buys: Row[] = Array.from({ length: 40 }, (_, i) => ({
    user: `u${i % 4}`,
    price: ((i * 37) % 90) - 20,
    ts: firstMs + i * hour,
    ds: days[Math.floor(i / 24)]!,
  }));
  // u9 never buys: its features are NULL.
  const requests: Row[] = Array.from({ length: 30 }, (_, i) => ({
    user: i % 6 === 5 ? 'u9' : `u${i % 4}`,
    ts: firstMs + i * 2.3 * hour,
    ds: days[Math.floor((i * 2.3) / 24)]!,
  }));
  const columns = { user: 'VARCHAR', ts: 'BIGINT' } as const;
  await world.write('data.buys', { ...columns, price: 'BIGINT' }, buys);
  await world.write('data.requests', columns, requests);
  await world.submit(join);
  const rows = await world.rows(
    `SELECT user, ts, ds, ${names.join(', ')} FROM out.served_v1 ORDER BY ts`,
  );
  computed = rows.map(({ user, ts, ds, ...values }) => ({
    user: String(user),
    ts: Number(ts),
    ds: String(ds),
    values: values as unknown as Served['values'],
  }));
  expect(computed.filter(({ values }) => values['b_price_last4'] === null).length).toBeGreaterThan(
    3,
  );
});

async function writeLog(log: readonly Served[]): Promise<void> {
  for (const day of days) {
    const rows = log
      .filter(({ ds }) => ds === day)
      .map(({ user, ts, values }) => {
        const cells = names.map(
          (name) => `CAST(${literal(values[name]!)} AS ${types[name]}) AS ${name}`,
        );
        return `SELECT '${user}' AS user, ${ts}::BIGINT AS ts, 'v1' AS schema_hash, ${cells.join(', ')}`;
      });
    if (rows.length > 0) await work.write('out.served_v1_logged', day, rows.join(' UNION ALL '));
  }
}

function literal(value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return `${value}`;
  return `[${value.map((one) => one ?? 'NULL').join(', ')}]`;
}

/** The whole point of the naive comparison: row by row, from the definitions in docs/consistency.md. */
function naive(log: readonly Served[], name: string, day: string, real: (row: Served) => Value) {
  const rows = log.filter(({ ds }) => ds === day);
  const pairs = rows.map((row) => [row.values[name]!, real(row)] as const);
  const both = pairs.filter(([a, b]) => a !== null && b !== null);
  const same = ([a, b]: readonly [Value, Value]): boolean =>
    JSON.stringify(a) === JSON.stringify(b);
  const isList = name === 'b_price_last4';
  const mean = (of: (a: never, b: never) => number): number | null =>
    both.length === 0
      ? null
      : both.reduce((sum, [a, b]) => sum + of(a as never, b as never), 0) / both.length;
  return {
    rows: rows.length,
    both_null: pairs.filter(([a, b]) => a === null && b === null).length,
    logged_only: pairs.filter(([a, b]) => a !== null && b === null).length,
    computed_only: pairs.filter(([a, b]) => a === null && b !== null).length,
    equal: both.filter(same).length,
    mismatched: both.filter((pair) => !same(pair)).length,
    mean_absolute_error: isList ? null : mean((a: number, b: number) => Math.abs(a - b)),
    mean_relative_error: isList
      ? null
      : mean((a: number, b: number) =>
          a === b ? 0 : (2 * Math.abs(a - b)) / (Math.abs(a) + Math.abs(b)),
        ),
    mean_edit_distance: isList ? mean(edits) : null,
  };
}

/** By its recursive definition. */
function edits(a: readonly unknown[], b: readonly unknown[]): number {
  if (a.length === 0 || b.length === 0) return a.length + b.length;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return edits(restA, restB);
  return 1 + Math.min(edits(restA, b), edits(a, restB), edits(restA, restB));
}

const element = fc.option(fc.integer({ min: -3, max: 3 }), { freq: 4 });
const plant = fc.record({
  row: fc.nat(),
  name: fc.constantFrom(...names),
  how: fc.constantFrom('change', 'null', 'edit', 'drop'),
  number: fc.integer({ min: -50, max: 50 }),
  list: fc.array(element, { maxLength: 6 }),
});
const strangers = fc.array(fc.record({ row: fc.nat(), number: fc.integer() }), { maxLength: 3 });
const scale = Number(process.env['HINDCAST_PROPERTY_SCALE'] ?? 1);

test('counts, errors and edit distances of every day and column', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(plant, { maxLength: 12 }), strangers, async (plants, added) => {
      const log = computed.map((row) => ({ ...row, values: { ...row.values } }));
      for (const { row, name, how, number, list } of plants) {
        const { values } = log[row % log.length]!;
        const old = values[name]!;
        if (how === 'null') values[name] = null;
        else if (name !== 'b_price_last4')
          values[name] = how === 'change' ? number : Number(old) + 1;
        else if (how === 'change' || old === null) values[name] = list;
        else if (how === 'drop') values[name] = (old as number[]).slice(1);
        else
          values[name] = [...(old as number[]).slice(0, 2), number, ...(old as number[]).slice(3)];
      }
      const real = new Map<Served, Value[]>(
        log.map((row, i) => [row, names.map((name) => computed[i]!.values[name]!)]),
      );
      // Requests of someone whom no event knows: all that is logged of them is logged only.
      for (const { row, number } of added) {
        const like = computed[row % computed.length]!;
        const values = { b_price_sum_1d: number, b_price_average: null, b_price_last4: [number] };
        const stranger = { ...like, user: 'nobody', values };
        log.push(stranger);
        real.set(stranger, [null, null, null]);
      }
      await writeLog(log);
      await world.job(join, {
        consistency: { tolerance: 1e-9 },
        startDs: days[0]!,
        endDs: days[2]!,
      });
      const rows = await world.rows('SELECT * FROM out.served_v1_consistency');
      expect(rows.length).toBe(days.length * names.length);
      for (const { column_name: column, ds, ...metrics } of rows) {
        const place = names.indexOf(String(column));
        const wanted = naive(log, names[place]!, String(ds), (row) => real.get(row)![place]!);
        for (const [name, value] of Object.entries(wanted)) {
          const actual = metrics[name];
          const what = `${column} ${ds} ${name}`;
          if (value === null || !name.startsWith('mean')) expect(actual, what).toBe(value);
          else expect(actual, what).toBeCloseTo(value, 9);
        }
        found += wanted.mismatched + wanted.logged_only + wanted.computed_only;
      }
    }),
    { numRuns: 25 * scale },
  );
  expect(found).toBeGreaterThan(25);
}, 240_000);
