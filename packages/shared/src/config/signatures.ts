/** Which inputs an operation takes, and the type that it gives: DuckDB type names. */
import { isSummable, typeFamily } from '../table/column-type.js';
import type { Operation } from './model.js';

export interface Signature {
  /** `number`: integers of up to 64 bits, booleans and floating point; `any`: every type. */
  readonly input: 'number' | 'any';
  readonly outputType: (input: string) => string;
}

const same = (input: string): string => input;
const listOf = (input: string): string => `${input}[]`;
const sumType = (input: string): string => (typeFamily(input) === 'fraction' ? 'DOUBLE' : 'BIGINT');

/** Operations that run. The others of Chronon's API parse, and are refused by name when planned. */
export const signatures = {
  COUNT: { input: 'any', outputType: () => 'BIGINT' },
  SUM: { input: 'number', outputType: sumType },
  AVERAGE: { input: 'number', outputType: () => 'DOUBLE' },
  MIN: { input: 'any', outputType: same },
  MAX: { input: 'any', outputType: same },
  FIRST: { input: 'any', outputType: same },
  LAST: { input: 'any', outputType: same },
  FIRST_K: { input: 'any', outputType: listOf },
  LAST_K: { input: 'any', outputType: listOf },
} as const satisfies Partial<Record<Operation, Signature>>;

export type RunnableOperation = keyof typeof signatures;

/** Null for an operation that does not run yet. */
export function signatureOf(operation: Operation): Signature | null {
  return (signatures as Partial<Record<Operation, Signature>>)[operation] ?? null;
}

export function accepts(signature: Signature, type: string): boolean {
  return signature.input === 'any' || isSummable(type);
}
