/** Values of the oracle's tables, and their one order. */

/** bigint for integers, number for floating, arrays for lists. */
export type OracleValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly OracleValue[]
  | ReadonlyMap<string, OracleValue>;

/** Column → value. The partition column is `ds`; times are bigint ms since epoch UTC. */
export type OracleRow = Readonly<Record<string, OracleValue>>;

/**
 * NULL is the smallest; false before true; numbers by value, NaN the greatest;
 * strings by UTF-8 bytes; lists by their elements, then by length.
 */
export function compareValues(a: OracleValue, b: OracleValue): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === 'string' && typeof b === 'string') {
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  if (isList(a) && isList(b)) {
    const shared = Math.min(a.length, b.length);
    for (let i = 0; i < shared; i++) {
      const difference = compareValues(a[i]!, b[i]!);
      if (difference !== 0) return difference;
    }
    return a.length - b.length;
  }
  if (a === b) return 0;
  if (a instanceof Map || b instanceof Map) throw new Error('The oracle knows no order of maps');
  return a < b ? -1 : 1;
}

function compareNumbers(a: number, b: number): number {
  if (a === b) return 0;
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return a < b || Number.isNaN(b) ? -1 : 1;
}

function isList(value: OracleValue): value is readonly OracleValue[] {
  return Array.isArray(value);
}
