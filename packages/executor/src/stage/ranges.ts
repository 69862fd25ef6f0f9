/** Sets of byte ranges: sorted, apart from each other, ends exclusive. */
import type { ObjectRange } from '@hindcast/shared/store/s3-objects';

export type Ranges = readonly ObjectRange[];

/** One set of all of them. */
export function union(ranges: Ranges): Ranges {
  const sorted = ranges.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** What is in `a` and not in `b`. */
export function minus(a: Ranges, b: Ranges): Ranges {
  const taken = union(b);
  return union(a).flatMap((range) => {
    const left: ObjectRange[] = [];
    let { from } = range;
    for (const hole of taken) {
      if (hole.to <= from || hole.from >= range.to) continue;
      if (hole.from > from) left.push({ from, to: hole.from });
      from = Math.max(from, hole.to);
    }
    if (from < range.to) left.push({ from, to: range.to });
    return left;
  });
}

export function bytesIn(ranges: Ranges): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/**
 * The same bytes as requests: neighbours with little between them together, long ones in pieces.
 * @param gap bytes that are rather read than left out
 * @param most bytes of one request
 */
export function requestsFor(ranges: Ranges, gap: number, most: number): Ranges {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of union(ranges)) {
    const last = joined.at(-1);
    if (last !== undefined && from - last.to <= gap) last.to = to;
    else joined.push({ from, to });
  }
  return joined.flatMap(({ from, to }) => {
    const pieces = Math.ceil((to - from) / most);
    return Array.from({ length: pieces }, (_, i) => ({
      from: from + i * most,
      to: Math.min(to, from + (i + 1) * most),
    }));
  });
}
