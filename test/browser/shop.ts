/** A warehouse as a shop's would be: a month of purchases, a training set that was computed in two runs. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cli } from '../cli/run-cli.js';
import { openSession } from '../in-process.js';

/** 2023-11-01T00:00:00Z: from here on there are checkouts, and purchases from ten days before. */
const firstMs = 1_698_796_800_000;
const dayMs = 86_400_000;

/** Rows with a time `ts` and its date, from the columns of `range(n) t(i)`. */
function dated(select: string, rows: number, ts: string): string {
  return `SELECT *, strftime(make_timestamp(ts * 1000), '%Y-%m-%d') AS ds FROM (SELECT ${ts} AS ts, ${select} FROM range(${rows}) t(i))`;
}

/** Always the same numbers from 0 to 1, by row and salt. */
const chance = (salt: number): string => `(hash(i * 7919 + ${salt}) % 100000) / 100000.0`;

/** Prices rise by half from the 21st on. */
const price = `round((5 + 60 * ${chance(1)} * ${chance(2)}) * CASE WHEN i > 24000 THEN 1.5 ELSE 1 END, 2)`;
const country = `['DE', 'DE', 'US', 'US', 'FR', 'BR', 'JP'][1 + (hash(i * 31 + 5) % 7)::INT]`;

const tables = {
  purchases: dated(
    `(hash(i + 11) % 900)::BIGINT AS user_id, ${price} AS price, CASE WHEN ${chance(3)} < 0.1 THEN NULL ELSE ${country} END AS country`,
    32_000,
    `${firstMs - 10 * dayMs} + (i * ${(40 * dayMs) / 32_000})::BIGINT`,
  ),
  checkouts: dated(
    `(hash(i + 77) % 920)::BIGINT AS user_id`,
    36_000,
    `${firstMs} + (i * ${(30 * dayMs) / 36_000})::BIGINT`,
  ),
};

const config = `import { average, count, eventSource, groupBy, join, joinPart, last, max, query, select, sum } from 'hindcast';

export const purchases = groupBy({
  name: 'shop.purchases.v2',
  sources: [
    eventSource({
      table: 'data.purchases',
      query: query({ selects: select('user_id', 'price', 'country'), timeColumn: 'ts' }),
    }),
  ],
  keys: ['user_id'],
  aggregations: [
    sum('price', { windows: ['1d', '7d'] }),
    average('price', { windows: ['1d', '7d'] }),
    max('price', { windows: ['1d', '7d'] }),
    count('price', { windows: ['1d', '7d'] }),
    last('country'),
  ],
  accuracy: 'TEMPORAL',
});

export default join({
  name: 'shop.training_set.v3',
  outputNamespace: 'shop',
  left: eventSource({ table: 'data.checkouts', query: query({ selects: select('user_id'), timeColumn: 'ts' }) }),
  rightParts: [joinPart({ groupBy: purchases })],
});
`;

export interface Shop {
  readonly root: string;
  readonly warehouse: string;
}

/** @param root an empty folder */
export async function openShop(root: string): Promise<Shop> {
  const warehouse = join(root, 'warehouse');
  const session = await openSession(root);
  for (const [name, rows] of Object.entries(tables)) {
    const folder = join(warehouse, 'data', name);
    mkdirSync(folder, { recursive: true });
    await session.run(`COPY (${rows}) TO '${folder}' (FORMAT parquet, PARTITION_BY (ds))`);
  }
  session.close();
  writeFileSync(join(root, 'training_set.ts'), config);
  const submit = async (args: readonly string[], code: number): Promise<void> => {
    const result = await cli(['submit', 'training_set.ts', ...args], {
      cwd: root,
      env: { HINDCAST_WAREHOUSE: 'warehouse', XDG_CONFIG_HOME: join(root, 'home') },
    });
    expect(result.code, result.stderr).toBe(code);
  };
  const local = ['--master', 'local[2]'];
  await submit(['--end-ds', '2023-11-20', '--step-days', '10', '--name', 'backfill', ...local], 0);
  await submit(['--name', 'nightly', ...local], 0);
  leaveCrashed(join(warehouse, '_hindcast/runs'));
  return { root, warehouse };
}

/** What a driver that was killed in the middle of the first run would have left. */
function leaveCrashed(runs: string): void {
  const first = join(runs, readdirSync(runs).sort()[0]!);
  const crashed = join(runs, '20231130T021500000-c0ffee');
  mkdirSync(crashed);
  for (const name of ['plan.json', 'request.json'])
    copyFileSync(join(first, name), join(crashed, name));
  const lines = readFileSync(join(first, 'events.jsonl'), 'utf8').split('\n').slice(0, 8);
  writeFileSync(join(crashed, 'events.jsonl'), lines.join('\n'));
  writeFileSync(
    join(crashed, 'driver.json'),
    JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1 }),
  );
}
