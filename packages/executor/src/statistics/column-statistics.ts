/**
 * Statistics of one column of one partition, chunk by chunk, in one pass or two. What comes out does not
 * depend on the order of rows, nor on how they lie in files.
 */
import { mostTop } from '@hindcast/shared/plan/statistics';
import type { ColumnChunk } from '../scan/duckdb-columns.js';
import { classBits, DistinctSketch } from './distinct-sketch.js';
import { NumberSums } from './number-sums.js';
import { placeOf, Quantiles, quantileCount } from './quantiles.js';
import { ValueCounts } from './value-counts.js';
import { bigOf, type NumberKind, numberOf, ValueWords } from './value-words.js';

export interface Top<V> {
  readonly value: V;
  readonly rows: number;
}

/** Classes of hashes that are searched for frequent values. */
const mostClasses = 64;

/** Of one chunk at a time. */
const given = new ValueWords();
/** Values that were counted one by one until they became too many. */
const before = new ValueWords();

export class ColumnStatistics {
  rows = 0;
  values = 0; // that are not NULL
  readonly sums = new NumberSums();
  private readonly counted = new ValueCounts();
  private readonly sketch = new DistinctSketch();
  private readonly measured = new Quantiles();
  /** Numbers, finite or not; NaN is none of them. */
  private least = Number.POSITIVE_INFINITY;
  private greatest = Number.NEGATIVE_INFINITY;
  private sawNaN = false;
  private leastFinite = Number.POSITIVE_INFINITY;
  private greatestFinite = Number.NEGATIVE_INFINITY;
  /** Of whole numbers, exactly. */
  private leastWhole: bigint | null = null;
  private greatestWhole: bigint | null = null;
  /** What the second pass counts, by class of hashes; null before it. */
  private frequentClasses: Uint8Array | null = null;
  private readonly frequentValues = new Map<number | bigint, number>();

  constructor(private readonly kind: NumberKind | null) {}

  /** For another partition. */
  reset(): void {
    this.rows = 0;
    this.values = 0;
    this.sums.reset();
    this.counted.reset();
    this.sketch.reset();
    this.measured.reset();
    this.least = Number.POSITIVE_INFINITY;
    this.greatest = Number.NEGATIVE_INFINITY;
    this.sawNaN = false;
    this.leastFinite = Number.POSITIVE_INFINITY;
    this.greatestFinite = Number.NEGATIVE_INFINITY;
    this.leastWhole = null;
    this.greatestWhole = null;
    this.frequentClasses = null;
    this.frequentValues.clear();
  }

  /** Rows that have a value or none, and nothing else. */
  addPresence(rows: number, chunk: ColumnChunk): void {
    this.rows += rows;
    given.read(chunk, rows, null);
    this.values += given.count;
  }

  /** Values by their hashes. */
  addHashes(rows: number, chunk: ColumnChunk): void {
    this.rows += rows;
    given.read(chunk, rows, null);
    given.areHashes();
    this.identify();
  }

  /** Numbers by themselves. */
  addNumbers(rows: number, chunk: ColumnChunk): void {
    this.rows += rows;
    given.read(chunk, rows, this.kind);
    given.mix();
    this.identify();
    this.measure();
    if (this.kind === 'integer') this.boundWhole();
  }

  /** Doubles that values are worth whose hashes come as well. */
  addWorth(rows: number, chunk: ColumnChunk): void {
    given.read(chunk, rows, 'double');
    this.measure();
  }

  /** Values are counted one by one as long as that goes, and known by the sketch from then on. */
  private identify(): void {
    const { count, highs, lows, hashes } = given;
    const { counted, sketch } = this;
    this.values += count;
    let first = 0;
    if (!counted.overflown) {
      while (first < count && counted.add(highs[first]!, lows[first]!, hashes[first]!)) first++;
      if (first === count) return;
      const known = counted.entries(1);
      before.set(known, this.kind);
      for (const [i, value] of known.entries())
        sketch.add(before.hashes[i]!, before.others[i]!, value.count);
    }
    sketch.addAll(given, first);
  }

  private measure(): void {
    const { count, numbers } = given;
    this.sums.add(numbers, count);
    this.measured.add(numbers, count);
    let { least, greatest, leastFinite, greatestFinite } = this;
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      if (Number.isNaN(number)) this.sawNaN = true;
      if (number < least) least = number;
      if (number > greatest) greatest = number;
      if (number - number !== 0) continue;
      if (number < leastFinite) leastFinite = number;
      if (number > greatestFinite) greatestFinite = number;
    }
    this.least = least;
    this.greatest = greatest;
    this.leastFinite = leastFinite;
    this.greatestFinite = greatestFinite;
  }

  /** Beyond 2^53 several whole numbers are one double. */
  private boundWhole(): void {
    const { count, numbers, highs, lows } = given;
    for (let i = 0; i < count; i++) {
      if (numbers[i]! > this.least && numbers[i]! < this.greatest) continue;
      const whole = bigOf(highs[i]!, lows[i]!);
      if (this.leastWhole === null || whole < this.leastWhole) this.leastWhole = whole;
      if (this.greatestWhole === null || whole > this.greatestWhole) this.greatestWhole = whole;
    }
  }

  /** After the first pass: whether numbers are to come again. */
  aimAtNumbers(): boolean {
    if (this.isCounted) return false;
    const quantiles = this.aimAtWorth();
    return this.aimAtHashes() || quantiles;
  }

  /** The same of what values are worth. */
  aimAtWorth(): boolean {
    return this.measured.aim(this.leastFinite, this.greatestFinite);
  }

  /** The same of hashes. */
  aimAtHashes(): boolean {
    if (this.isCounted) return false;
    const { classes } = this.frequent();
    if (classes.length === 0) return false;
    this.frequentClasses = new Uint8Array(1 << classBits);
    for (const index of classes) this.frequentClasses[index] = 1;
    return true;
  }

  /** Numbers, once more. */
  addNumbersAgain(rows: number, chunk: ColumnChunk): void {
    given.read(chunk, rows, this.kind);
    this.measured.addAgain(given.numbers, given.count);
    if (this.frequentClasses === null) return;
    given.mix();
    this.countFrequent(this.frequentClasses);
  }

  addWorthAgain(rows: number, chunk: ColumnChunk): void {
    given.read(chunk, rows, 'double');
    this.measured.addAgain(given.numbers, given.count);
  }

  addHashesAgain(rows: number, chunk: ColumnChunk): void {
    if (this.frequentClasses === null) return;
    given.read(chunk, rows, null);
    given.areHashes();
    this.countFrequent(this.frequentClasses);
  }

  private countFrequent(classes: Uint8Array): void {
    const { kind, frequentValues } = this;
    const { count, numbers, highs, lows, hashes } = given;
    const mask = (1 << classBits) - 1;
    for (let i = 0; i < count; i++) {
      if (classes[hashes[i]! & mask] === 0) continue;
      const value = kind === 'double' ? numbers[i]! : bigOf(highs[i]!, lows[i]!);
      frequentValues.set(value, (frequentValues.get(value) ?? 0) + 1);
    }
  }

  /** Exact while there are few, else within some 1.6 % (standard error). */
  get distinct(): number {
    if (this.isCounted) return this.counted.size;
    return Math.min(this.values, Math.max(this.counted.size + 1, this.sketch.estimate()));
  }

  /** Whether every value was counted. */
  get isCounted(): boolean {
    return !this.counted.overflown;
  }

  /** Least and greatest number; NaN is the greatest of all. Null without a value. */
  get extremes(): { readonly least: number | bigint; readonly greatest: number | bigint } | null {
    if (this.leastWhole !== null && this.greatestWhole !== null)
      return { least: this.leastWhole, greatest: this.greatestWhole };
    if (this.values === 0) return null;
    const onlyNaN = this.least > this.greatest;
    return {
      least: onlyNaN ? Number.NaN : this.least,
      greatest: this.sawNaN ? Number.NaN : this.greatest,
    };
  }

  /** Of finite numbers, after the second pass; null without any. */
  get quantiles(): number[] | null {
    if (this.sums.count === 0) return null;
    const quantiles =
      this.kind !== null && this.isCounted
        ? this.quantilesOfCounted(this.kind)
        : this.measured.values();
    quantiles[0] = this.leastFinite;
    quantiles[quantileCount - 1] = this.greatestFinite;
    return quantiles;
  }

  private quantilesOfCounted(kind: NumberKind): number[] {
    const numbers = this.counted
      .entries(1)
      .map(({ high, low, count }) => ({ value: Number(numberOf(kind, high, low)), count }))
      .filter(({ value }) => Number.isFinite(value))
      .sort((a, b) => a.value - b.value);
    let at = 0;
    let before = 0; // numbers before numbers[at]
    return Array.from({ length: quantileCount }, (_, i) => {
      const place = placeOf(i, this.sums.count);
      while (before + numbers[at]!.count <= place) before += numbers[at++]!.count;
      return numbers[at]!.value;
    });
  }

  /**
   * Numbers that come more than once, the most frequent first. Of more than are counted one by one, those
   * that a thousandth of the rows have.
   */
  topNumbers(): Top<number | bigint>[] {
    const { kind } = this;
    if (kind === null) return [];
    return this.topValues((high, low) => numberOf(kind, high, low))
      .sort((a, b) => b.rows - a.rows || ascending(a.value, b.value))
      .slice(0, mostTop);
  }

  /** The same of hashes, as unsigned numbers, and in no order: the most frequent are among them. */
  topHashes(): Top<bigint>[] {
    return this.topValues(bigOf).map(({ value, rows }) => {
      return { value: BigInt.asUintN(64, BigInt(value)), rows };
    });
  }

  /** All values that come as often as the last of those that are listed, or more often. */
  private topValues(made: (high: number, low: number) => number | bigint): Top<number | bigint>[] {
    const { atLeast } = this.frequent();
    const repeated = this.isCounted
      ? this.counted.entries(2).map(({ high, low, count }) => [made(high, low), count] as const)
      : [...this.frequentValues].filter(([, count]) => count >= atLeast);
    const sorted = repeated.sort(([, a], [, b]) => b - a);
    const least = sorted[mostTop - 1]?.[1] ?? 0;
    return sorted.filter(([, rows]) => rows >= least).map(([value, rows]) => ({ value, rows }));
  }

  /**
   * Of more values than are counted: how many rows a value must have to be listed, and the classes of
   * hashes that may hold such values, the greatest of them; none: there is none.
   */
  private frequent(): { readonly atLeast: number; readonly classes: readonly number[] } {
    const atLeast = Math.max(2, Math.ceil(this.rows / 1000));
    const classes: number[] = [];
    const { rows } = this.sketch;
    for (let index = 0; index < rows.length; index++)
      if (rows[index]! >= atLeast) classes.push(index);
    classes.sort((a, b) => rows[b]! - rows[a]! || a - b);
    return { atLeast, classes: classes.slice(0, mostClasses) };
  }
}

/** NaN is the greatest. */
function ascending(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
