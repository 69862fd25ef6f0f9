/**
 * Which events a left row sees: for each row and window a range of positions among its key's events.
 * This is the time half of the join; aggregation only ever sees ranges.
 *
 * Rules: spec/semantics, "Windows". Lower bounds are inclusive, upper bounds exclusive.
 */
import { dayMs } from '@hindcast/shared/time/partition-spec';
import type { GroupedEvents } from '../keys/group.js';
import type { ValueColumn } from '../keys/values.js';
import { CopiedEvents } from './copied-events.js';
import { lowerBound, RangeBuilder, startOf } from './range-builder.js';

/** Left rows of one key bucket, grouped by key like the events. */
export interface AsOfRows {
  /** Rows of key g: `order[starts[g]] … order[starts[g + 1] − 1]`. */
  readonly order: Uint32Array;
  readonly starts: Uint32Array;
  /** Per row, ms since epoch: events before it count. */
  readonly until: Float64Array;
  /** Per row, days since epoch: partitions up to and including it are seen. */
  readonly lastDay: Int32Array;
}

export interface WindowRule {
  /** Distinct window lengths, ascending; null (everything before) is last. */
  readonly lengths: readonly (number | null)[];
  /** Of all windows of the group-by: where reading starts; null reads everything. */
  readonly longest: number | null;
  /** `exact` and `sawtooth` round the start; `whole` ignores times altogether. */
  readonly start: 'exact' | 'sawtooth' | 'whole';
}

/** Event positions for some rows, per window in the order of the rule's lengths. */
export interface Ranges {
  readonly count: number;
  readonly rows: Uint32Array;
  readonly to: Int32Array; // exclusive
  readonly from: readonly Int32Array[]; // inclusive; never below a longer window's
  /** First position of each key's events, and the number of positions at the end. */
  readonly groups: Uint32Array;
}

/** The group of `groups` that holds a position. */
export function groupOf(groups: Uint32Array, position: number): number {
  let low = 0;
  let high = groups.length - 1;
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (groups[middle]! <= position) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Calls `visit` with value columns and ranges into them until every row that sees an event was in
 * exactly one call. Most rows share the grouped columns; a row that may not see all events between
 * its bounds (some landed late, or before they happened) gets a copy without these.
 */
export function forEachRange(
  events: GroupedEvents,
  rows: AsOfRows,
  rule: WindowRule,
  visit: (values: readonly ValueColumn[], ranges: Ranges) => void,
): void {
  const shared = new RangeBuilder(rule, rows.order.length, events.starts);
  const apart = events.days === null ? null : new ApartRows(events, rule, visit);
  for (let key = 0; key + 1 < rows.starts.length; key++) {
    const [from, to] = [events.starts[key]!, events.starts[key + 1]!];
    if (from === to) continue;
    if (apart !== null && isMisplaced(events, from, to)) {
      apart.addKey(rows, key, from, to, shared);
      continue;
    }
    for (let i = rows.starts[key]!; i < rows.starts[key + 1]!; i++) {
      const row = rows.order[i]!;
      shared.add(row, rows.until[row]!, events.times, from, to);
    }
  }
  visit(events.values, shared.ranges());
  apart?.flush();
}

function isMisplaced(events: GroupedEvents, from: number, to: number): boolean {
  const days = events.days!;
  for (let i = from; i < to; i++) {
    if (days[i] !== Math.floor(events.times[i]! / dayMs)) return true;
  }
  return false;
}

/** Rows that see only some of the events between their bounds, by what they may see. */
class ApartRows {
  private readonly copies: CopiedEvents;

  constructor(
    private readonly events: GroupedEvents,
    private readonly rule: WindowRule,
    visit: (values: readonly ValueColumn[], ranges: Ranges) => void,
  ) {
    this.copies = new CopiedEvents(events, rule, visit);
  }

  /** Rows of one key, by what they may see: neighbours in time mostly share it. */
  addKey(rows: AsOfRows, key: number, from: number, to: number, shared: RangeBuilder): void {
    const order = rows.order.slice(rows.starts[key]!, rows.starts[key + 1]!);
    order.sort((a, b) => rows.until[a]! - rows.until[b]! || rows.lastDay[a]! - rows.lastDay[b]!);
    for (let i = 0; i < order.length; ) {
      const [first, last] = this.visibleDays(rows, order[i]!);
      let end = i + 1;
      for (; end < order.length; end++) {
        const [otherFirst, otherLast] = this.visibleDays(rows, order[end]!);
        if (otherFirst !== first || otherLast !== last) break;
      }
      this.addRows(rows, order.subarray(i, end), [from, to], [first, last], shared);
      i = end;
    }
  }

  /**
   * Partitions that a row may see: up to its last day, and from the one that holds the start of the
   * longest window. Tying the latter to the row, not to the step, makes values independent of steps.
   */
  private visibleDays(rows: AsOfRows, row: number): [first: number, last: number] {
    const start = startOf(this.rule, rows.until[row]!, this.rule.longest);
    return [Math.floor(start / dayMs), rows.lastDay[row]!];
  }

  private addRows(
    rows: AsOfRows,
    group: Uint32Array,
    [from, to]: readonly [number, number],
    [first, last]: readonly [number, number],
    shared: RangeBuilder,
  ): void {
    const { times } = this.events;
    const days = this.events.days!;
    const earliest = rows.until[group[0]!]!;
    const latest = rows.until[group[group.length - 1]!]!;
    const low = lowerBound(
      times,
      from,
      to,
      startOf(this.rule, earliest, this.rule.lengths.at(-1)!),
    );
    const high = lowerBound(times, low, to, latest);
    const seen = (i: number): boolean => days[i]! >= first && days[i]! <= last;
    let begin = low;
    let end = high;
    while (begin < end && !seen(begin)) begin++;
    while (end > begin && !seen(end - 1)) end--;
    let whole = true;
    for (let i = begin; i < end && whole; i++) whole = seen(i);
    if (whole) {
      for (const row of group) shared.add(row, rows.until[row]!, times, begin, end);
      return;
    }
    this.copies.add(group, rows.until, seenBetween(begin, end, seen));
  }

  flush(): void {
    this.copies.flush();
  }
}

function* seenBetween(
  from: number,
  to: number,
  seen: (position: number) => boolean,
): Iterable<number> {
  for (let i = from; i < to; i++) if (seen(i)) yield i;
}
