/** From what rows may see to positions: binary searches over the times of a key's events. */
import { exactStart, sawtoothStart } from '@hindcast/shared/time/window';
import type { Ranges, WindowRule } from './ranges.js';

/** First position in [from, to) whose time is at or after `time`. */
export function lowerBound(times: Float64Array, from: number, to: number, time: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function startOf(rule: WindowRule, until: number, length: number | null): number {
  if (length === null) return Number.NEGATIVE_INFINITY;
  return rule.start === 'sawtooth' ? sawtoothStart(until, length) : exactStart(until, length);
}

export class RangeBuilder {
  private count = 0;
  private readonly rows: Uint32Array;
  private readonly to: Int32Array;
  private readonly from: Int32Array[];

  constructor(
    private readonly rule: WindowRule,
    capacity: number,
    private readonly groups: Uint32Array,
  ) {
    this.rows = new Uint32Array(capacity);
    this.to = new Int32Array(capacity);
    this.from = rule.lengths.map(() => new Int32Array(capacity));
  }

  /** Adds a row that sees events of [first, end) before `until`. */
  add(row: number, until: number, times: Float64Array, first: number, end: number): void {
    const { rule } = this;
    const to = rule.start === 'whole' ? end : lowerBound(times, first, end, until);
    if (to === first) return;
    const at = this.count++;
    this.rows[at] = row;
    this.to[at] = to;
    let above = to;
    for (let w = 0; w < rule.lengths.length; w++) {
      const length = rule.lengths[w]!;
      above =
        length === null ? first : lowerBound(times, first, above, startOf(rule, until, length));
      this.from[w]![at] = above;
    }
  }

  ranges(): Ranges {
    const { count } = this;
    return {
      count,
      rows: this.rows.subarray(0, count),
      to: this.to.subarray(0, count),
      from: this.from.map((from) => from.subarray(0, count)),
      groups: this.groups,
    };
  }
}
