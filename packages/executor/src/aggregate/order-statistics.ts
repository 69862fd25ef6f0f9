/** What the order of a window's values tells: the greatest, the smallest, and percentiles. */
import type { ValueColumn } from '../keys/values.js';
import type { Ranges } from '../window/ranges.js';
import { OrderTree } from './count-tree.js';
import type { LocalRanks } from './local-ranks.js';
import { appendList, type ListResult } from './result-column.js';
import { slide } from './slide.js';

type Item = number | bigint;

/** The k greatest values, descending, or the k smallest, ascending; equal values as often as they are. */
export function writeExtremeLists(
  column: ValueColumn,
  ranks: LocalRanks,
  ranges: Ranges,
  window: number,
  { which, k }: { readonly which: 'greatest' | 'smallest'; readonly k: number },
  out: ListResult,
): void {
  const tree = new OrderTree(ranks.largest);
  const items: Item[] = [];
  slide(ranges, window, ranks, tree, (row, group) => {
    const { total } = tree;
    if (total === 0) return;
    const size = Math.min(k, total);
    items.length = 0;
    while (items.length < size) {
      const rank = tree.nth(which === 'greatest' ? total - 1 - items.length : items.length);
      const value = valueAt(column, ranks, group, rank);
      const times = Math.min(tree.count(rank), size - items.length);
      for (let i = 0; i < times; i++) items.push(value);
    }
    appendList(out, row, items);
  });
}

/**
 * The value that the share p of all values lies below: of n values in ascending order the one at
 * floor(p·n), the last one for p = 1 (DataSketches' definition for the exact distribution). NaN is
 * left out, as that library does.
 */
export function writePercentiles(
  column: ValueColumn,
  ranks: LocalRanks,
  ranges: Ranges,
  window: number,
  percentiles: readonly number[],
  out: ListResult,
): void {
  const tree = new OrderTree(ranks.largest);
  slide(ranges, window, ranks, tree, (row, group) => {
    const { total } = tree;
    if (total === 0) return;
    const greatest = tree.nth(total - 1);
    const unordered = Number.isNaN(Number(valueAt(column, ranks, group, greatest)))
      ? tree.count(greatest)
      : 0;
    const ordered = total - unordered;
    if (ordered === 0) return;
    const items = percentiles.map((p) => {
      const rank = tree.nth(Math.min(ordered - 1, Math.floor(p * ordered)));
      return Math.fround(Number(valueAt(column, ranks, group, rank)));
    });
    appendList(out, row, items);
  });
}

/** The value of a rank; 0 for −0, so that it does not matter which of them was found first. */
export function valueAt(
  { data }: ValueColumn,
  { groups, holders }: LocalRanks,
  group: number,
  rank: number,
): Item {
  const value = data[holders[groups[group]! + rank]!]!;
  return typeof value === 'bigint' ? value : value + 0;
}
