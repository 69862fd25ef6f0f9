/**
 * The run's event log: one JSON object a line, in `events.jsonl`. Progress and status read this
 * and nothing else. Fields are only ever added; `v` changes when one is removed or redefined.
 */
import type { ErrorRecord } from '../errors.js';
import type { DriftResults } from './drift.js';
import type { DefinitionChange } from './plan.js';
import type { DataNotes, TaskRan } from './task.js';

export const eventVersion = 1;

export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly runId: string;
      readonly config: string;
      readonly args: object;
    }
  | {
      readonly type: 'planned';
      readonly steps: number;
      readonly compute: number; // partitions
      readonly skip: number;
      readonly tasks: number;
      /** How the definition differs from the table's; absent in runs of before. */
      readonly changes?: readonly DefinitionChange[];
    }
  | {
      readonly type: 'stage-started';
      readonly step: number;
      readonly stage: string;
      readonly tasks: number;
    }
  | {
      readonly type: 'task-finished';
      readonly step: number;
      readonly stage: string;
      readonly task: number;
      readonly seconds: number;
      readonly rowsIn: number;
      readonly rowsOut: number;
      readonly bytesRead: number;
      readonly bytesWritten: number;
      /** Where and when it ran; absent in logs of before. */
      readonly ran?: TaskRan;
    }
  | {
      readonly type: 'waiting';
      /** Null: all is there now. */
      readonly missing: string | null;
      readonly seconds: number; // so far
      readonly untilMs: number; // ms since epoch: when it gives up
    }
  | { readonly type: 'warning'; readonly message: string }
  | {
      readonly type: 'archived';
      readonly table: string;
      readonly reason: string;
      readonly as: string; // namespace.name
      /** `copy`: the table is there, too. */
      readonly kind: 'move' | 'copy';
    }
  | {
      readonly type: 'step-committed';
      readonly step: number;
      readonly partitions: readonly string[];
      readonly rows: number;
      readonly version: number;
    }
  | {
      readonly type: 'step-failed';
      readonly step: number;
      readonly partitions: readonly string[];
      readonly error: ErrorRecord;
    }
  | ({ readonly type: 'drift-checked' } & DriftResults)
  | {
      readonly type: 'run-finished';
      readonly status: RunStatus;
      readonly exitCode: number;
      readonly seconds: number;
      readonly notes: DataNotes;
    };

export type RunStatus = 'succeeded' | 'failed' | 'partly-failed' | 'interrupted';

export type LoggedEvent = RunEvent & {
  readonly v: number;
  /** Absent in logs of before. */
  readonly runId?: string;
  /** ms since epoch. */
  readonly at: number;
};
