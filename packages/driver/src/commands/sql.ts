/** sql: a query over the warehouse's tables, for a person or a script. */
import { resolve } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import type { QueryResult } from '@hindcast/shared/plan/task';
import { openStore } from '@hindcast/shared/store/open';
import { checkpointReader } from '../checkpoint-reader.js';
import { withNumbers } from '../json-values.js';
import { openLauncher } from '../launch/open-launcher.js';
import { namedTables } from '../named-tables.js';
import { renderTable, renderVertical } from '../render.js';
import { partitionSpecOf } from '../settings.js';
import type { Command } from './command.js';
import { writeOut } from './write-out.js';

export async function sqlCommand(command: Command): Promise<number> {
  const { args } = command;
  const format = args['json'] === true ? 'json' : String(args['format']);
  const output = args['output'] as string | undefined;
  if (format === 'parquet' && output === undefined) {
    throw new HindcastError('usage', '--format parquet needs --output FILE');
  }
  const copyTo =
    output !== undefined && (format === 'csv' || format === 'parquet')
      ? { path: resolve(output), format: format as 'csv' | 'parquet' }
      : null;
  const limit = args['limit'] as number | undefined;
  const query = String(args['query']);
  if (/^[\s;]*$/.test(query)) {
    throw new HindcastError('usage', 'the query is empty', {
      hint: 'For example: hindcast sql "SELECT * FROM namespace.table LIMIT 10".',
    });
  }
  const result = await runQuery(command, query, copyTo, limit ?? null);
  if (copyTo !== null) {
    process.stderr.write(`${result.rowCount} rows → ${output}\n`);
    return 0;
  }
  writeOut(`${rendered(result, format)}\n`, output);
  return 0;
}

export async function runQuery(
  { settings }: Pick<Command, 'settings'>,
  sql: string,
  copyTo: { path: string; format: 'csv' | 'parquet' } | null,
  maxRows: number | null,
): Promise<QueryResult> {
  const warehouse = settings.warehouse.value;
  const store = await openStore(warehouse);
  const launcher = openLauncher({ warehouse, executors: 1, memoryBytes: 2 ** 31 }, 'sql');
  const spec = partitionSpecOf(settings);
  const readCheckpoint = checkpointReader(launcher);
  try {
    const named = await namedTables(sql, store, spec, settings.tables.value, readCheckpoint);
    return withNumbers(await launcher.run({ kind: 'query', sql, ...named, copyTo, maxRows }));
  } finally {
    await launcher.close();
  }
}

function rendered({ columns, rows }: QueryResult, format: string): string {
  const names = columns.map(({ name }) => name);
  if (format === 'json') {
    return JSON.stringify(
      rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]]))),
      null,
      2,
    );
  }
  if (format === 'csv') return [names, ...rows].map((row) => row.map(csvCell).join(',')).join('\n');
  return format === 'vertical' ? renderVertical(names, rows) : renderTable(names, rows);
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
