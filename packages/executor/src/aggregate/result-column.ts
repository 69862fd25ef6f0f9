/** Where kernels put values: one slot per left row, filled at most once, NULL until then. */
import type { ValueEncoding } from '../keys/values.js';

export interface ScalarResult {
  readonly kind: 'scalar';
  readonly encoding: ValueEncoding;
  /** Float64Array for double, int53 and ordinal; BigInt64Array for int64. */
  readonly data: Float64Array | BigInt64Array;
  readonly valid: Uint8Array;
  /** Whether NaN and the infinities stay: values inside of maps do, as in Chronon. */
  readonly keepsNaN: boolean;
}

/** Row r's list is `items[start[r]] … items[start[r] + length[r] − 1]`; length −1 is NULL. */
export interface ListResult {
  readonly kind: 'list';
  readonly encoding: ValueEncoding;
  readonly start: Float64Array;
  readonly length: Int32Array;
  readonly items: (number | bigint)[];
}

/** Row r's entries are `keys` and `values` at `start[r] … start[r] + length[r] − 1`; length −1 is NULL. */
export interface MapResult {
  readonly kind: 'map';
  /** Of the keys. */
  readonly encoding: ValueEncoding;
  readonly start: Float64Array;
  readonly length: Int32Array;
  readonly keys: (number | bigint)[];
  readonly values: Cell[];
}

export type ResultColumn = ScalarResult | ListResult | MapResult;

/** One value of a result column as JavaScript has it; ordinals stay ordinals. */
export type Cell = null | number | bigint | readonly (number | bigint)[] | MapCell;

export interface MapCell {
  readonly keys: readonly (number | bigint)[];
  readonly values: readonly Cell[];
}

export function scalarResult(encoding: ValueEncoding, rows: number): ScalarResult {
  const data = encoding === 'int64' ? new BigInt64Array(rows) : new Float64Array(rows);
  return { kind: 'scalar', encoding, data, valid: new Uint8Array(rows), keepsNaN: false };
}

export function listResult(encoding: ValueEncoding, rows: number): ListResult {
  return { kind: 'list', encoding, ...slots(rows), items: [] };
}

export function mapResult(encoding: ValueEncoding, rows: number): MapResult {
  return { kind: 'map', encoding, ...slots(rows), keys: [], values: [] };
}

function slots(rows: number): { start: Float64Array; length: Int32Array } {
  return { start: new Float64Array(rows), length: new Int32Array(rows).fill(-1) };
}

export function appendList(
  { start, length, items }: ListResult,
  row: number,
  added: readonly (number | bigint)[],
): void {
  start[row] = items.length;
  length[row] = added.length;
  for (const item of added) items.push(item);
}

export function appendMap(
  out: MapResult,
  row: number,
  keys: readonly (number | bigint)[],
  values: readonly Cell[],
): void {
  out.start[row] = out.keys.length;
  out.length[row] = keys.length;
  for (const key of keys) out.keys.push(key);
  for (const value of values) out.values.push(value);
}

/** NaN and the infinities become NULL, as in Chronon's finalize, unless the column keeps them. */
export function setDouble(out: ScalarResult, row: number, value: number): void {
  if (!Number.isFinite(value) && !out.keepsNaN) return;
  out.data[row] = value;
  out.valid[row] = 1;
}

/** Null where the row has no value. */
export function cellOf(result: ResultColumn, row: number): Cell {
  if (result.kind === 'scalar') return result.valid[row] === 1 ? result.data[row]! : null;
  const length = result.length[row]!;
  if (length < 0) return null;
  const start = result.start[row]!;
  if (result.kind === 'list') return result.items.slice(start, start + length);
  return {
    keys: result.keys.slice(start, start + length),
    values: result.values.slice(start, start + length),
  };
}
