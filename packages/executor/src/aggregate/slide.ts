/**
 * Slides a window over the events of one key after the other. What a window holds are whole numbers of
 * events by value, so that adding and taking away is exact, unlike with sums of doubles.
 */
import { groupOf, type Ranges } from '../window/ranges.js';
import type { LocalRanks } from './local-ranks.js';

/** What is in the window, by rank. */
export interface WindowCounts {
  /** The next changes are of another key with so many ranks. Every count is 0 now. */
  resize(ranks: number): void;
  change(rank: number, by: number): void;
}

/**
 * Calls `at` for every range of window `window` while `counts` holds exactly the range's values that
 * are not NULL. Rows of one key come in the order of their times, mostly: then every event enters and
 * leaves once.
 */
export function slide(
  ranges: Ranges,
  window: number,
  { groups, ranks, sizes }: LocalRanks,
  counts: WindowCounts,
  at: (row: number, group: number, range: number) => void,
): void {
  const { rows, to: ends, count } = ranges;
  const starts = ranges.from[window]!;
  const change = (position: number, by: number): void => {
    const rank = ranks[position]!;
    if (rank >= 0) counts.change(rank, by);
  };
  let low = 0;
  let high = 0;
  let group = -1;
  const clear = (): void => {
    while (low < high) change(low++, -1);
  };
  for (let i = 0; i < count; i++) {
    const from = starts[i]!;
    const to = ends[i]!;
    if (from === to) continue;
    if (from >= high || to <= low) {
      clear();
      low = from;
      high = from;
      if (group < 0 || from < groups[group]! || from >= groups[group + 1]!) {
        group = groupOf(groups, from);
        counts.resize(sizes[group]!);
      }
    }
    while (high < to) change(high++, 1);
    while (low > from) change(--low, 1);
    while (high > to) change(--high, -1);
    while (low < from) change(low++, -1);
    at(rows[i]!, group, i);
  }
  clear();
}
