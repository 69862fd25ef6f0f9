import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalStore } from '@hindcast/shared/store/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quoteText, Session } from '../scan/duckdb.js';
import type { TaskContext } from './context.js';
import { copyPartitioned } from './join-output.js';

const warehouse = mkdtempSync(join(tmpdir(), 'hindcast-output-'));
let context: TaskContext;

beforeAll(async () => {
  const options = {
    warehouse,
    scratch: warehouse,
    threads: 1,
    memoryBytes: 2 ** 28,
    mirror: warehouse,
    mirrorBytes: 0,
  };
  context = {
    session: await Session.open(options),
    store: openLocalStore(warehouse),
    options,
    bring: () => Promise.resolve(),
  };
  await context.session.run(
    `CREATE TEMP TABLE rows_of_days AS
     SELECT i, i % 3 AS kind, '2023-11-0' || (1 + i % 5) AS ds FROM range(1000) r(i)`,
  );
});
afterAll(() => {
  context.session.close();
  rmSync(warehouse, { recursive: true, force: true });
});

test.each([
  ['narrow: all partitions at once', 3],
  ['wide: one partition after the other', 5000],
  ['between: some at a time', 2048],
])('%s', async (name, columns) => {
  const days = ['2023-11-01', '2023-11-02', '2023-11-03', '2023-11-04', '2023-11-05'];
  const rows = new Map(days.map((ds) => [ds, 200]));
  const sql = 'SELECT * FROM rows_of_days';
  const output = name.split(':')[0]!;
  const files = await copyPartitioned(sql, ['ds'], output, context, { columns, rows });
  expect(files.map(({ partition }) => partition).sort()).toEqual(days);
  expect(files.every((file) => file.rows === 200 && file.bytes > 0)).toBe(true);
  const paths = files.map(({ path }) => quoteText(join(warehouse, path))).join(', ');
  const read = `SELECT i, kind, ds FROM read_parquet([${paths}], hive_partitioning = true, hive_types = {'ds': VARCHAR})`;
  const differing = `(${read} EXCEPT ALL ${sql}) UNION ALL (${sql} EXCEPT ALL ${read})`;
  expect(await context.session.rows(`SELECT count(*) FROM (${differing})`)).toEqual([['0']]);
});
