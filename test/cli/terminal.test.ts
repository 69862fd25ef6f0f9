/** A person's terminal: bars, questions, and keys. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { submitJoin } from '../harness.js';
import { onTerminal } from './pseudo-terminal.js';
import { openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
});
afterAll(() => small.close());

test('a submit draws a bar for each stage, and says the rest in lines', async () => {
  const { code, screen } = await onTerminal(small, ['submit', small.config()]);
  expect(code, screen).toBe(0);
  expect(screen).toMatch(/step 0 key-buckets [━─]+ 0\/\d+ tasks/);
  expect(screen).toMatch(/step 0 join [━─]+ 0\/\d+ tasks/);
  expect(screen).toMatch(/step 0: committed .* 40 rows/);
  expect(screen).toMatch('✓ out.small_v1: 40 rows in 4 partitions');
});

test.each([
  ['y', 'y\r', 0],
  ['n', 'n\r', 2],
  ['Ctrl-D', '\u0004', 2],
])('the question before an archive, answered with %s', async (_, typed, code) => {
  await small.run(['submit', small.config()]);
  const config = small.config({ leftSelects: { user: 'user', price: 'price' } });
  const prompt = 'compute it anew? [y/N]';
  const result = await onTerminal(small, ['submit', config], { prompt, typed });
  expect(result.code, result.screen).toBe(code);
  expect(result.screen).toMatch(code === 0 ? 'archived as out.small_v1_' : 'nothing was changed');
  expect(result.screen).not.toMatch('bug in Hindcast');
  rmSync(join(small.warehouse, 'out'), { recursive: true });
});

test('what cannot be shown fails no step', async () => {
  const config = join(small.root, small.config({ name: 'unseen.v1' }));
  const { results, error } = await submitJoin(config, small.warehouse, {}, () => {
    throw new Error('no colors left');
  });
  expect(error).toBeNull();
  expect(results).toMatchObject({ status: 'succeeded', rows: 40 });
});
