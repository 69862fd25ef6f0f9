/** Expressions that run in DuckDB and must not, since they say something else to Spark, or nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOutput } from '../harness.js';
import { eventsConfig } from './run-cli.js';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
  await small.table(
    'sales',
    `SELECT 'u' || (i % 3) AS buyer, ${1_700_006_400_000} + i * 8640000 AS ts, i AS price, '2023-11-15' AS ds FROM range(9) t(i)`,
  );
});
afterAll(() => small.close());

const sales = (selects: Record<string, string>, wheres: string[] = []) =>
  small.config({
    right: 'data.sales',
    selects: { user: 'buyer', price: 'price', ...selects },
    wheres,
    aggregations: Object.keys({ price: 'price', ...selects }).map((inputColumn) => ({
      inputColumn,
      operation: 3,
    })),
  });

describe('what DuckDB knows by itself is no column', () => {
  test.each(['user', 'session_user', 'filename', 'file_row_number', 'file_index', 'rowid'])(
    '%s',
    async (name) => {
      sales({ v: name });
      const plan = ['plan', 'join.json'];
      await small.refuse(plan, 2, new RegExp(`"${name}"`));
      sales({ v: `concat(${name}, 'x')` });
      await small.refuse(plan, 2, new RegExp(`"${name}"`));
    },
  );

  test('a where sees the columns of the table, not the selects', async () => {
    sales({ z: 'price' }, ['z > 1']);
    await small.refuse(['plan', 'join.json'], 2, /no column "z" in data\.sales/);
  });
});

describe('a where is a condition', () => {
  test.each([
    ['price', 'BIGINT'],
    ['buyer', 'VARCHAR'],
    ['price + 1', 'BIGINT'],
  ])('%s is none', async (where, type) => {
    sales({}, ['price > 1', where]);
    await small.refuse(['plan', 'join.json'], 2, /is no condition/, new RegExp(type));
  });

  test('what Spark takes for one runs', async () => {
    sales({}, ['price > 1 OR buyer IS NULL', "CAST('true' AS BOOLEAN)"]);
    const { code, stderr } = await small.run(['plan', 'join.json']);
    expect(code, stderr).toBe(0);
  });

  test('explain-row asks the same of --where, by the types of the columns', async () => {
    small.config({ right: 'data.views', leftSelects: { user: 'user', price: 'price' } });
    const row = ['explain-row', 'join.json', '--ds', '2023-11-15', '--where'];
    await small.refuse([...row, 'price'], 2, /"price" is no condition/, /BIGINT/);
    await small.refuse([...row, 'current_user = 1'], 2, /current_user/);
    await small.refuse([...row, 'rowid = 1'], 2, /"rowid"/);
    await small.refuse([...row, "price = 'abc'"], 2, /no row of the left/);
  });
});

describe('times of mutations', () => {
  const changed = 1_700_006_400_000 + 86_400_000;
  const rowOf = (level: number, at: string, ds: string): string =>
    `('u1', ${level}, ${changed - 3_600_000}, ${at}, false, '${ds}')`;
  const config = (mutationTimeColumn: string | null, reversalColumn: string | null = 'gone') => {
    const query = {
      selects: { user: 'user', level: 'level', ts: 'ts' },
      ...(mutationTimeColumn === null ? {} : { mutationTimeColumn }),
      ...(reversalColumn === null ? {} : { reversalColumn }),
    };
    const entities = { snapshotTable: 'data.levels', mutationTable: 'data.changes', query };
    small.config({
      parts: [
        {
          groupBy: {
            metaData: { name: 'levels.v1' },
            sources: [{ entities }],
            keyColumns: ['user'],
            aggregations: [{ inputColumn: 'level', operation: 7 }],
            accuracy: 0,
          },
        },
      ],
    });
  };

  beforeAll(async () => {
    const columns = 't(user, level, ts, changed_at, gone, ds)';
    await small.table('levels', `FROM (VALUES ${rowOf(1, '0', '2023-11-15')}) ${columns}`);
    const changes = [rowOf(10, `${changed + 1000}`, '2023-11-16')].join(', ');
    await small.table('changes', `FROM (VALUES ${changes}) ${columns}`);
    await small.table(
      'clicks',
      `FROM (VALUES ('u1', ${changed + 1000}, '2023-11-16'), ('u1', ${changed + 1001}, '2023-11-16')) t(user, ts, ds)`,
    );
  });

  test.each(['changed_at', 'timestamp_millis(changed_at)', 'CAST(changed_at AS DOUBLE)'])(
    'as %s',
    async (expression) => {
      config(expression);
      const { code, stderr } = await small.run(['submit', 'join.json', '--yes']);
      expect(code, stderr).toBe(0);
      const { rows, columns } = await readOutput(small.warehouse, 'out.small_v1');
      const at = columns.findIndex(({ name }) => name === 'levels_v1_level_sum');
      expect(rows.map((row) => Number(row[at])).sort((a, b) => a - b)).toEqual([1, 11]);
    },
  );

  test('in seconds', async () => {
    config('changed_at div 1000');
    await small.refuse(
      ['plan', 'join.json'],
      3,
      /mutation time column .* is in seconds/,
      /\* 1000/,
    );
  });

  test('as text', async () => {
    config('CAST(changed_at AS STRING)');
    await small.refuse(['plan', 'join.json'], 2, /the mutationTimeColumn is of type VARCHAR/);
  });

  test('under a name that was never given', async () => {
    config(null);
    await small.refuse(
      ['plan', 'join.json'],
      2,
      /"mutation_ts"/,
      /query\.mutationTimeColumn names it/,
    );
    config('changed_at', null);
    await small.refuse(['plan', 'join.json'], 2, /"is_before"/, /query\.reversalColumn names it/);
  });
});

const other = eventsConfig({ name: 'other.v1', left: 'data.views', right: 'data.views' }) as {
  readonly joinParts: readonly { readonly groupBy: object }[];
};

test('a derivation has not the name of the partition column', async () => {
  const derivations = [
    { name: '*', expression: '*' },
    { name: 'ds', expression: 'views_v1_price_sum_1d' },
  ];
  small.write('derived.json', { ...other, derivations });
  await small.refuse(['plan', 'derived.json'], 2, /derivation "ds": it is the partition column/);
  const { groupBy } = other.joinParts[0]!;
  small.write('group.json', {
    ...groupBy,
    derivations: [{ name: 'ds', expression: 'price_sum_1d' }],
  });
  await small.refuse(['plan', 'group.json'], 2, /derivation "ds": it is the partition column/);
});

test('skewKeys name a column of the left', async () => {
  small.write('skewed.json', { ...other, skewKeys: { usr: ['u1'] } });
  await small.refuse(['plan', 'skewed.json'], 2, /skewKeys names "usr"/, /Did you mean "user"/);
});
