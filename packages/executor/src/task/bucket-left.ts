/**
 * bucket-left: some files of the left → whole rows as Parquet, split by KeyBucket. Where parts have
 * different keys, rows are written once with a row id, and each key set's split holds keys only.
 */
import { mkdirSync } from 'node:fs';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import type { BucketLeftTask, KeySet, TaskResult } from '@hindcast/shared/plan/task';
import { quoteName, quoteText } from '../scan/duckdb.js';
import { bucketedSql, heldName, leftSql } from '../scan/left-sql.js';
import { locate, type TaskContext } from './context.js';

export async function bucketLeft(task: BucketLeftTask, context: TaskContext): Promise<TaskResult> {
  const { session } = context;
  const folder = locate(context, task.output);
  mkdirSync(folder, { recursive: true });
  const rows = leftSql(task.left, (path) => locate(context, path));
  await session.run(`CREATE OR REPLACE TEMP TABLE left_rows AS ${rows}`);
  const rowId = `rowid + CAST(${task.firstRowId} AS BIGINT) AS __rid`;
  if (task.keySets.some(({ wholeRows }) => !wholeRows)) {
    await session.run(
      `COPY (SELECT *, ${rowId} FROM left_rows) TO ${quoteText(`${folder}/base.parquet`)} (FORMAT parquet)`,
    );
  }
  for (const [i, keySet] of task.keySets.entries()) {
    const split = `${folder}/keyset-${i}`;
    mkdirSync(split, { recursive: true });
    await session.run(
      `COPY (${bucketedSql(splitRows(keySet, rowId), keySet.columns, task.bits)})
       TO ${quoteText(split)} (FORMAT parquet, PARTITION_BY (__kb))`,
    );
  }
  const count = Number((await session.rows('SELECT count(*) FROM left_rows'))[0]![0]);
  await session.run('DROP TABLE left_rows');
  return { ...emptyResult('bucket-left'), rowsIn: count, rowsOut: count };
}

function splitRows({ columns, covered = [], wholeRows }: KeySet, rowId: string): string {
  if (wholeRows) return 'SELECT * FROM left_rows';
  const names = [...columns.map(({ name }) => heldName(name)), ...covered];
  const keys = [...new Set(names.map(quoteName))];
  return `SELECT ${[...keys, '__time', '__day', '__partition', rowId].join(', ')} FROM left_rows`;
}
