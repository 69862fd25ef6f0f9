/** count-keys: distinct keys of segments, counted at once and not by KeyBucket. */
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import type { CountKeysTask, TaskResult } from '@hindcast/shared/plan/task';
import { quoteList } from '../scan/duckdb.js';
import { keyNames } from '../scan/source-sql.js';
import { locate, type TaskContext } from './context.js';

export async function countKeys(
  { segments, keys }: CountKeysTask,
  context: TaskContext,
): Promise<TaskResult> {
  if (segments.length === 0) return emptyResult('count-keys');
  const files = segments.map((folder) => `${locate(context, folder)}/keys.parquet`);
  const [row] = await context.session.rows(
    `SELECT count(*) FROM (SELECT DISTINCT ${keyNames(keys).join(', ')} FROM read_parquet(${quoteList(files)}))`,
  );
  return { ...emptyResult('count-keys'), rowsIn: Number(row![0]) };
}
