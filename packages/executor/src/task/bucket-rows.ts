/** Segments of group-bys without aggregations: whole snapshot rows, one per key and partition. */
import { statSync } from 'node:fs';
import { HindcastError } from '@hindcast/shared/errors';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import { noNotes, type TaskResult } from '@hindcast/shared/plan/task';
import { quoteText } from '../scan/duckdb.js';
import { greatestFirst, keyNames } from '../scan/source-sql.js';
import type { StagedSegment } from './bucket-source.js';
import type { TaskContext } from './context.js';
import { keyCount, keyedSourceSql } from './keyed-source.js';

/**
 * Writes `<staging>/rows.parquet` of one segment in order of key hash; of rows with one key the greatest
 * stays.
 */
export async function writeRows(
  [segment]: readonly StagedSegment[],
  context: TaskContext,
): Promise<TaskResult> {
  const { task, staging } = segment!;
  const { session } = context;
  const sql = keyedSourceSql(task, task.files, context);
  await session.run(`CREATE OR REPLACE TEMP TABLE source_rows AS ${sql}`);
  const keys = keyNames(keyCount(task));
  const target = `${staging}/rows.parquet`;
  await session.run(
    `COPY (SELECT __hash, ${[...keys, ...task.values.map((_, i) => `__v${i}`)].join(', ')} FROM (
       SELECT DISTINCT ON (${keys.join(', ')}) * FROM source_rows ORDER BY ${[...keys, greatestFirst(task.values)].join(', ')}
     ) ORDER BY __hash) TO ${quoteText(target)} (FORMAT parquet)`,
  );
  const counts = await session.rows(
    `SELECT (SELECT count(*) FROM source_rows), (SELECT count(*) FROM read_parquet(${quoteText(target)}))`,
  );
  await session.run('DROP TABLE source_rows');
  const [rowsIn, rowsOut] = counts[0]!.map(Number) as [number, number];
  if (task.refuseDuplicates && rowsIn > rowsOut) {
    throw new HindcastError(
      'data',
      `${task.scan.origin}: ${rowsIn - rowsOut} rows repeat a key of their partition`,
      {
        hint: 'Make the keys unique, or leave --strict-inputs out to take the greatest row of each key.',
      },
    );
  }
  return {
    ...emptyResult('bucket-source'),
    rowsIn,
    rowsOut,
    bytesWritten: statSync(target).size,
    notes: { ...noNotes, duplicateSnapshotRows: rowsIn - rowsOut },
  };
}
