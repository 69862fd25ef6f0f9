import type { Plan, Step } from '@hindcast/shared/plan/plan';
import type { TaskResult } from '@hindcast/shared/plan/task';
import { expect, test } from 'vitest';
import { days, planOf } from '../../../test/small-plans.js';
import { checkRows } from './check-rows.js';

const plan: Plan = planOf();
const [first, second] = days('2023-11-10', '2023-11-11');
const stepOf = (rows: Step['rows']): Step => ({
  ...plan.steps[0]!,
  partitions: [first!, second!],
  rows,
});
const resultOf = (
  files: Record<string, number>,
  counted: TaskResult['counted'] = {},
): TaskResult => ({
  kind: 'join',
  rowsIn: 0,
  rowsOut: 0,
  bytesRead: 0,
  bytesWritten: 0,
  seconds: 0,
  files: Object.entries(files).map(([partition, rows]) => ({
    path: '',
    partition,
    rows,
    bytes: 1,
  })),
  notes: {
    lateEvents: 0,
    earlyEvents: 0,
    eventsWithoutTime: 0,
    duplicateSnapshotRows: 0,
    skewedRows: 0,
  },
  columns: [],
  counted,
});
const keys = (rowsIn: number): TaskResult => ({ ...resultOf({}), kind: 'count-keys', rowsIn });
const of = (count: number, withValues: number) => ({ keys: count, withValues });

test("a join's partitions have the left's rows, over all tasks", () => {
  const step = stepOf({ [first!]: 3, [second!]: 0 });
  checkRows(plan, step, [resultOf({ [first!]: 1 }), resultOf({ [first!]: 2 })]);
  for (const files of [{ [first!]: 2 }, { [first!]: 4 }, { [first!]: 3, [second!]: 1 }, {}])
    expect(() => checkRows(plan, step, [resultOf(files)])).toThrow(
      /came out with \d rows, the left/,
    );
});

test("a group-by's have the keys with values, and every key was looked at", () => {
  const step = stepOf(null);
  const one = { [first!]: of(5, 3), [second!]: of(5, 0) };
  const two = { [first!]: of(2, 1), [second!]: of(2, 2) };
  const groupBy = { ...plan, job: 'group-by' as const };
  const check = (files: Record<string, number>, count: number, other = two): void =>
    checkRows(groupBy, step, [
      resultOf(files, one),
      resultOf({ [second!]: 2 }, other),
      keys(count),
    ]);
  check({ [first!]: 4 }, 7);
  expect(() => check({ [first!]: 3 }, 7)).toThrow(/10 came out with 3 rows, there must be 4/);
  expect(() => check({ [first!]: 4 }, 8)).toThrow('7 keys were looked at for 2023-11-10');
  expect(() => check({ [first!]: 4 }, 7, { ...two, [second!]: of(3, 2) })).toThrow('8 keys');
});
