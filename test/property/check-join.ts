/** A random join through the whole line (inspect, plan, tasks, commit) against the naive oracle. */
import { mkdirSync, rmSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import type { Join } from '@hindcast/shared/config/model';
import type { TaskResult } from '@hindcast/shared/plan/task';
import { openStore } from '@hindcast/shared/store/open';
import fc from 'fast-check';
import { expect } from 'vitest';
import { checkpointReader } from '../../packages/driver/src/checkpoint-reader.js';
import { commitStep } from '../../packages/driver/src/commit.js';
import { inspectJoin } from '../../packages/driver/src/inspect.js';
import { planJoin } from '../../packages/driver/src/plan/join.js';
import type { JobRequest } from '../../packages/driver/src/request.js';
import { newRunId, RunFiles } from '../../packages/driver/src/run-files.js';
import { quoteName, quoteText, type Session } from '../../packages/executor/src/scan/duckdb.js';
import { compareTables } from '../golden/compare.js';
import { launchHere } from '../in-process.js';
import { type JoinCase, rowsOf } from '../oracle/arbitrary.js';
import { oracleJoin } from '../oracle/join.js';
import type { OracleValue } from '../oracle/value.js';

/** How the job is cut up; nothing of it may show in the table. */
export const cutting = fc.record({
  files: fc.constantFrom(1, 1, 1, 2, 3),
  memoryBytes: fc.constantFrom(2 ** 29, 2 ** 29, 2 ** 29, 10_000, 5000),
  executors: fc.constantFrom(1, 3),
  runs: fc.constantFrom(1, 1, 2),
});
export type Cutting = typeof cutting extends fc.Arbitrary<infer T> ? T : never;

export type Oracle = typeof oracleJoin;

/** @param warehouse a folder that is not there; it is gone afterwards */
export async function checkCase(
  given: JoinCase,
  cut: Cutting,
  warehouse: string,
  session: Session,
  oracle: Oracle = oracleJoin,
): Promise<void> {
  try {
    await compareWithOracle(given, cut, warehouse, session, oracle);
  } finally {
    rmSync(warehouse, { recursive: true, force: true });
  }
}

async function compareWithOracle(
  given: JoinCase,
  cut: Cutting,
  warehouse: string,
  session: Session,
  oracle: Oracle,
): Promise<void> {
  await writeTables(given, cut, warehouse, session);
  const { startDs, endDs, windowing, stepDays } = given.options;
  // In sawtooth windowing the steps decide values, as in Chronon: one run then.
  const middle = cut.runs === 2 && windowing === 'exact' ? middleOf(startDs, endDs) : endDs;
  await run(session, given.join, {
    ...requestOf(given, cut, warehouse),
    startDs,
    endDs: middle,
    stepDays,
  });
  if (middle !== endDs)
    await run(session, given.join, {
      ...requestOf(given, cut, warehouse),
      startDs,
      endDs,
      stepDays,
    });
  const rows = oracle(given.join, rowsOf(given.tables), given.options);
  const actual = await readTable(warehouse, given.join);
  const names = actual.columns.map(({ name }) => name);
  const expected = {
    columns: actual.columns,
    rows: rows.map((row) =>
      names.map((name) => (name in row ? row[name]! : ('missing in the oracle' as OracleValue))),
    ),
  };
  const result = compareTables(actual, expected, { relative: 1e-9, absolute: 1e-9 });
  if (!result.equal) throw new Error(result.differences.slice(0, 14).join('\n'));
  expect(actual.rows.length).toBe(rows.length);
}

function middleOf(start: string, end: string): string {
  const [from, to] = [Date.parse(start), Date.parse(end)];
  return new Date(from + Math.floor((to - from) / 2 / 86_400_000) * 86_400_000)
    .toISOString()
    .slice(0, 10);
}

export function requestOf({ options }: JoinCase, cut: Cutting, warehouse: string): JobRequest {
  return {
    config: '',
    warehouse,
    startDs: options.startDs,
    endDs: options.endDs,
    windowing: options.windowing,
    executors: cut.executors,
    memoryBytes: cut.memoryBytes,
    stepDays: options.stepDays,
    parallelism: 1,
    reprocess: 'missing',
    done: [],
    strictInputs: false,
    yes: true,
    name: null,
    partitionSpec: { column: 'ds', format: 'yyyy-MM-dd' },
    tables: {},
  };
}

export async function run(session: Session, join: Join, request: JobRequest): Promise<void> {
  const store = await openStore(request.warehouse);
  const launcher = await launchHere(session, request.warehouse, request.executors);
  const files = new RunFiles(store, newRunId(new Date()));
  const state = await inspectJoin(join, request, store, launcher);
  const plan = planJoin(join, state, request, { runId: files.runId, folder: files.folder });
  const context = { store, run: files, readCheckpoint: checkpointReader(launcher), engine: 'test' };
  for (const step of plan.steps) {
    let results: TaskResult[] = [];
    for (const stage of step.stages) {
      results = (await Promise.all(stage.tasks.map((task) => launcher.run(task)))) as TaskResult[];
    }
    await commitStep(plan, step, results, context);
  }
}

/** Every table as Hive-partitioned Parquet, rows dealt out to files in turn. */
export async function writeTables(
  { tables }: JoinCase,
  { files }: Cutting,
  warehouse: string,
  session: Session,
): Promise<void> {
  for (const [name, { columns, rows, emptyPartitions }] of tables) {
    const folder = joinPath(warehouse, name.replace('.', '/'));
    const list = columns.map((column) => `${quoteName(column.name)} ${column.type}`).join(', ');
    await session.run(`CREATE OR REPLACE TEMP TABLE made (${list}, ds VARCHAR, file INTEGER)`);
    const values = rows.map(
      (row, i) =>
        `(${[...columns.map((column) => literal(row[column.name] ?? null)), literal(row['ds']!), String(i % files)].join(', ')})`,
    );
    if (values.length > 0) await session.run(`INSERT INTO made VALUES ${values.join(', ')}`);
    mkdirSync(folder, { recursive: true });
    for (let file = 0; file < files; file++) {
      await session.run(
        `COPY (SELECT * EXCLUDE (file) FROM made WHERE file = ${file}) TO ${quoteText(folder)}
         (FORMAT parquet, PARTITION_BY (ds), FILENAME_PATTERN 'f${file}-{i}', OVERWRITE_OR_IGNORE)`,
      );
    }
    // A table exists by its files.
    const empty =
      rows.length === 0 && emptyPartitions.length === 0 ? ['1999-01-01'] : emptyPartitions;
    for (const partition of new Set(empty)) {
      mkdirSync(joinPath(folder, `ds=${partition}`), { recursive: true });
      await session.run(
        `COPY (SELECT * EXCLUDE (ds, file) FROM made WHERE false)
         TO ${quoteText(joinPath(folder, `ds=${partition}`, 'empty.parquet'))} (FORMAT parquet)`,
      );
    }
  }
}

function literal(value: OracleValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoteText(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]::BIGINT[]`;
  if (value instanceof Map) {
    const list = (values: Iterable<OracleValue>): string =>
      `[${[...values].map(literal).join(', ')}]`;
    return `MAP(${list(value.keys())}::VARCHAR[], ${list(value.values())}::DOUBLE[])`;
  }
  if (typeof value !== 'number') return String(value);
  if (Object.is(value, -0)) return "'-0'::DOUBLE";
  return Number.isFinite(value) ? `${value}::DOUBLE` : `'${value}'::DOUBLE`;
}

async function readTable(warehouse: string, join: Join) {
  const { readOutput } = await import('../harness.js');
  return readOutput(
    warehouse,
    `${join.metaData.outputNamespace ?? 'default'}.${join.metaData.name.replace(/\W/g, '_')}`,
  );
}
