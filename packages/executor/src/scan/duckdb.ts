/**
 * The one room for DuckDB: a session is one in-memory database with one connection. Columns enter
 * and leave as typed arrays; nothing here knows what they mean.
 */
import { availableParallelism } from 'node:os';
import {
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBResult,
  type DuckDBType,
  type DuckDBValue,
  JsonDuckDBValueConverter,
  listValue,
} from '@duckdb/node-api';
import ddb from '@duckdb/node-bindings';
import type { Column } from '@hindcast/shared/plan/task';

/** Rows that DuckDB hands over at a time; also the most that one appended chunk may hold. */
const vectorSize = 2048;

export interface SessionOptions {
  readonly threads: number;
  readonly memoryBytes: number;
  /** Absolute folder for spilling. */
  readonly scratch: string;
}

/** A value as DuckDB gives it to JavaScript, and takes it. */
export type Value = DuckDBValue;

export function list(values: readonly Value[]): Value {
  return listValue(values);
}

/** A fixed-width column of one chunk: raw little-endian values, and a bitmap where NULLs are. */
export interface ColumnChunk {
  readonly bytes: Uint8Array;
  /** Bit i of byte i >> 3 is set when row i is valid; null when all are. */
  readonly validity: Uint8Array | null;
}

/** A fixed-width or list column to append; index = row. */
export type AppendColumn =
  | {
      readonly kind: 'fixed';
      readonly type: string;
      readonly data: Float64Array | Int32Array | BigInt64Array;
      readonly valid: Uint8Array; // 1 per row that holds a value
    }
  | {
      readonly kind: 'values';
      readonly type: string;
      readonly value: (row: number) => Value;
    };

export class Session {
  private readonly done = new Set<readonly string[]>();

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async open(options: SessionOptions): Promise<Session> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(Math.max(1, Math.min(options.threads, availableParallelism()))),
      memory_limit: `${Math.max(64, Math.floor(options.memoryBytes / 2 ** 20))}MiB`,
      temp_directory: options.scratch,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run('SET parquet_metadata_cache = true');
    return new Session(instance, connection);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  /** Runs statements unless they ran in this session before, e.g. definitions of macros. */
  async once(statements: readonly string[]): Promise<void> {
    if (this.done.has(statements)) return;
    this.done.add(statements);
    for (const statement of statements) await this.connection.run(statement);
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /** Small results as JSON values: one array per row. Integers beyond 2^53 are strings. */
  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    const result = await this.connection.runAndReadAll(sql);
    return result.convertRows(JsonDuckDBValueConverter);
  }

  /** Column names and types that a query would give, without running it. */
  async describe(sql: string): Promise<readonly Column[]> {
    const rows = await this.rows(`DESCRIBE ${sql}`);
    return rows.map((row) => ({ name: String(row[0]), type: String(row[1]) }));
  }

  /** Rows of a query with their schema, at most `maxRows`. */
  async read(
    sql: string,
    maxRows: number,
  ): Promise<{ columns: readonly Column[]; rows: readonly (readonly unknown[])[] }> {
    const result = await this.connection.streamAndReadUntil(sql, maxRows);
    const types = result.columnTypes();
    const columns = result.columnNames().map((name, i) => ({ name, type: String(types[i]) }));
    const rows = result.convertRows(JsonDuckDBValueConverter).slice(0, maxRows);
    return { columns, rows };
  }

  /** One column's values as DuckDB gives them to JavaScript, e.g. a dictionary. */
  async values(sql: string): Promise<Value[]> {
    const result = await this.connection.runAndReadAll(sql);
    return result.getColumns()[0] ?? [];
  }

  /**
   * Streams a query of fixed-width columns. `widths[i]` is column i's bytes per value. The views
   * given to `onChunk` are valid during the call only.
   */
  async stream(
    sql: string,
    widths: readonly number[],
    onChunk: (rows: number, columns: readonly ColumnChunk[]) => void,
  ): Promise<void> {
    const result: DuckDBResult = await this.connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      const rows = chunk.rowCount;
      onChunk(
        rows,
        widths.map((width, i) => {
          const vector = ddb.data_chunk_get_vector(chunk.chunk, i);
          return {
            bytes: ddb.vector_get_data(vector, rows * width),
            validity: ddb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) ?? null,
          };
        }),
      );
    }
  }

  /** Creates temp table `name` and fills it with `rows` rows. */
  async createTable(
    name: string,
    columns: readonly (AppendColumn & { readonly name: string })[],
    rows: number,
  ): Promise<void> {
    const list = columns.map((column) => `${quoteName(column.name)} ${column.type}`).join(', ');
    await this.connection.run(`CREATE OR REPLACE TEMP TABLE ${quoteName(name)} (${list})`);
    const appender = await this.connection.createAppender(name);
    const types: DuckDBType[] = columns.map((_, i) => appender.columnType(i));
    for (let start = 0; start < rows; start += vectorSize) {
      const count = Math.min(vectorSize, rows - start);
      const chunk = DuckDBDataChunk.create(types, count);
      for (const [i, column] of columns.entries()) fillVector(chunk, i, column, start, count);
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }
}

const validityScratch = new Uint8Array(vectorSize / 8);

function fillVector(
  chunk: DuckDBDataChunk,
  index: number,
  column: AppendColumn,
  start: number,
  count: number,
): void {
  if (column.kind === 'values') {
    const values = Array.from({ length: count }, (_, i) => column.value(start + i));
    chunk.setColumnValues(index, values);
    return;
  }
  const vector = ddb.data_chunk_get_vector(chunk.chunk, index);
  const { data, valid } = column;
  const width = data.BYTES_PER_ELEMENT;
  const buffer = data.buffer as ArrayBuffer;
  ddb.copy_data_to_vector(vector, 0, buffer, data.byteOffset + start * width, count * width);
  validityScratch.fill(0);
  let nulls = 0;
  for (let i = 0; i < count; i++) {
    if (valid[start + i] === 0) nulls++;
    else validityScratch[i >> 3]! |= 1 << (i & 7);
  }
  if (nulls === 0) return;
  ddb.vector_ensure_validity_writable(vector);
  const bytes = Math.ceil(count / 64) * 8;
  ddb.copy_data_to_vector_validity(vector, 0, validityScratch.buffer, 0, bytes);
}

/** An identifier, quoted. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal, quoted. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list of string literals, for `read_parquet([...])` or IN. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(', ')}]`;
}
