/** How often each rank of one key is in a window, under a tree that finds ranks by their counts. */

/** A complete binary tree: node 1 is the root, the children of i are 2i and 2i + 1, leaves are ranks. */
abstract class RankTree {
  protected nodes: Int32Array;
  protected leaves = 1;

  /** @param largest number of ranks of any key */
  constructor(largest: number) {
    this.nodes = new Int32Array(2 * leavesFor(largest));
  }

  /** Makes room for another key's ranks. Every count has to be 0 again. */
  resize(ranks: number): void {
    this.leaves = leavesFor(ranks);
  }

  count(rank: number): number {
    return this.nodes[this.leaves + rank]!;
  }

  abstract change(rank: number, by: number): void;

  /** Visits the ranks that are there, in ascending order. */
  forEach(visit: (rank: number, count: number) => void): void {
    this.visitBelow(1, visit);
  }

  private visitBelow(node: number, visit: (rank: number, count: number) => void): void {
    const count = this.nodes[node]!;
    if (count === 0) return;
    if (node >= this.leaves) visit(node - this.leaves, count);
    else {
      this.visitBelow(2 * node, visit);
      this.visitBelow(2 * node + 1, visit);
    }
  }
}

function leavesFor(ranks: number): number {
  let leaves = 1;
  while (leaves < ranks) leaves *= 2;
  return leaves;
}

/** Nodes hold sums: finds the n-th smallest of what is in the window. */
export class OrderTree extends RankTree {
  get total(): number {
    return this.nodes[1]!;
  }

  change(rank: number, by: number): void {
    for (let node = this.leaves + rank; node >= 1; node >>= 1) this.nodes[node]! += by;
  }

  /** Rank of the n-th smallest, n from 0 and below `total`. */
  nth(n: number): number {
    let node = 1;
    let rest = n;
    while (node < this.leaves) {
      node *= 2;
      const left = this.nodes[node]!;
      if (rest < left) continue;
      rest -= left;
      node++;
    }
    return node - this.leaves;
  }
}

/** Nodes hold the greatest count below them: finds the ranks that are there most often. */
export class FrequencyTree extends RankTree {
  change(rank: number, by: number): void {
    const { nodes } = this;
    let node = this.leaves + rank;
    nodes[node]! += by;
    for (node >>= 1; node >= 1; node >>= 1) {
      const greatest = Math.max(nodes[2 * node]!, nodes[2 * node + 1]!);
      if (nodes[node] === greatest) return;
      nodes[node] = greatest;
    }
  }

  /** The k ranks of greatest counts, or fewer where fewer are there; among equal counts the smallest. */
  mostFrequent(k: number): number[] {
    const { nodes, leaves } = this;
    const found: number[] = [];
    // Roots of the subtrees that are still to be looked at.
    const open = nodes[1] === 0 ? [] : [1];
    while (found.length < k && open.length > 0) {
      let node = this.takeGreatest(open);
      while (node < leaves) {
        const [left, right] = [2 * node, 2 * node + 1];
        const next = nodes[left]! >= nodes[right]! ? left : right;
        const other = next === left ? right : left;
        if (nodes[other]! > 0) open.push(other);
        node = next;
      }
      found.push(node - leaves);
    }
    return found;
  }

  private takeGreatest(open: number[]): number {
    const { nodes } = this;
    let best = 0;
    for (let i = 1; i < open.length; i++) {
      const [a, b] = [open[i]!, open[best]!];
      const difference = nodes[a]! - nodes[b]!;
      if (difference > 0 || (difference === 0 && this.firstLeaf(a) < this.firstLeaf(b))) best = i;
    }
    const [node] = open.splice(best, 1);
    return node!;
  }

  private firstLeaf(node: number): number {
    let leaf = node;
    while (leaf < this.leaves) leaf *= 2;
    return leaf;
  }
}
