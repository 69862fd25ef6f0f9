/** import: a CSV, JSON or Parquet file → partitions of a Delta table. */
import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { openStore } from '@hindcast/shared/store/open';
import { type DeltaSnapshot, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { readTable, tableKey } from '@hindcast/shared/table/partitions';
import type { PartitionSpec } from '@hindcast/shared/time/partition-spec';
import { checkpointReader } from '../checkpoint-reader.js';
import { deliver } from '../commit.js';
import { engine } from '../engine.js';
import { openLauncher } from '../launch/open-launcher.js';
import { newRunId, RunFiles } from '../run-files.js';
import { partitionSpecOf } from '../settings.js';
import { count, summary } from '../wording.js';
import type { Command } from './command.js';

export type ImportMode = 'error' | 'append' | 'overwrite';

export interface ImportRequest {
  readonly file: string;
  readonly table: string;
  readonly mode: ImportMode;
  readonly warehouse: string;
  readonly spec: PartitionSpec;
  /** The file's column of dates, if it is not the partition column. */
  readonly dateColumn?: string | undefined;
}

export async function importCommand({ args, settings, style }: Command): Promise<number> {
  const table = String(args['table']);
  const mapped = settings.tables.value[table];
  if (mapped !== undefined) {
    throw new HindcastError(
      'config',
      `${table} is mapped to ${mapped}, where nothing is imported`,
      {
        hint: "Import under another name, or take the table out of `tables` in the project's hindcast.config.",
      },
    );
  }
  const spec = partitionSpecOf(settings);
  const dateColumn = args['partitionBy'] as string | undefined;
  const result = await importTable({
    file: String(args['file']),
    table,
    mode: args['mode'] as ImportMode,
    warehouse: settings.warehouse.value,
    spec,
    dateColumn,
  });
  if (args['json'] === true) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  }
  const { rows, partitions } = result;
  const text =
    rows === 0
      ? 'the file has no rows, and nothing was written'
      : `${count(rows)} rows in ${summary(partitions)}`;
  const renamed = dateColumn ?? spec.column;
  const as = renamed === spec.column || rows === 0 ? '' : ` ("${renamed}" as "${spec.column}")`;
  process.stderr.write(`${style.green('✓')} ${table}: ${text}${as}\n`);
  return 0;
}

const formats: Readonly<Record<string, 'csv' | 'json'>> = {
  '.csv': 'csv',
  '.jsonl': 'json',
  '.ndjson': 'json',
};

/** `version` is null when the file has no rows. */
export async function importTable(
  request: ImportRequest,
): Promise<{ rows: number; partitions: string[]; version: number | null }> {
  const { table, mode, spec, warehouse } = request;
  const file = resolve(request.file);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new HindcastError('usage', `no file ${request.file}`);
  }
  if (!/^[\w-]+\.[\w-]+$/.test(table)) {
    throw new HindcastError('usage', `--table ${table} is no namespace.name`, {
      hint: 'Write it as data.purchases.',
    });
  }
  if (/(^|\.)_/.test(table)) {
    throw new HindcastError('usage', `--table ${table} begins a name with "_"`, {
      hint: 'Such folders are not tables: "_hindcast" holds runs. Choose another name.',
    });
  }
  const format = formats[extname(file).toLowerCase()] ?? 'parquet';
  const store = await openStore(warehouse);
  const run = new RunFiles(store, newRunId(new Date()));
  const key = tableKey(table);
  const launcher = openLauncher({ warehouse, executors: 1, memoryBytes: 2 ** 30 }, run.runId);
  const readCheckpoint = checkpointReader(launcher);
  try {
    const state = await readTable(store, table, { spec, mappedPath: null, readCheckpoint });
    if (state?.format === 'parquet') {
      throw new HindcastError('data', `${table}: it is plain Parquet that something else wrote`, {
        hint: 'Import into another table, or move its files away.',
      });
    }
    await run.mark();
    const output = `${run.folder}/import`;
    const result = await launcher.run({
      kind: 'import',
      file,
      format,
      dateColumn: request.dateColumn ?? spec.column,
      partitionColumn: spec.column,
      dateFormat: spec.format,
      output,
    });
    const partitions = [...new Set(result.files.map(({ partition }) => partition))].sort();
    if (result.rowsOut === 0) return { rows: 0, partitions, version: null };
    const snapshot = await readDeltaSnapshot(store, key, readCheckpoint);
    const existing = filesOf(snapshot, new Set(partitions), spec.column);
    if (mode === 'error' && existing.length > 0) {
      throw new HindcastError('data', `${table}: partitions exist already`, {
        found: summary([...new Set(existing.map(({ value }) => value))]),
        hint: 'Choose --mode overwrite or --mode append.',
      });
    }
    const { version } = await deliver(
      {
        appVersion: 0,
        tableKey: key,
        partitionColumn: spec.column,
        columns: mergedColumns(request, snapshot, result.columns),
        partitions: mode === 'append' ? [] : partitions,
        staged: result.files,
        replaces: mode === 'overwrite' ? existing.map(({ path }) => path) : [],
        configuration: {},
        tags: null,
        commitInfo: { imported: request.file.split('/').at(-1) },
      },
      { store, run, readCheckpoint, engine },
    );
    return { rows: result.rowsOut, partitions, version };
  } finally {
    await launcher.close();
    await store.delete([run.folder]).catch(() => {});
  }
}

function filesOf(
  snapshot: DeltaSnapshot | null,
  partitions: ReadonlySet<string>,
  column: string,
): { path: string; value: string }[] {
  return (snapshot?.files ?? []).flatMap(({ path, partitionValues }) => {
    const value = partitionValues[column] ?? '';
    return partitions.has(value) ? [{ path, value }] : [];
  });
}

/** The table's columns, then new ones; a column keeps its type. */
function mergedColumns(
  { table, mode, file, spec }: ImportRequest,
  snapshot: DeltaSnapshot | null,
  imported: readonly Column[],
): Column[] {
  if (snapshot === null) return [...imported];
  const present = columnsOfSchema(snapshot.metaData.schemaString).filter(
    ({ name }) => name !== spec.column,
  );
  if (mode === 'append' && !imported.some(({ name }) => present.some((c) => c.name === name))) {
    throw new HindcastError('data', `${table}: ${file} has none of the table's columns`, {
      found: imported.map(({ name }) => name).join(', '),
      hint: `The table has ${present.map(({ name }) => name).join(', ')}.`,
    });
  }
  for (const { name, type } of imported) {
    const before = present.find((column) => column.name === name);
    if (before === undefined || before.type === type) continue;
    throw new HindcastError('data', `${table}: column "${name}" is ${before.type} in the table`, {
      found: type,
      hint: 'Convert the file, or import it into a new table.',
    });
  }
  return [
    ...present,
    ...imported.filter(({ name }) => !present.some((column) => column.name === name)),
  ];
}
