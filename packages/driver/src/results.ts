/** How a run ended: run_results.json and its exit code. */
import { type ErrorRecord, HindcastError } from '@hindcast/shared/errors';
import type { DriftResults } from '@hindcast/shared/plan/drift';
import type { RunStatus } from '@hindcast/shared/plan/event';
import type { DefinitionChange, LabelMaturity } from '@hindcast/shared/plan/plan';
import type { DataNotes } from '@hindcast/shared/plan/task';
import type { StoreUse } from '@hindcast/shared/store/use';
import type { JobRequest } from './request.js';

export interface StepOutcome {
  readonly step: number;
  readonly partitions: readonly string[];
  readonly status: 'committed' | 'failed' | 'not run';
  readonly rows: number;
  readonly version: number | null;
  readonly error: ErrorRecord | null;
}

export interface RunResults {
  readonly version: number;
  readonly runId: string;
  readonly args: JobRequest;
  readonly output: string;
  /** The table of the output's statistics: namespace.name. Null where none are kept. */
  readonly statistics: string | null;
  /** What was found of drift; null where nothing is checked. */
  readonly drift: DriftResults | null;
  /** The former table, when this run put it aside, under its new name. */
  readonly archived: {
    readonly reason: string;
    readonly kind: 'move' | 'copy';
    readonly as: string; // namespace.name
  } | null;
  /** How the definition differed from those that the table was computed from. */
  readonly changes: readonly DefinitionChange[];
  readonly status: RunStatus;
  readonly exitCode: number;
  readonly steps: readonly StepOutcome[];
  /** Views that were written: namespace.name. */
  readonly views: readonly string[];
  /** Of a label join: how far the labels are now. Null for other jobs, and when it was interrupted. */
  readonly labels: readonly LabelMaturity[] | null;
  readonly skipped: readonly { readonly partition: string; readonly reason: string }[];
  readonly rows: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** What driver and executors asked of a store on S3, planning included. */
  readonly store: StoreUse;
  readonly seconds: number;
  readonly notes: DataNotes;
  readonly warnings: readonly string[];
}

/** An interrupt that came after the last commit interrupted nothing. */
export function statusOf(steps: readonly StepOutcome[], interrupted: boolean): RunStatus {
  const committed = steps.filter(({ status }) => status === 'committed').length;
  if (committed === steps.length) return 'succeeded';
  if (interrupted) return 'interrupted';
  return committed === 0 ? 'failed' : 'partly-failed';
}

/**
 * Drift beyond a threshold is exit 3, unless something else failed as well. What could not be checked is
 * exit 1.
 */
export function exitCodeWithDrift(
  exitCode: number,
  steps: readonly StepOutcome[],
  drift: DriftResults | null,
): number {
  if (drift === null || exitCode === 130) return exitCode;
  const drifted = new Set(drift.findings.map(({ partition }) => partition));
  const failed = steps.filter(({ status }) => status === 'failed');
  const refused =
    drift.when === 'before' &&
    failed.every(({ partitions }) => partitions.some((value) => drifted.has(value)));
  if (drifted.size > 0 && (exitCode === 0 || refused)) return 3;
  return exitCode === 0 && drift.unchecked.length > 0 ? 1 : exitCode;
}

/** One failed step of several is exit 1; when nothing was committed, the error's own code. */
export function exitCodeOf(status: RunStatus, steps: readonly StepOutcome[]): number {
  if (status === 'succeeded') return 0;
  if (status === 'interrupted') return 130;
  if (status === 'partly-failed') return 1;
  const error = steps.find((outcome) => outcome.error !== null)?.error;
  if (error === null || error === undefined || error.kind === 'bug') return 1;
  return new HindcastError(error.kind, error.message).exitCode;
}

/** What an interrupted step fails with. */
export function interrupted(): HindcastError {
  return new HindcastError('interrupted', 'interrupted before it was committed', {
    hint: 'Submit again: what was committed stays, and only the rest is computed.',
  });
}
