/**
 * Puts a segment's rows in (run, time, partition, values) order. Rows are scattered to their run
 * first, in the order in which they came: then each run is a small sort in cache, and often none,
 * since files come by date.
 */
import { dayMs } from '@hindcast/shared/time/partition-spec';
import {
  compareValues,
  scatterValues,
  type ValueChunk,
  type ValueColumn,
  type valueKind,
} from './values.js';

/** Rows in the order in which they came. */
export interface RowChunk {
  /** ms since epoch */
  readonly times: Float64Array;
  /** Partition of each row, days since epoch; null where it is the time's date for all. */
  readonly days: Int32Array | null;
  /** Number of each row's run; −1 leaves the row out. */
  readonly runs: Int32Array;
  readonly values: readonly ValueChunk[];
}

export interface ArrangedRows {
  /** First row of each run, and the number of rows at the end. */
  readonly starts: Uint32Array;
  readonly times: Float64Array;
  readonly days: Int32Array | null;
  readonly values: readonly ValueColumn[];
}

/** A value column of the chunks. */
export interface ArrangedColumn {
  readonly index: number;
  readonly kind: ReturnType<typeof valueKind>;
}

/** Chunks whose runs became places: any of their columns can be arranged, as often as is asked. */
export class PlacedRows {
  private readonly starts: Uint32Array;
  private readonly places: readonly Int32Array[];

  /**
   * @param chunks their `runs` are overwritten
   * @param ranks number of a run → its place among the arranged runs
   */
  constructor(
    private readonly chunks: readonly RowChunk[],
    ranks: Int32Array,
  ) {
    const runs = ranks.length;
    const next = new Uint32Array(runs);
    for (const chunk of chunks) countRuns(chunk.runs, next);
    const starts = new Uint32Array(runs + 1);
    for (let run = 0; run < runs; run++) starts[ranks[run]! + 1] = next[run]!;
    for (let run = 0; run < runs; run++) starts[run + 1]! += starts[run]!;
    for (let run = 0; run < runs; run++) next[run] = starts[ranks[run]!]!;
    for (const chunk of chunks) placeRows(chunk.runs, next);
    this.starts = starts;
    this.places = chunks.map((chunk) => chunk.runs);
  }

  arrange(columns: readonly ArrangedColumn[]): ArrangedRows {
    const { chunks, places, starts } = this;
    const total = starts[starts.length - 1]!;
    const times = new Float64Array(total);
    for (const chunk of chunks) scatterTimes(chunk.times, chunk.runs, times);
    let days: Int32Array | null = null;
    if (chunks.some((chunk) => chunk.days !== null)) {
      days = new Int32Array(total);
      for (const chunk of chunks) scatterDays(chunk, days);
    }
    const values = columns.map(({ kind, index }) =>
      scatterValues(
        kind,
        chunks.map((chunk) => chunk.values[index]!),
        places,
        total,
      ),
    );
    const arranged = { starts, times, days, values };
    sortRuns(arranged);
    return arranged;
  }
}

function countRuns(runs: Int32Array, counts: Uint32Array): void {
  for (let i = 0; i < runs.length; i++) if (runs[i]! >= 0) counts[runs[i]!]!++;
}

/** The run of each row becomes the row's place. */
function placeRows(runs: Int32Array, next: Uint32Array): void {
  for (let i = 0; i < runs.length; i++) if (runs[i]! >= 0) runs[i] = next[runs[i]!]!++;
}

function scatterTimes(times: Float64Array, places: Int32Array, to: Float64Array): void {
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= 0) to[place] = times[i]!;
  }
}

function scatterDays({ days, times, runs: places }: RowChunk, to: Int32Array): void {
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= 0) to[place] = days === null ? Math.floor(times[i]! / dayMs) : days[i]!;
  }
}

/** Sorts each run of rows by time; equal times by partition, then by the values in column order. */
export function sortRuns(rows: ArrangedRows): void {
  const { starts, times } = rows;
  const order = new RunOrder(rows);
  for (let run = 0; run + 1 < starts.length; run++) {
    const from = starts[run]!;
    const to = starts[run + 1]!;
    let i = from + 1;
    while (i < to && times[i - 1]! < times[i]!) i++;
    if (i < to) order.sort(from, to);
  }
}

/** Beyond this, rows are far from their place, and the engine's own sort is quicker. */
const movesPerRow = 12;

class RunOrder {
  private order = new Uint32Array(1024);
  private keys = new Float64Array(1024);
  private readonly compareTies: (a: number, b: number) => number;

  constructor(private readonly rows: ArrangedRows) {
    const { days, values } = rows;
    this.compareTies = (a, b) => {
      if (days !== null && days[a] !== days[b]) return days[a]! - days[b]!;
      for (const column of values) {
        const difference = compareValues(column, a, b);
        if (difference !== 0) return difference;
      }
      return 0;
    };
  }

  sort(from: number, to: number): void {
    const n = to - from;
    if (this.order.length < n) {
      this.order = new Uint32Array(2 * n);
      this.keys = new Float64Array(2 * n);
    }
    if (!this.insertionSort(from, n)) this.packedSort(from, n);
    this.orderTies(n);
    this.apply(from, n);
  }

  /**
   * Files come by date, so most rows are near their place. False when they are not: the order is
   * anyone's then.
   */
  private insertionSort(from: number, n: number): boolean {
    const { order, keys } = this;
    const { times } = this.rows;
    let moves = n * movesPerRow;
    for (let i = 0; i < n; i++) {
      const time = times[from + i]!;
      let j = i - 1;
      for (; j >= 0 && keys[j]! > time; j--) {
        keys[j + 1] = keys[j]!;
        order[j + 1] = order[j]!;
      }
      keys[j + 1] = time;
      order[j + 1] = from + i;
      moves -= i - 1 - j;
      if (moves < 0) return false;
    }
    return true;
  }

  /** Time and position share the 53 bits of a double where they fit: a sort without a callback. */
  private packedSort(from: number, n: number): void {
    const { order, keys } = this;
    const { times } = this.rows;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = from; i < from + n; i++) {
      if (times[i]! < min) min = times[i]!;
      if (times[i]! > max) max = times[i]!;
    }
    const span = 2 ** Math.ceil(Math.log2(n));
    if ((max - min + 1) * span > Number.MAX_SAFE_INTEGER) {
      for (let i = 0; i < n; i++) order[i] = from + i;
      order.subarray(0, n).sort((a, b) => times[a]! - times[b]! || a - b);
    } else {
      for (let i = 0; i < n; i++) keys[i] = (times[from + i]! - min) * span + i;
      const sorted = keys.subarray(0, n).sort();
      for (let i = 0; i < n; i++) order[i] = from + (sorted[i]! % span);
    }
    for (let i = 0; i < n; i++) keys[i] = times[order[i]!]!;
  }

  private orderTies(n: number): void {
    const { order, keys } = this;
    for (let i = 1; i < n; i++) {
      if (keys[i - 1] !== keys[i]) continue;
      const start = i - 1;
      while (i < n && keys[i] === keys[start]) i++;
      order.subarray(start, i).sort(this.compareTies);
    }
  }

  private apply(from: number, n: number): void {
    const { rows, order, keys } = this;
    for (let i = 0; i < n; i++) rows.times[from + i] = keys[i]!;
    if (rows.days !== null) reorder(rows.days, order, from, n);
    for (const { data, valid } of rows.values) {
      if (data instanceof Float64Array) {
        for (let i = 0; i < n; i++) keys[i] = data[order[i]!]!;
        for (let i = 0; i < n; i++) data[from + i] = keys[i]!;
      } else {
        const copy = data.slice(from, from + n);
        for (let i = 0; i < n; i++) data[from + i] = copy[order[i]! - from]!;
      }
      if (valid !== null) reorder(valid, order, from, n);
    }
  }
}

function reorder(
  array: Int32Array | Uint8Array,
  order: Uint32Array,
  from: number,
  n: number,
): void {
  const copy = array.slice(from, from + n);
  for (let i = 0; i < n; i++) array[from + i] = copy[order[i]! - from]!;
}
