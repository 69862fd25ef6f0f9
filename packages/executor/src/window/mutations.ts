/**
 * Snapshots and what was changed in them since: a row sees the snapshot of the day before, and the
 * mutations of its own day up to its time (spec/semantics, "Accuracy"). Windows are on the rows' own
 * times, which the events are sorted by.
 */
import { dayMs } from '@hindcast/shared/time/partition-spec';
import type { GroupedEvents } from '../keys/group.js';
import type { ValueColumn } from '../keys/values.js';
import { CopiedEvents } from './copied-events.js';
import { startOf } from './range-builder.js';
import type { AsOfRows, Ranges, WindowRule } from './ranges.js';

/** Value columns that only tell when and how an event came about. */
export interface MutationColumns {
  /** ms since epoch; NULL for rows of the snapshot. */
  readonly time: ValueColumn;
  /** 1 where the event takes a former one away. */
  readonly reversal: ValueColumn;
  /** Tells events apart that are otherwise the same; null where nobody asks. */
  readonly event: ValueColumn | null;
}

export class MutatedEvents {
  constructor(
    private readonly events: GroupedEvents,
    private readonly rows: AsOfRows,
    private readonly rule: WindowRule,
    private readonly columns: MutationColumns,
  ) {}

  /**
   * As `forEachRange`, over events as they were at each row's time.
   * @param takesAway whether reversals take events away, or are passed over
   */
  forEachRange(
    takesAway: boolean,
    visit: (values: readonly ValueColumn[], ranges: Ranges) => void,
  ): void {
    const { events, rows } = this;
    const copies = new CopiedEvents(events, this.rule, visit);
    for (let key = 0; key + 1 < rows.starts.length; key++) {
      const of = rows.order.subarray(rows.starts[key]!, rows.starts[key + 1]!);
      const [from, to] = [events.starts[key]!, events.starts[key + 1]!];
      if (of.length > 0 && from < to) this.addKey(of, from, to, takesAway, copies);
    }
    copies.flush();
  }

  private addKey(
    rows: Uint32Array,
    from: number,
    to: number,
    takesAway: boolean,
    copies: CopiedEvents,
  ): void {
    const { until } = this.rows;
    const present = new Uint8Array(to - from);
    for (let i = from; i < to; i++) if (!this.isMutation(i)) present[i - from] = 1;
    const mutations = this.mutationsOf(from, to, until[rows[0]!]!);
    let next = 0;
    for (let i = 0; i < rows.length; ) {
      const applied = next;
      while (next < mutations.length && this.timeOf(mutations[next]!) < until[rows[i]!]!) next++;
      for (let m = applied; m < next; m++) this.apply(mutations[m]!, from, to, present, takesAway);
      const until1 = next < mutations.length ? this.timeOf(mutations[next]!) : Infinity;
      let end = i + 1;
      while (end < rows.length && until[rows[end]!]! <= until1) end++;
      copies.add(rows.subarray(i, end), until, presentAt(present, from));
      i = end;
    }
  }

  private isMutation(position: number): boolean {
    const { valid } = this.columns.time;
    return valid === null || valid[position] === 1;
  }

  private timeOf(position: number): number {
    return Number(this.columns.time.data[position]!);
  }

  private isReversal(position: number): boolean {
    const { data, valid } = this.columns.reversal;
    return Number(data[position]!) === 1 && (valid === null || valid[position] === 1);
  }

  /** Mutations of the rows' day, in order of their times; those before its midnight never count. */
  private mutationsOf(from: number, to: number, time: number): number[] {
    const midnight = Math.floor(time / dayMs) * dayMs;
    const positions: number[] = [];
    for (let i = from; i < to; i++)
      if (this.isMutation(i) && this.timeOf(i) >= midnight) positions.push(i);
    // What is new at a moment is there before something is taken away in the same moment.
    return positions.sort(
      (a, b) =>
        this.timeOf(a) - this.timeOf(b) ||
        Number(this.isReversal(a)) - Number(this.isReversal(b)) ||
        a - b,
    );
  }

  private apply(
    mutation: number,
    from: number,
    to: number,
    present: Uint8Array,
    takesAway: boolean,
  ): void {
    if (!this.isReversal(mutation)) {
      present[mutation - from] = 1;
      return;
    }
    if (!takesAway) return;
    // Events of one time are neighbours.
    const { times } = this.events;
    let first = mutation;
    while (first > from && times[first - 1] === times[mutation]) first--;
    for (let i = first; i < to && times[i] === times[mutation]; i++) {
      if (present[i - from] === 0 || !this.isSame(i, mutation)) continue;
      present[i - from] = 0;
      return;
    }
  }

  /** Whether two events of one time have the same values. */
  private isSame(a: number, b: number): boolean {
    const { time, reversal, event } = this.columns;
    return this.events.values.every((column) => {
      if (column === time || column === reversal || column === event) return true;
      const { data, valid } = column;
      if (valid !== null && valid[a] !== valid[b]) return false;
      return (valid !== null && valid[a] === 0) || Object.is(data[a], data[b]);
    });
  }

  /** Rows for which a reversal of the window took an input away, whatever is left. */
  forEachTouched(window: number, column: ValueColumn, visit: (row: number) => void): void {
    const { events, rows, rule } = this;
    for (let key = 0; key + 1 < rows.starts.length; key++) {
      const [from, to] = [events.starts[key]!, events.starts[key + 1]!];
      const of = rows.order.subarray(rows.starts[key]!, rows.starts[key + 1]!);
      if (of.length === 0) continue;
      const reversals = this.mutationsOf(from, to, rows.until[of[0]!]!).filter(
        (i) => this.isReversal(i) && (column.valid === null || column.valid[i] === 1),
      );
      for (const row of of) {
        const until = rows.until[row]!;
        const start = startOf(rule, until, rule.lengths[window]!);
        const seen = (i: number): boolean => {
          const time = events.times[i]!;
          return (
            this.timeOf(i) < until && (rule.start === 'whole' || (time >= start && time < until))
          );
        };
        if (reversals.some(seen)) visit(row);
      }
    }
  }
}

function* presentAt(present: Uint8Array, from: number): Iterable<number> {
  for (let i = 0; i < present.length; i++) if (present[i] === 1) yield from + i;
}
