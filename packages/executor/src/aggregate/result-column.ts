/** Where kernels put values: one slot per left row, filled at most once, NULL until then. */
import type { ValueEncoding } from '../keys/values.js';

export interface ScalarResult {
  readonly kind: 'scalar';
  readonly encoding: ValueEncoding;
  /** Float64Array for double, int53 and ordinal; BigInt64Array for int64. */
  readonly data: Float64Array | BigInt64Array;
  readonly valid: Uint8Array;
}

/** Row r's list is `items[start[r]] … items[start[r] + length[r] − 1]`; length −1 is NULL. */
export interface ListResult {
  readonly kind: 'list';
  readonly encoding: ValueEncoding;
  readonly start: Float64Array;
  readonly length: Int32Array;
  readonly items: (number | bigint)[];
}

export type ResultColumn = ScalarResult | ListResult;

export function scalarResult(encoding: ValueEncoding, rows: number): ScalarResult {
  const data = encoding === 'int64' ? new BigInt64Array(rows) : new Float64Array(rows);
  return { kind: 'scalar', encoding, data, valid: new Uint8Array(rows) };
}

export function listResult(encoding: ValueEncoding, rows: number): ListResult {
  return {
    kind: 'list',
    encoding,
    start: new Float64Array(rows),
    length: new Int32Array(rows).fill(-1),
    items: [],
  };
}

/** NaN and the infinities become NULL, as in Chronon's finalize. */
export function setDouble(out: ScalarResult, row: number, value: number): void {
  if (!Number.isFinite(value)) return;
  out.data[row] = value;
  out.valid[row] = 1;
}
