/** Tasks that `hindcast explain-row` has beside those of a join, and what they give. */
import type {
  BucketSourceTask,
  Column,
  JoinTask,
  LeftScan,
  QueryResult,
  ScanFile,
  TaskResult,
} from './task.js';

/** Looks for one row of the left and writes it, as the output has it, to a table of its own. */
export interface FindRowTask {
  readonly kind: 'find-row';
  readonly left: LeftScan;
  /** Spark SQL over the left's columns and the partition; translated by this task. */
  readonly where: string;
  /** Which of the rows that match, in order of time and then of their columns; from 1. */
  readonly row: number;
  readonly output: string;
}

export interface FindRowResult {
  readonly rows: number; // in the files, without those of skewed keys
  readonly skewedRows: number; // that match and are left out by skewKeys
  readonly matches: number;
  /** The row's file; empty when there is no such row. */
  readonly files: TaskResult['files'];
  /** The row's columns, the partition last. */
  readonly values: QueryResult;
}

/**
 * Rows of one right source that have the left row's key, as one source of its own: columns `__k0 …`,
 * `__v0 …`, `__time` and `eventColumn`, by partition. Lists and maps are taken apart already.
 */
export interface KeyEventsTask {
  readonly kind: 'key-events';
  /** How the source is read; its files are those to look into. */
  readonly source: Omit<BucketSourceTask, 'output'>;
  readonly left: LeftScan;
  /** Left column per key of the source. */
  readonly leftKeys: readonly Column[];
  /** Events are numbered from here; each task has a range of its own. */
  readonly firstEvent: number;
  readonly output: string;
}

/** Tells events apart: a value column of segments that an explanation reads. */
export const eventColumn = '__event';
/** Events that one task may number. */
export const eventSpan = 2 ** 32;

/** Asks which events a left row sees in each window: by the join's own code. */
export interface ExplainRowTask {
  readonly kind: 'explain-row';
  /** The row and one reading of one part, whose segments hold `eventColumn` as their last value. */
  readonly join: JoinTask;
  /** Per source of the part, what `key-events` wrote. */
  readonly sources: readonly {
    readonly files: readonly ScanFile[];
    readonly partitionColumn: string;
  }[];
  /** Most events that each feature names, the oldest and the newest. */
  readonly limit: number;
}

export interface ExplainRowResult {
  readonly view: RowView;
  /** Of an aggregated part one per feature; else one for all, whose first event is the row that won. */
  readonly features: readonly SeenEvents[];
  /** `event`, `source`, `time`, `partition`, `day`, and the part's values in order. */
  readonly events: QueryResult;
  /** Days since epoch of all partitions that were looked into and hold the key, ascending. */
  readonly days: readonly number[];
}

/** How far a row sees. */
export interface RowView {
  readonly keyIsNull: boolean;
  readonly untilMs: number; // exclusive, ms since epoch
  /** Days since epoch; both inclusive. `firstDay` null: no window bounds it. */
  readonly firstDay: number | null;
  readonly lastDay: number;
}

/** Numbers of events, in order of time, partition and values unless said otherwise. */
export interface SeenEvents {
  readonly column: string;
  readonly startMs: number | null; // inclusive, ms since epoch; null: no bound
  readonly endMs: number | null; // exclusive; null: times don't matter
  /** Events inside, and those whose input is not NULL (and whose bucket is not). */
  readonly count: number;
  readonly inputs: number;
  /** The oldest and the newest of those inside. */
  readonly inside: readonly number[];
  /** Nearest to the window's start among earlier ones; at or after its end. */
  readonly before: number | null;
  readonly after: number | null;
  /** Between the bounds and yet not seen: the newest, and how many there are. */
  readonly hidden: readonly number[];
  readonly hiddenCount: number;
}
