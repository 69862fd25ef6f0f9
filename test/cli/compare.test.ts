/** A join's output against other tables: what differs, the worst rows, and tables that can't be compared. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { days, openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
const [sum, count, last] = [
  'views_v1_price_sum_1d',
  'views_v1_price_count_1d',
  'views_v1_price_last3',
];
beforeAll(async () => {
  small = await openSmallWarehouse();
  small.config();
  const { code, stderr } = await small.run(['submit', 'join.json']);
  expect(code, stderr).toBe(0);
});
afterAll(() => small.close());

/** A table of its own with what a query over the join's output gives. */
async function table(name: string, query: string): Promise<void> {
  const file = `${name}.parquet`;
  const copied = await small.run(['sql', query, '--format', 'parquet', '-o', file]);
  expect(copied.code, copied.stderr).toBe(0);
  const args = ['import', file, '--table', `old.${name}`, '--mode', 'overwrite'];
  const imported = await small.run(args);
  expect(imported.code, imported.stderr).toBe(0);
}
const compare = (name: string, ...flags: string[]): string[] => [
  'compare',
  'join.json',
  '--against',
  `old.${name}`,
  ...flags,
];
async function json(name: string, code: number, ...flags: string[]) {
  const result = await small.run([...compare(name, ...flags), '--json']);
  expect(result.code, result.stderr).toBe(code);
  return JSON.parse(result.stdout);
}

test('the same rows in another order and other types are equal', async () => {
  await table(
    'same',
    `SELECT CAST(${sum} AS DOUBLE) AS ${sum}, CAST(${count} AS INTEGER) AS ${count}, ${last}, user, ts, ds FROM out.small_v1 ORDER BY ts DESC`,
  );
  const { code, stdout, stderr } = await small.run(compare('same'));
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/✓ out\.small_v1 and old\.same, 2023-11-15 to 2023-11-18: equal/);
  expect(stdout).toContain('40 rows in both, by user, ts, ds');
});

test('every difference is counted, and the worst rows come first, with a line that explains each', async () => {
  await table(
    'off',
    `SELECT user, ts, ds, extra, CASE WHEN n = 20 THEN NULL WHEN n = 21 THEN ${sum} * 9 WHEN n = 22 THEN ${sum} + 1 ELSE ${sum} END AS ${sum},
       CASE WHEN n = 23 THEN ${last}[2:] ELSE ${last} END AS ${last}, ${count}
     FROM (SELECT *, 1 AS extra, row_number() OVER (ORDER BY ts) AS n FROM out.small_v1) WHERE n <> 30
     UNION ALL SELECT 'stranger', 1, '${days[2]}', 1, 5, [5], 1`,
  );
  const { equal, rows, columns, columnsOnlyTheirs } = await json('off', 3, '--limit', '2');
  expect({ equal, columnsOnlyTheirs }).toEqual({ equal: false, columnsOnlyTheirs: ['extra'] });
  expect(rows).toMatchObject({ paired: 39, onlyOurs: { count: 1 }, onlyTheirs: { count: 1 } });
  expect(rows.onlyTheirs.first).toEqual([{ user: 'stranger', ts: 1, ds: days[2] }]);
  const of = (name: string | undefined) =>
    columns.find((column: { name: string }) => column.name === name);
  expect(of(count)).toMatchObject({ equal: 34, bothNull: 5, mismatched: 0, worst: [] });
  const lists = of(last);
  expect(lists).toMatchObject({
    mismatched: 1,
    meanEditDistance: 1 / (lists.equal + lists.mismatched),
  });
  expect(of(sum)).toMatchObject({ mismatched: 2, onlyOurs: 1, onlyTheirs: 0 });
  expect(of(sum).worst.length).toBe(2);
  expect(of(sum).worst[0].theirs).toBeNull();
  expect(of(sum).worst[1].theirs).toBe(of(sum).worst[1].ours * 9);
  for (const { explain, ours } of of(sum).worst) {
    const words = [...explain.matchAll(/"([^"]*)"|(\S+)/g)].map(([, a, b]) => a ?? b!);
    const explained = await small.run(words.slice(1));
    expect(explained.code, explained.stderr).toBe(0);
    expect(explained.stdout).toContain(`${sum} = ${ours}`);
  }
  const text = await small.run(compare('off', '--column', sum!));
  expect(text.stdout).toMatch(/✗ .*1 of 1 columns differ/);
  expect(text.stdout).toContain('1 rows in old.off only: user="stranger" ts=1');
});

test('rows that repeat a key are paired by their values', async () => {
  await table(
    'twice',
    'SELECT * FROM out.small_v1 UNION ALL SELECT * FROM out.small_v1 WHERE ds = (SELECT min(ds) FROM out.small_v1)',
  );
  const { rows, columns } = await json('twice', 3);
  expect(rows).toMatchObject({ paired: 40, onlyTheirs: { count: 10 }, repeatedTheirs: 10 });
  expect(columns.every((one: { mismatched: number }) => one.mismatched === 0)).toBe(true);
});

test('tables that are not there or lack keys, types that have nothing in common, wrong columns and days', async () => {
  await small.refuse(compare('nothing'), 2, /old\.nothing/);
  await table('keyless', `SELECT user AS usr, ts, ds, ${sum} FROM out.small_v1`);
  await small.refuse(compare('keyless'), 2, /old\.keyless: no column "user"/, /Did you mean "usr"/);
  await table('texts', `SELECT user, ts, ds, 'x' AS ${sum} FROM out.small_v1`);
  await small.refuse(compare('texts'), 2, /old\.texts: "views_v1_price_sum_1d" can't be compared/);
  await table('fine', 'SELECT * FROM out.small_v1');
  await small.refuse(
    compare('fine', '--column', 'views_v1_price_smu_1d'),
    2,
    /Did you mean "views_v1_price_sum_1d"/,
  );
  await small.refuse(
    compare('fine', '--start-ds', '2024-01-01'),
    4,
    /no partition from 2024-01-01/,
  );
  await small.refuse(compare('fine', '--tolerance', '-1'), 2, /--tolerance/);
  await small.refuse(['compare', 'join.json'], 2, /--against/);
});
