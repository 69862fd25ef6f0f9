/** MIN and MAX over ranges: a tree of partial extremes (see block-tree.ts). */
import type { ValueColumn } from '../keys/values.js';
import type { Ranges } from '../window/ranges.js';
import { childrenOf, coverRange, levelLengths } from './block-tree.js';
import { type ScalarResult, setDouble } from './result-column.js';

export type Extreme = 'MIN' | 'MAX';

export interface Extremes {
  /** Fills `out` with the extreme of each range's values; ranges without a value stay NULL. */
  write(ranges: Ranges, window: number, out: ScalarResult): void;
}

export function extremesOf(column: ValueColumn, which: Extreme): Extremes {
  return column.data instanceof BigInt64Array
    ? new WideExtremes(column, which)
    : new ExtremeTree(column, which);
}

/** −0 sorts before 0, and NaN is both extremes, as in Chronon: the order of comparison never shows. */
class ExtremeTree implements Extremes {
  private readonly levels: Float64Array[];
  /** 1 where a node has a value below it, parallel to `levels`. */
  private readonly present: (Uint8Array | null)[];
  private best = 0;
  private found = false;

  constructor(
    private readonly column: ValueColumn,
    private readonly which: Extreme,
  ) {
    this.levels = [column.data as Float64Array];
    this.present = [column.valid];
    for (const length of levelLengths(column.data.length)) {
      const below = this.levels.length - 1;
      const level = new Float64Array(length);
      const present = column.valid === null ? null : new Uint8Array(length);
      for (let node = 0; node < length; node++) {
        this.found = false;
        const [from, to] = childrenOf(node, this.levels[below]!.length);
        this.addNodes(below, from, to);
        level[node] = this.best;
        if (present !== null) present[node] = this.found ? 1 : 0;
      }
      this.levels.push(level);
      this.present.push(present);
    }
  }

  write(ranges: Ranges, window: number, out: ScalarResult): void {
    const from = ranges.from[window]!;
    for (let i = 0; i < ranges.count; i++) {
      this.found = false;
      coverRange(this.levels.length, from[i]!, ranges.to[i]!, (level, a, b) =>
        this.addNodes(level, a, b),
      );
      if (!this.found) continue;
      if (this.column.encoding === 'double') setDouble(out, ranges.rows[i]!, this.best);
      else {
        out.data[ranges.rows[i]!] = this.best;
        out.valid[ranges.rows[i]!] = 1;
      }
    }
  }

  private addNodes(level: number, from: number, to: number): void {
    const values = this.levels[level]!;
    const present = this.present[level]!;
    const isMin = this.which === 'MIN';
    for (let i = from; i < to; i++) {
      if (present !== null && present[i] === 0) continue;
      const value = values[i]!;
      const better = isMin ? isBelow(value, this.best) : isBelow(this.best, value);
      if (!this.found || better || Number.isNaN(value)) {
        this.best = value;
        this.found = true;
      }
    }
  }
}

/** Strictly smaller, with −0 < 0 and NaN greatest. */
function isBelow(a: number, b: number): boolean {
  if (a < b) return true;
  if (a > b) return false;
  return a === b && a === 0 && Object.is(a, -0) && !Object.is(b, -0);
}

/** Integers beyond 53 bits: ranks of the distinct values stand for them. */
class WideExtremes implements Extremes {
  private readonly sorted: BigInt64Array;
  private readonly tree: ExtremeTree;

  constructor(column: ValueColumn, which: Extreme) {
    const data = column.data as BigInt64Array;
    this.sorted = data.slice().sort();
    const ranks = Float64Array.from(data, (value) => firstIndex(this.sorted, value));
    this.tree = new ExtremeTree({ encoding: 'ordinal', data: ranks, valid: column.valid }, which);
  }

  write(ranges: Ranges, window: number, out: ScalarResult): void {
    const { valid } = out;
    const data = new Float64Array(out.data.length);
    const ranks: ScalarResult = {
      kind: 'scalar',
      encoding: 'ordinal',
      data,
      valid,
      keepsNaN: false,
    };
    this.tree.write(ranges, window, ranks);
    for (let i = 0; i < ranges.count; i++) {
      const row = ranges.rows[i]!;
      if (valid[row] === 1) out.data[row] = this.sorted[data[row]!]!;
    }
  }
}

function firstIndex(sorted: BigInt64Array, value: bigint): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
