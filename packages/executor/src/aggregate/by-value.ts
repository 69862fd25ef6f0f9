/**
 * One aggregate per value of another column ("buckets" in Chronon, a map's keys, a list's positions):
 * events are put in order of key and that value, every row's ranges are cut accordingly, and the same
 * kernels run over the pieces.
 *
 *   ranges of rows   → pairs (row, value), wherever a row sees an event of that value
 *   pairs            → ranges of their own, in order of (key, value), rows in order of time
 */
import { gather, type ValueColumn } from '../keys/values.js';
import type { Ranges } from '../window/ranges.js';
import { ColumnIndex } from './column-index.js';
import { OrderTree } from './count-tree.js';
import { type LocalRanks, rankLocally } from './local-ranks.js';
import type { OperationEntry } from './operations.js';
import { valueAt } from './order-statistics.js';
import {
  appendMap,
  type Cell,
  cellOf,
  type MapResult,
  type ResultColumn,
} from './result-column.js';
import { slide } from './slide.js';

export class SplitRanges {
  /** Events with a value, by key, value and time. */
  private readonly order: Uint32Array;
  private readonly ranges: Ranges;
  /** Pairs of range i: `firstPair[i] … firstPair[i + 1]` (exclusive), by value. */
  private readonly firstPair: Uint32Array;
  private readonly valueOfPair: readonly (number | bigint)[];
  private readonly indexes = new Map<ValueColumn, ColumnIndex>();

  constructor(
    by: ValueColumn,
    private readonly rows: Ranges,
  ) {
    const ranks = rankLocally(by, rows.groups);
    const pieces = new Pieces(ranks);
    const pairs = pairUp(ranks, rows);
    this.order = pieces.order;
    this.firstPair = pairs.first;
    this.valueOfPair = pairs.groups.map((group, i) => valueAt(by, ranks, group, pairs.ranks[i]!));
    this.ranges = pieces.cut(rows, pairs);
  }

  /** Fills the map or list of every row; `keepsMissing` keeps values whose inputs are all NULL. */
  fill(
    column: ValueColumn,
    entry: OperationEntry,
    window: number,
    args: Readonly<Record<string, string>>,
    keepsMissing: boolean,
    out: MapResult,
  ): void {
    let index = this.indexes.get(column);
    if (index === undefined) {
      index = new ColumnIndex(gather(column, this.order), this.ranges);
      this.indexes.set(column, index);
    }
    const result = keepingNaN(entry.result(column.encoding, this.valueOfPair.length));
    entry.fill(index, window, result, args);
    const isThere = keepsMissing ? this.pairsIn(window) : null;
    const keys: (number | bigint)[] = [];
    const cells: Cell[] = [];
    for (let i = 0; i < this.rows.count; i++) {
      keys.length = 0;
      cells.length = 0;
      for (let pair = this.firstPair[i]!; pair < this.firstPair[i + 1]!; pair++) {
        const cell = cellOf(result, pair);
        if (cell === null && isThere?.[pair] !== 1) continue;
        keys.push(this.valueOfPair[pair]!);
        cells.push(cell);
      }
      if (keys.length > 0) appendMap(out, this.rows.rows[i]!, keys, cells);
    }
  }

  /** 1 for pairs that see an event in this window. */
  private pairsIn(window: number): Uint8Array {
    const { rows, from, to, count } = this.ranges;
    const there = new Uint8Array(count);
    for (let i = 0; i < count; i++) if (from[window]![i]! < to[i]!) there[rows[i]!] = 1;
    return there;
  }
}

function keepingNaN(result: ResultColumn): ResultColumn {
  return result.kind === 'scalar' ? { ...result, keepsNaN: true } : result;
}

interface Pairs {
  readonly first: Uint32Array;
  readonly groups: readonly number[];
  readonly ranks: readonly number[];
  /** Range of each pair. */
  readonly ranges: readonly number[];
}

/** The values that each row sees in its longest window, ascending. */
function pairUp(ranks: LocalRanks, rows: Ranges): Pairs {
  const tree = new OrderTree(ranks.largest);
  const first = new Uint32Array(rows.count + 1);
  const pairs = { groups: [] as number[], ranks: [] as number[], ranges: [] as number[] };
  slide(rows, rows.from.length - 1, ranks, tree, (_row, group, range) => {
    tree.forEach((rank) => {
      pairs.groups.push(group);
      pairs.ranks.push(rank);
      pairs.ranges.push(range);
      first[range + 1]!++;
    });
  });
  for (let i = 0; i < rows.count; i++) first[i + 1]! += first[i]!;
  return { first, ...pairs };
}

/** Events of each key by value: the piece of (group, rank) is number `firstPiece[group] + rank`. */
class Pieces {
  readonly order: Uint32Array;
  private readonly starts: Uint32Array;
  private readonly firstPiece: Uint32Array;

  constructor({ groups, ranks, sizes }: LocalRanks) {
    this.firstPiece = new Uint32Array(sizes.length + 1);
    for (let g = 0; g < sizes.length; g++) this.firstPiece[g + 1] = this.firstPiece[g]! + sizes[g]!;
    const count = this.firstPiece[sizes.length]!;
    this.starts = new Uint32Array(count + 1);
    this.forEach(groups, ranks, (piece) => {
      this.starts[piece + 1]!++;
    });
    for (let piece = 0; piece < count; piece++) this.starts[piece + 1]! += this.starts[piece]!;
    this.order = new Uint32Array(this.starts[count]!);
    const next = this.starts.slice(0, count);
    this.forEach(groups, ranks, (piece, position) => {
      this.order[next[piece]!++] = position;
    });
  }

  private forEach(
    groups: Uint32Array,
    ranks: Int32Array,
    visit: (piece: number, position: number) => void,
  ): void {
    for (let g = 0; g + 1 < groups.length; g++) {
      for (let i = groups[g]!; i < groups[g + 1]!; i++)
        if (ranks[i]! >= 0) visit(this.firstPiece[g]! + ranks[i]!, i);
    }
  }

  /** Ranges of the pairs over `order`; pairs of one piece are neighbours. */
  cut(rows: Ranges, pairs: Pairs): Ranges {
    const count = pairs.ranges.length;
    const pieceOf = (pair: number): number =>
      this.firstPiece[pairs.groups[pair]!]! + pairs.ranks[pair]!;
    const next = new Uint32Array(this.starts.length);
    for (let pair = 0; pair < count; pair++) next[pieceOf(pair) + 1]!++;
    for (let piece = 1; piece < next.length; piece++) next[piece]! += next[piece - 1]!;
    const cut = {
      count,
      rows: new Uint32Array(count),
      to: new Int32Array(count),
      from: rows.from.map(() => new Int32Array(count)),
      groups: this.starts,
    };
    for (let pair = 0; pair < count; pair++) {
      const piece = pieceOf(pair);
      const at = next[piece]!++;
      const [start, end] = [this.starts[piece]!, this.starts[piece + 1]!];
      const range = pairs.ranges[pair]!;
      cut.rows[at] = pair;
      let above = this.firstAt(start, end, rows.to[range]!);
      cut.to[at] = above;
      for (let w = 0; w < cut.from.length; w++) {
        above = this.firstAt(start, above, rows.from[w]![range]!);
        cut.from[w]![at] = above;
      }
    }
    return cut;
  }

  /** First place in [from, to) of `order` whose event lies at or after `position`. */
  private firstAt(from: number, to: number, position: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.order[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
