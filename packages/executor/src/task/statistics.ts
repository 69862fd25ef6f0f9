/**
 * statistics: what each column of some partitions holds, from their files; a row a column, staged as
 * Parquet by partition. Partition after partition, and some columns at a time: memory does not grow with
 * rows.
 */
import { inGroups } from '@hindcast/shared/groups';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import { mostTop, statisticsColumns } from '@hindcast/shared/plan/statistics';
import type { MeasuredPartition, StatisticsTask, TaskResult } from '@hindcast/shared/plan/task';
import { listOf, quoteList, structOf, type Value } from '../scan/duckdb.js';
import type { ColumnChunk, OfferedColumn } from '../scan/duckdb-columns.js';
import { ColumnStatistics, type Top } from '../statistics/column-statistics.js';
import { type MeasuredColumn, measuredColumn } from '../statistics/measured-column.js';
import { locate, type TaskContext } from './context.js';
import { copyPartitioned } from './join-output.js';

/** Columns that are measured at a time: each has some hundred kilobytes of counts. */
const columnsAtOnce = 64;
/** Partitions whose texts are looked for at a time. */
const partitionsAtOnce = 16;
/** Characters of a value in `min`, `max` and `top`. */
const mostCharacters = 256;

type StatisticsRow = Readonly<Record<string, Value>>;

/** A partition, before the texts of what is known by hashes are there. */
interface Measured {
  readonly from: string;
  readonly rows: readonly StatisticsRow[]; // by column
  /** Hashes of frequent values, for columns that are known by hashes. */
  readonly frequent: ReadonlyMap<MeasuredColumn, readonly Top<bigint>[]>;
}

export async function statistics(task: StatisticsTask, context: TaskContext): Promise<TaskResult> {
  const { partitions, partitionColumn } = task;
  const columns = await measuredColumns(task, context);
  const found = new Map<string, StatisticsRow[]>(partitions.map(({ value }) => [value, []]));
  for (const some of inGroups(columns, columnsAtOnce)) {
    const states = some.map(({ number }) => new ColumnStatistics(number));
    for (const group of inGroups(partitions, partitionsAtOnce)) {
      const measured: Measured[] = [];
      for (const partition of group) measured.push(await measure(partition, some, states, context));
      const rows = await withTexts(some.filter(isHashed), measured, context);
      for (const [p, { value }] of group.entries())
        for (const row of rows[p]!) found.get(value)!.push({ ...row, [partitionColumn]: value });
    }
  }
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
): Promise<Measured> {
  for (const state of states) state.reset();
  const from = filesSql(files, context);
  const readings = columns.flatMap((column, i) => readingsOf(column, states[i]!));
  await readTwice(from, rows, readings, context);
  const frequent = new Map<MeasuredColumn, readonly Top<bigint>[]>();
  for (const [i, column] of columns.entries())
    if (isHashed(column)) frequent.set(column, states[i]!.topHashes());
  return { from, rows: columns.map((column, i) => rowOf(column, states[i]!)), frequent };
}

function rowOf(measured: MeasuredColumn, state: ColumnStatistics): StatisticsRow {
  const { column, number, onlyPresence, text } = measured;
  const { extremes, sums, quantiles } = state;
  const textOf = (value: number | bigint | undefined): string | null =>
    value === undefined || number === null ? null : text(value);
  const top = number === null ? [] : state.topNumbers();
  return {
    column: column.name,
    type: column.type,
    rows: BigInt(state.rows),
    nulls: BigInt(state.rows - state.values),
    distinct_values: onlyPresence ? null : BigInt(state.distinct),
    min: textOf(extremes?.least),
    max: textOf(extremes?.greatest),
    mean: sums.mean,
    stddev: sums.deviation,
    quantiles: measured.quantiles && quantiles !== null ? listOf(quantiles) : null,
    top: topList(top.map(({ value, rows }) => ({ value: text(value), rows }))),
  };
}

function topList(top: readonly Top<string>[]): Value {
  return listOf(top.map(({ value, rows }) => structOf({ value, rows: BigInt(rows) })));
}

/** Texts and the like, which are no numbers. */
function isHashed({ number, onlyPresence }: MeasuredColumn): boolean {
  return number === null && !onlyPresence;
}

/** One column of the query that reads a partition. */
interface Reading {
  readonly sql: string;
  readonly take: (rows: number, chunk: ColumnChunk) => void;
  /** After all is taken: whether it is to come again. */
  readonly aim: () => boolean;
  readonly takeAgain: (rows: number, chunk: ColumnChunk) => void;
}

function readingsOf(
  { value, number, worth, onlyPresence }: MeasuredColumn,
  state: ColumnStatistics,
): Reading[] {
  if (onlyPresence)
    return [
      {
        sql: `CASE WHEN ${value} IS NOT NULL THEN 0::BIGINT END`,
        take: (rows, chunk) => state.addPresence(rows, chunk),
        aim: () => false,
        takeAgain: () => {},
      },
    ];
  if (number !== null)
    return [
      {
        sql: value,
        take: (rows, chunk) => state.addNumbers(rows, chunk),
        aim: () => state.aimAtNumbers(),
        takeAgain: (rows, chunk) => state.addNumbersAgain(rows, chunk),
      },
    ];
  const hashes: Reading = {
    sql: `CASE WHEN ${value} IS NOT NULL THEN hash(${value}) END`,
    take: (rows, chunk) => state.addHashes(rows, chunk),
    aim: () => state.aimAtHashes(),
    takeAgain: (rows, chunk) => state.addHashesAgain(rows, chunk),
  };
  if (worth === null) return [hashes];
  const measured: Reading = {
    sql: worth,
    take: (rows, chunk) => state.addWorth(rows, chunk),
    aim: () => state.aimAtWorth(),
    takeAgain: (rows, chunk) => state.addWorthAgain(rows, chunk),
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
  const sqlOf = (some: readonly Reading[]): string =>
    `SELECT ${some.map(({ sql }, i) => `${sql} AS c${i}`).join(', ')} FROM ${from}`;
  const widthsOf = (some: readonly Reading[]): number[] => some.map(() => 8);
  const first = (count: number, chunks: readonly ColumnChunk[]): void => {
    for (const [i, { take }] of readings.entries()) take(count, chunks[i]!);
  };
  const inMemory = rows * readings.length * 8 < options.memoryBytes / 16;
  const held = inMemory ? await session.hold(sqlOf(readings), widthsOf(readings)) : null;
  if (held !== null) held(first);
  else await session.stream(sqlOf(readings), widthsOf(readings), first);
  const places = [...readings.keys()].filter((i) => readings[i]!.aim());
  if (places.length === 0) return;
  if (held !== null) {
    held((count, chunks) => {
      for (const i of places) readings[i]!.takeAgain(count, chunks[i]!);
    });
    return;
  }
  const again = places.map((i) => readings[i]!);
  await session.stream(sqlOf(again), widthsOf(again), (count, chunks) => {
    for (const [i, { takeAgain }] of again.entries()) takeAgain(count, chunks[i]!);
  });
}

/** The rows of each partition, with the texts of what is known by hashes. */
async function withTexts(
  hashed: readonly MeasuredColumn[],
  measured: readonly Measured[],
  context: TaskContext,
): Promise<StatisticsRow[][]> {
  const texts = new Map<string, StatisticsRow[]>(); // by name, of each partition
  if (hashed.length > 0) {
    const extremes = await textExtremes(hashed, measured, context);
    for (const [i, column] of hashed.entries()) {
      const tops = await textsOfHashes(column, measured, context);
      texts.set(
        column.column.name,
        measured.map((_, p) => {
          const [min = null, max = null] = extremes[p]!.slice(2 * i, 2 * i + 2);
          return { min, max, top: topList(tops[p]!) };
        }),
      );
    }
  }
  return measured.map(({ rows }, p) =>
    rows.map((row) => ({ ...row, ...texts.get(String(row['column']))?.[p] })),
  );
}

/** Least and greatest value of each column, side by side, of each partition. */
async function textExtremes(
  columns: readonly MeasuredColumn[],
  measured: readonly Measured[],
  { session }: TaskContext,
): Promise<(string | null)[][]> {
  const wanted = columns.flatMap((_, i) => [shortText(`min(c${i})`), shortText(`max(c${i})`)]);
  const values = columns.map(({ value }, i) => `${value} AS c${i}`).join(', ');
  const rows = await session.rows(
    `SELECT p, ${wanted.join(', ')} FROM (${together(measured, values)}) GROUP BY p`,
  );
  const found = measured.map((): (string | null)[] => []);
  for (const [p, ...texts] of rows) found[Number(p)] = texts as (string | null)[];
  return found;
}

/** The values that frequent hashes stand for, of each partition: the most frequent first, then in order. */
async function textsOfHashes(
  column: MeasuredColumn,
  measured: readonly Measured[],
  { session }: TaskContext,
): Promise<Top<string>[][]> {
  const found = measured.map((): Top<string>[] => []);
  const wanted = measured.flatMap(({ frequent }, p) =>
    frequent.get(column)!.map(({ value, rows }) => `(${p}, ${value}::UBIGINT, ${rows})`),
  );
  if (wanted.length === 0) return found;
  const rows = await session.rows(
    `SELECT p, ${shortText('v')}, c FROM (
       SELECT DISTINCT p, v, c
       FROM (${together(measured, `${column.value} AS v`)}) AS there
       JOIN (VALUES ${wanted.join(', ')}) AS wanted(q, h, c) ON p = q AND hash(v) = h
     ) ORDER BY p, c DESC, v`,
  );
  for (const [p, value, count] of rows) {
    const top = found[Number(p)]!;
    if (top.length < mostTop) top.push({ value: String(value), rows: Number(count) });
  }
  return found;
}

/** Rows of several partitions; `p` tells of which. */
function together(measured: readonly Measured[], values: string): string {
  return measured
    .map(({ from }, p) => `SELECT ${p} AS p, ${values} FROM ${from}`)
    .join(' UNION ALL ');
}

function shortText(value: string): string {
  return `left(CAST(${value} AS VARCHAR), ${mostCharacters})`;
}
