/** What each operation makes of the inputs in one window. */
import type { Aggregation, Operation } from '@hindcast/shared/config/model';
import { compareValues, type OracleValue } from './value.js';

type Inputs = readonly OracleValue[];
type Arguments = Aggregation['argMap'];

/** From non-NULL inputs, at least one, in the order of their events. */
const operations: Readonly<
  Record<Operation, (inputs: Inputs, k: number, args: Arguments) => OracleValue>
> = {
  COUNT: (inputs) => BigInt(inputs.length),
  SUM: sum,
  AVERAGE: (inputs) => mean(inputs.map(Number)),
  MIN: (inputs) => inputs.toSorted(compareValues)[0]!,
  MAX: (inputs) => inputs.toSorted(compareValues).at(-1)!,
  FIRST: (inputs) => inputs[0]!,
  LAST: (inputs) => inputs.at(-1)!,
  FIRST_K: (inputs, k) => inputs.slice(0, k),
  LAST_K: (inputs, k) => inputs.toReversed().slice(0, k),
  TOP_K: (inputs, k) => inputs.toSorted(compareValues).toReversed().slice(0, k),
  BOTTOM_K: (inputs, k) => inputs.toSorted(compareValues).slice(0, k),
  UNIQUE_COUNT: (inputs) => BigInt(distinct(inputs).length),
  APPROX_UNIQUE_COUNT: (inputs) => BigInt(distinct(inputs).length),
  BOUNDED_UNIQUE_COUNT: (inputs, k) => BigInt(Math.min(k, distinct(inputs).length)),
  VARIANCE: (inputs) => moment(inputs, 2) / inputs.length,
  SKEW: (inputs) => {
    const [n, m2] = [inputs.length, moment(inputs, 2)];
    return n < 3 || m2 === 0 ? Number.NaN : (Math.sqrt(n) * moment(inputs, 3)) / m2 ** 1.5;
  },
  KURTOSIS: (inputs) => {
    const [n, m2] = [inputs.length, moment(inputs, 2)];
    return n < 4 || m2 === 0 ? Number.NaN : (n * moment(inputs, 4)) / m2 ** 2 - 3;
  },
  APPROX_PERCENTILE: (inputs, _, { percentiles }) => {
    const sorted = inputs.map(Number).sort((a, b) => a - b);
    return (JSON.parse(percentiles!) as number[]).map((p) =>
      Math.fround(sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]!),
    );
  },
  HISTOGRAM: (inputs, k) => histogram(inputs, k === 0 ? Number.POSITIVE_INFINITY : k),
  APPROX_HISTOGRAM_K: histogram,
};

/** Operations that aggregate a list's elements and a map's values instead of the list or map. */
export function flattens(operation: Operation): boolean {
  return !/^(FIRST|LAST)(_K)?$/.test(operation);
}

/** Operations that Chronon takes events away from. */
export function isDeletable(operation: Operation): boolean {
  return ['COUNT', 'SUM', 'AVERAGE', 'HISTOGRAM'].includes(operation);
}

/** One event's input, and its value of the bucket column. */
export interface BucketedInput {
  readonly bucket: OracleValue;
  readonly input: OracleValue;
}

/**
 * NULL inputs are skipped; without any other input, or with a result that is no number, NULL. By
 * bucket, by a map's keys or by position there are as many results.
 */
export function aggregate(
  aggregation: Aggregation,
  events: readonly BucketedInput[],
  isBucketed: boolean,
): OracleValue {
  const inputs = events.map(({ input }) => input);
  if (aggregation.elementWise) return byPosition(aggregation, inputs);
  const flat = flattens(aggregation.operation);
  if (flat && inputs.some((input) => input instanceof Map)) {
    const entries = inputs.flatMap((input) => (input instanceof Map ? [...input] : []));
    return byKey(aggregation, entries);
  }
  const elements = (input: OracleValue): Inputs =>
    flat && Array.isArray(input) ? (input as Inputs) : [input];
  if (!isBucketed) return aggregateInputs(aggregation, inputs.flatMap(elements), false);
  return byKey(
    aggregation,
    events.flatMap(({ bucket, input }) =>
      bucket === null ? [] : elements(input).map((each) => [bucket as string, each] as const),
    ),
  );
}

function aggregateInputs(
  { operation, argMap }: Aggregation,
  inputs: Inputs,
  keepsNaN: boolean,
): OracleValue {
  const present = inputs.filter((input) => input !== null);
  if (present.length === 0) return null;
  const value = operations[operation](present, Number(argMap.k ?? defaultK(operation)), argMap);
  return typeof value === 'number' && !Number.isFinite(value) && !keepsNaN ? null : value;
}

function defaultK(operation: Operation): number {
  return operation === 'HISTOGRAM' ? 0 : 8;
}

function byKey(
  aggregation: Aggregation,
  entries: readonly (readonly [string, OracleValue])[],
): OracleValue {
  const results = new Map<string, OracleValue>();
  for (const key of new Set(entries.map(([each]) => each))) {
    const inputs = entries.flatMap(([each, input]) => (each === key ? [input] : []));
    const result = aggregateInputs(aggregation, inputs, true);
    if (result !== null) results.set(key, result);
  }
  return results.size === 0 ? null : results;
}

function byPosition(aggregation: Aggregation, inputs: Inputs): OracleValue {
  const lists = inputs.filter((input) => Array.isArray(input)) as Inputs[];
  const length = Math.max(0, ...lists.map((list) => list.length));
  if (length === 0) return null;
  return Array.from({ length }, (_, i) =>
    aggregateInputs(
      aggregation,
      lists.map((list) => list[i] ?? null),
      true,
    ),
  );
}

/** Integers (and booleans, as 0 and 1) in 64 bits that wrap, as Java's long does. */
function sum(inputs: Inputs): OracleValue {
  if (inputs.some((input) => typeof input === 'number')) {
    return inputs.reduce<number>((total, input) => total + Number(input), 0);
  }
  const total = inputs.reduce<bigint>((sum, input) => sum + BigInt(input as bigint), 0n);
  return BigInt.asIntN(64, total);
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** Sum of the powers of distances from the mean. */
function moment(inputs: Inputs, power: number): number {
  const values = inputs.map(Number);
  const center = mean(values);
  return values.reduce((total, value) => total + (value - center) ** power, 0);
}

/** −0 is 0. */
function distinct(inputs: Inputs): OracleValue[] {
  return [...new Set(inputs.map((input) => (typeof input === 'number' ? input + 0 : input)))];
}

/** The k most frequent values, the smaller ones among equally frequent. */
function histogram(inputs: Inputs, k: number): OracleValue {
  const counted = distinct(inputs).map((value) => ({
    value,
    times: inputs.filter((input) => compareValues(input, value) === 0).length,
  }));
  const kept = counted
    .toSorted((a, b) => b.times - a.times || compareValues(a.value, b.value))
    .slice(0, k);
  return new Map(kept.map(({ value, times }) => [String(value), BigInt(times)]));
}
