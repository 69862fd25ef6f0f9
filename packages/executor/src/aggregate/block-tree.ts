/**
 * Range queries over a fixed array in O(log n): a tree of partial results with 16 children a node
 * (the segment tree of Leis et al., "Efficient Processing of Window Functions in Analytical SQL
 * Queries", VLDB 2015, 4.2). Nothing is ever subtracted, so nothing drifts.
 */

const fanoutBits = 4;
const fanout = 1 << fanoutBits;

/**
 * Visits the nodes that together cover [from, to): `add(level, node)`, level 0 being the values.
 * Nodes are not visited in order.
 */
export function coverRange(
  levels: number,
  from: number,
  to: number,
  add: (level: number, from: number, to: number) => void,
): void {
  let level = 0;
  let low = from;
  let high = to;
  for (;;) {
    if (high - low < 2 * fanout || level === levels - 1) {
      if (low < high) add(level, low, high);
      return;
    }
    const nextLow = (low + fanout - 1) >> fanoutBits;
    const nextHigh = high >> fanoutBits;
    if (low < nextLow << fanoutBits) add(level, low, nextLow << fanoutBits);
    if (nextHigh << fanoutBits < high) add(level, nextHigh << fanoutBits, high);
    low = nextLow;
    high = nextHigh;
    level++;
  }
}

/** Lengths of the levels above `length` values, ending with one short enough to walk. */
export function levelLengths(length: number): number[] {
  const lengths: number[] = [];
  for (let n = length; n >= 2 * fanout; ) {
    n = (n + fanout - 1) >> fanoutBits;
    lengths.push(n);
  }
  return lengths;
}

/** Values below node `node` of a level: [from, to) of the level below, which has `length` nodes. */
export function childrenOf(node: number, length: number): [from: number, to: number] {
  return [node << fanoutBits, Math.min((node + 1) << fanoutBits, length)];
}
