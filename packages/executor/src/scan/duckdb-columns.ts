/** Typed arrays ↔ DuckDB's vectors. */
import type { DuckDBConnection, DuckDBDataChunk, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { bindings, duckdb } from './duckdb-library.js';

/** Rows that DuckDB hands over at a time. */
const vectorSize = 2048;

/** A fixed-width column of one chunk: raw little-endian values, and a bitmap where NULLs are. */
export interface ColumnChunk {
  readonly bytes: Uint8Array;
  /** Bit i of byte i >> 3 is set when row i is valid; null when all are. */
  readonly validity: Uint8Array | null;
}

/** The first columns of a chunk, `widths[i]` bytes a value. */
export function columnsOf(
  chunk: DuckDBDataChunk,
  rows: number,
  widths: readonly number[],
): ColumnChunk[] {
  return widths.map((width, i) => {
    const vector = bindings.data_chunk_get_vector(chunk.chunk, i);
    return {
      bytes: bindings.vector_get_data(vector, rows * width),
      validity: bindings.vector_get_validity(vector, Math.ceil(rows / 64) * 8) ?? null,
    };
  });
}

/** A column's bytes as 32-bit integers, `words` a row. */
export function int32s({ bytes }: ColumnChunk, rows: number, words = 1): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, rows * words);
}

export function float64s({ bytes }: ColumnChunk, rows: number): Float64Array {
  return new Float64Array(bytes.buffer, bytes.byteOffset, rows);
}

/** A column that SQL reads; index = row. `type` is DuckDB's name for it. */
export type OfferedColumn = { readonly name: string; readonly type: string } & (
  | {
      readonly kind: 'fixed';
      readonly data: Float64Array | Int32Array | BigInt64Array;
      readonly valid: Uint8Array; // 1 per row that holds a value
    }
  /** DuckDB's own bytes of each value, none NULL, e.g. of strings that it keeps inline. */
  | { readonly kind: 'raw'; readonly data: Int32Array; readonly width: number }
  | { readonly kind: 'values'; readonly value: (row: number) => DuckDBValue }
);

interface Offer {
  readonly columns: readonly OfferedColumn[];
  readonly types: readonly DuckDBType[];
  readonly rows: number;
}

/**
 * The table function `offered(name)`: rows of typed arrays, in order, without a table in between. It
 * reads what is offered under that name when a query is bound.
 */
export class Offers {
  private readonly offers = new Map<string, Offer>();

  constructor(private readonly connection: DuckDBConnection) {
    connection.registerTableFunction(
      duckdb.DuckDBTableFunction.create({
        name: 'offered',
        parameterTypes: [duckdb.VARCHAR],
        bindFunction: (bind) => {
          const offer = this.offers.get(String(bind.getParameter(0)))!;
          for (const [i, { name }] of offer.columns.entries()) {
            bind.addResultColumn(name, offer.types[i]!);
          }
          bind.setCardinality(offer.rows, true);
          bind.setBindData(offer);
        },
        initFunction: (init) => {
          init.setInitData({ at: 0 });
          init.setMaxThreads(1);
        },
        mainFunction: (info, chunk) => {
          const { columns, rows } = info.getBindData() as Offer;
          const scan = info.getInitData() as { at: number };
          const count = Math.min(vectorSize, rows - scan.at);
          chunk.rowCount = count;
          for (const [i, column] of columns.entries()) fill(chunk, i, column, scan.at, count);
          scan.at += count;
        },
      }),
    );
  }

  async add(name: string, columns: readonly OfferedColumn[], rows: number): Promise<void> {
    const nulls = columns.map(({ type }) => `NULL::${type}`).join(', ');
    const types = (await this.connection.run(`SELECT ${nulls}`)).columnTypes();
    this.offers.set(name, { columns, types, rows });
  }

  remove(name: string): void {
    this.offers.delete(name);
  }
}

const validityScratch = new Uint8Array(vectorSize / 8);

/** Rows `start … start + count` (exclusive) of a column into vector `index`. */
function fill(
  chunk: DuckDBDataChunk,
  index: number,
  column: OfferedColumn,
  start: number,
  count: number,
): void {
  if (count === 0) return;
  if (column.kind === 'values') {
    const values = Array.from({ length: count }, (_, i) => column.value(start + i));
    chunk.setColumnValues(index, values);
    return;
  }
  const { data } = column;
  const vector = bindings.data_chunk_get_vector(chunk.chunk, index);
  const width = column.kind === 'raw' ? column.width : data.BYTES_PER_ELEMENT;
  const buffer = data.buffer as ArrayBuffer;
  bindings.copy_data_to_vector(vector, 0, buffer, data.byteOffset + start * width, count * width);
  if (column.kind === 'raw') return;
  const valid = column.valid.subarray(start, start + count);
  if (!valid.includes(0)) return;
  validityScratch.fill(0);
  for (let i = 0; i < count; i++) validityScratch[i >> 3]! |= valid[i]! << (i & 7);
  bindings.vector_ensure_validity_writable(vector);
  const bytes = Math.ceil(count / 64) * 8;
  bindings.copy_data_to_vector_validity(vector, 0, validityScratch.buffer, 0, bytes);
}
