/** A value column with what several operations ask of it, each made once and only when asked. */
import type { ValueColumn } from '../keys/values.js';
import type { Ranges } from '../window/ranges.js';
import { type Extreme, type Extremes, extremesOf } from './extreme.js';
import { type LocalRanks, rankLocally } from './local-ranks.js';
import { doubleSums, integerSums, type RangeSums } from './sum.js';

export class ColumnIndex {
  private validBefore: Uint32Array | null = null;
  private positions: Uint32Array | null = null;
  private cachedDoubleSums: Float64Array[] | null = null;
  private cachedSums: RangeSums | null = null;
  private cachedRanks: LocalRanks | null = null;
  private readonly cachedExtremes: { MIN: Extremes | null; MAX: Extremes | null } = {
    MIN: null,
    MAX: null,
  };

  constructor(
    readonly column: ValueColumn,
    /** The ranges that every question is about. */
    readonly ranges: Ranges,
  ) {}

  /** How many of the range's inputs are not NULL. */
  count(from: number, to: number): number {
    if (this.column.valid === null) return to - from;
    const before = this.countsBefore();
    return before[to]! - before[from]!;
  }

  /** Position of the k-th input of [from, to) that is not NULL, k from 0; k must be below `count`. */
  nthFrom(from: number, k: number): number {
    if (this.column.valid === null) return from + k;
    return this.validPositions()[this.countsBefore()[from]! + k]!;
  }

  /** As `nthFrom`, counted from the end of the range. */
  nthBefore(to: number, k: number): number {
    if (this.column.valid === null) return to - 1 - k;
    return this.validPositions()[this.countsBefore()[to]! - 1 - k]!;
  }

  /** SUM per window: integers wrap at 64 bits, doubles are rounded once. */
  sums(): RangeSums {
    this.cachedSums ??=
      this.column.encoding === 'double'
        ? { encoding: 'double', data: this.doubleSums() }
        : integerSums(this.column, this.ranges);
    return this.cachedSums;
  }

  /** Sums per window as doubles that never wrap. */
  doubleSums(): Float64Array[] {
    this.cachedDoubleSums ??= doubleSums(this.column, this.ranges);
    return this.cachedDoubleSums;
  }

  extremes(which: Extreme): Extremes {
    this.cachedExtremes[which] ??= extremesOf(this.column, which);
    return this.cachedExtremes[which];
  }

  /** Values as ranks among those of their key. */
  ranks(): LocalRanks {
    this.cachedRanks ??= rankLocally(this.column, this.ranges.groups);
    return this.cachedRanks;
  }

  private countsBefore(): Uint32Array {
    if (this.validBefore === null) {
      const valid = this.column.valid!;
      this.validBefore = new Uint32Array(valid.length + 1);
      for (let i = 0; i < valid.length; i++) {
        this.validBefore[i + 1] = this.validBefore[i]! + valid[i]!;
      }
    }
    return this.validBefore;
  }

  private validPositions(): Uint32Array {
    if (this.positions === null) {
      const before = this.countsBefore();
      const valid = this.column.valid!;
      this.positions = new Uint32Array(before[valid.length]!);
      for (let i = 0; i < valid.length; i++) if (valid[i] === 1) this.positions[before[i]!] = i;
    }
    return this.positions;
  }
}
