/** sql: a query over the warehouse's tables, for a person or a script. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import type { QueryResult, QueryTable } from '@hindcast/shared/plan/task';
import { explainFileError } from '@hindcast/shared/store/file-errors';
import { openStore } from '@hindcast/shared/store/open';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { listTables, readTable } from '@hindcast/shared/table/partitions';
import { checkpointReader } from '../checkpoint-reader.js';
import { withNumbers } from '../json-values.js';
import { openLauncher } from '../launch/open-launcher.js';
import { scanFiles } from '../plan/split.js';
import { renderTable, renderVertical } from '../render.js';
import { partitionSpecOf } from '../settings.js';
import type { Command } from './command.js';

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
  const text = rendered(result, format);
  if (output === undefined) process.stdout.write(`${text}\n`);
  else writeText(output, `${text}\n`);
  return 0;
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw explainFileError(error, path);
  }
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
  const options = { spec, readCheckpoint: checkpointReader(launcher) };
  try {
    const tables: QueryTable[] = [];
    const mapped = settings.tables.value;
    // Only tables that the text mentions are opened: a broken one elsewhere must not be in the way.
    const all = [...(await listTables(store)), ...Object.keys(mapped)];
    const mentioned = all.filter((name) => sql.includes(name.slice(name.lastIndexOf('.') + 1)));
    for (const name of mentioned) {
      const state = await readTable(store, name, { ...options, mappedPath: mapped[name] ?? null });
      if (state === null) continue;
      const files = scanFiles(state.partitions);
      const { schema } = state;
      if (files.length === 0 && schema === undefined) continue;
      const columns = files.length > 0 ? [] : columnsOfSchema(schema!);
      tables.push({ name, partitionColumn: spec.column, files, columns });
    }
    const names = all.filter((name) => !mentioned.includes(name));
    const task = { kind: 'query', sql, tables, otherTables: names, copyTo, maxRows } as const;
    return withNumbers(await launcher.run(task));
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
