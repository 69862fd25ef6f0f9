/** Events of several segments, brought together by key: what the aggregation sweeps over. */
import { dayMs } from '@hindcast/shared/time/partition-spec';
import { sortRuns } from './arrange.js';
import type { SegmentRange } from './segment.js';
import { gather, type ValueColumn } from './values.js';

/** Events of keys 0 … keys − 1; key g's are `starts[g] … starts[g + 1]` (exclusive), by time. */
export interface GroupedEvents {
  readonly starts: Uint32Array;
  readonly times: Float64Array;
  /** Each event's partition, days since epoch; null when it is always the time's date. */
  readonly days: Int32Array | null;
  readonly values: readonly ValueColumn[];
}

export interface KeyedRange {
  readonly range: SegmentRange;
  /** Key of each run of the range, −1 for keys that no left row asks for. */
  readonly keyOfRun: Int32Array;
  /** Per value column that is ordinal: ordinal in this segment → ordinal over all of them. */
  readonly ordinals: readonly (Float64Array | null)[];
}

/** Partitions (days since epoch, inclusive) whose events are kept. */
export interface DayBounds {
  readonly first: number;
  readonly last: number;
}

export function groupEvents(
  parts: readonly KeyedRange[],
  keys: number,
  columns: number,
  keep: DayBounds | null,
): GroupedEvents {
  const starts = new Uint32Array(keys + 1);
  forEachRun(parts, (_, key, from, to) => {
    starts[key + 1]! += to - from;
  });
  for (let key = 0; key < keys; key++) starts[key + 1]! += starts[key]!;
  const total = starts[keys]!;
  const next = starts.slice(0, keys);
  const times = new Float64Array(total);
  const withDays = parts.some(({ range }) => range.misplaced) || keep !== null;
  const days = withDays ? new Int32Array(total) : null;
  const values = Array.from({ length: columns }, (_, c) => emptyColumn(parts, c, total));
  for (const part of parts) {
    const { range } = part;
    const first = next.slice();
    forEachRun([part], (_, key, from, to) => {
      next[key]! += to - from;
    });
    copyRuns(part, first, range.times(), times);
    if (days !== null) copyRuns(part, first, daysOf(range), days);
    for (let c = 0; c < columns; c++) copyColumn(part, first, c, values[c]!);
  }
  const grouped = { starts, times, days, values };
  if (parts.length > 1) sortRuns(grouped);
  return keep === null ? grouped : keepDays(grouped, keep);
}

function forEachRun(
  parts: readonly KeyedRange[],
  visit: (part: KeyedRange, key: number, from: number, to: number) => void,
): void {
  for (const part of parts) {
    const { runs } = part.range;
    for (let run = 0; run < part.keyOfRun.length; run++) {
      const key = part.keyOfRun[run]!;
      if (key >= 0) visit(part, key, runs[run]!, runs[run + 1]!);
    }
  }
}

/** int64 where any segment needs it; validity where any segment has NULLs. */
function emptyColumn(parts: readonly KeyedRange[], column: number, total: number): ValueColumn {
  const columns = parts.map(({ range }) => range.columns[column]!);
  const wide = columns.some(({ encoding }) => encoding === 'int64');
  return {
    encoding: wide ? 'int64' : (columns[0]?.encoding ?? 'double'),
    data: wide ? new BigInt64Array(total) : new Float64Array(total),
    valid: columns.some(({ hasNulls }) => hasNulls) ? new Uint8Array(total) : null,
  };
}

/** Copies each run of a range to the events of its key, which begin at `first[key]`. */
function copyRuns<T extends Float64Array | Int32Array | Uint8Array>(
  { range: { runs }, keyOfRun }: KeyedRange,
  first: Uint32Array,
  source: T,
  target: T,
): void {
  for (let run = 0; run < keyOfRun.length; run++) {
    const key = keyOfRun[run]!;
    if (key < 0) continue;
    let position = first[key]!;
    const end = runs[run + 1]!;
    for (let row = runs[run]!; row < end; row++) target[position++] = source[row]!;
  }
}

function daysOf(range: SegmentRange): Int32Array {
  if (range.misplaced) return range.days();
  return Int32Array.from(range.times(), (time) => Math.floor(time / dayMs));
}

function copyColumn(part: KeyedRange, first: Uint32Array, c: number, to: ValueColumn): void {
  const from = part.range.values(c);
  const ordinals = part.ordinals[c]!;
  if (to.data instanceof BigInt64Array) copyWide(part, first, from, to.data);
  else if (ordinals === null) copyRuns(part, first, from.data as Float64Array, to.data);
  else copyRuns(part, first, translate(from, ordinals), to.data);
  if (to.valid === null) return;
  const valid = from.valid ?? new Uint8Array(from.data.length).fill(1);
  copyRuns(part, first, valid, to.valid);
}

function copyWide(
  part: KeyedRange,
  first: Uint32Array,
  { data, valid }: ValueColumn,
  to: BigInt64Array,
): void {
  forEachRun([part], (_, key, begin, end) => {
    let position = first[key]!;
    for (let row = begin; row < end; row++, position++) {
      // Under a NULL may lie anything, also what is no integer.
      if (valid === null || valid[row] === 1) to[position] = BigInt(data[row]!);
    }
  });
}

/** Ordinals of one segment in terms of the dictionary over all of them. */
function translate({ data, valid }: ValueColumn, ordinals: Float64Array): Float64Array {
  const translated = new Float64Array(data.length);
  for (let row = 0; row < translated.length; row++) {
    if (valid === null || valid[row] === 1) translated[row] = ordinals[data[row] as number]!;
  }
  return translated;
}

/** Events of the kept partitions only; their days no longer matter. */
function keepDays(events: GroupedEvents, keep: DayBounds): GroupedEvents {
  const { starts, times, values } = events;
  const days = events.days!;
  const kept: number[] = [];
  const newStarts = new Uint32Array(starts.length);
  for (let key = 0; key + 1 < starts.length; key++) {
    for (let i = starts[key]!; i < starts[key + 1]!; i++) {
      if (days[i]! >= keep.first && days[i]! <= keep.last) kept.push(i);
    }
    newStarts[key + 1] = kept.length;
  }
  return { ...select({ times, values }, Uint32Array.from(kept)), starts: newStarts, days: null };
}

/** The events at `order`, as columns of their own. */
export function select(
  events: Pick<GroupedEvents, 'times' | 'values'>,
  order: Uint32Array,
): Pick<GroupedEvents, 'times' | 'values'> {
  const times = new Float64Array(order.length);
  for (let i = 0; i < order.length; i++) times[i] = events.times[order[i]!]!;
  return { times, values: events.values.map((column) => gather(column, order)) };
}
