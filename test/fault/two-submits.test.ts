/** Two drivers of one join at the same time: the table comes out right, whoever is first. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../cli/run-cli.js';
import type { SmallWarehouse } from '../cli/small-warehouse.js';
import { checksum, forget, openBigEnough } from './big-enough.js';

let small: SmallWarehouse;
let reference: unknown;
beforeAll(async () => {
  small = await openBigEnough();
  const { code, stderr } = await small.run(['submit', 'join.json']);
  expect(code, stderr).toBe(0);
  reference = await checksum(small);
});
afterAll(() => small.close());

test.each([
  ['in one step', [], []],
  ['day by day', ['--step-days', '1'], ['--step-days', '1']],
  ['cut differently', ['--step-days', '1'], ['--step-days', '3']],
])('%s', async (_, one, other) => {
  forget(small, 'out', '_hindcast');
  const options = { cwd: small.root, env: { HINDCAST_WAREHOUSE: small.warehouse } };
  const both = await Promise.all(
    [one, other].map((flags) => cli(['submit', 'join.json', ...flags], options)),
  );
  for (const { code, stderr } of both) {
    expect([0, 1], stderr).toContain(code);
    if (code === 0) continue;
    expect(stderr).toMatch(
      /out\.small_v1: (another run|run \S+) wrote 2023-11-1\d.* while this one computed it/,
    );
    expect(stderr).toMatch('nothing was doubled');
    expect(stderr).not.toMatch(/^\s+at .*:\d+|bug in Hindcast/m);
  }
  // Whatever one of them left out, the next submit adds.
  const { code, stderr } = await small.run(['submit', 'join.json']);
  expect(code, stderr).toBe(0);
  expect(await checksum(small)).toEqual(reference);
  const last = await small.run(['submit', 'join.json']);
  expect(last.stderr).toMatch('nothing to do');
});
