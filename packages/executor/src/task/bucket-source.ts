/**
 * bucket-source: files of one right source → one segment (see keys/segment.ts). DuckDB evaluates
 * selects, wheres, time and keys; rows arrive as typed arrays and are put in (key, time) order here.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { HindcastError } from '@hindcast/shared/errors';
import { type BucketSourceTask, noNotes, type TaskResult } from '@hindcast/shared/plan/task';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import { type ArrivedRows, arrange } from '../keys/arrange.js';
import { HashNumbers } from '../keys/order.js';
import { prefixBits, writeSegment } from '../keys/segment.js';
import { ValueSink, valueKind } from '../keys/values.js';
import { quoteList, quoteText } from '../scan/duckdb.js';
import { greatestFirst, hashSql, keyNames, keySql, noneNull, scanSql } from '../scan/source-sql.js';
import { locate, type TaskContext } from './context.js';
import { emptyResult } from './result.js';

/** Time of a snapshot row that has none: before every window. */
const beforeTime = -8.64e15;

export async function bucketSource(
  task: BucketSourceTask,
  context: TaskContext,
): Promise<TaskResult> {
  const folder = locate(context, task.output);
  if (existsSync(folder) && !task.refuseDuplicates) return emptyResult('bucket-source');
  const staging = `${folder}.${randomBytes(6).toString('hex')}`;
  mkdirSync(staging, { recursive: true });
  try {
    const result =
      task.layout === 'events'
        ? await writeEvents(task, context, staging)
        : await writeRows(task, context, staging);
    publish(staging, folder);
    return result;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Makes the segment visible as a whole; a twin that was faster is as good. */
function publish(staging: string, folder: string): void {
  try {
    renameSync(staging, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** `SELECT __k0…, __hash, __time, __day, __v0…` of rows whose key holds no NULL. */
function sourceSql(task: BucketSourceTask, context: TaskContext): string {
  const base = scanSql(task.scan, task.files, (path) => locate(context, path));
  const values = task.values.map(({ name }, i) => `, "${name.replaceAll('"', '""')}" AS __v${i}`);
  const partitionKey = task.keyedByPartition ? `, __day AS __k${task.keys.length}` : '';
  const keyed = `SELECT ${keySql(task.keys)}${partitionKey}, __time, __day${values.join('')} FROM (${base})`;
  // The hash routes: a snapshot's rows go where their key does, whatever the partition.
  return `SELECT *, ${hashSql(task.keys.length)} AS __hash FROM (${keyed}) WHERE ${noneNull(keyNames(keyCount(task)))}`;
}

function keyCount(task: BucketSourceTask): number {
  return task.keys.length + (task.keyedByPartition ? 1 : 0);
}

async function writeRows(
  task: BucketSourceTask,
  context: TaskContext,
  staging: string,
): Promise<TaskResult> {
  const { session } = context;
  await session.run(`CREATE OR REPLACE TEMP TABLE source_rows AS ${sourceSql(task, context)}`);
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

async function writeEvents(
  task: BucketSourceTask,
  context: TaskContext,
  staging: string,
): Promise<TaskResult> {
  const { session } = context;
  await createSource(task, context, staging);
  const hashes = new HashNumbers();
  const byHash = task.keyedByPartition ? null : await readRows(task, context, 'source', hashes);
  const runs = await createKeys(task, context);
  let arrived = byHash;
  if (arrived !== null && runs === hashes.size) {
    const ranks = hashes.ranks();
    const { runs: numbers } = arrived;
    for (let i = 0; i < arrived.count; i++) {
      if (numbers[i]! >= 0) numbers[i] = ranks[numbers[i]!]!;
    }
  } else {
    // The hash alone does not tell keys apart: number the rows by their key.
    const position = `(SELECT rowid AS __run, * EXCLUDE (__hash) FROM source_keys)`;
    await session.run(
      `CREATE OR REPLACE TEMP VIEW keyed_source AS
       SELECT * FROM source JOIN ${position} USING (${keyNames(keyCount(task)).join(', ')})`,
    );
    arrived = await readRows(task, context, 'keyed_source', null);
  }
  const { starts, ...arranged } = arrange(arrived, runs);
  const prefixes = await hashPrefixes(context);
  await session.run(
    `COPY source_keys TO ${quoteText(`${staging}/keys.parquet`)} (FORMAT parquet, ROW_GROUP_SIZE 20480)`,
  );
  const notes = { ...noNotes, ...arrived.notes };
  const bytes = writeSegment(staging, { ...arranged, runs: starts, prefixes }, task.values, notes);
  await dropSource(task, context);
  return {
    ...emptyResult('bucket-source'),
    rowsIn: arrived.count,
    rowsOut: arranged.times.length,
    bytesWritten: bytes,
    notes,
  };
}

/** `source_keys`: one row per distinct key in ascending order of hash. Returns how many. */
async function createKeys(task: BucketSourceTask, { session }: TaskContext): Promise<number> {
  const keys = keyNames(keyCount(task)).join(', ');
  const seen = task.untimed === 'first' ? '' : ' WHERE __time IS NOT NULL';
  await session.run(
    `CREATE OR REPLACE TEMP TABLE source_keys AS
     SELECT __hash, ${keys} FROM (SELECT DISTINCT __hash, ${keys} FROM source${seen}) ORDER BY ALL`,
  );
  return Number((await session.rows('SELECT count(*) FROM source_keys'))[0]![0]);
}

/** `source`: a view, or a table where ordinals need a second look, with their dictionaries. */
async function createSource(
  task: BucketSourceTask,
  context: TaskContext,
  staging: string,
): Promise<void> {
  const { session } = context;
  const ordinals = task.values.flatMap(({ type }, i) => (valueKind(type) === 'ordinal' ? [i] : []));
  const sql = sourceSql(task, context);
  if (ordinals.length === 0) {
    await session.run(`CREATE OR REPLACE TEMP VIEW source AS ${sql}`);
    return;
  }
  await session.run(`CREATE OR REPLACE TEMP TABLE source_raw AS ${sql}`);
  for (const i of ordinals) {
    await session.run(
      `CREATE OR REPLACE TEMP TABLE dictionary_${i} AS
       SELECT (row_number() OVER (ORDER BY __v${i}) - 1)::DOUBLE AS ordinal, __v${i}
       FROM (SELECT DISTINCT __v${i} FROM source_raw WHERE __v${i} IS NOT NULL)`,
    );
    await session.run(
      `COPY (SELECT __v${i} AS value FROM dictionary_${i} ORDER BY ordinal) TO ${quoteText(`${staging}/values-${i}.parquet`)} (FORMAT parquet)`,
    );
  }
  const replaced = ordinals.map((i) => `d${i}.ordinal AS __v${i}`).join(', ');
  const joins = ordinals.map(
    (i) => `LEFT JOIN dictionary_${i} d${i} ON source_raw.__v${i} = d${i}.__v${i}`,
  );
  await session.run(
    `CREATE OR REPLACE TEMP VIEW source AS SELECT source_raw.* REPLACE (${replaced}) FROM source_raw ${joins.join(' ')}`,
  );
}

async function dropSource(task: BucketSourceTask, context: TaskContext): Promise<void> {
  const { session } = context;
  await session.run('DROP VIEW IF EXISTS keyed_source; DROP VIEW source; DROP TABLE source_keys');
  await session.run('DROP TABLE IF EXISTS source_raw');
  for (let i = 0; i < task.values.length; i++) {
    await session.run(`DROP TABLE IF EXISTS dictionary_${i}`);
  }
}

/** Rows as DuckDB gives them; `runs` are hash numbers, or positions in `source_keys`. */
async function readRows(
  task: BucketSourceTask,
  context: TaskContext,
  from: 'source' | 'keyed_source',
  hashes: HashNumbers | null,
): Promise<ArrivedRows & { readonly notes: Partial<TaskResult['notes']> }> {
  const { session } = context;
  const capacity = await rowsOfFiles(task, context);
  const times = new Float64Array(capacity);
  const runs = new Int32Array(capacity);
  const days = new DaySink(capacity, task.keyedByPartition);
  const sinks = task.values.map(({ type }) => new ValueSink(valueKind(type), capacity));
  const columns = task.values.map(({ type }, i) =>
    valueKind(type) === 'integer' ? `__v${i}::BIGINT` : `__v${i}::DOUBLE`,
  );
  const time = task.untimed === 'first' ? `coalesce(__time, ${beforeTime})` : '__time';
  const number = hashes === null ? '__run' : '__hash';
  let count = 0;
  let withoutTime = 0;
  await session.stream(
    `SELECT ${[`${number}::UBIGINT`, `(${time})::DOUBLE`, '__day::INTEGER', ...columns].join(', ')} FROM ${from}`,
    [8, 8, 4, ...columns.map(() => 8)],
    (rows, [key, at, day, ...values]) => {
      const timed = at!.validity;
      const words = new Int32Array(key!.bytes.buffer, key!.bytes.byteOffset, rows * 2);
      if (hashes !== null) hashes.number(words, rows, timed, runs, count);
      else for (let i = 0; i < rows; i++) runs[count + i] = words[2 * i]!;
      if (timed !== null) {
        for (let i = 0; i < rows; i++) {
          if ((timed[i >> 3]! >> (i & 7)) & 1) continue;
          runs[count + i] = -1;
          withoutTime++;
        }
      }
      times.set(new Float64Array(at!.bytes.buffer, at!.bytes.byteOffset, rows), count);
      days.append(
        new Int32Array(day!.bytes.buffer, day!.bytes.byteOffset, rows),
        times,
        runs,
        count,
      );
      values.forEach(({ bytes, validity }, c) => {
        sinks[c]!.append(bytes, validity, count, rows);
      });
      count += rows;
    },
  );
  return {
    count,
    times: times.subarray(0, count),
    runs: runs.subarray(0, count),
    days: days.column(count),
    values: sinks.map((sink) => sink.column(count)),
    notes: { lateEvents: days.late, earlyEvents: days.early, eventsWithoutTime: withoutTime },
  };
}

async function rowsOfFiles(task: BucketSourceTask, context: TaskContext): Promise<number> {
  const paths = quoteList(task.files.map(({ path }) => locate(context, path)));
  const known = await context.session.rows(
    `SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata(${paths})`,
  );
  return Number(known[0]![0]);
}

/** Keeps partitions only once one differs from its event's date. */
class DaySink {
  late = 0;
  early = 0;
  private days: Int32Array | null = null;

  constructor(
    private readonly capacity: number,
    /** Snapshot rows belong to their partition whatever their time. */
    private readonly ignore: boolean,
  ) {}

  append(chunk: Int32Array, times: Float64Array, runs: Int32Array, at: number): void {
    if (this.ignore) return;
    let odd = 0;
    for (let i = 0; i < chunk.length; i++) {
      const offset = times[at + i]! - chunk[i]! * dayMs;
      if (offset >= 0 && offset < dayMs) continue;
      if (runs[at + i]! < 0) continue;
      odd++;
      if (offset < 0) this.late++;
      else this.early++;
    }
    if (odd > 0 && this.days === null) {
      this.days = new Int32Array(this.capacity);
      for (let i = 0; i < at; i++) this.days[i] = Math.floor(times[i]! / dayMs);
    }
    this.days?.set(chunk, at);
  }

  column(count: number): Int32Array | null {
    return this.days?.subarray(0, count) ?? null;
  }
}

/** First run of each hash prefix, and the number of runs at the end. */
async function hashPrefixes({ session }: TaskContext): Promise<Uint32Array> {
  const prefixes = new Uint32Array((1 << prefixBits) + 1);
  const counts = await session.rows(
    `SELECT (__hash >> ${64 - prefixBits})::INTEGER, count(*) FROM source_keys GROUP BY 1`,
  );
  for (const [prefix, count] of counts) prefixes[Number(prefix) + 1] = Number(count);
  for (let i = 1; i < prefixes.length; i++) prefixes[i]! += prefixes[i - 1]!;
  return prefixes;
}
