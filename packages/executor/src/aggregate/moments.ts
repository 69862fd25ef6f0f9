/**
 * VARIANCE, SKEW and KURTOSIS over ranges, of the population (spec/semantics, "Values"). Short ranges
 * are read twice: the mean first, then the powers of the distances from it. Long ones are put together
 * from partial sums of powers in double-double, taken around a value of the key so that little cancels.
 */
import type { ValueColumn } from '../keys/values.js';
import { groupOf, type Ranges } from '../window/ranges.js';
import { childrenOf, coverRange, levelLengths } from './block-tree.js';
import * as dd from './double-double.js';
import { type ScalarResult, setDouble } from './result-column.js';

export type Moment = 'VARIANCE' | 'SKEW' | 'KURTOSIS';

const powersOf: Readonly<Record<Moment, number>> = { VARIANCE: 2, SKEW: 3, KURTOSIS: 4 };

/** Up to here a range is read value by value. */
const shortRange = 96;

interface CentralMoments {
  readonly n: number;
  readonly m2: number;
  readonly m3: number;
  readonly m4: number;
}

export function writeMoments(
  column: ValueColumn,
  which: Moment,
  ranges: Ranges,
  window: number,
  out: ScalarResult,
): void {
  const from = ranges.from[window]!;
  const values = doublesOf(column);
  let tree: PowerTree | null = null;
  for (let i = 0; i < ranges.count; i++) {
    const [low, high] = [from[i]!, ranges.to[i]!];
    let moments: CentralMoments;
    if (high - low <= shortRange) moments = readMoments(values, column.valid, low, high);
    else {
      if (tree === null || low < tree.first || low >= tree.end) {
        const group = groupOf(ranges.groups, low);
        const [first, end] = [ranges.groups[group]!, ranges.groups[group + 1]!];
        tree = new PowerTree(values, column.valid, first, end, powersOf[which]);
      }
      moments = tree.moments(low, high);
    }
    if (moments.n > 0) setDouble(out, ranges.rows[i]!, finish(which, moments));
  }
}

/** NaN where there are too few values, or none that differ. */
function finish(which: Moment, { n, m2, m3, m4 }: CentralMoments): number {
  if (which === 'VARIANCE') return m2 / n;
  if (which === 'SKEW') return n < 3 || m2 === 0 ? Number.NaN : (Math.sqrt(n) * m3) / m2 ** 1.5;
  return n < 4 || m2 === 0 ? Number.NaN : (n * m4) / (m2 * m2) - 3;
}

function doublesOf({ data }: ValueColumn): Float64Array {
  return data instanceof Float64Array ? data : Float64Array.from(data, Number);
}

/** Distances are taken from the first value, so that equal values have none at all. */
function readMoments(
  values: Float64Array,
  valid: Uint8Array | null,
  from: number,
  to: number,
): CentralMoments {
  let n = 0;
  let origin = 0;
  let sum = 0;
  for (let i = from; i < to; i++) {
    if (valid !== null && valid[i] === 0) continue;
    if (n++ === 0) origin = values[i]!;
    sum += values[i]! - origin;
  }
  const mean = sum / n;
  let [rest, m2, m3, m4] = [0, 0, 0, 0];
  for (let i = from; i < to; i++) {
    if (valid !== null && valid[i] === 0) continue;
    const distance = values[i]! - origin - mean;
    const square = distance * distance;
    rest += distance;
    m2 += square;
    m3 += square * distance;
    m4 += square * square;
  }
  // What rounding left of the first moment, taken out of the others.
  const shift = rest / n;
  return {
    n,
    m2: m2 - n * shift * shift,
    m3: m3 - 3 * shift * m2,
    m4: m4 - 4 * shift * m3,
  };
}

/** Sums of the powers 1 … p of the distances of one key's values from its first one. */
class PowerTree {
  /** All of these are by position within the key. */
  private readonly validBefore: Uint32Array;
  /** Where the run of equal values began that goes on up to here. */
  private readonly runStarts: Int32Array;
  private readonly nextValid: Int32Array;
  /** Per level, `powers` double-doubles a node; level 0 are the values. */
  private readonly levels: Float64Array[];
  private readonly sums: Float64Array;

  constructor(
    values: Float64Array,
    valid: Uint8Array | null,
    readonly first: number,
    readonly end: number, // exclusive
    private readonly powers: number,
  ) {
    const n = end - first;
    this.sums = new Float64Array(2 * powers);
    this.validBefore = new Uint32Array(n + 1);
    this.runStarts = new Int32Array(n);
    this.nextValid = new Int32Array(n + 1).fill(n);
    const leaves = new Float64Array(2 * powers * n);
    let last = -1;
    let origin = 0;
    for (let i = 0; i < n; i++) {
      const there = valid === null || valid[first + i] === 1;
      this.validBefore[i + 1] = this.validBefore[i]! + (there ? 1 : 0);
      this.runStarts[i] = last < 0 ? i : this.runStarts[last]!;
      if (!there) continue;
      const value = values[first + i]!;
      if (last < 0) origin = value;
      else if (values[first + last] !== value) this.runStarts[i] = i;
      last = i;
      this.setPowers(leaves, i, value, origin);
    }
    for (let i = n - 1; i >= 0; i--) {
      const there = this.validBefore[i + 1]! > this.validBefore[i]!;
      this.nextValid[i] = there ? i : this.nextValid[i + 1]!;
    }
    this.levels = [leaves];
    for (const length of levelLengths(n)) this.addLevel(length);
  }

  private setPowers(leaves: Float64Array, i: number, value: number, origin: number): void {
    const distance = dd.twoSum(value, -origin);
    let power = distance;
    for (let p = 0; p < this.powers; p++) {
      if (p > 0) power = dd.multiply(power, distance);
      leaves[2 * (i * this.powers + p)] = power.high;
      leaves[2 * (i * this.powers + p) + 1] = power.low;
    }
  }

  private addLevel(length: number): void {
    const below = this.levels.length - 1;
    const width = 2 * this.powers;
    const level = new Float64Array(width * length);
    for (let node = 0; node < length; node++) {
      this.sums.fill(0);
      const [from, to] = childrenOf(node, this.levels[below]!.length / width);
      this.addNodes(below, from, to);
      level.set(this.sums, node * width);
    }
    this.levels.push(level);
  }

  private addNodes(level: number, from: number, to: number): void {
    const { sums } = this;
    const nodes = this.levels[level]!;
    const width = sums.length;
    for (let at = from * width; at < to * width; at += width) {
      for (let p = 0; p < width; p += 2) {
        const high = sums[p]!;
        const value = nodes[at + p]!;
        const next = high + value;
        const part = next - high;
        sums[p] = next;
        sums[p + 1]! += high - (next - part) + (value - part) + nodes[at + p + 1]!;
      }
    }
  }

  /** Of the positions [from, to) of the column. */
  moments(from: number, to: number): CentralMoments {
    const [low, high] = [from - this.first, to - this.first];
    const n = this.validBefore[high]! - this.validBefore[low]!;
    const isConstant = this.runStarts[high - 1]! <= this.nextValid[low]!;
    if (n === 0 || isConstant) return { n, m2: 0, m3: 0, m4: 0 };
    this.sums.fill(0);
    coverRange(this.levels.length, low, high, (level, a, b) => this.addNodes(level, a, b));
    return central(n, this.sums);
  }
}

/** Powers around an origin → powers around the mean. */
function central(n: number, sums: Float64Array): CentralMoments {
  const [s1, s2, s3, s4] = [0, 2, 4, 6].map((p) =>
    p < sums.length ? dd.add({ high: sums[p]!, low: 0 }, { high: sums[p + 1]!, low: 0 }) : dd.zero,
  ) as [dd.DoubleDouble, dd.DoubleDouble, dd.DoubleDouble, dd.DoubleDouble];
  const mean = dd.divide(s1, n);
  const square = dd.multiply(mean, mean);
  const m2 = dd.subtract(s2, dd.multiply(s1, mean));
  // s3 − 3·mean·s2 + 2·n·mean³
  const m3 = dd.add(
    dd.subtract(s3, dd.scale(dd.multiply(mean, s2), 3)),
    dd.scale(dd.multiply(square, s1), 2),
  );
  // s4 − 4·mean·s3 + 6·mean²·s2 − 3·n·mean⁴
  const m4 = dd.subtract(
    dd.add(
      dd.subtract(s4, dd.scale(dd.multiply(mean, s3), 4)),
      dd.scale(dd.multiply(square, s2), 6),
    ),
    dd.scale(dd.multiply(dd.multiply(square, mean), s1), 3),
  );
  const rounded = ({ high, low }: dd.DoubleDouble): number => high + low;
  return { n, m2: Math.max(0, rounded(m2)), m3: rounded(m3), m4: rounded(m4) };
}
