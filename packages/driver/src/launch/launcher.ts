/** A launcher runs tasks somewhere. Threads and pods differ in nothing else. */
import type { ExplainRowResult, FindRowResult } from '@hindcast/shared/plan/explain-row';
import type {
  DescribeDerivationsResult,
  DescribeQueryResult,
  DescribeResult,
  KeyRangeResult,
  LeftRangeResult,
  QueryResult,
  Task,
  TaskResult,
} from '@hindcast/shared/plan/task';
import type { StoreUse } from '@hindcast/shared/store/use';

/** What a task gives, by its kind. */
export type ResultOf<T extends Task> = T extends { kind: 'describe' }
  ? DescribeResult
  : T extends { kind: 'describe-derivations' }
    ? DescribeDerivationsResult
    : T extends { kind: 'left-range' }
      ? LeftRangeResult
      : T extends { kind: 'key-range' }
        ? KeyRangeResult
        : T extends { kind: 'query' }
          ? QueryResult
          : T extends { kind: 'describe-query' }
            ? DescribeQueryResult
            : T extends { kind: 'find-row' }
              ? FindRowResult
              : T extends { kind: 'explain-row' }
                ? ExplainRowResult
                : TaskResult;

/** Tasks that may run in any order, and as many of them at a time as there are executors. */
export interface TaskBatch {
  /** Folder of the store for what launchers leave to executors: of this stage, not of this batch alone. */
  readonly folder: string;
  readonly tasks: readonly Task[];
  /** Told of each result when it is there, by the task's position. */
  readonly onResult: (index: number, result: TaskResult) => void;
  /** No task begins after it. */
  readonly signal: AbortSignal;
}

export interface Launcher {
  /** How many tasks run at a time. */
  readonly executors: number;
  /**
   * Runs one task: a question that planning has, or a person.
   * @throws HindcastError as the task reports it; anything else is a bug
   */
  run<T extends Task>(task: T): Promise<ResultOf<T>>;
  /**
   * Runs tasks. After the first error no other begins; it comes back when the last one has ended.
   * @throws HindcastError as the first task that failed reports it; anything else is a bug
   */
  runAll(batch: TaskBatch): Promise<void>;
  /** What executors asked of the store so far. */
  use(): StoreUse;
  /** Lets what is running end early, with an error kind `interrupted`. */
  interrupt(): void;
  /** Waits for what is running, then frees everything. */
  close(): Promise<void>;
}
