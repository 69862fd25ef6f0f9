/** import: one CSV, JSON or Parquet file → staged Parquet, one file per partition. */
import { statSync } from 'node:fs';
import { HindcastError } from '@hindcast/shared/errors';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import type { ImportTask, TaskResult } from '@hindcast/shared/plan/task';
import { tryDayOf } from '@hindcast/shared/time/partition-spec';
import { quoteName, quoteText, type Session } from '../scan/duckdb.js';
import { explainError, saysUnreadable } from '../scan/explain-error.js';
import type { TaskContext } from './context.js';
import { raggedLine, refuseRagged, refuseTwins } from './csv.js';
import { fullDisk } from './explain-scan-error.js';
import { copyPartitioned } from './join-output.js';

async function relationOf({ file, format }: ImportTask, session: Session): Promise<string> {
  if (format === 'parquet') return `read_parquet(${quoteText(file)})`;
  if (format === 'csv') return `read_csv(${quoteText(file)}, header = true, skip = 0)`;
  const lines = `${quoteText(file)}, format = 'newline_delimited'`;
  const found = await session.describe(`SELECT * FROM read_json(${lines}, maximum_depth = 2)`);
  // What is nested stays as it is written, as text.
  const types = found.map(
    ({ name, type }) => `${quoteName(name)}: ${quoteText(/[[(]/.test(type) ? 'JSON' : type)}`,
  );
  const nested = found.filter(({ type }) => /[[(]/.test(type));
  const texts = nested.map(
    ({ name }) => `CAST(${quoteName(name)} AS VARCHAR) AS ${quoteName(name)}`,
  );
  const columns = texts.length === 0 ? '*' : `* REPLACE (${texts.join(', ')})`;
  return `(SELECT ${columns} FROM read_json(${lines}, columns = {${types.join(', ')}}))`;
}

export async function importFile(task: ImportTask, context: TaskContext): Promise<TaskResult> {
  const { session } = context;
  try {
    if (statSync(task.file).size === 0)
      throw new HindcastError('data', `${task.file}: the file is empty`);
    const from = await relationOf(task, session);
    const columns = await session.describe(`SELECT * FROM ${from}`);
    const names = columns.map(({ name }) => name);
    if (task.format === 'csv') {
      await refuseRagged(task.file, names, session);
      await refuseTwins(task.file, session);
    }
    const column = quoteName(task.dateColumn);
    const partition = columns.find(({ name }) => name === task.dateColumn);
    if (partition === undefined) {
      throw new HindcastError(
        'data',
        `${task.file}: no column "${task.dateColumn}" to partition by`,
        {
          found: names.join(', '),
          hint: 'Name the date column with --partition-by.',
        },
      );
    }
    if (task.dateColumn !== task.partitionColumn && names.includes(task.partitionColumn)) {
      throw new HindcastError(
        'data',
        `${task.file}: "${task.dateColumn}" would become "${task.partitionColumn}", which is there, too`,
        {
          found: names.join(', '),
          hint: 'Rename one of them, or partition by the other.',
        },
      );
    }
    const format = task.dateFormat.replace('yyyy', '%Y').replace('MM', '%m').replace('dd', '%d');
    const text = /^(DATE|TIMESTAMP)/.test(partition.type)
      ? `strftime(${column}, ${quoteText(format)})`
      : `CAST(${column} AS VARCHAR)`;
    const values = await session.rows(`SELECT DISTINCT ${text} FROM ${from}`);
    const wrong = values.find(
      ([value]) => value === null || tryDayOf(String(value), task.dateFormat) === null,
    );
    if (wrong !== undefined) {
      throw new HindcastError(
        'data',
        `${task.file}: "${task.dateColumn}" holds a value that is no date`,
        {
          found: String(wrong[0]),
          hint: `Dates are written ${task.dateFormat}; the project's config can set another format.`,
        },
      );
    }
    const files = await copyPartitioned(
      `SELECT * EXCLUDE (${column}), ${text} AS ${quoteName(task.partitionColumn)} FROM ${from}`,
      [task.partitionColumn],
      task.output,
      context,
    );
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    return {
      ...emptyResult('import'),
      rowsIn: rows,
      rowsOut: rows,
      bytesWritten: files.reduce((sum, file) => sum + file.bytes, 0),
      files,
      columns: columns.filter(({ name }) => name !== task.dateColumn),
    };
  } catch (error) {
    const ragged = raggedLine(error, task.file);
    if (ragged !== null) throw ragged;
    // The file is no part of a table yet, and may be no table at all.
    if (saysUnreadable(error)) {
      throw new HindcastError('data', `${task.file}: no readable Parquet file`, {
        found: error.message.split('\n')[0],
        hint: 'import reads Parquet, CSV by a name that ends with .csv, and lines of JSON: .jsonl, .ndjson.',
        cause: error,
      });
    }
    const full = fullDisk(error, context);
    throw explainError(error, { origin: 'import', table: task.file, columns: [], full });
  }
}
