/** assemble: one split of the left beside the columns that join tasks computed for its rows. */
import { existsSync } from 'node:fs';
import { type AssembleTask, rowIdSpan, type TaskResult } from '@hindcast/shared/plan/task';
import { quoteList, quoteName, quoteText } from '../scan/duckdb.js';
import { locate, type TaskContext } from './context.js';
import { castColumn, copyPartitioned } from './join-output.js';
import { emptyResult } from './result.js';

export async function assemble(task: AssembleTask, context: TaskContext): Promise<TaskResult> {
  const base = quoteText(`${locate(context, task.left)}/base.parquet`);
  const joins = task.keySets.map((files) => {
    // KeyBuckets without a left row wrote nothing.
    const paths = files.map((file) => locate(context, file)).filter((path) => existsSync(path));
    return ` JOIN (SELECT * FROM read_parquet(${quoteList(paths)}) WHERE __rid BETWEEN ${task.firstRowId} AND ${task.firstRowId + rowIdSpan - 1}) USING (__rid)`;
  });
  const columns = task.columns.map(castColumn);
  const partition = `__partition AS ${quoteName(task.partitionColumn)}`;
  const files = await copyPartitioned(
    `SELECT ${[...columns, partition].join(', ')} FROM read_parquet(${base})${joins.join('')} ORDER BY __rid`,
    task.partitionColumn,
    task.output,
    context,
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
