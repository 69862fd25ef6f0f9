/** What each operation makes of the inputs in one window. */
import type { Aggregation, Operation } from '@hindcast/shared/config/model';
import { compareValues, type OracleValue } from './value.js';

type Inputs = readonly OracleValue[];

/** From non-NULL inputs, at least one, in the order of their events. */
const operations: Partial<Record<Operation, (inputs: Inputs, k: number) => OracleValue>> = {
  COUNT: (inputs) => BigInt(inputs.length),
  SUM: sum,
  AVERAGE: (inputs) => inputs.reduce<number>((total, x) => total + Number(x), 0) / inputs.length,
  MIN: (inputs) => inputs.toSorted(compareValues)[0]!,
  MAX: (inputs) => inputs.toSorted(compareValues).at(-1)!,
  FIRST: (inputs) => inputs[0]!,
  LAST: (inputs) => inputs.at(-1)!,
  FIRST_K: (inputs, k) => inputs.slice(0, k),
  LAST_K: (inputs, k) => inputs.toReversed().slice(0, k),
};

export const oracleOperations = Object.keys(operations) as readonly Operation[];

/** NULL inputs are skipped; without any other input, or with a result that is no number, NULL. */
export function aggregate(aggregation: Aggregation, inputs: Inputs): OracleValue {
  const operation = operations[aggregation.operation];
  if (operation === undefined) throw new Error(`The oracle has no ${aggregation.operation}`);
  const present = inputs.filter((input) => input !== null);
  if (present.length === 0) return null;
  const value = operation(present, Number(aggregation.argMap.k));
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

/** Integers (and booleans, as 0 and 1) in 64 bits that wrap, as Java's long does. */
function sum(inputs: Inputs): OracleValue {
  if (inputs.some((input) => typeof input === 'number')) {
    return inputs.reduce<number>((total, input) => total + Number(input), 0);
  }
  const total = inputs.reduce<bigint>((sum, input) => sum + BigInt(input as bigint), 0n);
  return BigInt.asIntN(64, total);
}
