/** find-row: one row of the left, as the output has it, by a person's condition. */
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { FindRowResult, FindRowTask } from '@hindcast/shared/plan/explain-row';
import type { QueryResult } from '@hindcast/shared/plan/task';
import { columnTypes, prepareExpressions, translateExpression } from '../scan/dialect.js';
import { macrosFor } from '../scan/dialect-macros.js';
import { quoteName } from '../scan/duckdb.js';
import { explainError } from '../scan/explain-error.js';
import { refuseNoCondition, unknownColumn } from '../scan/known-columns.js';
import { leftSql, skewedSql } from '../scan/left-sql.js';
import { locate, type TaskContext } from './context.js';
import { castColumn, copyPartitioned } from './join-output.js';

export async function findRow(task: FindRowTask, context: TaskContext): Promise<FindRowResult> {
  const { session } = context;
  const { scan, columns, skewKeys } = task.left;
  const partition = quoteName(scan.partitionColumn);
  const all = leftSql({ ...task.left, skewKeys: {} }, (path) => locate(context, path));
  const skewed = skewedSql(columns, skewKeys);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE searched AS
     SELECT ${['__time', ...columns.map(castColumn), `__partition AS ${partition}`].join(', ')}, (${skewed ?? 'false'}) IS TRUE AS __skewed
     FROM (${all})`,
  );
  const condition = await conditionOf(task, context);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE matching AS SELECT * FROM searched WHERE ${condition}`,
  );
  const [counts] = await session.rows(
    `SELECT (SELECT count(*) FROM searched WHERE NOT __skewed), (SELECT count(*) FROM matching WHERE __skewed), (SELECT count(*) FROM matching WHERE NOT __skewed)`,
  );
  const [rows, skewedRows, matches] = counts!.map(Number) as [number, number, number];
  // The time is the first column; the left's own settle ties.
  const row = `SELECT * EXCLUDE (__time, __skewed) FROM (SELECT * FROM matching WHERE NOT __skewed ORDER BY ALL LIMIT 1 OFFSET ${task.row - 1})`;
  const files =
    matches < task.row
      ? []
      : await copyPartitioned(row, [scan.partitionColumn], task.output, context);
  const read = await session.read(row, 1);
  const values: QueryResult = { ...read, rowCount: read.rows.length };
  await session.run('DROP TABLE searched; DROP TABLE matching');
  return { rows, skewedRows, matches, files, values };
}

/** The condition in DuckDB's SQL, bound to what is searched. */
async function conditionOf({ where }: FindRowTask, { session }: TaskContext): Promise<string> {
  const columns = await session.describe('SELECT * EXCLUDE (__time, __skewed) FROM searched');
  try {
    await prepareExpressions([where]);
    const unknown = unknownColumn(where, columns);
    if (unknown !== undefined) {
      throw new HindcastError('usage', `--where: no column "${unknown}" in the left's columns`, {
        hint: didYouMean(
          unknown,
          columns.map(({ name }) => name),
        ),
      });
    }
    const condition = `(${translateExpression(where, columnTypes(columns))})`;
    await session.once(macrosFor([condition]));
    const [found] = await session.describe(`SELECT ${condition} FROM searched`);
    refuseNoCondition('--where', where, found!.type);
    await session.rows(`SELECT count(*) FROM searched WHERE ${condition}`);
    return condition;
  } catch (error) {
    const explained = explainError(error, {
      origin: '--where',
      table: "the left's columns",
      columns: columns.map(({ name }) => name),
    });
    if (!(explained instanceof HindcastError) || explained.kind === 'interrupted') throw explained;
    const { message, found, hint } = explained;
    const says = message.startsWith('--where') ? message : `--where: ${message}`;
    throw new HindcastError('usage', says, {
      found,
      hint:
        hint ?? `Write a Spark SQL condition over ${columns.map(({ name }) => name).join(', ')}.`,
    });
  }
}
