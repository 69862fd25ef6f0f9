/**
 * join: left rows of one KeyBucket × every part that shares its key set → features as of each row.
 * Output is one staged Parquet file per partition (mode `table`), or `__rid` and features for an
 * assemble task (mode `columns`).
 */
import type { Operation } from '@hindcast/shared/config/model';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import { eventColumn } from '@hindcast/shared/plan/explain-row';
import {
  type AggregateSpec,
  type JoinTask,
  mutationTimeColumn,
  type PartSpec,
  reversalColumn,
  type TaskResult,
} from '@hindcast/shared/plan/task';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import { SplitRanges } from '../aggregate/by-value.js';
import { ColumnIndex } from '../aggregate/column-index.js';
import { type OperationEntry, operationTable } from '../aggregate/operations.js';
import { type MapResult, mapResult, type ResultColumn } from '../aggregate/result-column.js';
import type { GroupedEvents } from '../keys/group.js';
import { groupRows, identity, sortGroups } from '../keys/order.js';
import type { ValueColumn } from '../keys/values.js';
import { quoteList, quoteName } from '../scan/duckdb.js';
import { greatestFirst, inBucketSql, keyNames } from '../scan/source-sql.js';
import { MutatedEvents, type MutationColumns } from '../window/mutations.js';
import { type AsOfRows, forEachRange, type Ranges, type WindowRule } from '../window/ranges.js';
import { locate, type TaskContext } from './context.js';
import { dictionariesOf } from './dictionaries.js';
import { shapeOf } from './feature-shape.js';
import { type Feature, writeFeatures } from './join-output.js';
import { type LeftKeys, numberLeftKeys } from './left-keys.js';
import { keyCountOf, type LeftRows, leftKeySql, loadLeft } from './left-rows.js';
import { readEvents } from './part-events.js';

export async function join(task: JoinTask, context: TaskContext): Promise<TaskResult> {
  const left = await loadLeft(task, context);
  if (left.count === 0) return emptyResult('join');
  const features: Feature[] = [];
  const rowTables: string[] = [];
  let bytesRead = 0;
  for (const [i, part] of task.parts.entries()) {
    if (part.aggregates === null) {
      rowTables.push(await lookUpRows(part, i, task, context));
      continue;
    }
    const computed = await aggregatePart(part, part.aggregates, task, left, context);
    features.push(...computed.features);
    bytesRead += computed.bytesRead;
  }
  const { files, counted } = await writeFeatures(task, left.count, features, rowTables, context);
  return {
    ...emptyResult('join'),
    rowsIn: left.count,
    rowsOut: files.reduce((sum, file) => sum + file.rows, 0),
    bytesRead,
    bytesWritten: files.reduce((sum, file) => sum + file.bytes, 0),
    files,
    counted,
  };
}

/** Group-bys without aggregations: temp table `rows_<i>` (`__row`, output columns). */
async function lookUpRows(
  part: PartSpec,
  i: number,
  task: JoinTask,
  context: TaskContext,
): Promise<string> {
  const { session } = context;
  const name = `rows_${i}`;
  const found = part.found === null ? [] : [`true AS ${quoteName(part.found)}`];
  const outputs = part.values.map(({ output }, v) => `__v${v} AS ${quoteName(output!)}`);
  if (part.segments.length === 0) {
    const empty = part.values.map(
      ({ output, type }) => `CAST(NULL AS ${type}) AS ${quoteName(output!)}`,
    );
    await session.run(
      `CREATE OR REPLACE TEMP TABLE ${name} AS SELECT ${['0 AS __row', ...empty, ...found].join(', ')} WHERE false`,
    );
    return name;
  }
  const files = part.segments.map((folder) => `${locate(context, folder)}/rows.parquet`);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${name} AS
     SELECT DISTINCT ON (__row) ${['__row', ...outputs, ...found].join(', ')}
     FROM (${leftKeySql(part, task.leftKind)})
     JOIN (SELECT * FROM read_parquet(${quoteList(files)}) WHERE ${inBucketSql(task.bucket)})
     USING (${keyNames(keyCountOf(part)).join(', ')})
     ORDER BY __row, ${greatestFirst(part.values)}`,
  );
  return name;
}

async function aggregatePart(
  part: PartSpec,
  aggregates: readonly AggregateSpec[],
  task: JoinTask,
  left: LeftRows,
  context: TaskContext,
): Promise<{ features: Feature[]; bytesRead: number }> {
  const keys = await numberLeftKeys(part, task, left, context);
  const { events, bytesRead } = await readEvents(part, task, keys, context);
  const rows = asOfRows(part, task, left, keys);
  const rule = windowRule(part, aggregates, task);
  const outputs = prepare(part, aggregates, rule, events.values, left.count);
  forEachView(part, task, events, rows, rule, outputs, fillOutputs);
  if (part.lookup === 'mutations') fillTouched(part, events, rows, rule, outputs);
  const dictionaries = await dictionariesOf(part.values, outputs, context);
  const features = outputs.map(
    (output): Feature => ({
      name: output.name,
      shape: shapeOf(output, part.values, events.values, dictionaries),
      result: output.result,
    }),
  );
  return { features, bytesRead };
}

function fillOutputs(
  outputs: readonly Output[],
  values: readonly ValueColumn[],
  ranges: Ranges,
): void {
  const indexes = values.map((column) => new ColumnIndex(column, ranges));
  const splits = new Map<number, SplitRanges>();
  for (const { entry, column, window, result, args, by } of outputs) {
    if (by === null) {
      entry.fill(indexes[column]!, window, result, args);
      continue;
    }
    const split = splits.get(by.column) ?? new SplitRanges(values[by.column]!, ranges);
    splits.set(by.column, split);
    split.fill(values[column]!, entry, window, args, by.into === 'list', result as MapResult);
  }
}

/**
 * Calls `visit` with ranges of events and the outputs that these are for, until every output had every
 * row that sees an event in exactly one call. In sawtooth windowing, operations that Chronon can't take
 * events away from pass reversals over.
 */
export function forEachView(
  part: PartSpec,
  task: JoinTask,
  events: GroupedEvents,
  rows: AsOfRows,
  rule: WindowRule,
  outputs: readonly Output[],
  visit: (outputs: readonly Output[], values: readonly ValueColumn[], ranges: Ranges) => void,
): void {
  if (part.lookup !== 'mutations') {
    forEachRange(events, rows, rule, (values, ranges) => visit(outputs, values, ranges));
    return;
  }
  const mutated = new MutatedEvents(events, rows, rule, mutationColumns(part, events));
  const takes = (output: Output): boolean =>
    task.windowing === 'exact' || deletable.has(output.operation);
  for (const takesAway of [true, false]) {
    const some = outputs.filter((output) => takes(output) === takesAway);
    if (some.length === 0) continue;
    mutated.forEachRange(takesAway, (values, ranges) => visit(some, values, ranges));
  }
}

/** What is empty after everything was taken away is 0, not unknown. */
function fillTouched(
  part: PartSpec,
  events: GroupedEvents,
  rows: AsOfRows,
  rule: WindowRule,
  outputs: readonly Output[],
): void {
  const mutated = new MutatedEvents(events, rows, rule, mutationColumns(part, events));
  for (const { operation, column, window, result, by } of outputs) {
    if (by !== null || result.kind !== 'scalar' || !/^(COUNT|SUM)$/.test(operation)) continue;
    mutated.forEachTouched(window, events.values[column]!, (row) => {
      result.valid[row] = 1;
    });
  }
}

function mutationColumns(part: PartSpec, { values }: GroupedEvents): MutationColumns {
  const place = (name: string): number => part.values.findIndex((value) => value.name === name);
  return {
    time: values[place(mutationTimeColumn)]!,
    reversal: values[place(reversalColumn)]!,
    event: values[place(eventColumn)] ?? null,
  };
}

/** When each row's view of the events ends: its own time, the midnight before, or its day's end. */
export function asOfRows(part: PartSpec, task: JoinTask, left: LeftRows, keys: LeftKeys): AsOfRows {
  const until = new Float64Array(left.count);
  const lastDay = new Int32Array(left.count);
  for (let row = 0; row < left.count; row++) {
    const day =
      task.leftKind === 'entities' ? left.days[row]! : Math.floor(left.times[row]! / dayMs);
    const seesOwnDay = task.leftKind === 'entities';
    const temporal =
      task.leftKind === 'events' && part.accuracy === 'TEMPORAL' && part.lookup !== 'snapshot';
    until[row] = temporal ? left.times[row]! : (seesOwnDay ? day + 1 : day) * dayMs;
    lastDay[row] = temporal || seesOwnDay ? day : day - 1;
  }
  const { order, starts } = groupRows(keys.ofRow, keys.count, identity(left.count));
  sortGroups(order, starts, until);
  return { order, starts, until, lastDay };
}

export function windowRule(
  part: PartSpec,
  aggregates: readonly AggregateSpec[],
  task: JoinTask,
): WindowRule {
  const distinct = new Set(aggregates.flatMap(({ windows }) => windows.map((w) => w.lengthMs)));
  const lengths = [...distinct].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  const longest = part.windows.longestMs;
  // Without any window, the times of entities' rows don't matter.
  if (part.lookup !== 'as-of' && !part.windows.any) return { lengths, longest, start: 'whole' };
  return { lengths, longest, start: part.lookup === 'snapshot' ? 'exact' : task.windowing };
}

/** Operations that Chronon takes events away from (BaseAggregator.isDeletable). */
const deletable: ReadonlySet<Operation> = new Set(['COUNT', 'SUM', 'AVERAGE', 'HISTOGRAM']);

export interface Output {
  readonly name: string;
  readonly operation: Operation;
  readonly entry: OperationEntry;
  /** Positions among the part's values. */
  readonly column: number;
  readonly by: { readonly column: number; readonly into: 'map' | 'list' } | null;
  readonly window: number;
  readonly result: ResultColumn;
  readonly args: Readonly<Record<string, string>>;
}

export function prepare(
  part: PartSpec,
  aggregates: readonly AggregateSpec[],
  rule: WindowRule,
  values: readonly ValueColumn[],
  rows: number,
): Output[] {
  const place = (name: string): number => part.values.findIndex((value) => value.name === name);
  return aggregates.flatMap((aggregate) => {
    const entry = operationTable[aggregate.operation];
    const column = place(aggregate.inputColumn);
    const by =
      aggregate.by === null
        ? null
        : { column: place(aggregate.by.column), into: aggregate.by.into };
    return aggregate.windows.map(({ lengthMs, column: name }) => ({
      name,
      operation: aggregate.operation,
      entry,
      column,
      by,
      window: rule.lengths.indexOf(lengthMs),
      result:
        by === null
          ? entry.result(values[column]!.encoding, rows)
          : mapResult(values[by.column]!.encoding, rows),
      args: aggregate.argMap,
    }));
  });
}
