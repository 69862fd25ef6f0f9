/**
 * Events of one key, newest first, with the edges of windows as lines between them: what lies between
 * an edge and the row is inside of that window. Of entities with mutations, what happened in its order.
 */
import type { Unseen } from './explain-unseen.js';
import { columnName } from './explain-value.js';
import type { ExplainedEvent, ExplainedPart, ExplainedReading } from './explanation.js';
import { duration, moment, windowLength } from './moments.js';
import type { Style } from './style.js';

/** @param most events shown at each end of what lies between two edges */
export function renderTimeline(
  reading: ExplainedReading,
  part: ExplainedPart,
  rowMs: number | null,
  style: Style,
  most: number,
): string[] {
  const lines = timelineOf(reading, part, rowMs, most);
  if (!lines.some(({ kind }) => kind === 'event')) return [];
  const cells = lines.flatMap((line) => (line.kind === 'event' ? [line.cells] : []));
  const timed = cells.some(([, when]) => when !== '');
  const heads = ['', timed ? 'when (UTC)' : '', '', 'partition', ...reading.inputs.map(columnName)];
  const widths = heads.map((head, i) =>
    Math.max(head.length, ...cells.map((row) => row[i]!.length)),
  );
  const aligned = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 2 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .filter((_, i) => timed || i === 0 || i > 2)
      .join('  ');
  return [
    `  ${style.dim(aligned(heads).trimEnd())}`,
    ...lines.map((line) => {
      if (line.kind === 'more') return `     ${style.dim(`… ${line.count} more …`)}`;
      if (line.kind === 'edge') return `  ${style.bold(`─  ${moment(line.atMs)}`)}  ${line.text}`;
      const text = `${aligned(line.cells)}  ${line.note}`.trimEnd();
      return `  ${line.inside ? text : style.dim(text)}`;
    }),
  ];
}

/** A line of a key's events; what stands in it is text. */
export type TimelineLine =
  | { readonly kind: 'edge'; readonly atMs: number; readonly text: string }
  | { readonly kind: 'more'; readonly count: number }
  | {
      readonly kind: 'event';
      readonly inside: boolean;
      readonly cells: readonly string[]; // mark, moment, distance, partition, inputs
      readonly note: string;
    };

/** @param most events at each end of what lies between two edges */
export function timelineOf(
  reading: ExplainedReading,
  part: ExplainedPart,
  rowMs: number | null,
  most: number,
): TimelineLine[] {
  const marks = marksOf(reading);
  const line = (event: ExplainedEvent): TimelineLine =>
    eventLine(event, marks, reading, part, rowMs);
  const newestFirst = reading.events.toReversed();
  if (part.lookup === 'mutations' || reading.features.some(({ endMs }) => endMs === null))
    return capped(inOrder(newestFirst, part, reading), () => true, 2 * most, 0).map((found) =>
      typeof found === 'number' ? { kind: 'more', count: found } : line(found),
    );
  const isInside = ({ event }: ExplainedEvent): boolean => marks.inside.has(event);
  const lines: TimelineLine[] = [];
  let rest = newestFirst.filter(({ timeMs }) => timeMs !== null);
  let counted = 0;
  const add = (until: number | null, count: number): void => {
    const above = rest.filter(({ timeMs }) => until === null || timeMs! >= until);
    rest = rest.slice(above.length);
    const unknown = Math.max(0, count - above.filter(isInside).length);
    for (const found of capped(above, isInside, most, unknown))
      lines.push(typeof found === 'number' ? { kind: 'more', count: found } : line(found));
  };
  const { endMs } = reading.features[0]!;
  add(endMs, 0);
  lines.push({ kind: 'edge', atMs: endMs!, text: endText(part, endMs!, rowMs) });
  for (const { startMs, windowMs, count } of edgesOf(reading)) {
    add(startMs, count - counted);
    counted = count;
    if (startMs === null) continue;
    const away = duration(endMs! - startMs);
    const length = windowLength(windowMs!);
    const rounded = endMs! - startMs === windowMs ? '' : `, rounded down to ${away} before`;
    lines.push({
      kind: 'edge',
      atMs: startMs,
      text: `windows of ${length} begin${rounded}, inclusive`,
    });
  }
  add(null, 0);
  const untimed = newestFirst.filter(({ timeMs }) => timeMs === null);
  return [...lines, ...untimed.map(line)];
}

/** Rows of snapshots and their mutations: what won first, then as things happened. */
function inOrder(
  events: readonly ExplainedEvent[],
  { lookup }: ExplainedPart,
  { features }: ExplainedReading,
): ExplainedEvent[] {
  const when = ({ mutation }: ExplainedEvent): number => mutation?.timeMs ?? -Infinity;
  if (lookup === 'mutations') {
    // What is new at a moment is there before something is taken away in the same moment.
    const last = ({ mutation }: ExplainedEvent): number => Number(mutation?.takesAway === true);
    return events
      .toReversed()
      .sort((a, b) => (when(a) === when(b) ? last(a) - last(b) : when(a) - when(b)));
  }
  const order = features[0]!.inside.events;
  const place = ({ event }: ExplainedEvent): number => {
    const at = order.indexOf(event);
    return at < 0 ? order.length : at;
  };
  return events.toSorted((a, b) => place(a) - place(b));
}

/** Starts of the features' windows, the nearest first. */
function edgesOf({ features }: ExplainedReading) {
  const edges = new Map<number | null, { windowMs: number | null; count: number }>();
  for (const { startMs, windowMs, inside } of features)
    edges.set(startMs, {
      windowMs,
      count: Math.max(inside.count, edges.get(startMs)?.count ?? 0),
    });
  return [...edges]
    .map(([startMs, edge]) => ({ startMs, ...edge }))
    .sort((a, b) => (b.startMs ?? -Infinity) - (a.startMs ?? -Infinity));
}

function endText({ lookup, accuracy }: ExplainedPart, endMs: number, rowMs: number | null): string {
  if (rowMs === null) return "the end of the row's partition: windows end, exclusive";
  if (endMs === rowMs && (accuracy === 'TEMPORAL' || lookup !== 'as-of'))
    return 'the row: windows end, exclusive';
  return 'the midnight before the row: windows end, exclusive';
}

/**
 * The first and the last of some events, and how many are left out between. Those that don't count are
 * what a reader looks for: they stay.
 * @param unknown events that count and are not among these, somewhere in their middle
 */
function capped(
  events: readonly ExplainedEvent[],
  counts: (event: ExplainedEvent) => boolean,
  most: number,
  unknown: number,
): (ExplainedEvent | number)[] {
  const total = events.filter(counts).length;
  const first = Math.min(most, total);
  const left = unknown + Math.max(0, total - 2 * most);
  if (unknown === 0 && left <= 1) return [...events];
  const shown: (ExplainedEvent | number)[] = [];
  let seen = 0;
  for (const event of events) {
    const at = counts(event) ? seen++ : null;
    if (at === null || at < most || at >= total - most) shown.push(event);
    if (at === first - 1) shown.push(left);
  }
  return total === 0 ? [...shown, left] : shown;
}

interface Marks {
  readonly inside: ReadonlySet<number>;
  /** Why an event is not seen: the longest window knows best. */
  readonly outside: ReadonlyMap<number, Unseen>;
}

function marksOf({ features }: ExplainedReading): Marks {
  return {
    inside: new Set(features.flatMap(({ inside }) => inside.events)),
    outside: new Map(
      features.flatMap(({ outside }) => outside.map((unseen) => [unseen.event, unseen] as const)),
    ),
  };
}

function eventLine(
  event: ExplainedEvent,
  marks: Marks,
  { features, inputs }: ExplainedReading,
  part: ExplainedPart,
  rowMs: number | null,
): TimelineLine {
  const whole = features[0]!.operation === null;
  const won = features[0]!.inside.events[0] === event.event;
  const inside = whole ? won : marks.inside.has(event.event);
  const reason = marks.outside.get(event.event);
  const takesAway = reason?.reason === 'takes away';
  const unseen = inside ? '' : (reason?.why ?? 'another row of the key is greater');
  const at = event.mutation === null ? event.timeMs : event.mutation.timeMs;
  const reference = rowMs ?? features[0]!.endMs;
  const distance =
    at === null || reference === null
      ? ''
      : `${duration(reference - at)} ${at > reference ? 'after' : 'before'}`;
  const kind =
    part.lookup !== 'mutations'
      ? ''
      : event.mutation === null
        ? 'snapshot'
        : event.mutation.takesAway
          ? 'reversal'
          : 'new';
  // Windows are on the rows' own times.
  const own =
    event.mutation === null || event.timeMs === null || features.every((f) => f.windowMs === null)
      ? kind
      : `${kind}, of ${moment(event.timeMs)}`;
  const values = inputs.map((name) => cellText(event.values[name]));
  return {
    kind: 'event',
    inside,
    cells: [
      inside ? '✓' : takesAway ? '−' : '✗',
      at === null ? '' : moment(at),
      distance,
      event.partition,
      ...values,
    ],
    note: [own, unseen].filter((text) => text !== '').join(': '),
  };
}

/** A value on one line, cut where it is long. */
export function cellText(value: unknown, most = 44): string {
  const text = [...textOf(value).replace(/[\n\r\t]+/g, ' ')];
  return text.length <= most ? text.join('') : `${text.slice(0, most - 1).join('')}…`;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.length > 0 && value.every(isEntry))
    return `{${value.map(({ key, value: own }) => `${textOf(key)}: ${textOf(own)}`).join(', ')}}`;
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isEntry(value: unknown): value is { readonly key: unknown; readonly value: unknown } {
  return typeof value === 'object' && value !== null && Object.keys(value).join() === 'key,value';
}
