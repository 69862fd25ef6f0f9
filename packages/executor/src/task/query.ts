/** query: a person's SQL over tables of the warehouse. */
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { QueryResult, QueryTask } from '@hindcast/shared/plan/task';
import { macrosFor } from '../scan/dialect-macros.js';
import { quoteName, quoteText } from '../scan/duckdb.js';
import { explainError } from '../scan/explain-error.js';
import { noRowsSql, relation } from '../scan/source-sql.js';
import { locate, type TaskContext } from './context.js';

export async function query(task: QueryTask, context: TaskContext): Promise<QueryResult> {
  const { session } = context;
  try {
    await createViews(task, context);
    await refuseWriting(task.sql, context);
    if (task.copyTo !== null) {
      const options = task.copyTo.format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet';
      const rows = await session.rows(
        `COPY (${statement(task.sql)}) TO ${quoteText(task.copyTo.path)} (${options})`,
      );
      return { columns: [], rows: [], rowCount: Number(rows[0]![0]) };
    }
    const result = await session.read(statement(task.sql), task.maxRows ?? Number.MAX_SAFE_INTEGER);
    return { ...result, rowCount: result.rows.length };
  } catch (error) {
    throw unknownTable(error, task) ?? explainError(error, null);
  }
}

/** Tables and views under the names by which a query calls them. */
export async function createViews(
  task: Pick<QueryTask, 'tables' | 'views'>,
  context: TaskContext,
): Promise<void> {
  const { session } = context;
  const schemas = new Set<string>();
  const create = async (name: string, sql: string): Promise<void> => {
    const dot = name.lastIndexOf('.');
    const namespace = name.slice(0, dot);
    if (!schemas.has(namespace)) {
      await session.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(namespace)}`);
      schemas.add(namespace);
    }
    const view = `${quoteName(namespace)}.${quoteName(name.slice(dot + 1))}`;
    await session.run(`CREATE OR REPLACE VIEW ${view} AS ${sql}`);
  };
  for (const { name, partitionColumn, subPartitions, files, columns } of task.tables) {
    const from =
      files.length > 0
        ? relation(files, partitionColumn, (path) => locate(context, path), [], subPartitions)
        : `(${noRowsSql(columns)})`;
    await create(name, `SELECT * FROM ${from}`);
  }
  await session.once(macrosFor((task.views ?? []).map(({ sql }) => sql)));
  for (const { name, sql } of task.views ?? []) {
    await refuseWriting(sql, context, `view ${name}`);
    await create(name, sql);
  }
}

/** One statement that reads: of several only the last one's rows would be shown. */
async function refuseWriting(
  sql: string,
  { session }: Pick<TaskContext, 'session'>,
  what = 'query',
): Promise<void> {
  const types = await session.statementTypes(sql);
  if (types.length > 1) {
    throw new HindcastError('usage', `${what}: ${types.length} statements`, {
      hint: 'Run them one by one.',
    });
  }
  const [type = 'INVALID'] = types;
  if (type === 'SELECT' || type === 'PIVOT') return;
  // EXPLAIN ANALYZE runs what it explains.
  const explained = sql.replace(/^\s*EXPLAIN\s+(ANALYZE\s+)?(\([^()]*\)\s*)?/i, '');
  if (type === 'EXPLAIN' && explained !== sql) {
    await refuseWriting(explained, { session }, what);
    return;
  }
  throw new HindcastError('usage', `${what}: only statements that read are run`, {
    found: type,
    hint: 'Write SELECT, FROM, SHOW, DESCRIBE, SUMMARIZE, PIVOT or EXPLAIN; --output writes a file.',
  });
}

function statement(sql: string): string {
  return sql.trim().replace(/;\s*$/, '');
}

function unknownTable(error: unknown, task: QueryTask): HindcastError | null {
  if (!(error instanceof Error)) return null;
  const name = /Table with name (\S+) does not exist/.exec(error.message)?.[1];
  if (name === undefined) return null;
  const plain = name.replaceAll('"', '');
  const text = [task.sql, ...(task.views ?? []).map((view) => view.sql)].join('\n');
  const written = new RegExp(`(\\w+\\.)?${plain.replace(/\W/g, '.')}`).exec(text)?.[0] ?? plain;
  return new HindcastError('config', `query: no table "${written}" in the warehouse`, {
    hint: didYouMean(written, [...task.tables.map((table) => table.name), ...task.otherTables]),
  });
}
