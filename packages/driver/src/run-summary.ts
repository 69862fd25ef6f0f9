/** A run in a line, from its event log. */
import type { JobRequest } from './request.js';
import type { RunFiles } from './run-files.js';
import { type RunState, runState } from './run-state.js';

export interface RunSummary {
  readonly run: string;
  readonly status: RunState;
  readonly config: string;
  /** As `--name` gave it. */
  readonly name: string | null;
  readonly partitions: number;
  readonly rows: number;
  readonly seconds: number | null;
}

/** Of jobs about a join that are not the join itself. */
function jobWord({ labelJoin, flattenLog, consistency }: Partial<JobRequest>): string {
  if (labelJoin === true) return ' (labels)';
  if (flattenLog !== undefined) return ' (log)';
  return consistency === undefined ? '' : ' (consistency)';
}

export async function summarizeRun(run: RunFiles): Promise<RunSummary> {
  const events = await run.events();
  const started = events.find((event) => event.type === 'run-started');
  const finished = events.find((event) => event.type === 'run-finished');
  const args = started?.args as Partial<JobRequest> | undefined;
  const commits = events.filter((event) => event.type === 'step-committed');
  return {
    run: run.runId,
    status: await runState(run, events),
    config: `${started?.config ?? ''}${jobWord(args ?? {})}`,
    name: args?.name ?? null,
    partitions: commits.reduce((sum, { partitions }) => sum + partitions.length, 0),
    rows: commits.reduce((sum, { rows }) => sum + rows, 0),
    seconds: finished?.seconds ?? null,
  };
}
