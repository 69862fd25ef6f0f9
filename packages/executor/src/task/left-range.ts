/** left-range: rows and times per partition of the left, so that only what they see is read. */
import { HindcastError } from '@hindcast/shared/errors';
import type { LeftRangeResult, LeftRangeTask } from '@hindcast/shared/plan/task';
import { leftSql, skewedSql } from '../scan/left-sql.js';
import { locate, type TaskContext } from './context.js';

/** @throws HindcastError kind `data` when a row of a left of events has no time */
export async function leftRange(
  task: LeftRangeTask,
  context: TaskContext,
): Promise<LeftRangeResult> {
  const { session } = context;
  const at = (path: string): string => locate(context, path);
  const rows = await session.rows(
    `SELECT __partition, count(*), min(__time), max(__time), count(*) - count(__time)
     FROM (${leftSql(task.left, at)}) GROUP BY 1 ORDER BY 1`,
  );
  const { scan, columns, skewKeys } = task.left;
  if (scan.time.kind !== 'none') {
    const withNulls = rows.filter((row) => Number(row[4]) > 0);
    if (withNulls.length > 0) {
      const total = withNulls.reduce((sum, row) => sum + Number(row[4]), 0);
      throw new HindcastError('data', `${scan.origin}: the time is NULL in ${total} rows`, {
        found: withNulls.map((row) => `${row[0]}: ${row[4]}`).join(', '),
        hint: 'Every row of a left of events needs a time. Filter such rows with `wheres`, or mend the table.',
      });
    }
  }
  const skewed = skewedSql(columns, skewKeys);
  const all = leftSql({ ...task.left, skewKeys: {} }, at);
  const found =
    skewed === null
      ? 0
      : (await session.rows(`SELECT count(*) FROM (${all}) WHERE ${skewed}`))[0]![0];
  const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));
  return {
    partitions: Object.fromEntries(
      rows.map(([partition, count, min, max]) => [
        String(partition),
        { rows: Number(count), minTime: numberOrNull(min), maxTime: numberOrNull(max) },
      ]),
    ),
    skewedRows: Number(found),
  };
}
