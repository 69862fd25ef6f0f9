/** How many distinct values a window holds. */
import type { Ranges } from '../window/ranges.js';
import type { LocalRanks } from './local-ranks.js';
import type { ScalarResult } from './result-column.js';
import { slide, type WindowCounts } from './slide.js';

/** @param most where counting stops; Infinity counts on */
export function writeUniqueCounts(
  ranks: LocalRanks,
  ranges: Ranges,
  window: number,
  most: number,
  out: ScalarResult,
): void {
  const counts = new DistinctCounts(ranks.largest);
  slide(ranges, window, ranks, counts, (row) => {
    if (counts.distinct === 0) return;
    out.data[row] = Math.min(most, counts.distinct);
    out.valid[row] = 1;
  });
}

class DistinctCounts implements WindowCounts {
  private readonly counts: Int32Array;
  distinct = 0;

  constructor(largest: number) {
    this.counts = new Int32Array(largest);
  }

  resize(): void {}

  change(rank: number, by: number): void {
    const before = this.counts[rank]!;
    this.counts[rank] = before + by;
    if (before === 0) this.distinct++;
    else if (before + by === 0) this.distinct--;
  }
}
