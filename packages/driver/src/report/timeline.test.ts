import type { LoggedEvent, RunEvent } from '@hindcast/shared/plan/event';
import { describe, expect, test } from 'vitest';
import { timelineOf } from './timeline.js';

const startedAt = Date.parse('2023-11-30T06:15:02.000Z');
const runId = '20231130T061502000-1f3a9c';

/** Events by seconds since the start. */
function log(...events: readonly (readonly [number, RunEvent])[]): LoggedEvent[] {
  return events.map(([second, event]) => ({ v: 1, at: startedAt + second * 1000, ...event }));
}

function finished(
  task: number,
  stage: string,
  seconds: number,
  ran?: [string, number, number],
): RunEvent {
  const facts = { seconds, rowsIn: 10, rowsOut: 5, bytesRead: 100, bytesWritten: 50 };
  if (ran === undefined) return { type: 'task-finished', step: 0, stage, task, ...facts };
  const [executor, from, to] = ran;
  return {
    ...{ type: 'task-finished', step: 0, stage, task, ...facts },
    ran: { executor, from: startedAt + from * 1000, to: startedAt + to * 1000 },
  };
}

const planned: RunEvent = { type: 'planned', steps: 1, compute: 1, skip: 0, tasks: 3 };
const committed: RunEvent = {
  type: 'step-committed',
  step: 0,
  partitions: ['d'],
  rows: 5,
  version: 0,
};
const begun = (stage: string, tasks: number): RunEvent => ({
  type: 'stage-started',
  step: 0,
  stage,
  tasks,
});

function lines(events: readonly LoggedEvent[]): string[] {
  const { lanes } = timelineOf(record(events))!;
  return lanes.map(
    ({ name, bars }) =>
      `${name}: ${bars.map(({ what, from, to, tasks }) => `${what} ${from}-${to}${tasks > 1 ? ` (${tasks})` : ''}`).join(', ')}`,
  );
}

function record(events: readonly LoggedEvent[], id = runId) {
  return {
    runId: id,
    state: 'succeeded' as const,
    now: 0,
    request: null,
    plan: null,
    results: null,
    events,
  };
}

describe('lanes', () => {
  test('of executors, in order of their numbers, and of what the driver does between', () => {
    const events = log(
      [2, planned],
      [2, begun('key-buckets', 2)],
      [3, finished(0, 'key-buckets', 1, ['thread 10', 2, 3])],
      [4, finished(1, 'key-buckets', 2, ['thread 9', 2, 4])],
      [4, begun('join', 1)],
      [6, finished(0, 'join', 2, ['thread 9', 4, 6])],
      [7, committed],
    );
    expect(lines(events)).toEqual([
      'driver: planning 0-2, commit 6-7',
      'thread 9: key-buckets 2-4, join 4-6',
      'thread 10: key-buckets 2-3',
    ]);
  });

  test('of a log of before: as few slots as hold all tasks', () => {
    const events = log(
      [2, planned],
      [4, finished(0, 'join', 2)],
      [5, finished(1, 'join', 2)],
      [7, finished(2, 'join', 2)],
    );
    const { packed } = timelineOf(record(events))!;
    expect(packed).toBe(true);
    expect(lines(events).slice(1)).toEqual(['slot 1: join 2-4, join 5-7', 'slot 2: join 3-5']);
  });

  test('of more pods than lanes are packed', () => {
    const events = log(
      ...Array.from({ length: 40 }, (_, i): [number, RunEvent] => [
        i + 1,
        finished(i, 'join', 1, [`pod-${i}`, i, i + 1]),
      ]),
    );
    expect(lines(events).map((line) => line.slice(0, 19))).toEqual([
      'driver: ',
      'slot 1: join 0-1, j',
    ]);
  });

  test('thousands of short tasks are no more bars than can be seen', () => {
    const events = log(
      ...Array.from({ length: 20_000 }, (_, i): [number, RunEvent] => [
        (i + 1) / 100,
        finished(i, 'join', 0.01, ['thread 1', i / 100, (i + 1) / 100]),
      ]),
    );
    const { lanes } = timelineOf(record(events))!;
    const { bars } = lanes[1]!;
    expect(bars.length).toBeLessThan(900);
    expect(bars.reduce((sum, { tasks }) => sum + tasks, 0)).toBe(20_000);
  });
});

test('stages add up what their tasks did; one that began twice is one', () => {
  const events = log(
    [1, begun('join', 2)],
    [2, finished(0, 'join', 1)],
    [3, begun('join', 2)],
    [5, finished(1, 'join', 2)],
  );
  expect(timelineOf(record(events))!.stages).toEqual([
    {
      ...{ step: 0, stage: 'join', tasks: 2, finished: 2, from: 1, to: 5, busy: 3 },
      ...{ rowsIn: 20, rowsOut: 10, bytesRead: 200, bytesWritten: 100 },
    },
  ]);
});

test('a run without events has none; one whose id tells no time begins with its first event', () => {
  expect(timelineOf(record([]))).toBeNull();
  const { startedAt: first, seconds } = timelineOf(
    record(log([3, planned], [5, committed]), 'other'),
  )!;
  expect([first, seconds]).toEqual([startedAt + 3000, 2]);
});
