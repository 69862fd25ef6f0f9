/** key-events: the rows of a right source that have one left row's key, as a small source of its own. */
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import { eventColumn, type KeyEventsTask } from '@hindcast/shared/plan/explain-row';
import type { TaskResult } from '@hindcast/shared/plan/task';
import { quoteName } from '../scan/duckdb.js';
import { leftKeysSql, leftSql } from '../scan/left-sql.js';
import { keyNames } from '../scan/source-sql.js';
import { locate, type TaskContext } from './context.js';
import { copyPartitioned } from './join-output.js';
import { keyedSourceSql } from './keyed-source.js';

export async function keyEvents(task: KeyEventsTask, context: TaskContext): Promise<TaskResult> {
  const { source, left, leftKeys } = task;
  if (source.files.length === 0) return emptyResult('key-events');
  const keys = keyNames(source.keys.length);
  const values = source.values.map((_, i) => `__v${i}`);
  const stored = [...columnsOf(source.keys, keys), ...columnsOf(source.values, values)];
  const keyed = keyedSourceSql(source, source.files, context, ['__partition']);
  const row = `SELECT ${leftKeysSql(leftKeys)} FROM (${leftSql(left, (path) => locate(context, path))})`;
  const mine = `SELECT __time, __partition, * EXCLUDE (__time, __partition) FROM (${keyed}) SEMI JOIN (${row}) USING (${keys.join(', ')})`;
  const numbered = `SELECT *, (row_number() OVER () + ${task.firstEvent - 1})::BIGINT AS ${eventColumn}
     FROM (${mine} ORDER BY ALL)`;
  const files = await copyPartitioned(
    `SELECT ${[...stored, '__time', eventColumn, `__partition AS ${quoteName(source.scan.partitionColumn)}`].join(', ')} FROM (${numbered})`,
    [source.scan.partitionColumn],
    task.output,
    context,
  );
  return {
    ...emptyResult('key-events'),
    rowsOut: files.reduce((sum, { rows }) => sum + rows, 0),
    files,
  };
}

/** Parquet has no integers beyond 64 bits: these travel as text, and are cast when they are read. */
function columnsOf(columns: KeyEventsTask['leftKeys'], names: readonly string[]): string[] {
  return names.map((name, i) =>
    /HUGEINT/.test(columns[i]!.type) ? `CAST(${name} AS VARCHAR) AS ${name}` : name,
  );
}
