/** SQL for a left that is the keys which segments hold. */
import type { Column, KeyBucket, KeysSeen } from '@hindcast/shared/plan/task';
import { quoteList, quoteName, quoteText } from './duckdb.js';
import { heldName } from './left-sql.js';
import { inBucketSql, keyNames } from './source-sql.js';

/** `SELECT columns…, __time, __day, __partition`: every key of the files on every day, or on its own. */
export function seenKeysSql(
  files: readonly string[],
  columns: readonly Column[],
  { days, snapshots }: KeysSeen,
  bucket: KeyBucket,
): string {
  const names = keyNames(columns.length + (snapshots ? 1 : 0));
  const keys = `SELECT DISTINCT ${names.join(', ')} FROM read_parquet(${quoteList(files)}) WHERE ${inBucketSql(bucket)}`;
  const values = days.map(({ value, day }) => `(${day}::INTEGER, ${quoteText(value)})`);
  const on = snapshots ? `__k${columns.length} = __day` : 'true';
  const selected = columns.map(
    ({ name, type }, i) => `CAST(__k${i} AS ${type}) AS ${quoteName(heldName(name))}`,
  );
  return `SELECT ${selected.join(', ')}, CAST(NULL AS BIGINT) AS __time, __day, __partition
    FROM (${keys}) JOIN (VALUES ${values.join(', ')}) days(__day, __partition) ON ${on}`;
}
