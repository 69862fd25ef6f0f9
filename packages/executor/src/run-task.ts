/** One task in, one result out: the contract that threads and pods share. */
import { performance } from 'node:perf_hooks';
import type { ExplainRowResult, FindRowResult } from '@hindcast/shared/plan/explain-row';
import {
  type DescribeDerivationsResult,
  type DescribeQueryResult,
  type DescribeResult,
  type KeyRangeResult,
  type LeftRangeResult,
  type QueryResult,
  segmentTasks,
  type Task,
  type TaskResult,
} from '@hindcast/shared/plan/task';
import { expressionsOf } from './scan/dialect.js';
import { macrosFor } from './scan/dialect-macros.js';
import { assemble } from './task/assemble.js';
import { bucketLeft } from './task/bucket-left.js';
import { bucketSource } from './task/bucket-source.js';
import type { TaskContext } from './task/context.js';
import { countKeys } from './task/count-keys.js';
import { describe } from './task/describe.js';
import { describeDerivations } from './task/describe-derivations.js';
import { explainRow } from './task/explain-row.js';
import { explainScanError, type ScannedFiles } from './task/explain-scan-error.js';
import { findRow } from './task/find-row.js';
import { importFile } from './task/import.js';
import { join } from './task/join.js';
import { keyEvents } from './task/key-events.js';
import { keyRange } from './task/key-range.js';
import { leftRange } from './task/left-range.js';
import { query } from './task/query.js';
import { describeQuery, stagingQuery } from './task/staging-query.js';
import { statistics } from './task/statistics.js';

/** @throws HindcastError for whatever the user can mend; anything else is a bug */
export async function runTask(
  task: Task,
  context: TaskContext,
): Promise<
  | TaskResult
  | DescribeResult
  | DescribeDerivationsResult
  | DescribeQueryResult
  | LeftRangeResult
  | KeyRangeResult
  | QueryResult
  | FindRowResult
  | ExplainRowResult
> {
  if (task.kind === 'describe') return describe(task, context);
  if (task.kind === 'describe-derivations') return describeDerivations(task, context);
  const sources = sourcesOf(task);
  const expressions = [...sources.flatMap(({ scan }) => expressionsOf(scan)), ...derivedBy(task)];
  await context.session.once(macrosFor(expressions));
  if (task.kind === 'query') return query(task, context);
  if (task.kind === 'describe-query') return describeQuery(task, context);
  const start = performance.now();
  try {
    if (task.kind === 'left-range') return await leftRange(task, context);
    if (task.kind === 'key-range') return await keyRange(task, context);
    if (task.kind === 'find-row') return await findRow(task, context);
    if (task.kind === 'explain-row') return await explainRow(task, context);
    const result = await runDataTask(task, context);
    return { ...result, seconds: (performance.now() - start) / 1000 };
  } catch (error) {
    // What is wrong with one of them is said of that one.
    if (task.kind === 'bucket-sources')
      for (const segment of task.segments) await runTask(segment, context);
    const [source] = sources;
    throw await explainScanError(error, source ?? null, task.kind, context);
  }
}

function runDataTask(task: Task, context: TaskContext): Promise<TaskResult> {
  switch (task.kind) {
    case 'bucket-source':
    case 'bucket-sources':
      return bucketSource(task, context);
    case 'bucket-left':
      return bucketLeft(task, context);
    case 'join':
      return join(task, context);
    case 'count-keys':
      return countKeys(task, context);
    case 'assemble':
      return assemble(task, context);
    case 'import':
      return importFile(task, context);
    case 'key-events':
      return keyEvents(task, context);
    case 'staging-query':
      return stagingQuery(task, context);
    case 'statistics':
      return statistics(task, context);
    default:
      throw new Error(`unknown task ${task.kind}`);
  }
}

function derivedBy(task: Task): string[] {
  if (task.kind !== 'join' && task.kind !== 'assemble') return [];
  return task.projections.flat().map(({ expression }) => expression ?? '');
}

function sourcesOf(task: Task): readonly ScannedFiles[] {
  switch (task.kind) {
    case 'bucket-source':
    case 'bucket-sources':
      return segmentTasks(task);
    case 'key-events':
      return [task.source];
    case 'bucket-left':
    case 'left-range':
    case 'find-row':
      return [task.left];
    case 'key-range':
      return task.sources;
    case 'join':
      return task.left.kind === 'scan' ? [task.left.left] : [];
    default:
      return [];
  }
}
