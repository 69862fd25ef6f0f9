/** What is computed from a window of events. */
import { type Operation, operations } from '../config/model.js';
import { HindcastError } from '../errors.js';
import { checkOptions, indexIn, type Names } from './options.js';
import { present } from './present.js';
import type { AggregationStruct, WindowSpec, WindowStruct } from './structs.js';

/** @throws HindcastError kind `config` for anything but a whole number of `d` or `h` */
export function window(spec: WindowSpec): WindowStruct {
  if (typeof spec !== 'string') return spec;
  const match = /^(\d+)([dh])$/.exec(spec);
  if (match === null) {
    throw new HindcastError('config', `"${spec}" is no window`, { hint: 'Write "3d" or "12h".' });
  }
  return { length: Number(match[1]), timeUnit: match[2] === 'd' ? 1 : 0 };
}

export interface AggregationOptions {
  readonly windows?: readonly WindowSpec[];
  readonly buckets?: readonly string[];
  readonly elementWise?: boolean;
}

interface WholeAggregation extends AggregationOptions {
  readonly inputColumn: string;
  readonly operation: Operation;
  readonly argMap?: Readonly<Record<string, string>>;
}

const optionNames: Names<AggregationOptions> = { windows: true, buckets: true, elementWise: true };
const names: Names<WholeAggregation> = {
  inputColumn: true,
  operation: true,
  argMap: true,
  ...optionNames,
};

export function aggregation(options: WholeAggregation): AggregationStruct {
  const { operation, argMap, windows, ...rest } = checkOptions('aggregation', options, names);
  if (windows != null && !Array.isArray(windows)) {
    throw new HindcastError('config', `aggregation of "${rest.inputColumn}": windows is no list`, {
      found: JSON.stringify(windows),
      hint: 'Write windows: ["3d"].',
    });
  }
  return present({
    ...rest,
    operation: indexIn(operations, operation, 'operation'),
    argMap: argMap ?? {},
    windows: windows?.map(window),
  }) as AggregationStruct;
}

function built(
  inputColumn: string,
  operation: Operation,
  argMap: Readonly<Record<string, string>>,
  options: AggregationOptions,
): AggregationStruct {
  const place = `${operation} of "${inputColumn}"`;
  return aggregation({
    inputColumn,
    operation,
    argMap,
    ...checkOptions(place, options, optionNames),
  });
}

type Builder = (inputColumn: string, options?: AggregationOptions) => AggregationStruct;
const plain =
  (operation: Operation): Builder =>
  (inputColumn, options = {}) =>
    built(inputColumn, operation, {}, options);
type BuilderWithK = (
  inputColumn: string,
  k: number,
  options?: AggregationOptions,
) => AggregationStruct;
const bounded =
  (operation: Operation): BuilderWithK =>
  (inputColumn, k, options = {}) =>
    built(inputColumn, operation, { k: String(k) }, options);

export const min = plain('MIN');
export const max = plain('MAX');
export const first = plain('FIRST');
export const last = plain('LAST');
export const count = plain('COUNT');
export const sum = plain('SUM');
export const average = plain('AVERAGE');
export const variance = plain('VARIANCE');
export const skew = plain('SKEW');
export const kurtosis = plain('KURTOSIS');
export const uniqueCount = plain('UNIQUE_COUNT');
export const approxUniqueCount = plain('APPROX_UNIQUE_COUNT');
export const histogram = plain('HISTOGRAM');
export const firstK = bounded('FIRST_K');
export const lastK = bounded('LAST_K');
export const topK = bounded('TOP_K');
export const bottomK = bounded('BOTTOM_K');
export const approxHistogramK = bounded('APPROX_HISTOGRAM_K');
export const boundedUniqueCount = bounded('BOUNDED_UNIQUE_COUNT');

export function approxPercentile(
  inputColumn: string,
  percentiles: readonly number[],
  options: AggregationOptions = {},
): AggregationStruct {
  const argMap = { k: '128', percentiles: JSON.stringify(percentiles) };
  return built(inputColumn, 'APPROX_PERCENTILE', argMap, options);
}
