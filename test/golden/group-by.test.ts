/** The quickstart's group-bys, as Chronon compiled them, against plain SQL over the same tables. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Windowing } from '@hindcast/shared/plan/task';
import { beforeAll, expect, test } from 'vitest';
import { importInto, readOutput, submitJoin } from '../harness.js';
import { workplace } from '../in-process.js';
import { warehouseAt } from '../test-store.js';

const folder = fileURLToPath(new URL('./cases/quickstart', import.meta.url));
const work = workplace('group-by');
const warehouse = warehouseAt(join(work.root, 'warehouse'));
beforeAll(async () => {
  for (const name of ['purchases', 'returns', 'users'])
    await importInto(warehouse, join(folder, `inputs/data.${name}.parquet`), `data.${name}`);
});

const input = (name: string): string => `read_parquet('${folder}/inputs/data.${name}.parquet')`;
const text = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner));

/** Keys, days and columns of the output, in the order in which the SQL has them, as rows of text. */
async function tableOf(name: string, columns: readonly string[]): Promise<string[]> {
  const { columns: found, rows } = await readOutput(warehouse, `default.quickstart_${name}_v1`);
  const places = columns.map((column) => found.findIndex((one) => one.name === column));
  expect(places).not.toContain(-1);
  return rows.map((row) => text(places.map((place) => row[place]))).sort();
}
async function submitted(name: string, windowing: Windowing): Promise<void> {
  const config = join(folder, `config/group_bys/quickstart/${name}.v1`);
  const { error } = await submitJoin(config, warehouse, { windowing });
  expect(error).toBeNull();
}
async function expected(sql: string): Promise<string[]> {
  return (await work.session.rows(sql)).map((row) => text(row)).sort();
}

const windows = [3, 14, 30];

test.each([
  ['purchases', 'purchase_price', 'exact'],
  ['purchases', 'purchase_price', 'sawtooth'],
  ['returns', 'refund_amt', 'exact'],
] as const)('%s of %s, %s', async (name, price, windowing) => {
  await submitted(name, windowing);
  // Chronon's rows see what lands in any partition of their step.
  const landed = windowing === 'exact' ? 'ds <= day' : 'true';
  const names = windows.flatMap((days) =>
    ['sum', 'count', 'average'].map((operation) => `${price}_${operation}_${days}d`),
  );
  const values = windows.flatMap((days) => {
    const within = `FILTER (WHERE ts >= until - ${days} * 86400000::BIGINT)`;
    const count = `count(${price}) ${within}`;
    const sum = `sum(${price}) ${within}`;
    return [sum, `nullif(${count}, 0)`, `avg(${price}) ${within}`];
  });
  const rows = await expected(
    `SELECT user_id, day, ${values.map((value) => `(${value})::DOUBLE`).join(', ')}
     FROM (SELECT DISTINCT ds AS day, epoch_ms(CAST(ds AS TIMESTAMP)) + 86400000 AS until FROM ${input(name)}) days
     JOIN ${input(name)} ON ts < until AND ${landed} AND ts >= until - 30 * 86400000::BIGINT
     WHERE user_id IS NOT NULL GROUP BY user_id, day HAVING count(${price}) > 0`,
  );
  expect(await tableOf(name, ['user_id', 'ds', ...names])).toEqual(rows);
  expect(rows.length).toBeGreaterThan(1000);
});

test('users', async () => {
  await submitted('users', 'exact');
  const columns = ['user_id', 'ds', 'account_created_ds', 'email_verified'];
  expect(await tableOf('users', columns)).toEqual(
    await expected(
      `SELECT DISTINCT ON (user_id, ds) ${columns.join(', ')} FROM ${input('users')} WHERE user_id IS NOT NULL`,
    ),
  );
});
