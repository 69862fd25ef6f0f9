/**
 * explain-row: which events a left row sees in each window of a part. The row, its key's events and its
 * windows go through the join's own code; what is noted is which positions that code visits.
 */
import {
  type ExplainRowResult,
  type ExplainRowTask,
  eventColumn,
  type RowView,
  type SeenEvents,
} from '@hindcast/shared/plan/explain-row';
import type { JoinTask, PartSpec, QueryResult } from '@hindcast/shared/plan/task';
import { dayMs } from '@hindcast/shared/time/partition-spec';
import type { ValueColumn } from '../keys/values.js';
import { quoteName } from '../scan/duckdb.js';
import { float64s } from '../scan/duckdb-columns.js';
import { daySql, greatestFirst, relation } from '../scan/source-sql.js';
import { startOf } from '../window/range-builder.js';
import type { Ranges, WindowRule } from '../window/ranges.js';
import { locate, type TaskContext } from './context.js';
import { asOfRows, forEachView, type Output, prepare, windowRule } from './join.js';
import { numberLeftKeys } from './left-keys.js';
import { loadLeft } from './left-rows.js';
import { readEvents } from './part-events.js';

/** Events that a feature names of those between its bounds that it does not see. */
const mostHidden = 20;

export async function explainRow(
  task: ExplainRowTask,
  context: TaskContext,
): Promise<ExplainRowResult> {
  const { session } = context;
  const { join, sources } = task;
  const part = join.parts[0]!;
  await createEvents(part, join, sources, context);
  const left = await loadLeft(join, context);
  const keys = await numberLeftKeys(part, join, left, context);
  const rows = asOfRows(part, join, left, keys);
  const rule = windowRule(part, part.aggregates ?? [], join);
  const view: RowView = {
    keyIsNull: keys.ofRow[0]! < 0,
    untilMs: rows.until[0]!,
    lastDay: rows.lastDay[0]!,
    firstDay: firstDayOf(part, rule, rows.until[0]!),
  };
  const around = await readAround(context);
  const features =
    part.aggregates === null
      ? [await wholeRows(part, view, context)]
      : await aggregated(part, view, rule);
  const shown = new Set(
    features.flatMap(({ inside, before, after, hidden }) =>
      [...inside, before, after, ...hidden].filter((event) => event !== null),
    ),
  );
  const events = await eventsOf(part, shown, context);
  await session.run('DROP TABLE key_events; DROP TABLE left_rows');
  return { view, features, events, days: [...new Set(around.days)].sort((a, b) => a - b) };

  async function aggregated(
    { aggregates }: PartSpec,
    { untilMs, lastDay }: RowView,
    { start, lengths }: WindowRule,
  ): Promise<SeenEvents[]> {
    const { events } = await readEvents(part, join, keys, context);
    const outputs = prepare(part, aggregates!, rule, events.values, left.count);
    const place = part.values.findIndex(({ name }) => name === eventColumn);
    const seen = new Map<Output, { readonly events: number[]; readonly inputs: number }>();
    forEachView(part, join, events, rows, rule, outputs, (some, values, ranges) => {
      for (const output of some) {
        const found = positionsOf(output, values, ranges);
        if (found === null) continue;
        const numbers = found.map((position) => Number(values[place]!.data[position]));
        const inputs = found.filter((position) => isInput(output, values, position)).length;
        seen.set(output, { events: numbers, inputs });
      }
    });
    return outputs.map((output): SeenEvents => {
      const { events: inside, inputs } = seen.get(output) ?? { events: [], inputs: 0 };
      const length = lengths[output.window]!;
      const bounded = start !== 'whole' && length !== null;
      const startMs = bounded ? startOf(rule, untilMs, length) : null;
      const bounds = { startMs, endMs: start === 'whole' ? null : untilMs };
      const days = part.lookup === 'as-of' ? null : daysSeen(lastDay, part.lookup);
      return {
        column: output.name,
        ...bounds,
        count: inside.length,
        inputs,
        inside: ends(inside, task.limit),
        ...outsideOf(new Set(inside), around, bounds, days),
      };
    });
  }
}

/** Where reading starts for a row: the partition that holds the start of its longest window. */
function firstDayOf({ lookup }: PartSpec, rule: WindowRule, until: number): number | null {
  if (rule.longest === null || lookup !== 'as-of' || rule.lengths.length === 0) return null;
  return Math.floor(startOf(rule, until, rule.longest) / dayMs);
}

/** Snapshots see one day, with mutations also the next one's changes; both inclusive. */
function daysSeen(
  lastDay: number,
  lookup: PartSpec['lookup'],
): { readonly first: number; readonly last: number } {
  return lookup === 'snapshot'
    ? { first: lastDay, last: lastDay }
    : { first: lastDay - 1, last: lastDay };
}

/** Positions of the row's events for an output; null where these ranges hold none. */
function positionsOf(
  { window }: Output,
  _: readonly ValueColumn[],
  { count, from, to }: Ranges,
): number[] | null {
  if (count === 0) return null;
  const [first, end] = [from[window]![0]!, to[0]!];
  return Array.from({ length: Math.max(0, end - first) }, (__, i) => first + i);
}

function isInput(
  { column, by }: Output,
  values: readonly ValueColumn[],
  position: number,
): boolean {
  const there = ({ valid }: ValueColumn): boolean => valid === null || valid[position] === 1;
  return there(values[column]!) && (by === null || there(values[by.column]!));
}

/** The oldest and the newest, in order. */
function ends(events: readonly number[], limit: number): readonly number[] {
  if (events.length <= limit) return events;
  const oldest = Math.floor(limit / 2);
  return [...events.slice(0, oldest), ...events.slice(events.length - (limit - oldest))];
}

/** All events of the key, in order of time and partition; NaN without a time. */
interface Around {
  readonly events: readonly number[];
  readonly times: readonly number[];
  readonly days: readonly number[];
}

async function readAround({ session }: TaskContext): Promise<Around> {
  const around = { events: [] as number[], times: [] as number[], days: [] as number[] };
  await session.chunks(
    `SELECT event::DOUBLE, coalesce(time::DOUBLE, 'NaN'::DOUBLE), day::DOUBLE FROM key_events ORDER BY time, day, event`,
    [8, 8, 8],
    (rows, [event, time, day]) => {
      around.events.push(...float64s(event!, rows));
      around.times.push(...float64s(time!, rows));
      around.days.push(...float64s(day!, rows));
    },
  );
  return around;
}

function outsideOf(
  inside: ReadonlySet<number>,
  { events, times, days }: Around,
  { startMs, endMs }: Pick<SeenEvents, 'startMs' | 'endMs'>,
  seen: { readonly first: number; readonly last: number } | null,
): Pick<SeenEvents, 'before' | 'after' | 'hidden' | 'hiddenCount'> {
  let before: number | null = null;
  let after: number | null = null;
  const hidden: number[] = [];
  for (const [i, event] of events.entries()) {
    if (inside.has(event)) continue;
    if (seen !== null && (days[i]! < seen.first || days[i]! > seen.last)) continue;
    if (startMs !== null && times[i]! < startMs) before = event;
    else if (endMs !== null && times[i]! >= endMs) after ??= event;
    else hidden.push(event);
  }
  return { before, after, hidden: hidden.slice(-mostHidden), hiddenCount: hidden.length };
}

/** Rows of the snapshot as they are: the greatest wins. */
async function wholeRows(
  part: PartSpec,
  { lastDay, keyIsNull }: RowView,
  { session }: TaskContext,
): Promise<SeenEvents> {
  const found = await session.rows(
    `SELECT event::DOUBLE FROM key_events WHERE day = ${lastDay} ORDER BY ${greatestFirst(part.values)}`,
  );
  const inside = keyIsNull ? [] : found.map(([event]) => Number(event));
  return {
    column: '',
    startMs: null,
    endMs: null,
    count: inside.length,
    inputs: inside.length,
    inside: inside.slice(0, mostHidden),
    before: null,
    after: null,
    hidden: [],
    hiddenCount: 0,
  };
}

/** Temp table `key_events`: `event`, `source`, `time`, `partition`, `day`, `__v0 …`. */
async function createEvents(
  part: PartSpec,
  { dateFormat }: JoinTask,
  sources: ExplainRowTask['sources'],
  context: TaskContext,
): Promise<void> {
  const values = part.values.flatMap(({ name, type }, i) =>
    name === eventColumn ? [] : [{ sql: `CAST(__v${i} AS ${type}) AS __v${i}`, type, i }],
  );
  const selects = sources.flatMap(({ files, partitionColumn }, source) =>
    files.length === 0
      ? []
      : [
          `SELECT ${eventColumn} AS event, ${source} AS source, __time AS time, ${quoteName(partitionColumn)} AS partition, ${daySql({ partitionColumn, dateFormat })} AS day${values.map(({ sql }) => `, ${sql}`).join('')}
           FROM ${relation(files, partitionColumn, (path) => locate(context, path))}`,
        ],
  );
  const none = `SELECT 0::BIGINT AS event, 0 AS source, 0::BIGINT AS time, '' AS partition, 0 AS day${values.map(({ type, i }) => `, CAST(NULL AS ${type}) AS __v${i}`).join('')} WHERE false`;
  await context.session.run(
    `CREATE OR REPLACE TEMP TABLE key_events AS ${[none, ...selects].join(' UNION ALL ')}`,
  );
}

async function eventsOf(
  part: PartSpec,
  shown: ReadonlySet<number>,
  { session }: TaskContext,
): Promise<QueryResult> {
  const values = part.values.flatMap(({ name }, i) => (name === eventColumn ? [] : [`__v${i}`]));
  const read = await session.read(
    `SELECT ${['event', 'source', 'time', 'partition', 'day', ...values].join(', ')} FROM key_events
     WHERE event IN (SELECT unnest([${[0.5, ...shown].join(', ')}])) ORDER BY time, day, event`,
    Number.MAX_SAFE_INTEGER,
  );
  return { ...read, rowCount: read.rows.length };
}
