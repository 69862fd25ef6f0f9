/** Whether a step's files hold the rows that they must: the last look before a commit. */
import { HindcastError } from '@hindcast/shared/errors';
import type { Plan, Step } from '@hindcast/shared/plan/plan';
import type { TaskResult } from '@hindcast/shared/plan/task';

/**
 * Every row of the left exactly once. A group-by over events has the keys with values, which its tasks
 * count before they write; how many keys there are is counted apart from them.
 * @param results of the step's last stage
 * @throws HindcastError kind `data`: anything else must not be committed
 */
export function checkRows(plan: Plan, step: Step, results: readonly TaskResult[]): void {
  // How many rows a query gives nobody knows; its task has looked at their dates.
  if (plan.job === 'staging-query') return;
  // A row a column: the rows that these are about were counted before they were compared.
  if (plan.job === 'consistency') return;
  compareCounts(plan, step, results, plan.job === 'join' ? 'the left has' : 'there must be');
}

/**
 * The rows that a later stage reads: every one of the log exactly once.
 * @param results of the stage before it
 * @throws HindcastError kind `data`
 */
export function checkStagedRows(plan: Plan, step: Step, results: readonly TaskResult[]): void {
  compareCounts(plan, step, results, 'the log has');
}

function compareCounts(plan: Plan, step: Step, results: readonly TaskResult[], what: string): void {
  const found: Record<string, number> = {};
  for (const { partition, rows } of results.flatMap(({ files }) => files))
    found[partition] = (found[partition] ?? 0) + rows;
  const expected = step.rows ?? countedRows(plan, step, results);
  for (const value of new Set([...step.partitions, ...Object.keys(found)])) {
    if ((found[value] ?? 0) === (expected[value] ?? 0)) continue;
    throw new HindcastError(
      'data',
      `${plan.output.table}: partition ${value} came out with ${found[value] ?? 0} rows, ${what} ${expected[value] ?? 0}`,
      { hint: whatToDo },
    );
  }
}

const whatToDo =
  'If its tables changed while the job ran, submit again; otherwise this is a bug in Hindcast.';

function countedRows(
  plan: Plan,
  step: Step,
  results: readonly TaskResult[],
): Record<string, number> {
  if (step.stages.length === 0) return {};
  const keys = results.find(({ kind }) => kind === 'count-keys')?.rowsIn;
  const rows: Record<string, number> = {};
  for (const value of step.partitions) {
    const counts = results.flatMap(({ counted }) => counted[value] ?? []);
    const looked = counts.reduce((sum, count) => sum + count.keys, 0);
    if (looked !== keys) {
      throw new HindcastError(
        'data',
        `${plan.output.table}: ${looked} keys were looked at for ${value}, its sources hold ${keys}`,
        { hint: whatToDo },
      );
    }
    rows[value] = counts.reduce((sum, count) => sum + count.withValues, 0);
  }
  return rows;
}
