/** What has become of a run, from its files. */
import type { LoggedEvent, RunStatus } from '@hindcast/shared/plan/event';
import type { RunFiles } from './run-files.js';

/** `waiting`: submitted, and no driver yet; `died`: its driver ended without saying how. */
export type RunState = RunStatus | 'waiting' | 'running' | 'died';

export async function runState(run: RunFiles, events: readonly LoggedEvent[]): Promise<RunState> {
  const finished = events.findLast((event) => event.type === 'run-finished');
  if (finished !== undefined) return finished.status;
  try {
    if (events.length === 0 && (await run.lastMark()) === 'null') return 'waiting';
    return (await run.isAlive()) ? 'running' : 'died';
  } catch (error) {
    // A crash may tear what a driver writes.
    if (error instanceof SyntaxError) return 'died';
    throw error;
  }
}
