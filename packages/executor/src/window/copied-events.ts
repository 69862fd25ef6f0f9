/** Copies of events for rows that see only some of what lies between their bounds. */
import { type GroupedEvents, select } from '../keys/group.js';
import type { ValueColumn } from '../keys/values.js';
import { RangeBuilder } from './range-builder.js';
import type { Ranges, WindowRule } from './ranges.js';

/** Events are copied and aggregated in batches of about this many. */
const batchEvents = 1 << 21;

export class CopiedEvents {
  private positions: number[] = [];
  private starts: number[] = [];
  private pending: { row: number; until: number; first: number; end: number }[] = [];

  constructor(
    private readonly events: GroupedEvents,
    private readonly rule: WindowRule,
    private readonly visit: (values: readonly ValueColumn[], ranges: Ranges) => void,
  ) {}

  /** Rows, in order of their times, that see exactly the events at `seen`, in order of theirs. */
  add(rows: Uint32Array, until: Float64Array, seen: Iterable<number>): void {
    const first = this.positions.length;
    for (const position of seen) this.positions.push(position);
    const end = this.positions.length;
    if (first === end) return;
    this.starts.push(first);
    for (const row of rows) this.pending.push({ row, until: until[row]!, first, end });
    if (end >= batchEvents) this.flush();
  }

  flush(): void {
    if (this.pending.length === 0) return;
    const copy = select(this.events, Uint32Array.from(this.positions));
    const groups = Uint32Array.from([...this.starts, this.positions.length]);
    const builder = new RangeBuilder(this.rule, this.pending.length, groups);
    for (const { row, until, first, end } of this.pending) {
      builder.add(row, until, copy.times, first, end);
    }
    this.positions = [];
    this.starts = [];
    this.pending = [];
    this.visit(copy.values, builder.ranges());
  }
}
