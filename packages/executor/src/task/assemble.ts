/** assemble: one split of the left beside the columns that join tasks computed for its rows. */
import { existsSync } from 'node:fs';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import { type AssembleTask, rowIdSpan, type TaskResult } from '@hindcast/shared/plan/task';
import { quoteList, quoteText } from '../scan/duckdb.js';
import { locate, type TaskContext } from './context.js';
import { copyPartitioned, extentOf, projectedSql } from './join-output.js';

export async function assemble(task: AssembleTask, context: TaskContext): Promise<TaskResult> {
  const base = `read_parquet(${quoteText(`${locate(context, task.left)}/base.parquet`)})`;
  const joins = task.keySets.map((files) => {
    // KeyBuckets without a left row wrote nothing.
    const paths = files.map((file) => locate(context, file)).filter((path) => existsSync(path));
    return ` JOIN (SELECT * FROM read_parquet(${quoteList(paths)}) WHERE __rid BETWEEN ${task.firstRowId} AND ${task.firstRowId + rowIdSpan - 1}) USING (__rid)`;
  });
  const files = await copyPartitioned(
    projectedSql(task, {
      from: `${base}${joins.join('')}`,
      order: '__rid',
      kept: '__partition',
      as: task.partitionColumn,
    }),
    [task.partitionColumn, ...(task.subPartitions ?? [])],
    task.output,
    context,
    await extentOf(task, base, context),
  );
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return {
    ...emptyResult('assemble'),
    rowsIn: rows,
    rowsOut: rows,
    bytesWritten: files.reduce((sum, file) => sum + file.bytes, 0),
    files,
  };
}
