import type { StagingQuery } from '@hindcast/shared/config/model';
import { expect, test } from 'vitest';
import { queriedTables, stagingInputs } from './staging-inputs.js';

test.each([
  ['SELECT * FROM data.a', ['data.a']],
  ['select x from data.a a join `data`.`b` as b on a.x = b.x', ['data.a', 'data.b']],
  ['SELECT * FROM data.a, data.b AS b, "data"."c" WHERE x = 1', ['data.a', 'data.b', 'data.c']],
  ['WITH t AS (SELECT * FROM data.a) SELECT * FROM t JOIN data.a USING (x)', ['data.a']],
  ["SELECT 'it''s FROM data.no' FROM data.a -- FROM data.no", ['data.a']],
  ['SELECT /* FROM data.no */ EXTRACT(DAY FROM a.ts), TRIM(FROM a.x) FROM data.a a', ['data.a']],
  ["SELECT x -- don't\nFROM data.a /* it's */ WHERE y = '--' AND z = 'b'", ['data.a']],
  ['SELECT 1', []],
])('%s', (query, tables) => {
  expect(queriedTables(query)).toEqual(tables);
});

const staging = (query: string, dependencies: readonly string[]) =>
  ({ query, metaData: { dependencies } }) as unknown as StagingQuery;

test('what a query says that it depends on stands for what it names', () => {
  const query = 'SELECT * FROM data.a JOIN data.static USING (x)';
  expect(stagingInputs(staging(query, []))).toEqual([
    { table: 'data.a', partitionColumn: null, daysBefore: 0 },
    { table: 'data.static', partitionColumn: null, daysBefore: 0 },
  ]);
  expect(
    stagingInputs(
      staging(query, [
        'data.a/ds={{ ds }}',
        'data.b/day={{ macros.ds_add(ds, -3) }}/hr=00',
        'data.c/ds=2023-11-30',
        'data.d',
      ]),
    ),
  ).toEqual([
    { table: 'data.a', partitionColumn: 'ds', daysBefore: 0 },
    { table: 'data.b', partitionColumn: 'day', daysBefore: 3 },
    { table: 'data.c', partitionColumn: 'ds', daysBefore: null },
    { table: 'data.d', partitionColumn: null, daysBefore: null },
  ]);
});
