/**
 * Exact counts of a column's values while these are few. A value is known by two 32-bit words: the bits
 * of a number, or a hash.
 */
import { mostCounted } from '@hindcast/shared/plan/statistics';

const slots = 8192;

export interface CountedValue {
  readonly high: number;
  readonly low: number;
  readonly count: number;
}

export class ValueCounts {
  /** More values than are counted: what is here says nothing. */
  overflown = false;
  size = 0;
  private readonly highs = new Int32Array(slots);
  private readonly lows = new Int32Array(slots);
  private readonly counts = new Uint32Array(slots);

  reset(): void {
    this.overflown = false;
    this.size = 0;
    this.counts.fill(0);
  }

  /**
   * @param hash of the two words
   * @returns whether it is counted; it is not when there are too many
   */
  add(high: number, low: number, hash: number): boolean {
    const { highs, lows, counts } = this;
    let slot = hash & (slots - 1);
    while (counts[slot] !== 0) {
      if (highs[slot] === high && lows[slot] === low) {
        counts[slot]!++;
        return true;
      }
      slot = (slot + 1) & (slots - 1);
    }
    if (this.size === mostCounted) {
      this.overflown = true;
      return false;
    }
    this.size++;
    highs[slot] = high;
    lows[slot] = low;
    counts[slot] = 1;
    return true;
  }

  /** Those that come so often, in no order. */
  entries(atLeast: number): CountedValue[] {
    const found: CountedValue[] = [];
    for (let slot = 0; slot < slots; slot++) {
      const count = this.counts[slot]!;
      if (count >= atLeast) found.push({ high: this.highs[slot]!, low: this.lows[slot]!, count });
    }
    return found;
  }
}
