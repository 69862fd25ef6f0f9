/** How often each value is in a window. */
import type { ValueColumn } from '../keys/values.js';
import type { Ranges } from '../window/ranges.js';
import { FrequencyTree } from './count-tree.js';
import type { LocalRanks } from './local-ranks.js';
import { valueAt } from './order-statistics.js';
import { appendMap, type MapResult } from './result-column.js';
import { slide } from './slide.js';

/** @param k keeps the k most frequent values, the smaller ones among equally frequent; null keeps all */
export function writeHistograms(
  column: ValueColumn,
  ranks: LocalRanks,
  ranges: Ranges,
  window: number,
  k: number | null,
  out: MapResult,
): void {
  const tree = new FrequencyTree(ranks.largest);
  const found: number[] = [];
  slide(ranges, window, ranks, tree, (row, group) => {
    found.length = 0;
    if (k === null) tree.forEach((rank) => void found.push(rank));
    else found.push(...tree.mostFrequent(k).sort((a, b) => a - b));
    if (found.length === 0) return;
    appendMap(
      out,
      row,
      found.map((rank) => valueAt(column, ranks, group, rank)),
      found.map((rank) => tree.count(rank)),
    );
  });
}
