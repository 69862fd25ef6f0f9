/** Segments of events: rows as typed arrays in (key, time) order, their keys beside them. */
import { copyFileSync } from 'node:fs';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import { type BucketSourceTask, noNotes, type TaskResult } from '@hindcast/shared/plan/task';
import { PlacedRows } from '../keys/arrange.js';
import { areInline, KeyNumbers, wordsOf, wordsSql } from '../keys/numbers.js';
import { prefixBits, writeSegment } from '../keys/segment.js';
import { valueKind } from '../keys/values.js';
import { quoteText } from '../scan/duckdb.js';
import { int32s } from '../scan/duckdb-columns.js';
import { hashSql, keyNames } from '../scan/source-sql.js';
import { type ArrivedRows, readRows } from './arrived-rows.js';
import type { StagedSegment } from './bucket-source.js';
import type { TaskContext } from './context.js';
import {
  createSource,
  dropSource,
  keyCount,
  type SourcePart,
  writeDictionary,
} from './keyed-source.js';
import { sharedReading } from './shared-reading.js';

/** Writes segments of the same rows. Notes are of the rows, once. */
export async function writeEvents(
  segments: readonly StagedSegment[],
  context: TaskContext,
): Promise<TaskResult> {
  const { task, places } = sharedReading(segments.map((segment) => segment.task));
  const parts = await createSource(task, context);
  const { arrived, ranks } =
    (await numberByValue(task, parts, context)) ??
    (await numberByHash(task, parts, context)) ??
    (await numberByJoin(task, parts, context));
  const placed = new PlacedRows(arrived.chunks, ranks);
  const prefixes = await hashPrefixes(context);
  const keys = `${segments[0]!.staging}/keys.parquet`;
  await context.session.run(
    `COPY (SELECT __hash, ${keyNames(keyCount(task)).join(', ')} FROM source_keys ORDER BY rowid) TO ${quoteText(keys)} (FORMAT parquet, ROW_GROUP_SIZE 20480)`,
  );
  let rowsOut = 0;
  let bytesWritten = 0;
  for (const [s, { task: own, staging }] of segments.entries()) {
    if (s > 0) copyFileSync(keys, `${staging}/keys.parquet`);
    const columns = own.values.map(({ type }, i) => ({
      index: places[s]![i]!,
      kind: valueKind(type),
    }));
    for (const [i, { index, kind }] of columns.entries()) {
      if (kind === 'ordinal')
        await writeDictionary(index, `${staging}/values-${i}.parquet`, context);
    }
    const { starts, ...arranged } = placed.arrange(columns);
    bytesWritten += writeSegment(staging, { ...arranged, runs: starts, prefixes }, own.values);
    rowsOut += arranged.times.length;
  }
  await dropSource(task, context);
  return {
    ...emptyResult('bucket-source'),
    rowsIn: arrived.count,
    rowsOut,
    bytesWritten,
    notes: { ...noNotes, ...arrived.notes },
  };
}

/**
 * Rows with a number for their key, the place of each number in order of key hash, and temp table
 * `source_keys` (`__hash`, `__k0`, …) in that order.
 */
interface Numbered {
  readonly arrived: ArrivedRows;
  readonly ranks: Int32Array;
}

/** One key column whose values are words themselves (see keys/numbers.ts). Null for other keys. */
async function numberByValue(
  task: BucketSourceTask,
  parts: readonly SourcePart[],
  context: TaskContext,
): Promise<Numbered | null> {
  const { type } = task.keys[0]!;
  const width = keyCount(task) === 1 ? wordsOf(type) : null;
  if (width === null) return null;
  const { session } = context;
  const numbers = new KeyNumbers(width);
  const arrived = await readRows(
    task,
    parts,
    {
      column: wordsSql('__k0', width),
      words: width,
      number: (words, rows, validity) =>
        areInline(words, rows, width) ? numbers.number(words, rows, validity) : null,
    },
    context,
  );
  if (arrived === null) return null;
  const data = numbers.words();
  const order = Int32Array.from({ length: numbers.size }, (_, number) => number);
  await session.offer(
    'keys',
    [
      {
        name: '__k0',
        kind: 'raw',
        type: width === 4 ? 'VARCHAR' : 'BIGINT',
        data,
        width: 4 * width,
      },
      { name: 'number', kind: 'raw', type: 'INTEGER', data: order, width: 4 },
    ],
    numbers.size,
  );
  await session.run(
    `CREATE OR REPLACE TEMP TABLE source_keys AS
     SELECT ${hashSql(1)} AS __hash, __k0, number
     FROM (SELECT __k0::${type} AS __k0, number FROM offered('keys')) ORDER BY __hash, __k0`,
  );
  session.withdraw('keys');
  const ranks = new Int32Array(numbers.size);
  let rank = 0;
  await session.chunks('SELECT number FROM source_keys ORDER BY rowid', [4], (rows, [number]) => {
    const at = int32s(number!, rows);
    for (let i = 0; i < rows; i++) ranks[at[i]!] = rank++;
  });
  return { arrived, ranks };
}

/** Any other key, by its hash. Null when two keys share one. */
async function numberByHash(
  task: BucketSourceTask,
  parts: readonly SourcePart[],
  context: TaskContext,
): Promise<Numbered | null> {
  const keys = await createKeys(task, context);
  // The hash of a snapshot's key does not know the partition.
  if (task.partitionKey !== null) return null;
  const numbers = new KeyNumbers(2);
  const arrived = await readRows(
    task,
    parts,
    {
      column: '__hash',
      words: 2,
      number(words, rows, validity) {
        const runs = numbers.number(words, rows, validity);
        return numbers.size <= keys ? runs : null;
      },
    },
    context,
  );
  return arrived === null || numbers.size < keys ? null : { arrived, ranks: numbers.ranks() };
}

/** What always works: DuckDB joins every row with its key. */
async function numberByJoin(
  task: BucketSourceTask,
  parts: readonly SourcePart[],
  context: TaskContext,
): Promise<Numbered> {
  await context.session.run(
    `CREATE OR REPLACE TEMP VIEW keyed_source AS
     SELECT * FROM source JOIN (SELECT rowid AS __run, * EXCLUDE (__hash) FROM source_keys)
     USING (${keyNames(keyCount(task)).join(', ')})`,
  );
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const arrived = await readRows(
    task,
    [{ relation: 'keyed_source', rows }],
    { column: '__run::BIGINT', words: 2, number: positions },
    context,
  );
  const keys = Number((await context.session.rows('SELECT count(*) FROM source_keys'))[0]![0]);
  return { arrived: arrived!, ranks: Int32Array.from({ length: keys }, (_, run) => run) };
}

/** The low words of 64-bit positions; −1 for rows whose validity bit is 0. */
function positions(words: Int32Array, rows: number, validity: Uint8Array | null): Int32Array {
  const runs = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const valid = validity === null || (validity[i >> 3]! >> (i & 7)) & 1;
    runs[i] = valid ? words[2 * i]! : -1;
  }
  return runs;
}

/** `source_keys` by a scan of the source. Returns how many keys there are. */
async function createKeys(task: BucketSourceTask, { session }: TaskContext): Promise<number> {
  const keys = keyNames(keyCount(task)).join(', ');
  const seen = task.untimed === 'first' ? '' : ' WHERE __time IS NOT NULL';
  await session.run(
    `CREATE OR REPLACE TEMP TABLE source_keys AS
     SELECT __hash, ${keys} FROM (SELECT DISTINCT __hash, ${keys} FROM source${seen}) ORDER BY ALL`,
  );
  return Number((await session.rows('SELECT count(*) FROM source_keys'))[0]![0]);
}

/** First run of each hash prefix, and the number of runs at the end. */
async function hashPrefixes({ session }: TaskContext): Promise<Uint32Array> {
  const prefixes = new Uint32Array((1 << prefixBits) + 1);
  await session.chunks(
    `SELECT (__hash >> ${64 - prefixBits})::INTEGER, count(*)::INTEGER FROM source_keys GROUP BY 1`,
    [4, 4],
    (rows, [prefix, count]) => {
      const at = int32s(prefix!, rows);
      const runs = int32s(count!, rows);
      for (let i = 0; i < rows; i++) prefixes[at[i]! + 1] = runs[i]!;
    },
  );
  for (let i = 1; i < prefixes.length; i++) prefixes[i]! += prefixes[i - 1]!;
  return prefixes;
}
