/**
 * Quantiles of finite numbers, whatever the order of rows. Up to 32,768 numbers are kept. Of more, a
 * first pass counts them in cells: sign, exponent and the first seven bits of the fraction. A second one
 * counts those of cells where quantiles lie in 4,096 bins of each cell.
 */
import { numbersAt } from './select.js';

const pageBits = 10;
const pageSize = 1 << pageBits;
const pages = 512;
/** Bits of a double's upper word that are no part of a cell. */
const dropped = 13;
const negative = 1 << 18;
const bins = 4096;

export const mostKept = 32_768;

/** Numbers of quantiles: 0, 0.05 … 1. */
export const quantileCount = 21;

/** Of n numbers in ascending order, from 0 on: the place of quantile i. */
export function placeOf(i: number, n: number): number {
  return Math.floor((i * (n - 1)) / (quantileCount - 1));
}

/** A cell where quantiles lie. */
interface Target {
  /** Numbers in lesser cells, and in this one. */
  readonly before: number;
  readonly count: number;
  readonly from: number;
  readonly until: number;
  readonly bins: Uint32Array;
}

export class Quantiles {
  private count = 0;
  private kept = new Float64Array(1024);
  private readonly cells: (Uint32Array | undefined)[] = new Array(pages);
  private readonly targets = new Map<number, Target>();

  reset(): void {
    this.count = 0;
    this.targets.clear();
    this.cells.fill(undefined);
  }

  /** @param numbers `count` of them, finite or not; none is -0 */
  add(numbers: Float64Array, count: number): void {
    if (this.count <= mostKept) {
      const needed = this.count + count;
      if (needed > this.kept.length) this.grow(needed);
      const { kept } = this;
      let n = this.count;
      for (let i = 0; i < count; i++) {
        const number = numbers[i]!;
        if (number - number === 0) kept[n++] = number;
      }
      const before = this.count;
      this.count = n;
      // From here on they are only counted.
      if (before <= mostKept && n > mostKept) this.countCells(kept, n);
      return;
    }
    this.count += this.countCells(numbers, count);
  }

  private grow(needed: number): void {
    const grown = new Float64Array(Math.max(needed, 2 * this.kept.length));
    grown.set(this.kept);
    this.kept = grown;
  }

  private countCells(numbers: Float64Array, count: number): number {
    const { cells } = this;
    const words = new Int32Array(numbers.buffer, numbers.byteOffset);
    let finite = 0;
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      if (number - number !== 0) continue;
      finite++;
      const cell = words[2 * i + 1]! >>> dropped;
      let page = cells[cell >>> pageBits];
      if (page === undefined) {
        page = new Uint32Array(pageSize);
        cells[cell >>> pageBits] = page;
      }
      page[cell & (pageSize - 1)]!++;
    }
    return finite;
  }

  /** After the first pass: whether a second one is needed, over the same numbers. */
  aim(least: number, greatest: number): boolean {
    if (this.count <= mostKept) return false;
    let before = 0;
    let next = 0;
    for (const cell of this.ascending()) {
      const count = this.cells[cell >>> pageBits]![cell & (pageSize - 1)]!;
      const first = next;
      while (next < quantileCount && placeOf(next, this.count) < before + count) next++;
      if (next > first) {
        const edges = edgesOf(cell, least, greatest);
        this.targets.set(cell, { before, count, ...edges, bins: new Uint32Array(bins) });
      }
      before += count;
    }
    return true;
  }

  addAgain(numbers: Float64Array, count: number): void {
    const words = new Int32Array(numbers.buffer, numbers.byteOffset);
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      if (number - number !== 0) continue;
      const target = this.targets.get(words[2 * i + 1]! >>> dropped);
      if (target !== undefined) target.bins[binOf(number, target)]!++;
    }
  }

  /** Of numbers that were kept, exact; of others, within 1/1,000,000 of them. None without a number. */
  values(): number[] {
    if (this.count === 0) return [];
    const places = Array.from({ length: quantileCount }, (_, i) => placeOf(i, this.count));
    if (this.count <= mostKept) return numbersAt(this.kept, this.count, places);
    const targets = [...this.targets.values()];
    return places.map((place) => {
      const target = targets.find(({ before, count }) => place < before + count)!;
      return inBins(target, place - target.before);
    });
  }

  private ascending(): number[] {
    const there: number[] = [];
    this.cells.forEach((page, index) => {
      page?.forEach((count, i) => {
        if (count > 0) there.push((index << pageBits) | i);
      });
    });
    return there.sort((a, b) => orderOf(a) - orderOf(b));
  }
}

function orderOf(cell: number): number {
  return cell >= negative ? negative - 1 - cell : cell;
}

const words = new Int32Array(2);
const double = new Float64Array(words.buffer);

function edgesOf(cell: number, least: number, greatest: number) {
  const magnitude = cell & (negative - 1);
  const [near, far] = [edge(magnitude), edge(magnitude + 1)];
  const [from, until] = cell >= negative ? [-far, -near] : [near, far];
  return { from: Math.max(from, least), until: Math.min(until, greatest) };
}

function edge(magnitude: number): number {
  words[0] = 0;
  words[1] = magnitude << dropped;
  return double[0]!;
}

function binOf(number: number, { from, until }: Target): number {
  if (until <= from) return 0;
  return Math.min(bins - 1, Math.floor(((number - from) / (until - from)) * bins));
}

function inBins({ from, until, bins: counts }: Target, place: number): number {
  let bin = 0;
  for (let before = 0; before + counts[bin]! <= place; bin++) before += counts[bin]!;
  return from + ((bin + 0.5) / bins) * (until - from);
}
