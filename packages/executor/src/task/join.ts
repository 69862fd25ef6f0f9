/**
 * join: left rows of one KeyBucket × every part that shares its key set → features as of each row.
 * Output is one staged Parquet file per partition (mode `table`), or `__rid` and features for an
 * assemble task (mode `columns`).
 */
import { type RunnableOperation, signatures } from '@hindcast/shared/config/signatures';
import type { AggregateSpec, JoinTask, PartSpec, TaskResult } from '@hindcast/shared/plan/task';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import { ColumnIndex } from '../aggregate/column-index.js';
import { type OperationEntry, operationTable } from '../aggregate/operations.js';
import type { ResultColumn } from '../aggregate/result-column.js';
import { groupRows, identity } from '../keys/order.js';
import type { ValueColumn } from '../keys/values.js';
import { quoteList, quoteName } from '../scan/duckdb.js';
import { greatestFirst, inBucketSql, keyNames } from '../scan/source-sql.js';
import { type AsOfRows, forEachRange, type WindowRule } from '../window/ranges.js';
import { locate, type TaskContext } from './context.js';
import { type Feature, writeFeatures } from './join-output.js';
import { type LeftKeys, numberLeftKeys } from './left-keys.js';
import { keyCountOf, type LeftRows, leftKeySql, loadLeft } from './left-rows.js';
import { readEvents } from './part-events.js';
import { emptyResult } from './result.js';

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
  forEachRange(events, rows, rule, (values, ranges) => {
    const indexes = values.map((column) => new ColumnIndex(column, ranges));
    for (const { entry, column, window, result, args } of outputs) {
      entry.fill(indexes[column]!, window, result, args);
    }
  });
  const features: Feature[] = [];
  for (const { name, operation, column, result } of outputs) {
    const inputType = part.values[column]!.type;
    const dictionary = result.encoding === 'ordinal' ? await dictionaryOf(column, context) : null;
    features.push({
      name,
      type: signatures[operation].outputType(inputType),
      result,
      inputType,
      dictionary,
    });
  }
  return { features, bytesRead };
}

async function dictionaryOf(
  column: number,
  { session }: TaskContext,
): Promise<Feature['dictionary']> {
  return session.values(`SELECT value FROM ordinals_${column} ORDER BY ordinal`);
}

/** When each row's view of the events ends: its own time, the midnight before, or its day's end. */
function asOfRows(part: PartSpec, task: JoinTask, left: LeftRows, keys: LeftKeys): AsOfRows {
  const until = new Float64Array(left.count);
  const lastDay = new Int32Array(left.count);
  for (let row = 0; row < left.count; row++) {
    const day =
      task.leftKind === 'entities' ? left.days[row]! : Math.floor(left.times[row]! / dayMs);
    const seesOwnDay = task.leftKind === 'entities';
    const temporal =
      task.leftKind === 'events' && part.accuracy === 'TEMPORAL' && part.lookup === 'as-of';
    until[row] = temporal ? left.times[row]! : (seesOwnDay ? day + 1 : day) * dayMs;
    lastDay[row] = temporal || seesOwnDay ? day : day - 1;
  }
  const { order, starts } = groupRows(keys.ofRow, keys.count, identity(left.count));
  return { order, starts, until, lastDay };
}

function windowRule(
  part: PartSpec,
  aggregates: readonly AggregateSpec[],
  task: JoinTask,
): WindowRule {
  const distinct = new Set(aggregates.flatMap(({ windows }) => windows.map((w) => w.lengthMs)));
  const lengths = [...distinct].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  if (part.lookup === 'snapshot') {
    return { lengths, start: lengths.every((length) => length === null) ? 'whole' : 'exact' };
  }
  return { lengths, start: task.windowing };
}

interface Output {
  readonly name: string;
  readonly operation: RunnableOperation;
  readonly entry: OperationEntry;
  readonly column: number;
  readonly window: number;
  readonly result: ResultColumn;
  readonly args: Readonly<Record<string, string>>;
}

function prepare(
  part: PartSpec,
  aggregates: readonly AggregateSpec[],
  rule: WindowRule,
  values: readonly ValueColumn[],
  rows: number,
): Output[] {
  return aggregates.flatMap((aggregate) => {
    const entry = operationTable[aggregate.operation];
    const column = part.values.findIndex(({ name }) => name === aggregate.inputColumn);
    return aggregate.windows.map(({ lengthMs, column: name }) => ({
      name,
      operation: aggregate.operation,
      entry,
      column,
      window: rule.lengths.indexOf(lengthMs),
      result: entry.result(values[column]!.encoding, rows),
      args: aggregate.argMap,
    }));
  });
}
