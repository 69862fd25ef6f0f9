/** Values of a chunk that are not NULL, closely packed: 64 bits each as two words, their hashes, their worth. */
import { type ColumnChunk, float64s, int32s } from '../scan/duckdb-columns.js';

/** How a column's values are given. */
export type NumberKind = 'double' | 'integer';

/** Rows that DuckDB hands over at a time. */
const mostRows = 2048;

export class ValueWords {
  count = 0;
  readonly highs = new Int32Array(mostRows);
  readonly lows = new Int32Array(mostRows);
  readonly hashes = new Int32Array(mostRows);
  /** Independent of the others. */
  readonly others = new Int32Array(mostRows);
  readonly numbers = new Float64Array(mostRows);

  /** 64-bit values of any kind; one is made of all NaNs, and of 0 and -0. */
  read(chunk: ColumnChunk, rows: number, kind: NumberKind | null): void {
    const words = int32s(chunk, rows, 2);
    const { validity } = chunk;
    const { highs, lows, numbers } = this;
    const doubles = kind === 'double' ? float64s(chunk, rows) : null;
    let n = 0;
    for (let i = 0; i < rows; i++) {
      if (validity !== null && (validity[i >> 3]! & (1 << (i & 7))) === 0) continue;
      lows[n] = words[2 * i]!;
      highs[n] = words[2 * i + 1]!;
      if (doubles !== null) numbers[n] = doubles[i]!;
      n++;
    }
    this.count = n;
    if (kind === 'integer')
      for (let i = 0; i < n; i++) numbers[i] = highs[i]! * 0x1_0000_0000 + (lows[i]! >>> 0);
    if (kind === 'double') this.makeOne();
  }

  /**
   * Values that are known by their words, with their hashes, and without what they are worth.
   * @param values 2,048 at most
   * @param kind null: they are hashes themselves
   */
  set(
    values: readonly { readonly high: number; readonly low: number }[],
    kind: NumberKind | null,
  ): void {
    for (const [i, { high, low }] of values.entries()) {
      this.highs[i] = high;
      this.lows[i] = low;
    }
    this.count = values.length;
    if (kind === null) this.areHashes();
    else this.mix();
  }

  /** Of NaNs, and of 0 and -0. */
  private makeOne(): void {
    const { count, highs, lows, numbers } = this;
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      if (number === 0) {
        numbers[i] = 0;
        highs[i] = 0;
      } else if (Number.isNaN(number)) {
        highs[i] = 0x7ff80000;
        lows[i] = 0;
      }
    }
  }

  /** Hashes of numbers. */
  mix(): void {
    const { count, highs, lows, hashes, others } = this;
    for (let i = 0; i < count; i++) {
      const high = highs[i]!;
      const low = lows[i]!;
      let hash = Math.imul(high, 0x9e3779b1) ^ low;
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      hash ^= hash >>> 16;
      hashes[i] = hash;
      others[i] = Math.imul(hash ^ Math.imul(low, 0x27d4eb2f) ^ high, 0x1b873593);
    }
  }

  /** The values are hashes themselves, and mixed well. */
  areHashes(): void {
    this.hashes.set(this.lows.subarray(0, this.count));
    this.others.set(this.highs.subarray(0, this.count));
  }
}

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** The number that two words stand for. */
export function numberOf(kind: NumberKind, high: number, low: number): number | bigint {
  if (kind === 'integer') return bigOf(high, low);
  words[0] = low;
  words[1] = high;
  return double[0]!;
}

export function bigOf(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}
