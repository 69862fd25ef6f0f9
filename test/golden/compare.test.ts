import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CompareOptions, compareTables, isOrdered, type Table } from './compare.js';
import { columnsOfMeta, duckdbType, readExpected, readParquet } from './read-table.js';

const columns = [
  { name: 'id', type: 'VARCHAR' },
  { name: 'n', type: 'BIGINT' },
  { name: 'd', type: 'DOUBLE' },
  { name: 'd_last', type: 'DOUBLE' },
];
const table = (...rows: readonly (readonly unknown[])[]): Table => ({ columns, rows });

function differences(
  actual: Table,
  expected: Table,
  options: CompareOptions = {},
): readonly string[] {
  return compareTables(actual, expected, options).differences;
}

describe('compareTables', () => {
  const a = ['a', 1n, 0.5, 1];
  const b = ['b', 2n, null, 2];

  it('takes rows as a multiset and columns by name', () => {
    const turned: Table = {
      columns: columns.toReversed(),
      rows: [b, a, a].map((row) => row.toReversed()),
    };
    expect(differences(turned, table(a, b, a))).toEqual([]);
    expect(differences(table(a, b, b), table(a, b, a))).not.toEqual([]);
  });

  it('counts rows that are too many or too few', () => {
    expect(differences(table(a, a), table(a))).toEqual([
      '2 rows, expected 1',
      '1 rows not expected',
      '  row id="a" n=1 d=0.5 d_last=1',
    ]);
    expect(differences(table(), table(b))).toEqual([
      '0 rows, expected 1',
      '1 rows missing',
      '  row id="b" n=2 d=NULL d_last=2',
    ]);
  });

  it('shows the cells that differ, beside the row that was meant', () => {
    const wrong = ['b', 3n, null, 2];
    expect(differences(table(a, wrong), table(b, a))).toEqual([
      '1 rows differ',
      '  row id="b" d=NULL d_last=2',
      '    n: 3, expected 2',
    ]);
  });

  it('gives doubles room, and nothing else', () => {
    const near = ['a', 1n, 0.5 + 1e-9, 1];
    const far = ['a', 1n, 0.5 + 1e-8, 1];
    expect(differences(table(near), table(a))).toEqual([]);
    expect(differences(table(far), table(a))).toContain('    d: 0.50000001, expected 0.5');
    expect(differences(table(far), table(a), { absolute: 1e-7 })).toEqual([]);
    const large = ['a', 2n ** 60n, 0.5, 1];
    expect(differences(table(large), table(['a', 2n ** 60n + 1n, 0.5, 1]))).not.toEqual([]);
    expect(differences(table(['a', 1n, null, 1]), table(['a', 1n, 0, 1]))).not.toEqual([]);
    expect(differences(table(['a', 1n, -0, 1]), table(['a', 1n, 0, 1]))).toEqual([]);
    expect(differences(table(['a', 1n, Number.NaN, 1]), table(['a', 1n, Number.NaN, 1]))).toEqual(
      [],
    );
  });

  it('names columns that are missing, unexpected, of another type or there twice', () => {
    const other: Table = {
      columns: [
        { name: 'id', type: 'VARCHAR' },
        { name: 'n', type: 'INTEGER' },
        { name: 'd', type: 'DOUBLE' },
        { name: 'e', type: 'DOUBLE' },
        { name: 'e', type: 'DOUBLE' },
      ],
      rows: [],
    };
    expect(differences(other, table())).toEqual([
      'column e: there twice',
      'column e: unexpected',
      'column e: unexpected',
      'column n: type INTEGER, expected BIGINT',
      'column d_last: missing',
    ]);
  });

  it('lets an allowance pass in so many rows, and says in how many', () => {
    const actual = table(['a', 1n, 0.5, 7], ['a', 1n, 0.5, 1], ['b', 2n, null, 8]);
    const expected = table(a, a, b);
    const ties = { columns: isOrdered, rows: 2 };
    expect(compareTables(actual, expected, { allowances: [ties] })).toEqual({
      equal: true,
      differences: [],
      allowed: [2],
    });
    expect(differences(actual, expected, { allowances: [{ ...ties, rows: 1 }] })).toEqual([
      'allowance 1 is for 1 rows, needed in 2:',
      '  row id="a" n=1 d=0.5',
      '    d_last: 7, expected 1',
      '  row id="b" n=2 d=NULL',
      '    d_last: 8, expected 2',
    ]);
    const small = { columns: isOrdered, accepts: (x: unknown) => x === 7 };
    expect(differences(actual, expected, { allowances: [small] })).toContain('1 rows differ');
    expect(differences(table(['a', 1n, 0.6, 1]), table(a), { allowances: [ties] })).toContain(
      '    d: 0.6, expected 0.5',
    );
  });

  it('finds any shuffled table equal, and any changed cell', () => {
    const cell = fc.option(fc.integer({ min: -2, max: 2 }), { nil: null });
    const row = fc.tuple(fc.constantFrom('a', 'b'), cell, cell, cell);
    const rows = fc.array(row, { minLength: 1, maxLength: 12 });
    const shuffled = rows.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all.keys()], { minLength: all.length }),
        fc.nat(all.length - 1),
        fc.nat(3),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([all, order, at, column]) => {
        const other = order.map((i) => all[i]!);
        expect(differences(table(...other), table(...all))).toEqual([]);
        const changed = other.map((each, i) =>
          i === at ? each.map((value, c) => (c === column ? 'other' : value)) : each,
        );
        expect(compareTables(table(...changed), table(...all)).equal).toBe(false);
      }),
    );
  });
});

it('isOrdered finds FIRST, LAST, FIRST_K and LAST_K', () => {
  const ordered = ['g_x_last', 'g_x_first_3d', 'g_x_last10', 'g_x_first3_14d', 'g_x_last2_by_cat'];
  expect(ordered.filter((name) => !isOrdered(name))).toEqual([]);
  expect(['g_last_name_sum_3d', 'g_x_sum', 'g_x_count_by_cat'].filter(isOrdered)).toEqual([]);
});

describe('values from DuckDB', () => {
  const readRows = async (sql: string): Promise<Table[]> => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(sql);
    const types = reader.columnTypes();
    const named = reader.columnNames().map((name, i) => ({ name, type: String(types[i]) }));
    const plain = reader.getRowsJS();
    connection.closeSync();
    return [
      { columns: named, rows: reader.getRows() },
      { columns: named, rows: plain },
    ];
  };
  const nested = (half: number): string => `SELECT [1, NULL, 3]::BIGINT[] AS list,
    MAP {'b': [${half}::DOUBLE], 'a': NULL} AS map, {'x': 1, 'y': [true]} AS struct`;

  it('are the same in both of its readers, maps in any order', async () => {
    const [values, plain] = await readRows(nested(0.5));
    expect(differences(values!, plain!)).toEqual([]);
    const [turned] = await readRows(nested(0.5).replace(/MAP {(.*?), ('a'.*?)}/, 'MAP {$2, $1}'));
    expect(differences(turned!, values!)).toEqual([]);
  });

  it('have tolerance for doubles inside of maps, and show them', async () => {
    const [expected] = await readRows(nested(0.5));
    const [near] = await readRows(nested(0.500_000_000_1));
    expect(differences(near!, expected!)).toEqual([]);
    const [far] = await readRows(nested(0.6));
    expect(differences(far!, expected!)).toContain(
      '    map: {"a": NULL, "b": [0.6]}, expected {"a": NULL, "b": [0.5]}',
    );
    const [longer] = await readRows(nested(0.5).replace('[1, NULL, 3]', '[1, NULL, 3, 4]'));
    expect(differences(longer!, expected!)).toContain(
      '    list: [1, NULL, 3, 4], expected [1, NULL, 3]',
    );
  });
});

describe('types', () => {
  it('of Spark are known as DuckDB’s', () => {
    expect(
      columnsOfMeta({
        schema: [
          ['a', 'map<string,array<double>>'],
          ['b', 'struct<x:map<string,int>,y:decimal(10,2)>'],
          ['c', 'array<array<float>>'],
        ],
      }),
    ).toEqual([
      { name: 'a', type: 'MAP(VARCHAR, DOUBLE[])' },
      { name: 'b', type: 'STRUCT(x MAP(VARCHAR, INTEGER), y DECIMAL(10,2))' },
      { name: 'c', type: 'FLOAT[][]' },
    ]);
    expect(() => duckdbType('interval')).toThrow('"interval" is no type of Spark');
  });

  it('of a golden table are those of its Parquet file', async () => {
    const path = fileURLToPath(
      new URL(
        'cases/a_temporal_events/output/golden.golden_a_temporal_v1.parquet',
        import.meta.url,
      ),
    );
    const expected = await readExpected(path);
    expect(expected.rows).toHaveLength(227);
    expect(differences(await readParquet(path), expected)).toEqual([]);
  });
});
