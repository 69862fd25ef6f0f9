/**
 * `<join>_consistency`: for each day and column, how far what was served is from what is computed for the
 * same keys and times. A join whose left is the flattened log, then one task a step that compares.
 */
import type { Join } from '@hindcast/shared/config/model';
import { leftKeys } from '@hindcast/shared/config/names';
import { HindcastError } from '@hindcast/shared/errors';
import { inGroups } from '@hindcast/shared/groups';
import type { Plan, PlannedPartition, Step } from '@hindcast/shared/plan/plan';
import type { Column, Task } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { type DeltaType, deltaType } from '@hindcast/shared/table/delta-type';
import type { TableState } from '@hindcast/shared/table/table';
import { partitionsOf } from '@hindcast/shared/time/partition-spec';
import {
  type ComparedColumn,
  columnsAtOnce,
  metricsSql,
  severitySql,
  verdictsSql,
} from './comparison-sql.js';
import { inspectJoin } from './inspect.js';
import { readLog } from './inspect-log.js';
import { describeScans, inspectOutput } from './inspect-source.js';
import type { JoinState } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import { checkRange, rangeText } from './plan/asked-range.js';
import { comparedType, measureOf } from './plan/compared-type.js';
import { presentPartitions } from './plan/decide.js';
import { planJoin, type RunPlace } from './plan/join.js';
import {
  consistencyTable,
  type LoggedJoin,
  loggedJoin,
  loggedName,
  loggedSource,
  loggedTable,
} from './plan/logged-join.js';
import { leftScan } from './plan/sources.js';
import type { JobRequest } from './request.js';
import { quoteIn, quoteTable, quoteText, typeIn } from './sql-dialect.js';
import { summary } from './wording.js';

/** What the job writes for each column of a day. Means are over `measured` rows, NULL without any. */
export const consistencyColumns: readonly Column[] = [
  { name: 'column_name', type: 'VARCHAR' },
  { name: 'column_type', type: 'VARCHAR' },
  { name: 'rows', type: 'BIGINT' },
  { name: 'both_null', type: 'BIGINT' },
  { name: 'logged_only', type: 'BIGINT' },
  { name: 'computed_only', type: 'BIGINT' },
  { name: 'equal', type: 'BIGINT' },
  { name: 'mismatched', type: 'BIGINT' },
  { name: 'measured', type: 'BIGINT' },
  { name: 'mean_absolute_error', type: 'DOUBLE' },
  { name: 'mean_relative_error', type: 'DOUBLE' },
  { name: 'mean_edit_distance', type: 'DOUBLE' },
  {
    name: 'examples',
    type: 'STRUCT("key" MAP(VARCHAR, VARCHAR), "logged" VARCHAR, "computed" VARCHAR)[]',
  },
];

/** Rows that are named for each column of a day. */
const mostExamples = 3;
/** Of a value that is named. */
const mostCharacters = 256;

/** By this name tasks read the rows that the join before them wrote. */
const rowsTable = 'consistency.rows';

/** @throws HindcastError for a log that is not there, is not the join's, or has no rows in the range */
export async function planConsistency(
  join: Join,
  request: JobRequest,
  run: RunPlace,
  store: Store,
  launcher: Launcher,
): Promise<Plan> {
  const { partitionSpec: spec } = request;
  const hint =
    'Make it of what was served: hindcast flatten-logs <config> --log <namespace.table>.';
  const absent = { kind: 'missing-input', hint } as const;
  const log = await readLog(loggedTable(join), absent, request, store, launcher);
  const output = await inspectOutput(consistencyTable(join), 'consistency', store, launcher);
  const partitions = daysOf(log, output, request);
  const wanted = partitions.flatMap(({ value, action }) => (action === 'compute' ? [value] : []));
  const logged = loggedJoin(join, await columnsOf(log, join, request, launcher), spec);
  const some = {
    ...request,
    startDs: wanted[0] ?? log.partitions.at(-1)!.value,
    endDs: wanted.at(-1) ?? log.partitions.at(-1)!.value,
  };
  const state = await inspectJoin(logged.join, some, store, launcher);
  const asked = new Set(wanted);
  const plan = planJoin(logged.join, within(state, asked), some, run);
  if (wanted.length > 0 && plan.steps.length === 0) throw noRows(log, wanted);
  const compared = comparedColumns(logged, state, plan, join);
  const { tolerance } = request.consistency!;
  const identity = identityOf(join, state);
  const empty = plan.partitions.filter(
    ({ value, action }) => asked.has(value) && action === 'skip',
  );
  return {
    ...plan,
    job: 'consistency',
    leftPlace: 'in the log',
    name: `${join.metaData.name}_consistency`,
    range: { start: some.startDs, end: some.endDs },
    // These are of the rows, which don't stay.
    definitions: {},
    lineage: [],
    output: {
      ...plan.output,
      table: output.table,
      key: output.key,
      columns: consistencyColumns,
    },
    partitions: partitions.map((partition) =>
      empty.some(({ value }) => value === partition.value)
        ? { ...partition, action: 'skip', reason: 'empty in the log' }
        : partition,
    ),
    warnings: [
      ...plan.warnings,
      ...daysWithoutRows(partitions, empty),
      ...notCompared(logged, compared, plan, state),
    ],
    steps: plan.steps.map((step) => ({
      ...step,
      stages: [
        ...step.stages,
        {
          name: 'compare',
          reads: rowsTable,
          tasks: inGroups(compared.columns, columnsAtOnce).map((columns, i) =>
            compareTask(
              columns,
              identity,
              plan,
              step,
              tolerance,
              `${run.folder}/step-${step.index}/compare-${i}`,
            ),
          ),
        },
      ],
      replaces: (output.snapshot?.files ?? [])
        .filter(({ partitionValues }) =>
          step.partitions.includes(partitionValues[spec.column] ?? ''),
        )
        .map(({ path }) => path),
      provenance: { ...step.provenance, consistency: 'log' },
      partitionInputs: null,
    })),
  };
}

/** Days of the range are compared, again where they are there; without a range, those that are not. */
function daysOf(
  log: TableState,
  { snapshot }: JoinState['output'],
  { startDs, endDs, done, reprocess, partitionSpec: spec }: JobRequest,
): PlannedPartition[] {
  checkRange({ startDs, endDs }, spec.format);
  const present = presentPartitions(snapshot, spec.column);
  const again = startDs !== null || endDs !== null || reprocess === 'all';
  const logged = log.partitions.map(({ value }) => value);
  const range = { start: startDs ?? logged[0]!, end: endDs ?? logged.at(-1)! };
  const days =
    logged.length === 0 || range.start > range.end ? [] : partitionsOf(range, spec.format);
  if (!days.some((value) => logged.includes(value))) {
    const asked = rangeText({ startDs, endDs });
    throw new HindcastError('missing-input', `log ${log.name}: no rows ${asked}`.trimEnd(), {
      found: logged.length === 0 ? 'a table without partitions' : `days ${summary(logged)}`,
      hint: 'Flatten the logs of these days first, or choose days that the log has.',
    });
  }
  return days.map((value): PlannedPartition => {
    const there = present.has(value);
    if (!logged.includes(value))
      return { value, action: 'skip', reason: 'not in the log', parts: null };
    if (there && (!again || done.includes(value)))
      return { value, action: 'skip', reason: 'exists', parts: null };
    return { value, action: 'compute', reason: there ? 'requested' : 'missing', parts: null };
  });
}

async function columnsOf(
  log: TableState,
  join: Join,
  { partitionSpec: spec }: JobRequest,
  launcher: Launcher,
): Promise<readonly Column[]> {
  const source = leftScan(loggedSource(join, null), spec);
  const { scans } = await describeScans([source], [log], launcher);
  return scans[0]!.columns.filter(({ name }) => name !== spec.column);
}

/** The state in which no other partition is computed. */
function within(state: JoinState, wanted: ReadonlySet<string>): JoinState {
  const { decision } = state;
  const partitions = decision.partitions.map(
    (partition): PlannedPartition =>
      wanted.has(partition.value) && state.leftPartitions[partition.value] !== undefined
        ? partition
        : { ...partition, action: 'skip', reason: 'not in the log' },
  );
  return { ...state, decision: { ...decision, partitions } };
}

function noRows({ name }: TableState, days: readonly string[]): HindcastError {
  return new HindcastError('missing-input', `log ${name}: no rows in ${summary(days)}`, {
    hint: 'Flatten the logs of these days first, or choose days that the log has.',
  });
}

function daysWithoutRows(
  partitions: readonly PlannedPartition[],
  empty: readonly PlannedPartition[],
): string[] {
  const lacking = [...partitions.filter(({ reason }) => reason === 'not in the log'), ...empty];
  if (lacking.length === 0) return [];
  const values = lacking.map(({ value }) => value).sort();
  return [`days without rows in the log, and not compared: ${summary(values)}`];
}

interface ServedColumn {
  readonly name: string;
  /** In which it is compared. */
  readonly type: DeltaType;
  readonly computed: string; // DuckDB's type of it in the join's output
}

interface Compared {
  readonly columns: readonly ServedColumn[];
  readonly notLogged: readonly string[];
}

/** What was logged and is computed, in the order of the output. */
function comparedColumns(
  logged: LoggedJoin,
  { left }: JoinState,
  { output }: Plan,
  join: Join,
): Compared {
  const place = `log ${loggedTable(join)}`;
  const held = new Map(left.columns.map(({ name, type }) => [name, type]));
  const computed = output.columns.filter(({ name }) => name !== 'ts' && !held.has(name));
  const columns = computed.flatMap(({ name, type }) => {
    const other = held.get(loggedName(name));
    if (other === undefined) return [];
    const both = comparedType(typeOf(other, name, place), typeOf(type, name, place));
    if (both === null) {
      throw new HindcastError(
        'config',
        `${place}: "${name}" can't be compared with what the join computes`,
        {
          found: `${other}, computed ${type}`,
          hint: 'Log it in the type of the join, or flatten the log again: --reprocess all.',
        },
      );
    }
    return [{ name, type: both, computed: type }];
  });
  if (columns.length === 0) {
    throw new HindcastError('config', `${place}: no column of it is computed by the join`, {
      found: [...held.keys()].map((name) => name.replace(loggedName(''), '')).join(', '),
      hint: `The join computes ${computed.map(({ name }) => name).join(', ') || 'nothing'}${logged.given.length > 0 ? ' beside external columns' : ''}.`,
    });
  }
  const names = new Set(columns.map(({ name }) => name));
  return {
    columns,
    notLogged: computed.flatMap(({ name }) => (names.has(name) ? [] : [name])),
  };
}

function typeOf(type: string, name: string, place: string): DeltaType {
  try {
    return deltaType(type, name);
  } catch {
    throw new HindcastError('config', `${place}: values of "${name}" can't be compared`, {
      found: type,
    });
  }
}

/** Columns that stand on one side only, or on none. */
function notCompared(
  { given, lacking }: LoggedJoin,
  { columns, notLogged }: Compared,
  { output }: Plan,
  { left }: JoinState,
): string[] {
  const compared = new Set(columns.map(({ name }) => loggedName(name)));
  const own = new Set(output.columns.map(({ name }) => name));
  const without = new Set(lacking.map(({ name }) => name));
  const former = left.columns
    .filter(({ name }) => name.startsWith(loggedName('')) && !compared.has(name))
    .map(({ name }) => name.slice(loggedName('').length))
    .filter((name) => !without.has(name) && !own.has(name));
  return [
    ...lacking.map(
      ({ name, needs }) =>
        `"${name}" is not compared: it is derived from "${needs}", which the log lacks`,
    ),
    ...(notLogged.length === 0 ? [] : [`not in the log, and not compared: ${summary(notLogged)}`]),
    ...(former.length === 0
      ? []
      : [`in the log, and nothing that the join computes: ${summary(former)}`]),
    ...(given.length === 0
      ? []
      : [`external columns are not computed, and not compared: ${summary(given)}`]),
  ];
}

/** Columns of the log by which a row is named: the join's row ids where it has them all, else keys and time. */
function identityOf({ rowIds, joinParts }: Join, { left }: JoinState): readonly string[] {
  const held = left.columns.map(({ name }) => name);
  const isLogged = rowIds.length > 0 && rowIds.every((name) => held.includes(name));
  return isLogged ? rowIds : [...new Set([...joinParts.flatMap(leftKeys), 'ts'])];
}

function compareTask(
  served: readonly ServedColumn[],
  identity: readonly string[],
  { output: { partitionColumn, dateFormat, columns: written } }: Plan,
  { partitions }: Step,
  tolerance: number,
  output: string,
): Task {
  const partition = quoteIn('duckdb', partitionColumn);
  const columns = served.map(({ name, type }, i) => ({ name, type, a: `a${i}`, b: `b${i}` }));
  const cast = (column: string, type: DeltaType): string =>
    `CAST(${quoteIn('duckdb', column)} AS ${typeIn('duckdb', type)})`;
  const values = columns.flatMap(({ name, type, a, b }) => [
    `${cast(loggedName(name), type)} AS ${a}`,
    `${cast(name, type)} AS ${b}`,
  ]);
  const verdicts = columns.flatMap((column, i) => verdictsSql(column, i, tolerance));
  const named = identity.map((_, i) => `k${i}`);
  const key = `{${named.map((name) => `'${name}': ${name}`).join(', ')}}`;
  const listed = served.map(({ name, type, computed }, i) => {
    const of = `{'column_name': ${quoteText(name)}, 'column_type': ${quoteText(computed)}, 'measure': '${measureOf(type)}'}`;
    return `{'c': ${of}, 'm': ${metricsSql(columns[i]!, i)}, 'w': ${examplesSql(columns[i]!, i, key)}}`;
  });
  const mean = (of: string, measure: string): string =>
    `CASE WHEN c.measure = '${measure}' AND m.measured > 0 THEN m.${of} / m.measured END`;
  const selected = [
    'c.column_name',
    'c.column_type',
    'm.rows',
    'm.both_null',
    'm.only_a AS logged_only',
    'm.only_b AS computed_only',
    'm.equal',
    'm.mismatched',
    'm.measured',
    `${mean('absolute', 'number')} AS mean_absolute_error`,
    `${mean('relative', 'number')} AS mean_relative_error`,
    `${mean('edits', 'list')} AS mean_edit_distance`,
    `list_transform(w, lambda e: {'key': map([${identity.map(quoteText).join(', ')}], [${named.map((name) => `CAST(e.key.${name} AS VARCHAR)`).join(', ')}]), 'logged': e.logged, 'computed': e.computed}) AS examples`,
    partition,
  ];
  return {
    kind: 'staging-query',
    origin: 'consistency',
    sql: `WITH paired AS (SELECT ${[...values, ...identity.map((name, i) => `${quoteIn('duckdb', name)} AS k${i}`), partition].join(', ')} FROM ${quoteTable('duckdb', rowsTable)}),
      judged AS MATERIALIZED (SELECT ${['*', ...verdicts].join(', ')} FROM paired)
      SELECT ${selected.join(', ')} FROM (
        SELECT s.c AS c, s.m AS m, s.w AS w, ${partition} FROM (
          SELECT unnest([${listed.join(', ')}]) AS s, ${partition} FROM judged GROUP BY ${partition}))`,
    tables: [
      {
        name: rowsTable,
        partitionColumn,
        files: [],
        columns: [...written, { name: partitionColumn, type: 'VARCHAR' }],
      },
    ],
    partitionColumn,
    dateFormat,
    range: { start: partitions[0]!, end: partitions.at(-1)! },
    columns: consistencyColumns,
    output,
  };
}

/**
 * Rows that differ: first those whose value only the log has, then the worst, of equally bad ones those of the
 * least keys.
 */
function examplesSql(column: ComparedColumn, place: number, key: string): string {
  const { a, b } = column;
  const text = (value: string): string => `left(CAST(${value} AS VARCHAR), ${mostCharacters})`;
  const order = `{'there': ${b} IS NOT NULL, 's': -(${severitySql(column, place)}), 'k': ${key}}`;
  const row = `{'key': ${key}, 'logged': ${text(a)}, 'computed': ${text(b)}}`;
  return `coalesce(min_by(${row}, ${order}, ${mostExamples}) FILTER (WHERE NOT s${place}), [])`;
}
