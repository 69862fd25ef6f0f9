/** The quickstart: the specification's example from bundled data, and again without computing anything. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
afterAll(() => small.close());

test('shows what was known at a checkout', async () => {
  const { code, stdout, stderr } = await small.run(['quickstart']);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^user_id +\| 24$/m);
  expect(stdout).toMatch(/^quickstart_purchases_v1_purchase_price_sum_14d +\| \d+$/m);
  expect(stdout).toMatch(/^quickstart_purchases_v1_purchase_price_last10 +\| \[\d+(,\d+)*\]$/m);
  expect(stdout).toMatch(/^quickstart_users_v1_email_verified +\| /m);
  expect(stderr).toMatch(/✓ quickstart\.quickstart_training_set_v1: \d+ rows in \d+ partitions/);
  expect(existsSync(join(small.root, 'hindcast-quickstart/training_set.ts'))).toBe(true);
});

test('a second one finds everything there; as JSON, numbers are numbers', async () => {
  const { code, stdout, stderr } = await small.run(['quickstart', '--json']);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch('nothing to do');
  const [row] = JSON.parse(stdout);
  expect(row.ts).toBeTypeOf('number');
  expect(row.quickstart_purchases_v1_purchase_price_last10.length).toBeGreaterThan(0);
  for (const price of row.quickstart_purchases_v1_purchase_price_last10)
    expect(price).toBeTypeOf('number');
});

test('a folder that cannot be made is an error, not a bug', async () => {
  small.write('file', 'in the way');
  const { code, stderr } = await small.run(['quickstart', '--folder', 'file/below']);
  expect(code, stderr).toBe(3);
  expect(stderr).toMatch("can't write file/below");
});

test('the config that it leaves plans by itself', async () => {
  const folder = 'hindcast-quickstart';
  const args = [
    'plan',
    `${folder}/training_set.ts`,
    '--warehouse',
    `${folder}/warehouse`,
    '--json',
  ];
  const { code, stdout, stderr } = await small.run(args);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ name: 'quickstart.training_set.v1', steps: [] });
});
