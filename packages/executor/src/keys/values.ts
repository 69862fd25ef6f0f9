/**
 * A value column of events as typed arrays. Numbers are held as they are; every other type as
 * ordinals of a sorted dictionary, so that strings stay out of the hot loop and comparing ordinals
 * compares values.
 */
import { isLong, typeFamily } from '@hindcast/shared/table/column-type';

/**
 * - `double`: IEEE doubles (FLOAT and DOUBLE inputs)
 * - `int53`: integers of at most 53 bits, held as doubles
 * - `int64`: any 64-bit integers
 * - `ordinal`: positions in a dictionary of distinct values in ascending order
 */
export type ValueEncoding = 'double' | 'int53' | 'int64' | 'ordinal';

export interface ValueColumn {
  readonly encoding: ValueEncoding;
  /** Float64Array for double, int53 and ordinal; BigInt64Array for int64. */
  readonly data: Float64Array | BigInt64Array;
  /** 1 where the row holds a value; null when every row does. */
  readonly valid: Uint8Array | null;
}

/** How a DuckDB type's values travel, before it is known whether integers are small. */
export function valueKind(type: string): 'double' | 'integer' | 'ordinal' {
  if (typeFamily(type) === 'fraction') return 'double';
  return isLong(type) || type === 'BOOLEAN' ? 'integer' : 'ordinal';
}

/** Values of some rows as DuckDB hands them over. */
export interface ValueChunk {
  /** 8 a row: doubles, or 64-bit integers. */
  readonly bytes: Uint8Array;
  /** A bit a row; null when every row holds a value. */
  readonly validity: Uint8Array | null;
}

/** A column of `total` rows: row i of chunk c goes to `places[c][i]`, or nowhere where that is −1. */
export function scatterValues(
  kind: ReturnType<typeof valueKind>,
  chunks: readonly ValueChunk[],
  places: readonly Int32Array[],
  total: number,
): ValueColumn {
  const valid = chunks.some(({ validity }) => validity !== null) ? new Uint8Array(total) : null;
  if (valid !== null) {
    for (const [c, { validity }] of chunks.entries()) scatterValidity(validity, places[c]!, valid);
  }
  const wide = kind === 'integer' && chunks.some((chunk, c) => isWide(chunk, places[c]!.length));
  const data = wide ? new BigInt64Array(total) : new Float64Array(total);
  for (const [c, { bytes }] of chunks.entries()) {
    const to = places[c]!;
    if (data instanceof BigInt64Array) scatterWide(bytes, to, data);
    else if (kind === 'integer') scatterIntegers(bytes, to, data);
    else scatterDoubles(bytes, to, data);
  }
  const encoding = kind === 'integer' ? (wide ? 'int64' : 'int53') : kind;
  return { encoding, data, valid };
}

function scatterValidity(validity: Uint8Array | null, places: Int32Array, to: Uint8Array): void {
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= 0) to[place] = validity === null ? 1 : (validity[i >> 3]! >> (i & 7)) & 1;
  }
}

/** Whether a value needs more than the 53 bits of a double. */
function isWide({ bytes, validity }: ValueChunk, rows: number): boolean {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, rows * 2);
  for (let i = 0; i < rows; i++) {
    const high = words[2 * i + 1]!;
    if (high >= -0x20_0000 && high < 0x20_0000) continue;
    if (validity === null || (validity[i >> 3]! >> (i & 7)) & 1) return true;
  }
  return false;
}

function scatterDoubles(bytes: Uint8Array, places: Int32Array, to: Float64Array): void {
  const values = new Float64Array(bytes.buffer, bytes.byteOffset, places.length);
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= 0) to[place] = values[i]!;
  }
}

function scatterIntegers(bytes: Uint8Array, places: Int32Array, to: Float64Array): void {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, places.length * 2);
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= 0) to[place] = words[2 * i + 1]! * 0x1_0000_0000 + (words[2 * i]! >>> 0);
  }
}

function scatterWide(bytes: Uint8Array, places: Int32Array, to: BigInt64Array): void {
  const values = new BigInt64Array(bytes.buffer, bytes.byteOffset, places.length);
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= 0) to[place] = values[i]!;
  }
}

/** Order of two rows' values: NULL first, numbers by value (−0 equals 0), NaN last. */
export function compareValues(column: ValueColumn, a: number, b: number): number {
  if (column.valid !== null) {
    const presence = column.valid[a]! - column.valid[b]!;
    if (presence !== 0 || column.valid[a] === 0) return presence;
  }
  const x = column.data[a]!;
  const y = column.data[b]!;
  if (x < y) return -1;
  if (x > y) return 1;
  if (x === y) return 0;
  if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : 1;
  return -1;
}

/** The rows `order[0], order[1], …` of a column. */
export function gather(column: ValueColumn, order: Uint32Array): ValueColumn {
  const n = order.length;
  let valid: Uint8Array | null = null;
  if (column.valid !== null) {
    valid = new Uint8Array(n);
    for (let i = 0; i < n; i++) valid[i] = column.valid[order[i]!]!;
  }
  if (column.data instanceof Float64Array) {
    const data = new Float64Array(n);
    for (let i = 0; i < n; i++) data[i] = column.data[order[i]!]!;
    return { encoding: column.encoding, data, valid };
  }
  const data = new BigInt64Array(n);
  for (let i = 0; i < n; i++) data[i] = column.data[order[i]!]!;
  return { encoding: column.encoding, data, valid };
}
