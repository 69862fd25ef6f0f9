/** Left rows of one KeyBucket, and the keys by which a part looks them up. */
import { readdirSync } from 'node:fs';
import type { JoinTask, PartSpec } from '@hindcast/shared/plan/task';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import { quoteList, quoteName } from '../scan/duckdb.js';
import { float64s, int32s } from '../scan/duckdb-columns.js';
import { bucketedSql, leftKeysSql, leftSql } from '../scan/left-sql.js';
import { seenKeysSql } from '../scan/seen-keys-sql.js';
import { keyNames } from '../scan/source-sql.js';
import { locate, type TaskContext } from './context.js';

export interface LeftRows {
  readonly count: number;
  /** Per row, ms since epoch; NaN for a left of entities. */
  readonly times: Float64Array;
  /** Per row, its partition in days since epoch. */
  readonly days: Int32Array;
}

/** Fills temp table `left_rows`; a row's position is its `rowid`. */
export async function loadLeft(task: JoinTask, context: TaskContext): Promise<LeftRows> {
  const { session } = context;
  const rows = leftRowsSql(task, context);
  if (rows === null) return { count: 0, times: new Float64Array(), days: new Int32Array() };
  await session.run(`CREATE OR REPLACE TEMP TABLE left_rows AS ${rows}`);
  const count = Number((await session.rows('SELECT count(*) FROM left_rows'))[0]![0]);
  const times = new Float64Array(count);
  const days = new Int32Array(count);
  await session.chunks(
    'SELECT rowid::INTEGER, coalesce(__time::DOUBLE, 0), __day::INTEGER FROM left_rows',
    [4, 8, 4],
    (rows, [ids, time, day]) => {
      const id = int32s(ids!, rows);
      const at = float64s(time!, rows);
      const on = int32s(day!, rows);
      for (let i = 0; i < rows; i++) {
        times[id[i]!] = at[i]!;
        days[id[i]!] = on[i]!;
      }
    },
  );
  return { count, times, days };
}

function leftRowsSql({ left, bucket, parts }: JoinTask, context: TaskContext): string | null {
  if (left.kind === 'keys') {
    const keys = parts.flatMap(({ segments, aggregates }) =>
      segments.map((folder) => `${folder}/${aggregates === null ? 'rows' : 'keys'}.parquet`),
    );
    const files = keys.map((file) => locate(context, file));
    return files.length === 0 ? null : seenKeysSql(files, left.columns, left.seen, bucket);
  }
  if (left.kind === 'scan') {
    const inBucket = (rows: string): string =>
      bucket.bits === 0
        ? rows
        : `SELECT * EXCLUDE (__kb) FROM (${bucketedSql(rows, left.keys, bucket.bits)}) WHERE __kb = ${bucket.index}`;
    return leftSql(left.left, (path) => locate(context, path), inBucket);
  }
  const files = left.folders.flatMap((folder) => {
    const split = `${locate(context, folder)}/keyset-${left.keySet}/__kb=${bucket.index}`;
    return listFolder(split).map((name) => `${split}/${name}`);
  });
  if (files.length === 0) return null;
  return `SELECT * FROM read_parquet(${quoteList(files)}, hive_partitioning = false)`;
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Day of the snapshot that a row sees, as SQL: the day before its time's, or its own partition. */
function snapshotDaySql(leftKind: JoinTask['leftKind']): string {
  return leftKind === 'events' ? `(floor(__time / ${dayMs}.0)::INTEGER - 1)` : '__day';
}

/** `SELECT rowid AS __row, __k0, __k1, …` of the left, by the part's keys. */
export function leftKeySql(part: PartSpec, leftKind: JoinTask['leftKind']): string {
  const snapshot =
    part.lookup !== 'as-of'
      ? `, ${snapshotDaySql(leftKind)}::INTEGER AS __k${part.leftKeys.length}`
      : '';
  const keyed = `SELECT rowid AS __row, ${leftKeysSql(part.leftKeys)}${snapshot}`;
  if (part.covered === null) return `${keyed} FROM left_rows`;
  // NULL matches nothing.
  const names = keyNames(keyCountOf(part));
  const unless = names.map((name) => `CASE WHEN NOT __covered THEN ${name} END AS ${name}`);
  return `SELECT __row, ${unless.join(', ')} FROM (${keyed}, ${quoteName(part.covered)} AS __covered FROM left_rows)`;
}

export function keyCountOf(part: PartSpec): number {
  return part.leftKeys.length + (part.lookup !== 'as-of' ? 1 : 0);
}
