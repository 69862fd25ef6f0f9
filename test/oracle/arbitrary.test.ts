import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JoinCase, joinCase, rowsOf } from './arbitrary.js';
import type { CaseColumn } from './arbitrary-column.js';
import { type OracleOptions, oracleJoin } from './join.js';
import type { OracleRow, OracleValue } from './value.js';

function run(
  { join, tables, options }: JoinCase,
  change: Partial<OracleOptions> = {},
): OracleRow[] {
  return oracleJoin(join, rowsOf(tables), { ...options, ...change });
}

/** Rows of the left that the range holds. */
function leftRows({ join, tables, options }: JoinCase): readonly OracleRow[] {
  const { query } = join.left;
  return tables.get('data.lefts')!.rows.filter(({ ds }) => {
    const last = query.endPartition ?? options.endDs;
    return options.startDs <= ds! && ds! <= options.endDs && ds! <= last;
  });
}

describe('a random case', () => {
  it('gives every left row of its range once, with all features', () => {
    fc.assert(
      fc.property(joinCase(), (random) => {
        const made = run(random);
        expect(made.length).toBeGreaterThan(0);
        expect(made).toHaveLength(leftRows(random).length);
        const names = new Set(made.map((row) => Object.keys(row).join()));
        expect(names.size).toBe(1);
        expect(made.flatMap((row) => Object.values(row))).not.toContain(undefined);
      }),
    );
  });

  it('has values of its columns’ types', () => {
    fc.assert(
      fc.property(joinCase(), ({ tables }) => {
        for (const { columns, rows } of tables.values()) {
          const names = [...columns.map(({ name }) => name), 'ds'].sort();
          for (const row of rows) {
            expect(Object.keys(row).sort()).toEqual(names);
            for (const column of columns) expect(fits(row[column.name]!, column)).toBe(true);
          }
        }
      }),
    );
  });

  it('has the same values however its range is split, in exact windowing', () => {
    fc.assert(
      fc.property(joinCase(), (random) => {
        const change = { windowing: 'exact' as const };
        const whole = run(random, { ...change, stepDays: 1000 });
        expect(run(random, { ...change, stepDays: 1 })).toEqual(whole);
        expect(run(random, { ...change, stepDays: 3 })).toEqual(whole);
      }),
    );
  });

  it('stays within the sizes that are asked for', () => {
    const sizes = { leftRows: 2, rightRows: 3, parts: 1, keyColumns: 1, keys: 1, days: 1 };
    fc.assert(
      fc.property(joinCase(null, sizes), ({ join, tables }) => {
        // Duplicates come on top: at most three, and no more than there are rows.
        expect(tables.get('data.lefts')!.rows.length).toBeLessThanOrEqual(2 * sizes.leftRows);
        for (const { rows } of tables.values()) expect(rows.length).toBeLessThanOrEqual(6);
        expect(join.joinParts.length).toBeLessThanOrEqual(2);
        expect(join.joinParts[0]!.groupBy.keyColumns).toHaveLength(1);
      }),
    );
  });
});

describe('random cases together', () => {
  const cases = fc.sample(joinCase(), { numRuns: 400, seed: 20_231_220 });

  it('mostly find something on the right', () => {
    const features = cases.flatMap((random) =>
      run(random).flatMap((row) =>
        Object.entries(row).flatMap(([name, value]) => (/_gb_\d_v1_/.test(name) ? [value] : [])),
      ),
    );
    const found = features.filter((value) => value !== null).length;
    expect(found / features.length).toBeGreaterThan(0.5);
  });

  it('tell the two windowings apart', () => {
    const differ = cases.filter((random) => {
      const [exact, sawtooth] = (['exact', 'sawtooth'] as const).map((windowing) =>
        run(random, { windowing, stepDays: 1000 }),
      );
      return !sameRows(exact!, sawtooth!);
    });
    expect(differ.length).toBeGreaterThan(40);
  });

  it('hold events at the very edges of windows', () => {
    const moved = (random: JoinCase, by: bigint): JoinCase => {
      const left = random.tables.get('data.lefts')!;
      const rows = left.rows.map((row) => {
        const time = random.join.left.query.timeColumn;
        return time === null ? row : { ...row, [time]: (row[time] as bigint) + by };
      });
      return { ...random, tables: new Map([...random.tables, ['data.lefts', { ...left, rows }]]) };
    };
    const features = (random: JoinCase): OracleRow[] =>
      run(random, { windowing: 'exact' }).map(({ ts: _, at: __, ...rest }) => rest);
    for (const by of [-1n, 1n]) {
      const differ = cases.filter(
        (random) => !sameRows(features(random), features(moved(random, by))),
      );
      expect(differ.length).toBeGreaterThan(40);
    }
  });
});

function fits(value: OracleValue, { type }: CaseColumn): boolean {
  if (value === null) return true;
  if (type === 'BIGINT') return BigInt.asIntN(64, value as bigint) === value;
  if (type === 'INTEGER') return BigInt.asIntN(32, value as bigint) === value;
  if (type === 'BIGINT[]') return Array.isArray(value);
  if (type === 'MAP(VARCHAR, DOUBLE)') return value instanceof Map;
  return typeof value === { VARCHAR: 'string', DOUBLE: 'number', BOOLEAN: 'boolean' }[type];
}

function sameRows(a: readonly OracleRow[], b: readonly OracleRow[]): boolean {
  const text = (rows: readonly OracleRow[]): string =>
    JSON.stringify(rows, (_, value) =>
      typeof value === 'bigint' ? `${value}n` : value instanceof Map ? [...value] : value,
    );
  return text(a) === text(b);
}
