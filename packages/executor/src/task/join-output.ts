/** From result columns to staged Parquet: DuckDB puts them beside the left and writes partitions. */
import { mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { inGroups } from '@hindcast/shared/groups';
import type {
  Column,
  CountedRows,
  JoinTask,
  ProjectedColumn,
  StagedFile,
} from '@hindcast/shared/plan/task';
import { cellOf, type ResultColumn } from '../aggregate/result-column.js';
import { quoteName, quoteText, type WrittenFile } from '../scan/duckdb.js';
import type { OfferedColumn } from '../scan/duckdb-columns.js';
import { heldName } from '../scan/left-sql.js';
import { locate, type TaskContext } from './context.js';
import { type Shape, typeOf, valueReader } from './feature-values.js';

export interface Feature {
  readonly name: string;
  readonly shape: Shape;
  readonly result: ResultColumn;
}

export async function writeFeatures(
  task: JoinTask,
  rows: number,
  features: readonly Feature[],
  rowTables: readonly string[],
  context: TaskContext,
): Promise<{ files: StagedFile[]; counted: Record<string, CountedRows> }> {
  const { session } = context;
  const joined: string[] = ['left_rows l'];
  if (features.length > 0) {
    await session.offer('features', features.map(featureColumn), rows);
    joined.push("POSITIONAL JOIN offered('features') f");
  }
  const from = `(SELECT *, ${features.length > 0 ? 'l.rowid' : 'rowid'} AS __row FROM ${joined.join(' ')})`;
  const lookups = rowTables.map((table) => ` LEFT JOIN ${table} USING (__row)`).join('');
  const values = task.onlyWithValues.map((name) => `${quoteName(name)} IS NOT NULL`).join(' OR ');
  const all = `${from}${lookups}`;
  const counted = task.left.kind === 'keys' ? await countRows(all, values, context) : {};
  const kept = values === '' ? all : `(SELECT * FROM ${all} WHERE ${values})`;
  const place = { from: kept, order: rowTables.length > 0 ? '__row' : null };
  const files =
    task.mode === 'table'
      ? await copyPartitioned(
          projectedSql(task, { ...place, kept: '__partition', as: task.partitionColumn }),
          [task.partitionColumn, ...(task.subPartitions ?? [])],
          task.output,
          context,
          await extentOf(task, 'left_rows', context),
        )
      : await copyColumns(
          projectedSql(task, { ...place, kept: '__rid', as: '__rid' }),
          task.output,
          context,
        );
  session.withdraw('features');
  await session.run(['left_rows', ...rowTables].map((t) => `DROP TABLE IF EXISTS ${t};`).join(' '));
  return { files, counted };
}

async function countRows(
  from: string,
  condition: string,
  { session }: TaskContext,
): Promise<Record<string, CountedRows>> {
  const withValues = condition === '' ? '' : ` FILTER (WHERE ${condition})`;
  const rows = await session.rows(
    `SELECT __partition, count(*), count(*)${withValues} FROM ${from} GROUP BY 1`,
  );
  return Object.fromEntries(
    rows.map(([partition, keys, kept]) => [
      String(partition),
      { keys: Number(keys), withValues: Number(kept) },
    ]),
  );
}

/**
 * The columns of what is computed, and the projections around them.
 * @param place the relation that has them, by what its rows are put in order, and a column that stays
 */
export function projectedSql(
  { columns, projections }: Pick<JoinTask, 'columns' | 'projections'>,
  place: {
    readonly from: string;
    readonly order: string | null;
    readonly kept: string;
    readonly as: string;
  },
): string {
  const inner = place.order === null ? place.kept : `${place.kept}, ${place.order}`;
  let selected = columns.map(castColumn);
  let from = place.from;
  for (const projection of projections) {
    from = `(SELECT ${[...selected, inner].join(', ')} FROM ${from})`;
    selected = projection.map(projectedColumn);
  }
  const order = place.order === null ? '' : ` ORDER BY ${place.order}`;
  return `SELECT ${[...selected, `${place.kept} AS ${quoteName(place.as)}`].join(', ')} FROM ${from}${order}`;
}

/** A column in the type that it is stored as. */
export function castColumn({ name, type }: Column): string {
  return `CAST(${quoteName(heldName(name))} AS ${type}) AS ${quoteName(name)}`;
}

function projectedColumn({ name, type, expression }: ProjectedColumn): string {
  return `CAST(${expression ?? quoteName(name)} AS ${type}) AS ${quoteName(name)}`;
}

/** What is known of a table before it is written. */
export interface Extent {
  readonly columns: number;
  /** Of each partition. */
  readonly rows: ReadonlyMap<string, number>;
}

/** @param from the relation whose rows are written, with their `__partition` */
export async function extentOf(
  { columns, projections }: Pick<JoinTask, 'columns' | 'projections'>,
  from: string,
  { session }: TaskContext,
): Promise<Extent> {
  const rows = await session.rows(`SELECT __partition, count(*) FROM ${from} GROUP BY 1`);
  return {
    columns: (projections.at(-1) ?? columns).length,
    rows: new Map(rows.map(([partition, count]) => [String(partition), Number(count)])),
  };
}

/** A column with more distinct values in a row group is written without a dictionary. */
const mostDistinct = 1024;
/** DuckDB keeps 2,048 values of every column of every partition that it writes at a time. */
const mostOpenColumns = 4096;

/**
 * Writes `<folder>/<column>=<value>/part-<uuid>.parquet` and says what was written.
 * @param partitionColumns the partition column, and those by which its partitions are split further
 * @param extent where it is known, wide partitions are written a few at a time, and small ones
 * without dictionaries of values that hardly come again
 */
export async function copyPartitioned(
  sql: string,
  partitionColumns: readonly string[],
  output: string,
  context: TaskContext,
  extent: Extent | null = null,
): Promise<StagedFile[]> {
  const folder = locate(context, output);
  mkdirSync(folder, { recursive: true });
  const names = partitionColumns.map(quoteName);
  const distinct = extent === null ? mostDistinct : distinctAt(extent);
  const options = `FORMAT parquet, PARTITION_BY (${names.join(', ')}), FILENAME_PATTERN 'part-{uuid}', OVERWRITE_OR_IGNORE, DICTIONARY_SIZE_LIMIT ${distinct}, RETURN_FILES`;
  const copy = (rows: string): Promise<WrittenFile[]> =>
    context.session.copy(`COPY (${rows}) TO ${quoteText(folder)} (${options})`);
  const groups = extent === null ? [] : groupsOf(extent);
  const selections =
    groups.length <= 1
      ? [sql]
      : groups.map(
          (group) =>
            `SELECT * FROM (${sql}) WHERE ${names[0]} IN (${group.map(quoteText).join(', ')})`,
        );
  const written: WrittenFile[] = [];
  for (const selection of selections) written.push(...(await copy(selection)));
  return written.map(({ path, rows, bytes }) => {
    const below = relative(folder, path);
    const folders = below.split('/');
    const [partition, ...others] = partitionColumns.map((column, i) =>
      decodeURIComponent(folders[i]!.slice(column.length + 1)),
    );
    const file = { path: `${output}/${below}`, partition: partition!, rows, bytes };
    if (others.length === 0) return file;
    const further = others.map((value, i) => [partitionColumns[i + 1]!, value]);
    return { ...file, subPartitions: Object.fromEntries(further) };
  });
}

/** A quarter of a partition's rows, so that a dictionary is worth its bytes. */
function distinctAt({ rows }: Extent): number {
  const all = [...rows.values()].reduce((sum, count) => sum + count, 0);
  return Math.max(1, Math.min(mostDistinct, Math.floor(all / rows.size / 4)));
}

/** Partitions that are written together. */
function groupsOf({ columns, rows }: Extent): string[][] {
  const together = Math.max(1, Math.floor(mostOpenColumns / columns));
  return inGroups([...rows.keys()], together);
}

async function copyColumns(
  sql: string,
  output: string,
  context: TaskContext,
): Promise<StagedFile[]> {
  const folder = locate(context, output);
  mkdirSync(folder, { recursive: true });
  const written = await context.session.copy(
    `COPY (${sql}) TO ${quoteText(`${folder}/columns.parquet`)} (FORMAT parquet, RETURN_FILES)`,
  );
  return written.map(({ rows, bytes }) => ({
    path: `${output}/columns.parquet`,
    partition: '',
    rows,
    bytes,
  }));
}

function featureColumn({ name, shape, result }: Feature): OfferedColumn {
  const type = typeOf(shape);
  if (result.kind !== 'scalar' || result.encoding === 'ordinal') {
    const read = valueReader(shape);
    return { name, kind: 'values', type, value: (row) => read(cellOf(result, row)) };
  }
  const { valid } = result;
  if (result.encoding === 'double') {
    return { name, kind: 'fixed', type, data: result.data, valid };
  }
  const data = result.data instanceof BigInt64Array ? result.data : toIntegers(result.data);
  return { name, kind: 'fixed', type, data, valid };
}

/** Doubles that hold integers, as 64-bit two's complement. */
function toIntegers(data: Float64Array): BigInt64Array {
  const words = new Uint32Array(data.length * 2);
  for (let i = 0; i < data.length; i++) {
    const high = Math.floor(data[i]! / 0x1_0000_0000);
    words[2 * i] = data[i]! - high * 0x1_0000_0000;
    words[2 * i + 1] = high;
  }
  return new BigInt64Array(words.buffer);
}
