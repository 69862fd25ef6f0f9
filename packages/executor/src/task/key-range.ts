/** key-range: how many keys the sources of a group-by hold, so that its rows are known or can be sized. */
import type { KeyRangeResult, KeyRangeTask } from '@hindcast/shared/plan/task';
import { hashSql, keyNames, keySql, noneNull, scanSql } from '../scan/source-sql.js';
import { locate, type TaskContext } from './context.js';

export async function keyRange(
  { sources, keys, timed, byPartition }: KeyRangeTask,
  context: TaskContext,
): Promise<KeyRangeResult> {
  const scans = sources
    .filter(({ files }) => files.length > 0)
    .map(({ scan, files }) => {
      const rows = scanSql(scan, files, (path) => locate(context, path));
      return `SELECT ${keySql(keys)}, __partition, __time FROM (${rows})`;
    });
  if (scans.length === 0) return { partitions: {}, keys: 0 };
  const names = keyNames(keys.length);
  const conditions = [noneNull(names), ...(timed ? ['__time IS NOT NULL'] : [])];
  const keyed = `FROM (${scans.join(' UNION ALL ')}) WHERE ${conditions.join(' AND ')}`;
  const { session } = context;
  if (!byPartition) {
    const [row] = await session.rows(
      `SELECT approx_count_distinct(${hashSql(keys.length)}) ${keyed}`,
    );
    return { partitions: {}, keys: Number(row![0]) };
  }
  const rows = await session.rows(
    `SELECT __partition, count(*) FROM (SELECT DISTINCT __partition, ${names.join(', ')} ${keyed}) GROUP BY 1`,
  );
  const partitions = Object.fromEntries(
    rows.map(([value, count]) => [String(value), Number(count)]),
  );
  return { partitions, keys: Object.values(partitions).reduce((sum, count) => sum + count, 0) };
}
