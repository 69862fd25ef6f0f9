/**
 * The straight line of an explanation: config → inspect → the row → plan → its tasks → what the row
 * saw. Nothing is committed; all files lie in a scratch folder outside of the warehouse.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import type { Join } from '@hindcast/shared/config/model';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { ExplainRowResult, FindRowResult } from '@hindcast/shared/plan/explain-row';
import type { Stage } from '@hindcast/shared/plan/plan';
import type { Column, QueryResult, Task, TaskResult } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { dayOf } from '@hindcast/shared/time/partition-spec';
import { type Explanation, explanationOf } from './explanation.js';
import { inspectJoin } from './inspect.js';
import type { JoinState } from './join-state.js';
import { withNumbers } from './json-values.js';
import type { Launcher, ResultOf } from './launch/launcher.js';
import { coveredParts } from './plan/bootstrap.js';
import { leftColumns } from './plan/columns.js';
import { decidePartitions } from './plan/decide.js';
import {
  type ExplanationPlan,
  explainTasks,
  keyEventFiles,
  planExplanation,
  stagesForKey,
} from './plan/explanation.js';
import { scanFiles } from './plan/split.js';
import type { JobRequest } from './request.js';
import { quoteIn, quoteTable } from './sql-dialect.js';
import { olderRows, takenColumns } from './taken-values.js';
import { summary } from './wording.js';

export interface RowRequest {
  /** Spark SQL over the left's columns, `ts` and the partition. */
  readonly where: string;
  readonly partition: string;
  /** Which of the rows that match, in order of time; from 1. */
  readonly row: number;
  /** Output columns to explain; null for all. */
  readonly columns: readonly string[] | null;
  /** Most events that each feature names. */
  readonly limit: number;
}

/** A join without derivations and older tables, and these: features are explained as they are computed. */
function withoutDerivations(join: Join): { plain: Join; derived: Explanation['derived'] } {
  const joinParts = join.joinParts.map((part) => ({
    ...part,
    groupBy: { ...part.groupBy, derivations: [] },
  }));
  const own = join.derivations.map((derivation) => ({ ...derivation, of: join.metaData.name }));
  const ofParts = join.joinParts.flatMap(({ groupBy }) =>
    groupBy.derivations.map((derivation) => ({ ...derivation, of: groupBy.metaData.name })),
  );
  const derived = [...ofParts, ...own].filter(({ name }) => name !== '*');
  const without = { bootstrapParts: [], bootstrapFromLog: false, onlineExternalParts: [] };
  return { plain: { ...join, ...without, joinParts, derivations: [] }, derived };
}

/** @throws HindcastError for whatever a submit can't run on, no such row, an unknown column */
export async function explainRow(
  given: Join,
  request: JobRequest,
  wanted: RowRequest,
  store: Store,
  launcher: Launcher,
): Promise<Explanation> {
  const { partition } = wanted;
  const { plain: join, derived } = withoutDerivations(given);
  dayOf(partition, request.partitionSpec.format);
  const one = { ...request, startDs: partition, endDs: partition, reprocess: 'all' as const };
  const state = await inspectJoin(join, one, store, launcher);
  // The join as submit has it: with its older tables, and what they may fill.
  const hasOlder = given.bootstrapParts.length > 0 || given.bootstrapFromLog;
  const whole = hasOlder ? await inspectJoin(given, one, store, launcher) : state;
  const scratch = mkdtempSync(joinPath(tmpdir(), 'hindcast-row-'));
  try {
    const found = await findRow(join, state, wanted, `${scratch}/row`, launcher);
    const alone = rowAlone(state, found, partition);
    const plan = planExplanation(join, alone, request, scratch);
    checkColumns(wanted.columns, plan, derived);
    const tasks = plan.parts.flatMap(({ streams }) => streams.flatMap(({ events }) => events));
    const files = keyEventFiles(tasks, await runAll(tasks, launcher));
    const stages = stagesForKey(plan, files);
    const computed = await computedRow(plan, await runStages(stages, launcher), launcher);
    const seen: ExplainRowResult[][] = [];
    for (const part of explainTasks(plan, stages, files, wanted.limit))
      seen.push(await runAll(part, launcher));
    const older = await olderRows(whole.bootstrap, plan.left, scratch, launcher);
    const taken = takenColumns(older, coveredParts(given, whole.derived));
    const stored: StoredRow =
      derived.length > 0
        ? { kind: 'derived' }
        : await storedRow(hasOlder ? given : join, whole, one, found, launcher);
    return explanationOf({ plan, request, wanted, found, computed, taken, stored, seen, derived });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function runAll<T extends Task>(
  tasks: readonly T[],
  launcher: Launcher,
): Promise<ResultOf<T>[]> {
  const results: ResultOf<T>[] = [];
  for (const task of tasks) results.push(await launcher.run(task));
  return results;
}

async function runStages(stages: readonly Stage[], launcher: Launcher): Promise<TaskResult[]> {
  let results: TaskResult[] = [];
  for (const { tasks } of stages) results = (await runAll(tasks, launcher)) as TaskResult[];
  return results;
}

/** The row that is asked for, in a file of its own. */
async function findRow(
  { skewKeys, left: { query } }: Join,
  { left, decision }: JoinState,
  { where, partition, row }: RowRequest,
  output: string,
  launcher: Launcher,
): Promise<FindRowResult> {
  const { scan, table, columns } = left;
  const there = table.partitions.filter(({ value }) => value === partition);
  if (there.length === 0) {
    throw new HindcastError('usage', `${scan.origin}: no partition ${partition}`, {
      found: summary(table.partitions.map(({ value }) => value)),
      hint: 'Name one of these with --ds.',
    });
  }
  if (
    !decision.partitions.some(({ value, action }) => value === partition && action === 'compute')
  ) {
    const { startPartition: start, endPartition: end } = query;
    throw new HindcastError(
      'usage',
      `${scan.origin}: ${partition} is not among what a submit computes`,
      {
        found:
          `${start === null ? '' : `startPartition ${start} `}${end === null ? '' : `endPartition ${end}`}`.trim(),
        hint: "Choose a partition between these, or change the left's query.",
      },
    );
  }
  const task = {
    kind: 'find-row' as const,
    left: { scan, files: scanFiles(there), columns: leftColumns(left), skewKeys },
    where,
    row,
    output,
  };
  const found = await launcher.run(task);
  if (found.matches >= row) return { ...found, values: withNumbers(found.values) };
  if (found.matches > 0) {
    const rows = found.matches === 1 ? '1 row matches' : `${found.matches} rows match`;
    throw new HindcastError('usage', `--row ${row}: ${rows} ${where}`, {
      hint: 'Rows are counted from 1, in order of their time.',
    });
  }
  if (found.skewedRows > 0) {
    throw new HindcastError('usage', `no row of the left in ${partition} where ${where}`, {
      found: `${found.skewedRows} that hold a skewed key`,
      hint: 'Joins leave rows with a key of skewKeys out: take it out of the config to have them.',
    });
  }
  const names = [...columns.map(({ name }) => name), 'ts', scan.partitionColumn];
  throw new HindcastError('usage', `no row of the left in ${partition} where ${where}`, {
    found: `${found.rows} rows of ${scan.table}, with the columns ${[...new Set(names)].join(', ')}`,
    hint: `Look at them: hindcast sql "SELECT * FROM ${scan.table} WHERE ${scan.partitionColumn} = '${partition}' LIMIT 10".`,
  });
}

/** The state of a warehouse whose left has this one row. */
function rowAlone(state: JoinState, found: FindRowResult, partition: string): JoinState {
  const { left, decision } = state;
  const files = found.files.map(({ path, bytes }) => ({ path, bytes, version: '' }));
  const { time } = left.scan;
  return {
    ...state,
    left: {
      ...left,
      scan: {
        ...left.scan,
        selects: null,
        wheres: [],
        partial: [],
        time:
          time.kind === 'none' ? time : { kind: 'expression', expression: '"ts"', unit: 'integer' },
      },
      table: { ...left.table, partitions: [{ value: partition, files }] },
      rows: 1,
    },
    output: { ...state.output, snapshot: null },
    decision: {
      ...decision,
      range: { start: partition, end: partition },
      partitions: [{ value: partition, action: 'compute', reason: 'requested', parts: null }],
      restart: null,
      changed: null,
      outdated: [],
    },
    // Times of the whole partition: in sawtooth windowing they bound what a row sees.
    leftPartitions: {
      [partition]: {
        rows: 1,
        minTime: state.leftPartitions[partition]?.minTime ?? null,
        maxTime: state.leftPartitions[partition]?.maxTime ?? null,
      },
    },
    skewedRows: 0,
  };
}

function checkColumns(
  wanted: readonly string[] | null,
  { parts }: ExplanationPlan,
  derived: Explanation['derived'],
): void {
  const names = parts.flatMap(({ outputs }) => outputs.map(({ name }) => name));
  for (const name of wanted ?? []) {
    if (names.includes(name)) continue;
    const derivation = derived.find((one) => name === one.name || name.endsWith(`_${one.name}`));
    if (derivation !== undefined) {
      throw new HindcastError('usage', `--column: "${name}" is derived`, {
        found: derivation.expression,
        hint: 'Name the features that it is made of.',
      });
    }
    throw new HindcastError('usage', `--column: no feature "${name}"`, {
      hint: didYouMean(name, names),
    });
  }
}

/** What the stages wrote: the row as submit would commit it. */
async function computedRow(
  { plan }: ExplanationPlan,
  results: readonly TaskResult[],
  launcher: Launcher,
): Promise<QueryResult> {
  const { partitionColumn } = plan.output;
  const files = results.flatMap((result) => result.files);
  return read('SELECT * FROM explained.row', launcher, [
    { name: 'explained.row', partitionColumn, files },
  ]);
}

async function read(
  sql: string,
  launcher: Launcher,
  tables: readonly {
    readonly name: string;
    readonly partitionColumn: string;
    readonly files: readonly { readonly path: string; readonly partition: string }[];
  }[],
): Promise<QueryResult> {
  const task = {
    kind: 'query' as const,
    sql,
    tables: tables.map((table) => ({ ...table, columns: [] })),
    otherTables: [],
    copyTo: null,
    maxRows: 1,
  };
  return withNumbers(await launcher.run(task));
}

/** What the output table has of the row: its values, or why there are none to compare. */
export type StoredRow =
  | { readonly kind: 'row'; readonly values: QueryResult }
  | { readonly kind: 'absent' | 'no such row' | 'left changed' | 'derived' }
  /** Parts whose columns were computed from another definition or in another windowing. */
  | { readonly kind: 'outdated'; readonly parts: readonly string[]; readonly values: QueryResult };

async function storedRow(
  join: Join,
  { left, output, provenance }: JoinState,
  request: JobRequest,
  found: FindRowResult,
  launcher: Launcher,
): Promise<StoredRow> {
  const { snapshot, table, key } = output;
  const partition = request.startDs!;
  const column = request.partitionSpec.column;
  const files = (snapshot?.files ?? [])
    .filter((file) => file.partitionValues[column] === partition)
    .map(({ path }) => ({ path: `${key}/${path}`, partition }));
  if (snapshot === null || files.length === 0) return { kind: 'absent' };
  const decision = decidePartitions(join, left.table, snapshot, provenance, {
    ...request,
    reprocess: 'missing',
    spec: request.partitionSpec,
    stale: new Map(),
    leftPlace: 'on the left',
    defaultStart: null,
  });
  const planned = decision.partitions.find(({ value }) => value === partition);
  const names = new Set(columnsOfSchema(snapshot.metaData.schemaString).map(({ name }) => name));
  const columns = leftColumns(left);
  if (decision.restart !== null || columns.some(({ name }) => !names.has(name)))
    return { kind: 'left changed' };
  const values = await read(
    `SELECT s.* FROM ${quoteTable('duckdb', table)} s, explained.row r WHERE ${sameRow(columns)} LIMIT 1`,
    launcher,
    [
      { name: table, partitionColumn: column, files },
      {
        name: 'explained.row',
        partitionColumn: left.scan.partitionColumn,
        files: found.files.map(({ path }) => ({ path, partition })),
      },
    ],
  );
  if (values.rows.length === 0) return { kind: 'no such row' };
  return planned?.parts == null
    ? { kind: 'row', values }
    : { kind: 'outdated', parts: planned.parts, values };
}

/** Rows that are the same on the left have the same features. */
function sameRow(columns: readonly Column[]): string {
  return columns
    .map(
      ({ name }) =>
        `s.${quoteIn('duckdb', name)} IS NOT DISTINCT FROM r.${quoteIn('duckdb', name)}`,
    )
    .join(' AND ');
}
