/** describe-query, staging-query: a whole Spark SQL query, what it gives, and its rows by partition. */
import { HindcastError } from '@hindcast/shared/errors';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import type {
  Column,
  DescribeQueryResult,
  DescribeQueryTask,
  StagingQueryTask,
  TaskResult,
} from '@hindcast/shared/plan/task';
import { storedType } from '@hindcast/shared/table/delta-type';
import { tryDayOf } from '@hindcast/shared/time/partition-spec';
import { translateQuery } from '../scan/dialect.js';
import { macrosFor } from '../scan/dialect-macros.js';
import { quoteName, quoteText } from '../scan/duckdb.js';
import { explainError } from '../scan/explain-error.js';
import type { TaskContext } from './context.js';
import { copyPartitioned } from './join-output.js';
import { createViews } from './query.js';

/** @throws HindcastError kind `config` for what can't be translated or bound */
export async function describeQuery(
  task: DescribeQueryTask,
  context: TaskContext,
): Promise<DescribeQueryResult> {
  const { session } = context;
  await createViews(task, context);
  const tables = new Map<string, readonly Column[]>();
  for (const { name } of [...task.tables, ...(task.views ?? [])])
    tables.set(name.toLowerCase(), await session.describe(`SELECT * FROM ${nameSql(name)}`));
  try {
    const sql = await translateQuery(task.sql, tables);
    await session.once(macrosFor([sql]));
    const columns = await session.describe(sql);
    return { sql, columns: columns.map(inTables) };
  } catch (error) {
    if (/multiple overloads that match/.test(String(error))) {
      throw new HindcastError('config', `${task.origin}: the type of an aggregate is not known`, {
        hint: 'Cast what it is of, where that comes out of a subquery: sum(CAST(x AS DOUBLE)) / 2.',
      });
    }
    const known = error instanceof HindcastError ? error : explainError(error, null);
    if (!(known instanceof HindcastError)) throw known;
    const { kind, message, found, hint } = known;
    throw new HindcastError(kind === 'usage' ? 'config' : kind, `${task.origin}: ${message}`, {
      found,
      hint,
    });
  }
}

/** Sums of whole numbers are wider here than in Spark. */
function inTables({ name, type }: Column): Column {
  return { name, type: type === 'HUGEINT' ? 'BIGINT' : storedType(type) };
}

function nameSql(name: string): string {
  const dot = name.lastIndexOf('.');
  const parts = dot < 0 ? [name] : [name.slice(0, dot), name.slice(dot + 1)];
  return parts.map(quoteName).join('.');
}

/** @throws HindcastError kind `data` for rows whose partition is no date, or out of the range */
export async function stagingQuery(
  task: StagingQueryTask,
  context: TaskContext,
): Promise<TaskResult> {
  const { session } = context;
  await createViews(task, context);
  await session.once(macrosFor([task.sql]));
  const column = quoteName(task.partitionColumn);
  const selected = task.columns.map(
    ({ name, type }) => `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(name)}`,
  );
  await session.run(
    `CREATE OR REPLACE TEMP TABLE staged AS
     SELECT ${[...selected, `CAST(${column} AS VARCHAR) AS ${column}`].join(', ')} FROM (${task.sql})`,
  );
  try {
    const values = await session.rows(`SELECT DISTINCT ${column} FROM staged ORDER BY 1`);
    refuseStrays(
      task,
      values.map(([value]) => (value === null ? null : String(value))),
    );
    const files =
      values.length === 0
        ? []
        : await copyPartitioned(
            'SELECT * FROM staged',
            [task.partitionColumn],
            task.output,
            context,
          );
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    const bytesWritten = files.reduce((sum, file) => sum + file.bytes, 0);
    return { ...emptyResult('staging-query'), rowsIn: rows, rowsOut: rows, bytesWritten, files };
  } finally {
    await session.run('DROP TABLE staged');
  }
}

function refuseStrays(
  { origin, partitionColumn, dateFormat, range }: StagingQueryTask,
  values: readonly (string | null)[],
): void {
  const fail = (what: string, found: readonly string[], hint: string): never => {
    throw new HindcastError('data', `${origin}: ${what}`, {
      found: found.slice(0, 3).join(', '),
      hint,
    });
  };
  const wrong = values.filter((value) => value === null || tryDayOf(value, dateFormat) === null);
  if (wrong.length > 0)
    fail(
      `rows whose "${partitionColumn}" is no date`,
      wrong.map(String),
      `Select it as text, written ${dateFormat}.`,
    );
  const strays = (values as string[]).filter(
    (value) => range !== null && (value < range.start || value > range.end),
  );
  if (strays.length > 0)
    fail(
      `rows outside of ${range!.start} to ${range!.end}, which it was asked for`,
      strays,
      `Keep them out of the query: WHERE ${partitionColumn} BETWEEN ${quoteText('{{ start_date }}')} AND ${quoteText('{{ end_date }}')}.`,
    );
}
