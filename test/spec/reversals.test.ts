/** A reversal takes away the row that it names, and no part of another one. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readOutput, submitJoin } from '../harness.js';
import { workplace } from '../in-process.js';

const work = workplace('reversals');
const { root } = work;
const midnight = Date.UTC(2023, 10, 16);
const query = { selects: { user: 'user', xs: 'xs', level: 'level' }, timeColumn: 'ts' };
const entities = { snapshotTable: 'data.levels', mutationTable: 'data.changes', query };
const config = {
  metaData: { name: 'sums.v1', outputNamespace: 'out' },
  left: {
    events: { table: 'data.clicks', query: { selects: { user: 'user' }, timeColumn: 'ts' } },
  },
  joinParts: [
    {
      groupBy: {
        metaData: { name: 'levels.v1' },
        sources: [{ entities }],
        keyColumns: ['user'],
        aggregations: ['xs', 'level'].map((inputColumn) => ({ inputColumn, operation: 7 })),
        accuracy: 0,
      },
    },
  ],
};

beforeAll(async () => {
  writeFileSync(join(root, 'join.json'), JSON.stringify(config));
  await work.write('data.clicks', '2023-11-16', `SELECT 'u' AS user, ${midnight + 5000} AS ts`);
});

/** Sums of `xs` and of `level` over what is left of two rows of one time. */
async function after(...reversals: readonly [xs: string, level: number][]): Promise<unknown[]> {
  rmSync(join(root, 'out'), { recursive: true, force: true });
  const rowOf = (xs: string, level: number): string =>
    `SELECT 'u' AS user, ${xs}::BIGINT[] AS xs, ${level}::BIGINT AS level, ${midnight - 1000}::BIGINT AS ts`;
  const snapshot = [rowOf('[2, NULL]', 1), rowOf('[3]', 1)];
  await work.write('data.levels', '2023-11-15', snapshot.join(' UNION ALL '));
  const changes = reversals.map(
    ([xs, level], i) =>
      `${rowOf(xs, level)}, ${midnight + i}::BIGINT AS mutation_ts, true AS is_before`,
  );
  await work.write('data.changes', '2023-11-16', changes.join(' UNION ALL '));
  const { error } = await submitJoin(join(root, 'join.json'), root);
  expect(error).toBeNull();
  const { rows, columns } = await readOutput(root, 'out.sums_v1');
  return ['xs', 'level'].map(
    (input) => rows[0]![columns.findIndex(({ name }) => name === `levels_v1_${input}_sum`)],
  );
}

test('the whole row, of all that it was made of', async () => {
  expect(await after(['[3]', 1])).toEqual([2n, 1n]);
  expect(await after(['[2, NULL]', 1])).toEqual([3n, 1n]);
  expect(await after(['[2, NULL]', 1], ['[3]', 1])).toEqual([0n, 0n]);
});

test('nothing where no row is like it: not an element of its list, not a number beside another list', async () => {
  expect(await after(['[NULL, 2, 2]', 1])).toEqual([5n, 2n]);
  expect(await after(['[2]', 1], ['[3]', 7])).toEqual([5n, 2n]);
});
