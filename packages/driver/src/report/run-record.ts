/** All that a report is made of, read from a run's files. */
import type { LoggedEvent } from '@hindcast/shared/plan/event';
import type { Plan } from '@hindcast/shared/plan/plan';
import type { ColumnConsistency } from '../column-consistency.js';
import type { JobRequest } from '../request.js';
import type { RunResults } from '../results.js';
import type { RunFiles } from '../run-files.js';
import { type RunState, runState } from '../run-state.js';
import type { FeatureStatistics } from './feature-statistics.js';

export interface RunRecord {
  readonly runId: string;
  readonly state: RunState;
  /** ms since epoch: when the files were read. */
  readonly now: number;
  /** Null: the run left none, or it can't be read. So with the next two. */
  readonly request: JobRequest | null;
  readonly plan: Plan | null;
  readonly results: RunResults | null;
  readonly events: readonly LoggedEvent[];
  /** Null: no table of statistics is there. */
  readonly statistics: readonly FeatureStatistics[] | null;
  /** Null: the run compares no log, or compared none yet. */
  readonly consistency: readonly ColumnConsistency[] | null;
}

/** A run that goes on has a record, too, and so has one that crashed. */
export async function readRun(
  files: RunFiles,
  now: number,
): Promise<Omit<RunRecord, 'statistics' | 'consistency'>> {
  const read = <T>(name: string): Promise<T | null> => files.readJson<T>(name).catch(() => null);
  const [request, plan, results, events] = await Promise.all([
    read<JobRequest>('request.json'),
    read<Plan>('plan.json'),
    read<RunResults>('run_results.json'),
    files.events(),
  ]);
  return {
    runId: files.runId,
    state: await runState(files, events),
    now,
    request,
    plan,
    results,
    events,
  };
}
