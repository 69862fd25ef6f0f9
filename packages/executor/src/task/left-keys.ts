/** Numbers of the left's distinct keys, by which rows and events of a part find each other. */
import type { JoinTask, KeyBucket, PartSpec } from '@hindcast/shared/plan/task';
import { areInline, KeyNumbers, type KeyWords, wordsOf, wordsSql } from '../keys/numbers.js';
import { quoteText, type Session } from '../scan/duckdb.js';
import { int32s } from '../scan/duckdb-columns.js';
import { inBucketSql, keyNames, noneNull } from '../scan/source-sql.js';
import type { TaskContext } from './context.js';
import { keyCountOf, type LeftRows, leftKeySql } from './left-rows.js';

export interface LeftKeys {
  readonly count: number;
  /** Key number of each left row; −1 where a key column is NULL. */
  readonly ofRow: Int32Array;
  /**
   * Key number of each run of a segment's KeyBucket, −1 for keys that no left row asks for. Whole keys
   * are compared, never hashes alone: those only narrow down what is read.
   */
  ofRuns(keysFile: string, firstRun: number, runs: number): Promise<Int32Array>;
}

export async function numberLeftKeys(
  part: PartSpec,
  task: JoinTask,
  left: LeftRows,
  { session }: TaskContext,
): Promise<LeftKeys> {
  const [key] = part.leftKeys;
  const words = keyCountOf(part) === 1 ? wordsOf(key!.type) : null;
  const byValue = words === null ? null : await numberByValue(part, task, left, words, session);
  return byValue ?? numberByJoin(part, task, left, session);
}

/** Null when a key is not its words. */
async function numberByValue(
  part: PartSpec,
  task: JoinTask,
  left: LeftRows,
  words: KeyWords,
  session: Session,
): Promise<LeftKeys | null> {
  const numbers = new KeyNumbers(words);
  const ofRow = new Int32Array(left.count);
  let at = 0;
  let inline = true;
  await session.chunks(
    `SELECT ${wordsSql('__k0', words)} FROM (${leftKeySql(part, task.leftKind)}) ORDER BY __row`,
    [4 * words],
    (rows, [key]) => {
      const keys = int32s(key!, rows, words);
      inline &&= areInline(keys, rows, words);
      if (inline) ofRow.set(numbers.number(keys, rows, key!.validity), at);
      at += rows;
    },
  );
  if (!inline) return null;
  return {
    count: numbers.size,
    ofRow,
    async ofRuns(keysFile, firstRun, runs) {
      const ofRun = new Int32Array(runs).fill(-1);
      if (runs === 0) return ofRun;
      await session.chunks(
        `SELECT file_row_number::INTEGER, ${wordsSql('__k0', words)} FROM ${runsSql(keysFile, task.bucket)}`,
        [4, 4 * words],
        (rows, [run, key]) => {
          const found = numbers.find(int32s(key!, rows, words), rows);
          const position = int32s(run!, rows);
          for (let i = 0; i < rows; i++) ofRun[position[i]! - firstRun] = found[i]!;
        },
      );
      return ofRun;
    },
  };
}

/** What always works: DuckDB finds the distinct keys (`part_keys`) and joins with them. */
async function numberByJoin(
  part: PartSpec,
  task: JoinTask,
  left: LeftRows,
  session: Session,
): Promise<LeftKeys> {
  const names = keyNames(keyCountOf(part));
  const list = names.join(', ');
  const keyed = leftKeySql(part, task.leftKind);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE part_keys AS
     SELECT (row_number() OVER () - 1)::INTEGER AS __key, ${list}
     FROM (SELECT DISTINCT ${list} FROM (${keyed}) WHERE ${noneNull(names)})`,
  );
  const counted = await session.rows('SELECT count(*) FROM part_keys');
  const lookUp = async (sql: string, offset: number, out: Int32Array): Promise<Int32Array> => {
    await session.chunks(sql, [4, 4], (rows, [row, key]) => {
      const position = int32s(row!, rows);
      const number = int32s(key!, rows);
      for (let i = 0; i < rows; i++) out[position[i]! - offset] = number[i]!;
    });
    return out;
  };
  return {
    count: Number(counted[0]![0]),
    ofRow: await lookUp(
      `SELECT __row::INTEGER, __key FROM (${keyed}) JOIN part_keys USING (${list})`,
      0,
      new Int32Array(left.count).fill(-1),
    ),
    async ofRuns(keysFile, firstRun, runs) {
      const ofRun = new Int32Array(runs).fill(-1);
      if (runs === 0) return ofRun;
      return lookUp(
        `SELECT file_row_number::INTEGER, __key
         FROM (SELECT * FROM ${runsSql(keysFile, task.bucket)}) JOIN part_keys USING (${list})`,
        firstRun,
        ofRun,
      );
    },
  };
}

function runsSql(keysFile: string, bucket: KeyBucket): string {
  return `read_parquet(${quoteText(keysFile)}, file_row_number = true) WHERE ${inBucketSql(bucket)}`;
}
