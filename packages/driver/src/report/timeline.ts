/** When each executor ran which tasks, and what the driver did between them, from a run's events. */
import type { LoggedEvent } from '@hindcast/shared/plan/event';
import type { RunRecord } from './run-record.js';

export interface Timeline {
  readonly startedAt: number; // ms since epoch
  /** Until the run ended, or until its last event. */
  readonly seconds: number;
  readonly lanes: readonly Lane[];
  /** Executors are many: each lane has what any of them ran, as far as it fits. */
  readonly packed: boolean;
  readonly stages: readonly StageSpan[];
}

export interface Lane {
  readonly name: string;
  readonly bars: readonly Bar[]; // in order of time
}

export type Activity = 'planning' | 'commit' | 'finish' | string;

export interface Bar {
  /** A stage's name, or what the driver does. */
  readonly what: Activity;
  readonly step: number | null;
  /** Seconds since the run's start. */
  readonly from: number;
  readonly to: number;
  readonly tasks: number;
}

export interface StageSpan {
  readonly step: number;
  readonly stage: string;
  readonly tasks: number;
  readonly finished: number;
  readonly from: number; // seconds since the run's start
  /** Until its last task finished; null while none has. */
  readonly to: number | null;
  /** Added up over tasks. */
  readonly busy: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

type TaskEvent = LoggedEvent & { readonly type: 'task-finished' };

/** Lanes of single executors, at most; more are packed. */
const mostExecutors = 24;
/** Of the whole time: bars of the same kind that are closer, and as short, are one. */
const finest = 1 / 800;

/** Null for a run that left no event. */
export function timelineOf({
  events,
  runId,
  results,
}: Omit<RunRecord, 'statistics' | 'consistency'>): Timeline | null {
  const [first] = events;
  if (first === undefined) return null;
  const startedAt = Math.min(startOf(runId) ?? first.at, first.at);
  const endedAt = Math.max(
    events.at(-1)!.at,
    startedAt + (results?.seconds ?? 0) * 1000,
    startedAt + 1,
  );
  const since = (at: number): number => Math.max(0, (at - startedAt) / 1000);
  const seconds = since(endedAt);
  const tasks = events.filter((event) => event.type === 'task-finished');
  const bars = tasks.map((event) => ({
    executor: event.ran?.executor ?? null,
    bar: {
      what: event.stage,
      step: event.step,
      from: since(event.ran?.from ?? event.at - event.seconds * 1000),
      to: since(event.ran?.to ?? event.at),
      tasks: 1,
    },
  }));
  const executors = new Set(bars.map(({ executor }) => executor));
  const packed = executors.has(null) || executors.size > mostExecutors;
  const lanes = packed
    ? pack(bars.map(({ bar }) => bar)).map((own, i) => ({ name: `slot ${i + 1}`, bars: own }))
    : [...executors].sort(byNumber).map((executor) => ({
        name: executor!,
        bars: bars.filter((one) => one.executor === executor).map(({ bar }) => bar),
      }));
  return {
    startedAt,
    seconds,
    packed,
    lanes: [{ name: 'driver', bars: driverBars(events, since) }, ...lanes].map(
      ({ name, bars: own }) => ({
        name,
        bars: merged(
          own.toSorted((a, b) => a.from - b.from),
          seconds * finest,
        ),
      }),
    ),
    stages: stageSpans(events, tasks, since),
  };
}

/** ms since epoch, as a run's id tells it; null for one that does not. */
export function startOf(runId: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})?-/.exec(runId);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second, ms = '000'] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
}

/** `thread 10` after `thread 9`. */
function byNumber(a: string | null, b: string | null): number {
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** Until the plan was there; from a step's last task to its commit; after the last commit. */
function driverBars(events: readonly LoggedEvent[], since: (at: number) => number): Bar[] {
  const bars: Bar[] = [];
  const add = (what: Activity, step: number | null, from: number, to: number): void => {
    if (to > from) bars.push({ what, step, from, to, tasks: 1 });
  };
  const planned = events.find((event) => event.type === 'planned');
  if (planned !== undefined) add('planning', null, 0, since(planned.at));
  const lastOf = new Map<number, number>();
  let committed: number | null = null;
  for (const event of events) {
    if (event.type === 'stage-started' || event.type === 'task-finished')
      lastOf.set(event.step, event.at);
    if (event.type === 'step-committed') {
      add('commit', event.step, since(lastOf.get(event.step) ?? event.at), since(event.at));
      committed = event.at;
    }
    if (event.type === 'run-finished')
      add('finish', null, since(committed ?? event.at), since(event.at));
  }
  return bars;
}

/** As few lanes as hold all bars without overlap. */
function pack(bars: readonly Bar[]): Bar[][] {
  const lanes: Bar[][] = [];
  for (const bar of bars.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const free = lanes.find((lane) => lane.at(-1)!.to <= bar.from + 0.001);
    if (free === undefined) lanes.push([bar]);
    else free.push(bar);
  }
  return lanes;
}

/** Neighbours that nobody could tell apart. */
function merged(bars: readonly Bar[], least: number): Bar[] {
  const all: Bar[] = [];
  for (const bar of bars) {
    const last = all.at(-1);
    const same = last !== undefined && last.what === bar.what && last.step === bar.step;
    if (same && bar.from - last.to < least && bar.to - bar.from < least)
      all[all.length - 1] = {
        ...last,
        to: Math.max(last.to, bar.to),
        tasks: last.tasks + bar.tasks,
      };
    else all.push(bar);
  }
  return all;
}

/** A driver that took a run over may begin a stage again: it is one stage. */
function stageSpans(
  events: readonly LoggedEvent[],
  tasks: readonly TaskEvent[],
  since: (at: number) => number,
): StageSpan[] {
  const started = events.filter((event) => event.type === 'stage-started');
  const nameOf = (event: { readonly step: number; readonly stage: string }): string =>
    `${event.step}/${event.stage}`;
  const byName = new Map<string, { readonly first: (typeof started)[number]; own: TaskEvent[] }>();
  for (const event of started)
    if (!byName.has(nameOf(event))) byName.set(nameOf(event), { first: event, own: [] });
  for (const event of tasks) byName.get(nameOf(event))?.own.push(event);
  return [...byName.values()].map(({ first: { step, stage, tasks: planned, at: from }, own }) => {
    const sum = (of: (event: TaskEvent) => number): number =>
      own.reduce((total, event) => total + of(event), 0);
    return {
      step,
      stage,
      tasks: planned,
      finished: new Set(own.map(({ task }) => task)).size,
      from: since(from),
      to: own.length === 0 ? null : since(own.reduce((last, { at }) => Math.max(last, at), 0)),
      busy: sum(({ seconds }) => seconds),
      rowsIn: sum(({ rowsIn }) => rowsIn),
      rowsOut: sum(({ rowsOut }) => rowsOut),
      bytesRead: sum(({ bytesRead }) => bytesRead),
      bytesWritten: sum(({ bytesWritten }) => bytesWritten),
    };
  });
}
