/**
 * The files of a run, below `_hindcast/runs/<run id>/` of the warehouse: request.json, config.json,
 * plan.json, events.jsonl, run_results.json. Progress, status, retry and reports read these and nothing else.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import { eventVersion, type LoggedEvent, type RunEvent } from '@hindcast/shared/plan/event';
import type { Appender, Store } from '@hindcast/shared/store/store';

export const runsFolder = '_hindcast/runs';

/** Sorts by start: `20231130T061502-1f3a9c`. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:.Z]/g, '');
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** Which process drives a run, so that what a dead one left behind can be told from a live one's. */
export interface DriverMark {
  readonly host: string;
  readonly pid: number;
  /** Counts up while it lives. */
  readonly beat?: number;
}

/** How often a driver leaves a mark. */
export const pulseMs = 10_000;

export class RunFiles {
  readonly folder: string;
  private log: Appender | null = null;
  private beats = 0;
  /** Which driver of the run this is: 0 is the first, and each that takes over is one more. */
  private driver = 0;

  constructor(
    readonly store: Store,
    readonly runId: string,
  ) {
    this.folder = `${runsFolder}/${runId}`;
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await this.store.put(`${this.folder}/${name}`, `${JSON.stringify(value, null, 2)}\n`);
  }

  async readJson<T>(name: string): Promise<T | null> {
    const data = await this.store.get(`${this.folder}/${name}`);
    return data === null ? null : (JSON.parse(new TextDecoder().decode(data)) as T);
  }

  /** Leaves a mark of this process; dies with it in the eyes of `isAlive`. */
  async mark(): Promise<void> {
    const mark: DriverMark = { host: hostname(), pid: process.pid, beat: this.beats++ };
    await this.writeJson('driver.json', mark);
  }

  /** The last mark that a driver left, as text; `null` for none. */
  async lastMark(): Promise<string> {
    return JSON.stringify(await this.readJson<DriverMark>('driver.json'));
  }

  /**
   * Makes this process the run's next driver. Of two that try, one does.
   * @throws HindcastError kind `usage` for the other
   */
  async takeOver(): Promise<void> {
    const next = (await this.latestDriver()) + 1;
    const name = `${this.folder}/drivers/${next}`;
    if ((await this.store.putIfAbsent(name, '')) === 'exists') throw takenOver(this.runId);
    this.driver = next;
  }

  /** @throws HindcastError kind `interrupted` when another driver has taken the run over */
  async checkOurs(): Promise<void> {
    if ((await this.latestDriver()) > this.driver) throw takenOver(this.runId, 'interrupted');
  }

  /** Tells what one driver writes from what another one of the same run does. */
  get writer(): string {
    return this.driver === 0 ? this.runId : `${this.runId}-${this.driver}`;
  }

  private async latestDriver(): Promise<number> {
    const prefix = `${this.folder}/drivers/`;
    const taken = await this.store.list(prefix);
    return Math.max(0, ...taken.map(({ key }) => Number(key.slice(prefix.length))));
  }

  /** Whether the run's driver still works; one of another host counts as alive. */
  async isAlive(): Promise<boolean> {
    const results = await this.readJson<unknown>('run_results.json');
    const mark = await this.readJson<DriverMark>('driver.json');
    if (results !== null || mark === null) return false;
    if (mark.host !== hostname()) return true;
    try {
      process.kill(mark.pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  /** Asks whoever drives the run to stop. */
  async cancel(): Promise<void> {
    await this.writeJson('cancel.json', { at: Date.now() });
  }

  async forgetCancel(): Promise<void> {
    await this.store.delete([`${this.folder}/cancel.json`]);
  }

  async isCancelled(): Promise<boolean> {
    return (await this.store.get(`${this.folder}/cancel.json`)) !== null;
  }

  append(event: RunEvent): LoggedEvent {
    const logged: LoggedEvent = { v: eventVersion, at: Date.now(), runId: this.runId, ...event };
    this.log ??= this.store.appender(`${this.folder}/events.jsonl`);
    this.log.append(`${JSON.stringify(logged)}\n`);
    return logged;
  }

  /** Ends when all that was appended can be read, or can't be written. */
  async flush(): Promise<void> {
    await this.log?.flush().catch(() => {});
  }

  async events(): Promise<LoggedEvent[]> {
    const data = await this.store.get(`${this.folder}/events.jsonl`);
    if (data === null) return [];
    return new TextDecoder()
      .decode(data)
      .split('\n')
      .flatMap((line) => {
        // The last line of a run that was killed may be torn.
        try {
          return [JSON.parse(line) as LoggedEvent];
        } catch {
          return [];
        }
      });
  }
}

function takenOver(runId: string, kind: 'usage' | 'interrupted' = 'usage'): HindcastError {
  return new HindcastError(kind, `run ${runId}: another driver has taken it over`, {
    hint: `\`hindcast status ${runId}\` shows how far it is.`,
  });
}

/** Run ids, newest first. */
export async function listRuns(store: Store): Promise<string[]> {
  return [...(await store.folders(`${runsFolder}/`))].reverse();
}

/** @throws HindcastError kind `usage` for an id that no run has */
export async function openRun(store: Store, runId: string | null): Promise<RunFiles> {
  const ids = await listRuns(store);
  const found =
    runId === null ? ids[0] : ids.find((id) => id === runId || id.endsWith(`-${runId}`));
  if (found !== undefined) return new RunFiles(store, found);
  throw new HindcastError(
    'usage',
    runId === null ? `no run in ${store.url}` : `no run "${runId}" in ${store.url}`,
    {
      hint:
        runId === null ? 'Start one with `hindcast submit`.' : didYouMean(runId, ids.slice(0, 20)),
    },
  );
}
