/**
 * statistics: what each column of some partitions holds, from their files; a row a column, staged as
 * Parquet by partition. Partition after partition, and some columns at a time: memory does not grow with
 * rows.
 */
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import { mostTop, statisticsColumns } from '@hindcast/shared/plan/statistics';
import type { MeasuredPartition, StatisticsTask, TaskResult } from '@hindcast/shared/plan/task';
import { listOf, quoteList, quoteName, structOf, type Value } from '../scan/duckdb.js';
import type { ColumnChunk, OfferedColumn } from '../scan/duckdb-columns.js';
import { ColumnStatistics, classBits, type Top } from '../statistics/column-statistics.js';
import { type MeasuredColumn, measuredColumn } from '../statistics/measured-column.js';
import { locate, type TaskContext } from './context.js';
import { copyPartitioned } from './join-output.js';

/** Columns that are measured at a time: each has some hundred kilobytes of counts. */
const columnsAtOnce = 64;
/** Characters of a value in `min`, `max` and `top`. */
const mostCharacters = 256;

type StatisticsRow = Readonly<Record<string, Value>>;

export async function statistics(task: StatisticsTask, context: TaskContext): Promise<TaskResult> {
  const { partitions, partitionColumn } = task;
  const columns = await measuredColumns(task, context);
  const found = new Map<string, StatisticsRow[]>(partitions.map(({ value }) => [value, []]));
  for (let from = 0; from < columns.length; from += columnsAtOnce) {
    const some = columns.slice(from, from + columnsAtOnce);
    const states = some.map(({ number }) => new ColumnStatistics(number));
    for (const partition of partitions)
      for (const row of await measure(partition, some, states, context))
        found.get(partition.value)!.push({ ...row, [partitionColumn]: partition.value });
  }
  await context.session.run('DROP TABLE IF EXISTS measured');
  const rows = [...found.values()].flat();
  const written = [...statisticsColumns, { name: partitionColumn, type: 'VARCHAR' }];
  const offered = written.map(({ name, type }): OfferedColumn => {
    return { name, type, kind: 'values', value: (row) => rows[row]![name]! };
  });
  await context.session.offer('statistics', offered, rows.length);
  try {
    const files = await copyPartitioned(
      `SELECT * FROM offered('statistics')`,
      [partitionColumn],
      task.output,
      context,
    );
    return {
      ...emptyResult('statistics'),
      rowsIn: partitions.reduce((sum, partition) => sum + partition.rows, 0),
      rowsOut: rows.length,
      bytesWritten: files.reduce((sum, file) => sum + file.bytes, 0),
      files,
    };
  } finally {
    context.session.withdraw('statistics');
  }
}

async function measuredColumns(
  { columns, partitions }: StatisticsTask,
  context: TaskContext,
): Promise<MeasuredColumn[]> {
  const files = partitions.flatMap((partition) => partition.files);
  const there = await context.session.describe(`SELECT * FROM ${filesSql(files, context)}`);
  const names = new Set(there.map(({ name }) => name));
  return columns.map((column) => measuredColumn(column, names.has(column.name)));
}

/** Files of before may lack columns. */
function filesSql(files: readonly string[], context: TaskContext): string {
  const paths = files.map((file) => locate(context, file));
  return `read_parquet(${quoteList(paths)}, hive_partitioning = false, union_by_name = true)`;
}

async function measure(
  { files, rows }: MeasuredPartition,
  columns: readonly MeasuredColumn[],
  states: readonly ColumnStatistics[],
  context: TaskContext,
): Promise<StatisticsRow[]> {
  for (const state of states) state.reset();
  const from = filesSql(files, context);
  const readingsIf = (wanted: (column: MeasuredColumn) => boolean): Reading[] =>
    columns.flatMap((column, i) => (wanted(column) ? readingsOf(column, states[i]!) : []));
  await readTwice(
    from,
    rows,
    readingsIf((column) => !isHashed(column)),
    context,
  );
  const hashed = columns.filter(isHashed);
  // They are looked at several times.
  const held = await holdValues(hashed, from, rows, context);
  await readTwice(held, rows, readingsIf(isHashed), context);
  const texts = await textExtremes(hashed, held, context);
  return Promise.all(
    columns.map(async (column, i): Promise<StatisticsRow> => {
      const state = states[i]!;
      const { extremes, sums, quantiles } = state;
      const [min, max] =
        column.number === null
          ? (texts.get(column) ?? [null, null])
          : [extremes?.least, extremes?.greatest].map((value) =>
              value === undefined ? null : column.text(value),
            );
      const top = await topOf(column, state, held, context);
      return {
        column: column.column.name,
        type: column.column.type,
        rows: BigInt(state.rows),
        nulls: BigInt(state.rows - state.values),
        distinct_values: column.onlyPresence ? null : BigInt(state.distinct),
        min: min!,
        max: max!,
        mean: sums.mean,
        stddev: sums.deviation,
        quantiles: column.quantiles && quantiles !== null ? listOf(quantiles) : null,
        top: listOf(top.map(({ value, rows: count }) => structOf({ value, rows: BigInt(count) }))),
      };
    }),
  );
}

/** Texts and the like, which are no numbers. */
function isHashed({ number, onlyPresence }: MeasuredColumn): boolean {
  return number === null && !onlyPresence;
}

/** Where to read these columns of a partition from: what fits into memory is there. */
async function holdValues(
  columns: readonly MeasuredColumn[],
  from: string,
  rows: number,
  { session, options }: TaskContext,
): Promise<string> {
  const present = columns.filter(({ present }) => present);
  if (present.length === 0 || !fits(rows, present.length, options.memoryBytes)) return from;
  const names = present.map(({ column }) => quoteName(column.name));
  await session.run(
    `CREATE OR REPLACE TEMP TABLE measured AS SELECT ${names.join(', ')} FROM ${from}`,
  );
  return 'measured';
}

function fits(rows: number, columns: number, memoryBytes: number): boolean {
  return rows * columns * 8 < memoryBytes / 16;
}

/** One column of the query that reads a partition. */
interface Reading {
  readonly sql: string;
  readonly state: ColumnStatistics;
  readonly take: (rows: number, chunk: ColumnChunk) => void;
  /** Whether a second pass is for it. */
  readonly numbers: boolean;
}

function readingsOf(
  { value, number, worth, onlyPresence }: MeasuredColumn,
  state: ColumnStatistics,
): Reading[] {
  if (onlyPresence) {
    const sql = `CASE WHEN ${value} IS NOT NULL THEN 0::BIGINT END`;
    return [{ sql, state, numbers: false, take: (rows, chunk) => state.addPresence(rows, chunk) }];
  }
  if (number !== null)
    return [
      { sql: value, state, numbers: true, take: (rows, chunk) => state.addNumbers(rows, chunk) },
    ];
  const hashes: Reading = {
    sql: `CASE WHEN ${value} IS NOT NULL THEN hash(${value}) END`,
    state,
    numbers: false,
    take: (rows, chunk) => state.addHashes(rows, chunk),
  };
  if (worth === null) return [hashes];
  const measured: Reading = {
    sql: worth,
    state,
    numbers: true,
    take: (rows, chunk) => state.addWorth(rows, chunk),
  };
  return [hashes, measured];
}

/** What fits into memory is read from there again. */
async function readTwice(
  from: string,
  rows: number,
  readings: readonly Reading[],
  { session, options }: TaskContext,
): Promise<void> {
  if (readings.length === 0) return;
  const sqlOf = (some: readonly Reading[]): string =>
    `SELECT ${some.map(({ sql }, i) => `${sql} AS c${i}`).join(', ')} FROM ${from}`;
  const widthsOf = (some: readonly Reading[]): number[] => some.map(() => 8);
  const first = (count: number, chunks: readonly ColumnChunk[]): void => {
    for (const [i, { take }] of readings.entries()) take(count, chunks[i]!);
  };
  const inMemory = fits(rows, readings.length, options.memoryBytes);
  const held = inMemory ? await session.hold(sqlOf(readings), widthsOf(readings)) : null;
  if (held !== null) held(first);
  else await session.stream(sqlOf(readings), widthsOf(readings), first);
  const places = [...readings.keys()].filter(
    (i) => readings[i]!.numbers && readings[i]!.state.aim(),
  );
  if (places.length === 0) return;
  if (held !== null) {
    held((count, chunks) => {
      for (const i of places) readings[i]!.state.addAgain(count, chunks[i]!);
    });
    return;
  }
  const again = places.map((i) => readings[i]!);
  await session.stream(sqlOf(again), widthsOf(again), (count, chunks) => {
    for (const [i, { state }] of again.entries()) state.addAgain(count, chunks[i]!);
  });
}

type Texts = readonly [min: string | null, max: string | null];

async function textExtremes(
  columns: readonly MeasuredColumn[],
  from: string,
  { session }: TaskContext,
): Promise<ReadonlyMap<MeasuredColumn, Texts>> {
  const found = new Map<MeasuredColumn, Texts>();
  if (columns.length === 0) return found;
  const wanted = columns.flatMap(({ value }) => [
    shortText(`min(${value})`),
    shortText(`max(${value})`),
  ]);
  const [row] = await session.rows(`SELECT ${wanted.join(', ')} FROM ${from}`);
  for (const [i, column] of columns.entries())
    found.set(column, [row![2 * i] as string | null, row![2 * i + 1] as string | null]);
  return found;
}

function shortText(value: string): string {
  return `left(CAST(${value} AS VARCHAR), ${mostCharacters})`;
}

async function topOf(
  column: MeasuredColumn,
  state: ColumnStatistics,
  from: string,
  context: TaskContext,
): Promise<Top<string>[]> {
  const { value, number, text, onlyPresence } = column;
  if (onlyPresence) return [];
  if (number !== null) return state.topNumbers().map((top) => ({ ...top, value: text(top.value) }));
  if (state.isCounted) {
    const hashes = state.topHashes();
    if (hashes.length === 0) return [];
    return mostFrequent(column, from, `hash(${value}) IN (${hashes.join(', ')})`, 2, context);
  }
  const { atLeast, classes } = state.frequent();
  if (classes.length === 0) return [];
  const where = `(hash(${value}) & ${(1 << classBits) - 1}) IN (${classes.join(', ')})`;
  return mostFrequent(column, from, where, atLeast, context);
}

async function mostFrequent(
  { value }: MeasuredColumn,
  from: string,
  where: string,
  atLeast: number,
  { session }: TaskContext,
): Promise<Top<string>[]> {
  const rows = await session.rows(
    `SELECT ${shortText('v')}, c FROM (
       SELECT ${value} AS v, count(*) AS c FROM ${from}
       WHERE ${value} IS NOT NULL AND ${where} GROUP BY 1 HAVING count(*) >= ${atLeast}
     ) ORDER BY c DESC, v LIMIT ${mostTop}`,
  );
  return rows.map(([found, count]) => ({ value: String(found), rows: Number(count) }));
}
