/** The record of a run that never was: what a month of a shop's training set would leave behind. */
import type { LoggedEvent, RunEvent } from '@hindcast/shared/plan/event';
import type { Plan, PlannedInput } from '@hindcast/shared/plan/plan';
import type { JoinTask, Scan } from '@hindcast/shared/plan/task';
import type { RunRecord } from '../../packages/driver/src/report/run-record.js';
import { joinOf, part, planOf, requestOf } from '../small-plans.js';
import { numbersFrom } from './made-up-statistics.js';

const startedAt = Date.parse('2023-12-01T02:00:00.000Z');
const bits = 5;

/**
 * A run that computed the last days of some, from sources that were in KeyBuckets in part, on four threads.
 * @param parts output prefixes
 * @param days all partitions that the table has after it
 * @param names of the output's columns; also what warnings and sources speak of
 */
export function madeUpRun(
  parts: readonly string[],
  days: readonly string[],
  names: readonly string[] = [],
): RunRecord {
  const plan = madeUpPlan(parts, days, names);
  return {
    runId: '20231201T020000000-1f3a9c',
    state: 'succeeded',
    now: startedAt + 90_000,
    request: requestOf({
      config: names[0] ?? 'shop/training_set.ts',
      executors: 4,
      name: names[1] ?? 'nightly',
    }),
    plan,
    events: eventsOf(plan, names),
    results: null,
    statistics: null,
    consistency: null,
  };
}

function madeUpPlan(
  parts: readonly string[],
  days: readonly string[],
  names: readonly string[],
): Plan {
  const base = planOf(joinOf([part()]), {});
  const computed = days.slice(-4);
  const scan = (origin: string): Scan => ({
    ...{ origin, table: origin, partitionColumn: 'ds', dateFormat: 'yyyy-MM-dd', selects: null },
    ...{ wheres: [], time: { kind: 'none' }, dayOfTime: false, partial: [] },
  });
  const inputs = parts.map((prefix, i): PlannedInput => {
    const name = prefix.replace(/^shop_(.*)_(v\d)$/, 'shop.$1.$2');
    return {
      origin: `join part "${name}": data.${name.split('.')[1] ?? name}`,
      table: `data.${name}`,
      ...{ partitions: 94 - i * 30, files: 188 - i * 60, reused: i === 2 ? 0 : 90 - i * 30 },
      ...{ bytes: 1_840_000_000 / (i * i * 3 + 1), rows: Math.round(96_000_000 / (i * i * 3 + 1)) },
    };
  });
  const sample = base.steps[0]!.stages.find(({ name }) => name === 'join')!.tasks[0] as JoinTask;
  const left = scan('left: data.checkouts');
  return {
    ...base,
    name: 'shop.training_set.v3',
    output: {
      ...base.output,
      table: 'shop.training_set_v3',
      columns: names.map((name) => ({ name, type: 'DOUBLE' })),
    },
    hashes: { ...base.hashes, parts: Object.fromEntries(parts.map((prefix) => [prefix, 'hash'])) },
    warnings: [],
    inputs,
    partitions: days.map((value, i) => {
      if (i < days.length - 4) return { value, action: 'skip', reason: 'exists', parts: null };
      if (i < days.length - 2)
        return { value, action: 'compute', reason: 'part changed', parts: parts.slice(0, 1) };
      return { value, action: 'compute', reason: 'missing', parts: null };
    }),
    steps: [computed.slice(0, 2), computed.slice(2)].map((partitions, index) => ({
      ...base.steps[0]!,
      index,
      partitions,
      rows: Object.fromEntries(partitions.map((value) => [value, 48_000 + 900 * index])),
      stages: [
        {
          name: 'key-buckets',
          tasks: inputs.map(({ origin }) => ({
            kind: 'bucket-source',
            ...{ scan: scan(origin), files: [], layout: 'events', partitionKey: null },
            ...{ untimed: 'dropped', keys: [], values: [], explode: null },
            ...{ refuseDuplicates: false, quiet: false, output: `${origin}/${index}` },
          })),
        },
        {
          name: 'join',
          tasks: Array.from({ length: 1 << bits }, (_, bucket) => ({
            ...sample,
            bucket: { index: bucket, bits },
            left: {
              kind: 'scan',
              left: {
                ...{ scan: left, columns: [], skewKeys: {} },
                files: partitions.map((partition) => ({
                  path: `checkouts/${partition}`,
                  partition,
                })),
              },
              keys: [],
            },
          })),
        },
      ],
    })),
  };
}

/** As four threads would have worked through it, one KeyBucket fuller than the others. */
function eventsOf({ steps }: Plan, names: readonly string[]): LoggedEvent[] {
  const events: LoggedEvent[] = [];
  const next = numbersFrom(17);
  let now = 0; // seconds
  const say = (event: RunEvent, at = now): void => {
    events.push({ v: 1, at: startedAt + Math.round(at * 1000), ...event });
  };
  now = 1.4;
  say({
    type: 'run-started',
    runId: '20231201T020000000-1f3a9c',
    config: 'shop/training_set.ts',
    args: {},
  });
  say({ type: 'planned', steps: steps.length, compute: 4, skip: 26, tasks: 70 });
  const warnings =
    names.length > 0 && names.length < 20
      ? names
      : [
          "1,204 events lie in a later partition than their time's date: rows of earlier dates don't see them",
        ];
  for (const message of warnings) say({ type: 'warning', message });
  for (const { index: step, partitions, stages } of steps) {
    for (const { name: stage, tasks } of stages) {
      say({ type: 'stage-started', step, stage, tasks: tasks.length });
      const free = [now, now, now, now];
      tasks.forEach((_, task) => {
        const thread = free.indexOf(Math.min(...free));
        const full = stage === 'join' && task === 11;
        const seconds =
          (stage === 'join' ? 0.32 : 2.6 - task * 0.7) * (0.8 + 0.4 * next()) * (full ? 3.1 : 1);
        const from = free[thread]!;
        free[thread] = from + seconds;
        const rows =
          stage === 'join'
            ? Math.round(3000 * (0.9 + 0.2 * next()) * (full ? 3.4 : 1))
            : 2_100_000 / (task * task + 1);
        const [rowsIn, rowsOut] = [Math.round(rows), Math.round(rows * 0.98)];
        say(
          {
            ...{ type: 'task-finished', step, stage, task, seconds, rowsIn, rowsOut },
            ...{
              bytesRead: stage === 'join' ? rowsIn * 1900 : 0,
              bytesWritten: rowsOut * (stage === 'join' ? 210 : 12),
            },
            ran: {
              executor: `thread ${thread + 1}`,
              from: startedAt + from * 1000,
              to: startedAt + free[thread]! * 1000,
            },
          },
          free[thread],
        );
      });
      now = Math.max(...free);
    }
    now += 0.35;
    const rows = partitions.length * (48_000 + 900 * step);
    say({ type: 'step-committed', step, partitions, rows, version: 41 + step });
  }
  now += 0.2;
  say({
    ...{ type: 'run-finished', status: 'succeeded', exitCode: 0, seconds: now },
    notes: {
      lateEvents: 1204,
      earlyEvents: 0,
      eventsWithoutTime: 0,
      duplicateSnapshotRows: 0,
      skewedRows: 0,
    },
  });
  return events.sort((a, b) => a.at - b.at);
}
