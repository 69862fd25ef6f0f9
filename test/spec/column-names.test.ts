/** A column may be named as its author likes: no name means anything to us inside. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSmallWarehouse, plainRows, type SmallWarehouse } from '../cli/small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
afterAll(() => small.close());

const names = ['rowid', 'RowID', 'row', 'l', 'f', 'features', 'left_rows', 'select', 'a"b', 'ü.x'];

/** Sums by the key, whatever its name. */
async function sums(key: string, flags: readonly string[]): Promise<unknown> {
  const quoted = `\`${key}\``;
  await small.table(
    'clicks',
    `SELECT * RENAME (user AS "${key.replaceAll('"', '""')}") FROM (${plainRows})`,
  );
  small.config({
    leftSelects: { [key]: quoted, third: 'price % 3' },
    keys: ['user'],
    parts: [part('one.v1', { [key]: 'user' }), part('two.v1', { [key]: 'user' }), whole],
  });
  const args = ['submit', 'join.json', '--json', '--yes', '--reprocess', 'all', ...flags];
  const { code, stderr } = await small.run(args);
  expect(code, stderr).toBe(0);
  const read = await small.run([
    ...['sql', '--json'],
    'SELECT ts, one_v1_price_sum_1d a, two_v1_price_sum_1d b, all_v1_price_sum_1d c FROM out.small_v1 ORDER BY ts',
  ]);
  expect(read.code, read.stderr).toBe(0);
  return JSON.parse(read.stdout);
}

const part = (name: string, keyMapping: object, user = 'user') => ({
  groupBy: {
    metaData: { name },
    sources: [
      {
        events: {
          table: 'data.views',
          query: { selects: { user, price: 'price' }, timeColumn: 'ts' },
        },
      },
    ],
    keyColumns: ['user'],
    aggregations: [{ inputColumn: 'price', operation: 7, windows: [{ length: 1, timeUnit: 1 }] }],
    accuracy: 0,
  },
  keyMapping,
});
/** Looked up by another column, so that the left is split and put together again. */
const whole = part('all.v1', { third: 'user' }, 'price % 3');

test('whatever a key is called, the sums by it are the same', async () => {
  const expected = await sums('user', []);
  expect(JSON.stringify(expected)).toMatch(/"a":\d.*"b":\d.*"c":\d/);
  for (const name of names) expect(await sums(name, []), name).toEqual(expected);
}, 120_000);
