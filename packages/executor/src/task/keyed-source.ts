/** A right source inside DuckDB: its selected rows with their keys, as SQL, a view, and its parts. */
import {
  type BucketSourceTask,
  type Column,
  mutationTimeColumn,
  reversalColumn,
  rowIdentityColumn,
  type ScanFile,
} from '@hindcast/shared/plan/task';
import { valueKind } from '../keys/values.js';
import { quoteList, quoteName, quoteText } from '../scan/duckdb.js';
import { explodedSql, hashSql, inputSql, keyNames, noneNull, scanSql } from '../scan/source-sql.js';
import { locate, type TaskContext } from './context.js';

export function keyCount(task: Pick<BucketSourceTask, 'keys' | 'partitionKey'>): number {
  return task.keys.length + (task.partitionKey === null ? 0 : 1);
}

/**
 * `SELECT __k0…, __hash, __time, __day, __v0…` of the files' rows whose key holds no NULL.
 * @param also further columns of the scan
 */
export function keyedSourceSql(
  task: Omit<BucketSourceTask, 'output'>,
  files: readonly ScanFile[],
  context: TaskContext,
  also: readonly '__partition'[] = [],
): string {
  const scanned = identified(
    task,
    scanSql(task.scan, files, (path) => locate(context, path)),
  );
  const base = task.explode === null ? scanned : explodedSql(scanned, task.explode);
  const input = ({ name, type }: Column): string => `CAST(${inputSql(task.scan, name)} AS ${type})`;
  const keys = task.keys.map((key, i) => `${input(key)} AS __k${i}`);
  const values = task.values.map((value, i) => `, ${input(value)} AS __v${i}`);
  const partitionKey =
    task.partitionKey === null ? '' : `, __day + ${task.partitionKey} AS __k${task.keys.length}`;
  const keyed = `SELECT ${keys.join(', ')}${partitionKey}, __time, __day${also.map((name) => `, ${name}`).join('')}${values.join('')} FROM (${base})`;
  // The hash routes: a snapshot's rows go where their key does, whatever the partition.
  return `SELECT *, ${hashSql(task.keys.length)} AS __hash FROM (${keyed}) WHERE ${noneNull(keyNames(keyCount(task)))}`;
}

/** Rows with a hash of all of their columns, where that is asked for. As text, types may differ. */
function identified({ scan, values }: Pick<BucketSourceTask, 'scan' | 'values'>, rows: string) {
  if (!values.some(({ name }) => name === rowIdentityColumn)) return rows;
  const columns = Object.keys(scan.selects ?? {})
    .filter((name) => name !== mutationTimeColumn && name !== reversalColumn)
    .sort()
    .map((name) => `CAST(${quoteName(name)} AS VARCHAR)`);
  return `SELECT *, (hash(${columns.join(', ')}) >> 1)::BIGINT AS ${rowIdentityColumn} FROM (${rows})`;
}

/** A relation of some of the source's rows, and how many its files hold. */
export interface SourcePart {
  readonly relation: string;
  readonly rows: number;
}

/** Files are read together up to this many rows: few queries, each small enough to be held whole. */
export const partRows = 1 << 18;

/**
 * Creates `source`, all rows of the task; values that travel as ordinals are replaced by these. The
 * returned parts make up `source`.
 */
export async function createSource(
  task: BucketSourceTask,
  context: TaskContext,
): Promise<readonly SourcePart[]> {
  const { session } = context;
  const ordinals = task.values.flatMap(({ type }, i) => (valueKind(type) === 'ordinal' ? [i] : []));
  const sql = keyedSourceSql(task, task.files, context);
  const groups = await groupFiles(task.files, context);
  if (ordinals.length === 0) {
    await session.run(`CREATE OR REPLACE TEMP VIEW source AS ${sql}`);
    return groups.map(({ files, rows }) => ({
      relation: `(${keyedSourceSql(task, files, context)})`,
      rows,
    }));
  }
  await session.run(`CREATE OR REPLACE TEMP TABLE source_raw AS ${sql}`);
  for (const i of ordinals) {
    await session.run(
      `CREATE OR REPLACE TEMP TABLE dictionary_${i} AS
       SELECT (row_number() OVER (ORDER BY __v${i}) - 1)::DOUBLE AS ordinal, __v${i}
       FROM (SELECT DISTINCT __v${i} FROM source_raw WHERE __v${i} IS NOT NULL)`,
    );
  }
  const replaced = ordinals.map((i) => `d${i}.ordinal AS __v${i}`).join(', ');
  const joins = ordinals.map(
    (i) => `LEFT JOIN dictionary_${i} d${i} ON source_raw.__v${i} = d${i}.__v${i}`,
  );
  await session.run(
    `CREATE OR REPLACE TEMP VIEW source AS SELECT source_raw.* REPLACE (${replaced}) FROM source_raw ${joins.join(' ')}`,
  );
  return [{ relation: 'source', rows: groups.reduce((sum, { rows }) => sum + rows, 0) }];
}

/** The distinct values of a column that travels as ordinals, in their order. */
export async function writeDictionary(
  column: number,
  path: string,
  { session }: TaskContext,
): Promise<void> {
  await session.run(
    `COPY (SELECT __v${column} AS value FROM dictionary_${column} ORDER BY ordinal) TO ${quoteText(path)} (FORMAT parquet)`,
  );
}

export async function dropSource(task: BucketSourceTask, { session }: TaskContext): Promise<void> {
  await session.run('DROP VIEW IF EXISTS keyed_source; DROP VIEW source; DROP TABLE source_keys');
  await session.run('DROP TABLE IF EXISTS source_raw');
  for (let i = 0; i < task.values.length; i++) {
    await session.run(`DROP TABLE IF EXISTS dictionary_${i}`);
  }
}

/** Neighbouring files in groups of at most `partRows` rows, or of one file. */
async function groupFiles(
  files: readonly ScanFile[],
  context: TaskContext,
): Promise<{ files: ScanFile[]; rows: number }[]> {
  const paths = files.map(({ path }) => locate(context, path));
  const known = await context.session.rows(
    `SELECT file_name, num_rows FROM parquet_file_metadata(${quoteList(paths)})`,
  );
  const rowsOf = new Map(known.map(([name, rows]) => [String(name), Number(rows)]));
  const groups: { files: ScanFile[]; rows: number }[] = [];
  for (const [i, file] of files.entries()) {
    const rows = rowsOf.get(paths[i]!)!;
    const last = groups.at(-1);
    if (last !== undefined && last.rows + rows <= partRows) {
      last.files.push(file);
      last.rows += rows;
    } else groups.push({ files: [file], rows });
  }
  return groups;
}
