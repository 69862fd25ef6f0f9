/** How a column is measured, by its type: as SQL that gives 64-bit values, and as text. */
import type { Column } from '@hindcast/shared/plan/task';
import { quoteName } from '../scan/duckdb.js';
import type { NumberKind } from './value-words.js';

export interface MeasuredColumn {
  readonly column: Column;
  /** What is counted and told apart: a number, a list's or map's length, or the value itself. */
  readonly value: string;
  /** Of numbers and lengths; null: values are known by their hashes. */
  readonly number: NumberKind | null;
  /** Values that have hashes and are worth a number beside: as DOUBLE. */
  readonly worth: string | null;
  /** Structs: whether there is one, and nothing else. */
  readonly onlyPresence: boolean;
  /** Whether quantiles are told. */
  readonly quantiles: boolean;
  readonly text: (value: number | bigint) => string;
}

const integers = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/;

/** @param present the column is in the files; where it is not, it is NULL */
export function measuredColumn(column: Column, present: boolean): MeasuredColumn {
  const { name, type } = column;
  const value = `CAST(${present ? quoteName(name) : 'NULL'} AS ${type})`;
  const base = { column, worth: null, onlyPresence: false, quantiles: true };
  const whole = { ...base, number: 'integer' as const, text: String };
  if (/\[\d*\]$/.test(type)) return { ...whole, value: `CAST(len(${value}) AS BIGINT)` };
  if (type.startsWith('MAP(')) return { ...whole, value: `CAST(cardinality(${value}) AS BIGINT)` };
  if (integers.test(type)) return { ...whole, value: `CAST(${value} AS BIGINT)` };
  if (type === 'BOOLEAN') {
    const text = (bit: number | bigint): string => (Number(bit) === 1 ? 'true' : 'false');
    return { ...whole, value: `CAST(CAST(${value} AS TINYINT) AS BIGINT)`, quantiles: false, text };
  }
  // Adding 0 makes one of 0 and -0.
  const double = { ...base, number: 'double' as const, value: `CAST(${value} AS DOUBLE) + 0` };
  if (type === 'DOUBLE') return { ...double, text: String };
  if (type === 'FLOAT') return { ...double, text: (number) => floatText(Number(number)) };
  const other = { ...base, value, number: null, text: String };
  if (type.startsWith('STRUCT(')) return { ...other, onlyPresence: true };
  return type.startsWith('DECIMAL(') ? { ...other, worth: `CAST(${value} AS DOUBLE)` } : other;
}

/** The shortest text that stands for the same 32-bit number. */
function floatText(number: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return String(short);
  }
  return String(number);
}
