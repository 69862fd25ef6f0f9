/** Runs jobs in this process the way the command line does, for tests that look at tables. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type ErrorRecord, toErrorRecord } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { commitDelta } from '@hindcast/shared/table/delta-commit';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { readTable, tableKey } from '@hindcast/shared/table/partitions';
import { importTable } from '../packages/driver/src/commands/import.js';
import { runQuery } from '../packages/driver/src/commands/sql.js';
import type { JobIo } from '../packages/driver/src/job-io.js';
import type { JobRequest } from '../packages/driver/src/request.js';
import type { RunResults } from '../packages/driver/src/results.js';
import { settle } from '../packages/driver/src/settings.js';
import { submit } from '../packages/driver/src/submit.js';
import type { Table } from './golden/compare.js';
import { readParquet } from './golden/read-table.js';
import { localPaths } from './test-store.js';

export const spec = { column: 'ds', format: 'yyyy-MM-dd' };

/** Tests' tables have no checkpoints; one that had would need an executor to read it. */
const noCheckpoint = (): Promise<never> => Promise.reject(new Error('unexpected checkpoint'));

export async function importInto(warehouse: string, file: string, table: string): Promise<void> {
  await importTable({ file, table, mode: 'overwrite', warehouse, spec });
}

export interface JobOutcome {
  readonly results: RunResults | null;
  readonly error: ErrorRecord | null;
}

/** `error` is the job's own, or the first failed step's. */
export async function submitJoin(
  config: string,
  warehouse: string,
  options: Partial<JobRequest> = {},
  onEvent: JobIo['onEvent'] = () => {},
): Promise<JobOutcome> {
  if (!/^s3:/.test(warehouse)) mkdirSync(warehouse, { recursive: true });
  const request: JobRequest = {
    config,
    warehouse,
    startDs: null,
    endDs: null,
    windowing: 'exact',
    executors: 1,
    memoryBytes: 2 ** 29,
    stepDays: null,
    parallelism: 1,
    reprocess: 'missing',
    done: [],
    strictInputs: false,
    yes: true,
    name: null,
    partitionSpec: spec,
    tables: {},
    ...options,
  };
  const io = {
    onEvent,
    confirm: () => Promise.resolve(false),
    signal: new AbortController().signal,
  };
  try {
    const results = await submit(request, io);
    return { results, error: results.steps.find((step) => step.error !== null)?.error ?? null };
  } catch (error) {
    return { results: null, error: toErrorRecord(error) };
  }
}

/** The table as its Delta log has it, with the partition column. */
export async function readOutput(warehouse: string, name: string): Promise<Table> {
  const store = await openStore(warehouse);
  const state = await readTable(store, name, {
    spec,
    mappedPath: null,
    readCheckpoint: noCheckpoint,
  });
  const snapshot = await readDeltaSnapshot(store, tableKey(name), noCheckpoint);
  if (state === null || snapshot === null) throw new Error(`no table ${name}`);
  const columns = columnsOfSchema(snapshot.metaData.schemaString);
  const paths = state.partitions.flatMap((partition) => partition.files.map(({ path }) => path));
  const files = await localPaths(store, paths);
  if (files.length === 0) return { columns, rows: [] };
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const list = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ');
    const names = columns.map((column) => `"${column.name.replaceAll('"', '""')}"`).join(', ');
    const reader = await connection.runAndReadAll(
      `SELECT ${names} FROM read_parquet([${list}], hive_partitioning = true, hive_types_autocast = false, union_by_name = true)`,
    );
    const types = reader.columnTypes().map(String);
    return {
      columns: columns.map(({ name: column }, i) => ({ name: column, type: types[i]! })),
      rows: reader.getRows(),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A view of the warehouse, as `hindcast sql` has it. */
export async function readView(warehouse: string, name: string): Promise<Table> {
  const work = mkdtempSync(join(tmpdir(), 'hindcast-view-'));
  const path = join(work, 'view.parquet');
  try {
    const settings = await settle({ warehouse }, work);
    await runQuery({ settings }, `SELECT * FROM ${name}`, { path, format: 'parquet' }, null);
    return await readParquet(path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What another writer's `DELETE FROM table WHERE ds = …` does. */
export async function dropPartition(
  warehouse: string,
  name: string,
  partition: string,
): Promise<void> {
  const store = await openStore(warehouse);
  const key = tableKey(name);
  const snapshot = (await readDeltaSnapshot(store, key, noCheckpoint))!;
  const remove = snapshot.files
    .filter((file) => file.partitionValues['ds'] === partition)
    .map(({ path }) => path);
  await commitDelta(store, key, {
    appId: `test-${Date.now()}`,
    appVersion: 0,
    snapshot,
    partitionColumn: 'ds',
    columns: columnsOfSchema(snapshot.metaData.schemaString).filter(
      (column) => column.name !== 'ds',
    ),
    configuration: {},
    add: [],
    remove,
    partitions: [partition],
    commitInfo: { operation: 'DELETE' },
    now: Date.now(),
  });
}
