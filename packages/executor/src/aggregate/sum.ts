/**
 * Sums over ranges. Integers: prefix sums, exact modulo 2^64 like a Java long. Doubles: a tree of
 * double-double partial sums (Knuth's TwoSum, TAOCP vol. 2, 4.2.2), so that a sum is rounded once
 * and doesn't depend on which other events were read, nor on the order of addition.
 */
import type { ValueColumn } from '../keys/values.js';
import type { Ranges } from '../window/ranges.js';
import { childrenOf, coverRange, levelLengths } from './block-tree.js';

/** Sums per window and range; `data[w][i]` belongs to `ranges.rows[i]`. */
export type RangeSums =
  | { readonly encoding: 'double' | 'int53'; readonly data: readonly Float64Array[] }
  | { readonly encoding: 'int64'; readonly data: readonly BigInt64Array[] };

const maxSafe = Number.MAX_SAFE_INTEGER;

/** Whether no sum of any of the values can leave 53 bits. */
function sumsAreSafe(column: ValueColumn): boolean {
  if (column.encoding !== 'int53') return false;
  const data = column.data as Float64Array;
  let total = 0;
  for (let i = 0; i < data.length; i++) total += Math.abs(data[i]!);
  return total <= maxSafe;
}

/** SUM of integers: int53 when every possible sum fits, else 64 bits that wrap around. */
export function integerSums(column: ValueColumn, ranges: Ranges): RangeSums {
  if (sumsAreSafe(column)) {
    const prefix = prefixSums(column);
    return { encoding: 'int53', data: ranges.from.map((from) => difference(prefix, from, ranges)) };
  }
  return { encoding: 'int64', data: wrappingSums(column, ranges) };
}

function prefixSums({ data, valid }: ValueColumn): Float64Array {
  const prefix = new Float64Array(data.length + 1);
  const values = data as Float64Array;
  for (let i = 0; i < values.length; i++) {
    prefix[i + 1] = prefix[i]! + (valid === null || valid[i] === 1 ? values[i]! : 0);
  }
  return prefix;
}

function difference(prefix: Float64Array, from: Int32Array, ranges: Ranges): Float64Array {
  const sums = new Float64Array(ranges.count);
  for (let i = 0; i < sums.length; i++) sums[i] = prefix[ranges.to[i]!]! - prefix[from[i]!]!;
  return sums;
}

function wrappingSums({ data, valid }: ValueColumn, ranges: Ranges): BigInt64Array[] {
  // Assignment to a BigInt64Array wraps, so prefix differences are exact modulo 2^64.
  const prefix = new BigInt64Array(data.length + 1);
  for (let i = 0; i < data.length; i++) {
    const value = valid === null || valid[i] === 1 ? BigInt(data[i]!) : 0n;
    prefix[i + 1] = prefix[i]! + value;
  }
  return ranges.from.map((from) => {
    const sums = new BigInt64Array(ranges.count);
    for (let i = 0; i < sums.length; i++) sums[i] = prefix[ranges.to[i]!]! - prefix[from[i]!]!;
    return sums;
  });
}

/** Sums as doubles, rounded once: of doubles, and of integers for an average. */
export function doubleSums(column: ValueColumn, ranges: Ranges): Float64Array[] {
  if (sumsAreSafe(column)) return [...integerSums(column, ranges).data] as Float64Array[];
  const tree = new SumTree(column);
  const sums = ranges.from.map(() => new Float64Array(ranges.count));
  for (let i = 0; i < ranges.count; i++) {
    tree.clear();
    let above = ranges.to[i]!;
    // Windows ascend, so each one extends the one before it to the left.
    for (let w = 0; w < sums.length; w++) {
      const from = ranges.from[w]![i]!;
      tree.add(from, above);
      above = from;
      sums[w]![i] = tree.sum();
    }
  }
  return sums;
}

/** A running double-double sum of ranges of one column. */
class SumTree {
  /** Level 0 are the values; NULLs are −0, the identity of IEEE addition. */
  private readonly high: Float64Array[];
  private readonly low: Float64Array[];
  private sumHigh = -0;
  private sumLow = 0;

  constructor({ data, valid }: ValueColumn) {
    const whole = data instanceof Float64Array && valid === null;
    const values = whole ? data : new Float64Array(data.length);
    const rests = new Float64Array(data instanceof BigInt64Array ? data.length : 0);
    for (let i = 0; i < values.length && !whole; i++) {
      const value = data[i]!;
      values[i] = valid !== null && valid[i] === 0 ? -0 : Number(value);
      if (typeof value === 'bigint' && values[i] !== 0)
        rests[i] = Number(value - BigInt(values[i]!));
    }
    this.high = [values];
    this.low = [rests];
    for (const length of levelLengths(values.length)) this.addLevel(length);
  }

  private addLevel(length: number): void {
    const below = this.high.length - 1;
    const high = new Float64Array(length);
    const low = new Float64Array(length);
    for (let node = 0; node < length; node++) {
      this.clear();
      const [from, to] = childrenOf(node, this.high[below]!.length);
      this.addNodes(below, from, to);
      high[node] = this.sumHigh;
      low[node] = this.sumLow;
    }
    this.high.push(high);
    this.low.push(low);
  }

  clear(): void {
    this.sumHigh = -0;
    this.sumLow = 0;
  }

  add(from: number, to: number): void {
    if (to - from < 32) this.addNodes(0, from, to);
    else coverRange(this.high.length, from, to, (level, a, b) => this.addNodes(level, a, b));
  }

  private addNodes(level: number, from: number, to: number): void {
    const high = this.high[level]!;
    const low = this.low[level]!;
    const hasLow = low.length > 0;
    let sum = this.sumHigh;
    let rest = this.sumLow;
    for (let i = from; i < to; i++) {
      const value = high[i]!;
      const next = sum + value;
      const part = next - sum;
      rest += sum - (next - part) + (value - part);
      if (hasLow) rest += low[i]!;
      sum = next;
    }
    this.sumHigh = sum;
    this.sumLow = rest;
  }

  sum(): number {
    return this.sumLow === 0 ? this.sumHigh : this.sumHigh + this.sumLow;
  }
}
