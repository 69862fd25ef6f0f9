/** Which inputs an operation takes, and the type that it gives: DuckDB type names. */
import { isLong, typeFamily } from '../table/column-type.js';
import type { Aggregation, Operation } from './model.js';

/** Kinds of inputs, as a message names them. */
export type InputKind = 'any type' | 'numbers' | 'numbers or booleans' | 'text' | 'numbers or text';

export interface Signature {
  readonly input: InputKind | 'values that can be ordered' | 'scalar values';
  readonly outputType: (input: string) => string;
  /** Lists are aggregated over their elements, maps key by key. Not where an event is one value. */
  readonly flattens: boolean;
}

const same = (input: string): string => input;
const listOf = (input: string): string => `${input}[]`;
const always = (type: string) => (): string => type;
const sumType = (input: string): string => (typeFamily(input) === 'fraction' ? 'DOUBLE' : 'BIGINT');
const flat = (input: Signature['input'], outputType: Signature['outputType']): Signature => ({
  input,
  outputType,
  flattens: true,
});
const timed = (outputType: Signature['outputType']): Signature => ({
  input: 'any type',
  outputType,
  flattens: false,
});

export const signatures: Readonly<Record<Operation, Signature>> = {
  COUNT: flat('any type', always('BIGINT')),
  SUM: flat('numbers or booleans', sumType),
  AVERAGE: flat('numbers', always('DOUBLE')),
  VARIANCE: flat('numbers', always('DOUBLE')),
  SKEW: flat('numbers', always('DOUBLE')),
  KURTOSIS: flat('numbers', always('DOUBLE')),
  MIN: flat('values that can be ordered', same),
  MAX: flat('values that can be ordered', same),
  TOP_K: flat('values that can be ordered', listOf),
  BOTTOM_K: flat('values that can be ordered', listOf),
  UNIQUE_COUNT: flat('scalar values', always('BIGINT')),
  APPROX_UNIQUE_COUNT: flat('scalar values', always('BIGINT')),
  BOUNDED_UNIQUE_COUNT: flat('scalar values', always('BIGINT')),
  APPROX_PERCENTILE: flat('numbers', always('FLOAT[]')),
  HISTOGRAM: flat('text', always('MAP(VARCHAR, INTEGER)')),
  APPROX_HISTOGRAM_K: flat('numbers or text', always('MAP(VARCHAR, BIGINT)')),
  FIRST: timed(same),
  LAST: timed(same),
  FIRST_K: timed(listOf),
  LAST_K: timed(listOf),
};

export function accepts({ input }: Signature, type: string): boolean {
  const number = isLong(type) || typeFamily(type) === 'fraction';
  switch (input) {
    case 'any type':
      return true;
    case 'numbers':
      return number;
    case 'numbers or booleans':
      return number || type === 'BOOLEAN';
    case 'text':
      return typeFamily(type) === 'text';
    case 'numbers or text':
      return number || typeFamily(type) === 'text';
    case 'values that can be ordered':
      return isScalar(type) && type !== 'BLOB';
    case 'scalar values':
      return isScalar(type);
  }
}

function isScalar(type: string): boolean {
  return !/\]$|^(MAP|STRUCT|UNION|JSON)\b/.test(type);
}

/**
 * How an event becomes several inputs: a list's elements, the same with their positions kept apart
 * (element-wise), or a map's values with their keys kept apart.
 */
export type Explosion = 'elements' | 'positions' | 'entries';

export interface ExplodedType {
  readonly explosion: Explosion | null;
  readonly type: string; // of one input
}

/** Null when an aggregation that is element-wise has no list. */
export function explodedType(
  { operation, elementWise }: Pick<Aggregation, 'operation' | 'elementWise'>,
  type: string,
): ExplodedType | null {
  const element = /^(.*)\[\d*\]$/s.exec(type)?.[1];
  const list = element !== undefined && isScalar(element);
  if (elementWise) return list ? { explosion: 'positions', type: element } : null;
  if (!signatures[operation].flattens) return { explosion: null, type };
  if (list) return { explosion: 'elements', type: element };
  const value = /^MAP\(VARCHAR, (.*)\)$/s.exec(type)?.[1];
  if (value !== undefined) return { explosion: 'entries', type: value };
  return { explosion: null, type };
}
