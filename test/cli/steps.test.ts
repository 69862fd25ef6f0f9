/** Steps: side by side or one after the other, and one that fails takes no other along. */
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readOutput } from '../harness.js';
import { days, openSmallWarehouse, type SmallWarehouse } from './small-warehouse.js';

let small: SmallWarehouse;
beforeAll(async () => {
  small = await openSmallWarehouse();
  small.config({
    aggregations: [
      { inputColumn: 'price', operation: 7, windows: [{ length: 1, timeUnit: 1 }] },
      {
        inputColumn: 'price',
        operation: 13,
        argMap: { k: '3' },
        windows: [{ length: 1, timeUnit: 1 }],
      },
    ],
  });
});
beforeEach(() => startAnew());
afterAll(() => small.close());

function startAnew(): void {
  for (const folder of ['out', '_hindcast'])
    rmSync(join(small.warehouse, folder), { recursive: true, force: true });
}
const submit = (...flags: string[]) => small.run(['submit', 'join.json', '--json', ...flags]);

async function rows(): Promise<string[]> {
  const { rows: all } = await readOutput(small.warehouse, 'out.small_v1');
  const text = (_: string, value: unknown): unknown =>
    typeof value === 'bigint' ? `${value}n` : value;
  return all.map((row) => JSON.stringify(row, text)).sort();
}

// In any order: a step that commits after a later one counts as much.
test.each([1, 2, 3])('side by side they give the same table, a commit each: %i', async () => {
  expect((await submit()).code).toBe(0);
  const whole = await rows();
  startAnew();
  const { code, stdout } = await submit('--step-days', '1', '--parallelism', '4');
  expect(code).toBe(0);
  const { steps } = JSON.parse(stdout);
  expect(steps.map(({ step }: { step: number }) => step)).toEqual([0, 1, 2, 3]);
  const versions = steps.map(({ version }: { version: number }) => version).sort();
  expect(versions).toEqual([0, 1, 2, 3]);
  expect(await rows()).toEqual(whole);
});

test.each([['1'], ['4']])(
  'those that can, commit; retry computes the rest (%s at a time)',
  async (most) => {
    expect((await submit()).code).toBe(0);
    const whole = await rows();
    startAnew();
    const folder = join(small.warehouse, 'data/views', `ds=${days[1]}`);
    const file = join(folder, readdirSync(folder)[0]!);
    copyFileSync(file, join(small.root, 'sound.parquet'));
    await small.spoil('views', days[1]!, 'price');
    const failed = await submit('--step-days', '1', '--parallelism', most);
    expect(failed.code, failed.stderr).toBe(1);
    const { steps, runId } = JSON.parse(failed.stdout);
    expect(steps.map(({ status }: { status: string }) => status)).toEqual([
      'committed',
      'failed',
      'failed',
      'committed',
    ]);
    copyFileSync(join(small.root, 'sound.parquet'), file);
    const again = await small.run(['retry', runId, '--json']);
    expect(again.code, again.stderr).toBe(0);
    const retried = JSON.parse(again.stdout).steps as { partitions: string[] }[];
    expect(retried.map(({ partitions }) => partitions)).toEqual([[days[1]], [days[2]]]);
    expect(await rows()).toEqual(whole);
  },
);
