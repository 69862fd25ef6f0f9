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

/** Collects one value column, chunk by chunk. */
export class ValueSink {
  private data: Float64Array | BigInt64Array;
  private valid: Uint8Array | null = null;

  constructor(
    private readonly kind: ReturnType<typeof valueKind>,
    private readonly capacity: number,
  ) {
    this.data = new Float64Array(capacity);
  }

  /** `bytes`: 8 a row, doubles or 64-bit integers; `validity`: a bit a row, null for all valid. */
  append(bytes: Uint8Array, validity: Uint8Array | null, at: number, rows: number): void {
    if (this.kind !== 'integer') {
      this.data.set(new Float64Array(bytes.buffer, bytes.byteOffset, rows) as never, at);
    } else this.appendIntegers(bytes, validity, at, rows);
    if (validity === null) {
      this.valid?.fill(1, at, at + rows);
      return;
    }
    this.valid ??= new Uint8Array(this.capacity).fill(1, 0, at);
    for (let i = 0; i < rows; i++) this.valid[at + i] = (validity[i >> 3]! >> (i & 7)) & 1;
  }

  private appendIntegers(
    bytes: Uint8Array,
    validity: Uint8Array | null,
    at: number,
    rows: number,
  ): void {
    const wide = new BigInt64Array(bytes.buffer, bytes.byteOffset, rows);
    if (this.data instanceof Float64Array) {
      const words = new Int32Array(bytes.buffer, bytes.byteOffset, rows * 2);
      for (let i = 0; i < rows; i++) {
        const high = words[2 * i + 1]!;
        if (high >= -0x20_0000 && high < 0x20_0000) {
          this.data[at + i] = high * 0x1_0000_0000 + (words[2 * i]! >>> 0);
        } else if (validity === null || (validity[i >> 3]! >> (i & 7)) & 1) {
          this.data = widened(this.data, at, this.capacity);
          break;
        }
      }
    }
    if (this.data instanceof BigInt64Array) this.data.set(wide, at);
  }

  column(count: number): ValueColumn {
    const integer = this.data instanceof BigInt64Array ? 'int64' : 'int53';
    return {
      encoding: this.kind === 'integer' ? integer : this.kind,
      data: this.data.subarray(0, count),
      valid: this.valid?.subarray(0, count) ?? null,
    };
  }
}

/** The first `count` doubles, all integers, as 64-bit ones in an array of `capacity`. */
function widened(data: Float64Array, count: number, capacity: number): BigInt64Array {
  const wide = new BigInt64Array(capacity);
  for (let i = 0; i < count; i++) wide[i] = BigInt(data[i]!);
  return wide;
}

/** Total order of two rows' values: NULL first, numbers by value, −0 before 0, NaN last. */
export function compareValues(column: ValueColumn, a: number, b: number): number {
  if (column.valid !== null) {
    const presence = column.valid[a]! - column.valid[b]!;
    if (presence !== 0 || column.valid[a] === 0) return presence;
  }
  const x = column.data[a]!;
  const y = column.data[b]!;
  if (x < y) return -1;
  if (x > y) return 1;
  if (typeof x === 'bigint' || typeof y === 'bigint' || Object.is(x, y)) return 0;
  if (x === y) return Object.is(x, -0) ? -1 : 1;
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
