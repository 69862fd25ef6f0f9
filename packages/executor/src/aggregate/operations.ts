/**
 * The table of operations: how each fills a result column from ranges of events (what it takes and
 * gives stands in config/signatures). A new operation is one more entry. The inputs are in (time, partition, values)
 * order; NULL inputs are skipped; a range without inputs leaves NULL.
 */
import type { Operation } from '@hindcast/shared/config/model';
import type { ValueColumn, ValueEncoding } from '../keys/values.js';
import type { Ranges } from '../window/ranges.js';
import type { ColumnIndex } from './column-index.js';
import type { Extreme } from './extreme.js';
import { writeHistograms } from './histogram.js';
import { type Moment, writeMoments } from './moments.js';
import { writeExtremeLists, writePercentiles } from './order-statistics.js';
import {
  type ListResult,
  listResult,
  type MapResult,
  mapResult,
  type ResultColumn,
  type ScalarResult,
  scalarResult,
  setDouble,
} from './result-column.js';
import { writeUniqueCounts } from './unique.js';

export interface OperationEntry {
  /** An empty result column for inputs of this encoding. */
  readonly result: (encoding: ValueEncoding, rows: number) => ResultColumn;
  /** Fills `out` for every range of window `window`. */
  readonly fill: (
    index: ColumnIndex,
    window: number,
    out: ResultColumn,
    args: Readonly<Record<string, string>>,
  ) => void;
}

export const operationTable: Readonly<Record<Operation, OperationEntry>> = {
  COUNT: {
    result: (_, rows) => scalarResult('int53', rows),
    fill: (index, window, out) =>
      eachRange(index, window, (row, from, to) => set(out, row, index.count(from, to))),
  },
  SUM: {
    result: (encoding, rows) => scalarResult(encoding === 'double' ? 'double' : 'int64', rows),
    fill: fillSum,
  },
  AVERAGE: {
    result: (_, rows) => scalarResult('double', rows),
    fill: fillAverage,
  },
  MIN: extreme('MIN'),
  MAX: extreme('MAX'),
  FIRST: {
    result: scalarResult,
    fill: (index, window, out) =>
      eachRange(index, window, (row, from) =>
        set(out, row, index.column.data[index.nthFrom(from, 0)]!),
      ),
  },
  LAST: {
    result: scalarResult,
    fill: (index, window, out) =>
      eachRange(index, window, (row, _, to) =>
        set(out, row, index.column.data[index.nthBefore(to, 0)]!),
      ),
  },
  FIRST_K: {
    result: listResult,
    fill: (index, window, out, args) =>
      fillList(index, window, out, Number(args['k']), (from, _, k) => index.nthFrom(from, k)),
  },
  LAST_K: {
    result: listResult,
    fill: (index, window, out, args) =>
      fillList(index, window, out, Number(args['k']), (_, to, k) => index.nthBefore(to, k)),
  },
  TOP_K: extremeList('greatest'),
  BOTTOM_K: extremeList('smallest'),
  VARIANCE: moment('VARIANCE'),
  SKEW: moment('SKEW'),
  KURTOSIS: moment('KURTOSIS'),
  UNIQUE_COUNT: uniqueCount(() => Number.POSITIVE_INFINITY),
  APPROX_UNIQUE_COUNT: uniqueCount(() => Number.POSITIVE_INFINITY),
  BOUNDED_UNIQUE_COUNT: uniqueCount(({ k }) => Number(k ?? 8)),
  HISTOGRAM: histogram(({ k }) => (Number(k ?? 0) === 0 ? null : Number(k))),
  APPROX_HISTOGRAM_K: histogram(({ k }) => Number(k ?? 8)),
  APPROX_PERCENTILE: {
    result: (_, rows) => listResult('double', rows),
    fill: (index, window, out, args) =>
      writePercentiles(
        index.column,
        index.ranks(),
        index.ranges,
        window,
        percentilesOf(args),
        out as ListResult,
      ),
  },
};

type Args = Readonly<Record<string, string>>;

/** Shares between 0 and 1, as `percentiles` of an argMap has them: a JSON list. */
export function percentilesOf(args: Args): readonly number[] {
  return JSON.parse(args['percentiles'] ?? '[0.5]') as number[];
}

function extreme(which: Extreme): OperationEntry {
  return {
    result: scalarResult,
    fill: (index, window, out) =>
      index.extremes(which).write(index.ranges, window, out as ScalarResult),
  };
}

function extremeList(which: 'greatest' | 'smallest'): OperationEntry {
  return {
    result: listResult,
    fill: (index, window, out, { k }) =>
      writeExtremeLists(
        index.column,
        index.ranks(),
        index.ranges,
        window,
        { which, k: Number(k) },
        out as ListResult,
      ),
  };
}

function moment(which: Moment): OperationEntry {
  return {
    result: (_, rows) => scalarResult('double', rows),
    fill: (index, window, out) =>
      writeMoments(index.column, which, index.ranges, window, out as ScalarResult),
  };
}

function uniqueCount(most: (args: Args) => number): OperationEntry {
  return {
    result: (_, rows) => scalarResult('int53', rows),
    fill: (index, window, out, args) =>
      writeUniqueCounts(index.ranks(), index.ranges, window, most(args), out as ScalarResult),
  };
}

function histogram(limit: (args: Args) => number | null): OperationEntry {
  return {
    result: mapResult,
    fill: (index, window, out, args) =>
      writeHistograms(
        index.column,
        index.ranks(),
        index.ranges,
        window,
        limit(args),
        out as MapResult,
      ),
  };
}

/** Visits ranges that hold at least one input that is not NULL. */
function eachRange(
  index: ColumnIndex,
  window: number,
  visit: (row: number, from: number, to: number, at: number) => void,
): void {
  const { rows, to, count } = index.ranges as Ranges;
  const from = index.ranges.from[window]!;
  for (let i = 0; i < count; i++) {
    if (index.count(from[i]!, to[i]!) > 0) visit(rows[i]!, from[i]!, to[i]!, i);
  }
}

function set(out: ResultColumn, row: number, value: number | bigint): void {
  const { data, valid, encoding } = out as ScalarResult;
  if (encoding === 'double') setDouble(out as ScalarResult, row, value as number);
  else {
    data[row] = value;
    valid[row] = 1;
  }
}

function fillSum(index: ColumnIndex, window: number, out: ResultColumn): void {
  const { encoding, data } = index.sums();
  const sums = data[window]!;
  const target = out as ScalarResult;
  if (encoding === 'int53') {
    eachRange(index, window, (row, _, __, at) => {
      target.data[row] = BigInt(sums[at]!);
      target.valid[row] = 1;
    });
  } else eachRange(index, window, (row, _, __, at) => set(out, row, sums[at]!));
}

function fillAverage(index: ColumnIndex, window: number, out: ResultColumn): void {
  const sums = index.doubleSums()[window]!;
  eachRange(index, window, (row, from, to, at) =>
    setDouble(out as ScalarResult, row, sums[at]! / index.count(from, to)),
  );
}

function fillList(
  index: ColumnIndex,
  window: number,
  out: ResultColumn,
  k: number,
  position: (from: number, to: number, k: number) => number,
): void {
  const { start, length, items } = out as ListResult;
  const { data }: ValueColumn = index.column;
  eachRange(index, window, (row, from, to) => {
    const size = Math.min(k, index.count(from, to));
    start[row] = items.length;
    length[row] = size;
    for (let i = 0; i < size; i++) items.push(data[position(from, to, i)]!);
  });
}
