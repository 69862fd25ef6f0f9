import type { LeftRangeTask, Task } from '@hindcast/shared/plan/task';
import { expect, test } from 'vitest';
import { days, joinOf, requestOf, stateOf, tableOf } from '../../../test/small-plans.js';
import type { Launcher } from './launch/launcher.js';
import { leftRange } from './left-range.js';
import { Bootstrap } from './plan/bootstrap.js';

/** Answers that a partition has as many rows as its position in the month. */
async function rangesOf(executors: number, bytes: number, nulls = false) {
  const values = days('2023-11-01', '2023-11-10');
  const join = joinOf();
  const state = stateOf(join, requestOf());
  const asked: string[][] = [];
  const run = async (task: Task): Promise<unknown> => {
    const partitions = (task as LeftRangeTask).left.files.map(({ partition }) => partition);
    asked.push(partitions);
    const rows = (value: string) => ({ rows: Number(value.slice(-2)), minTime: 0, maxTime: 1 });
    return {
      partitions: Object.fromEntries(partitions.map((value) => [value, rows(value)])),
      withoutTime: nulls ? Object.fromEntries(partitions.map((value) => [value, 2])) : {},
      skewedRows: 1,
      duplicates: [partitions.length, 0],
    };
  };
  const left = { ...state.left, table: tableOf('data.left', values, bytes) };
  const decision = {
    ...state.decision,
    partitions: values.map((value) => ({
      value,
      action: 'compute' as const,
      reason: 'missing' as const,
      parts: null,
    })),
  };
  const launcher = { executors, run } as unknown as Launcher;
  const none = new Bootstrap([], [], []);
  const range = await leftRange(join, left, null, decision, none, launcher);
  return { asked, range };
}

test.each([
  [1, 2 ** 30, [10]],
  [3, 2 ** 30, [4, 3, 3]],
  [20, 2 ** 30, Array(10).fill(1)],
  [3, 2 ** 17, [8, 2]], // a task for each megabyte
  [3, 10, [10]],
])(
  '%i executors count a left of ten partitions of %i bytes in tasks of %j',
  async (executors, bytes, tasks) => {
    const { asked, range } = await rangesOf(executors, bytes);
    expect(asked.map((partitions) => partitions.length)).toEqual(tasks);
    expect(asked.flat()).toEqual(days('2023-11-01', '2023-11-10'));
    expect(Object.values(range.partitions).map(({ rows }) => rows)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(range.skewedRows).toBe(tasks.length);
    expect(range.duplicates).toEqual([10, 0]);
  },
);

test('rows without a time are told of all partitions, whichever task saw them', async () => {
  await expect(rangesOf(3, 2 ** 30, true)).rejects.toMatchObject({
    kind: 'data',
    message: 'left: data.visits: the time is NULL in 20 rows',
    found: days('2023-11-01', '2023-11-10')
      .map((value) => `${value}: 2`)
      .join(', '),
  });
});
