/**
 * The one room for DuckDB: a session is one in-memory database with one connection. Columns enter
 * and leave as typed arrays; nothing here knows what they mean.
 */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import { HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { type ColumnChunk, columnsOf, type OfferedColumn, Offers } from './duckdb-columns.js';
import { duckdb } from './duckdb-library.js';

export interface SessionOptions {
  readonly threads: number;
  readonly memoryBytes: number;
  /** Absolute folder for spilling. */
  readonly scratch: string;
}

/** A value as DuckDB gives it to JavaScript, and takes it. */
export type Value = DuckDBValue;

export function listOf(values: readonly Value[]): Value {
  return duckdb.listValue(values);
}

export function mapOf(entries: readonly { readonly key: Value; readonly value: Value }[]): Value {
  return duckdb.mapValue([...entries]);
}

export function structOf(fields: Readonly<Record<string, Value>>): Value {
  return duckdb.structValue({ ...fields });
}

export interface WrittenFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

export class Session {
  private readonly done = new Set<string>();
  private interrupted = false;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly offers: Offers,
  ) {}

  static async open(options: SessionOptions): Promise<Session> {
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      threads: String(Math.max(1, Math.min(options.threads, availableParallelism()))),
      memory_limit: `${Math.max(64, Math.floor(options.memoryBytes / 2 ** 20))}MiB`,
      temp_directory: options.scratch,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run('SET parquet_metadata_cache = true');
    return new Session(instance, connection, new Offers(connection));
  }

  /** Ends the statement that runs; it and every later one fail with kind `interrupted`. */
  interrupt(): void {
    this.interrupted = true;
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  /** Runs those statements that did not run in this session before, e.g. definitions of macros. */
  async once(statements: readonly string[]): Promise<void> {
    const fresh = statements.filter((statement) => !this.done.has(statement));
    if (fresh.length === 0) return;
    await this.connection.run(fresh.join(';\n'));
    for (const statement of fresh) this.done.add(statement);
  }

  /**
   * The type of each statement of the text, as DuckDB names it: `SELECT` for all that reads, be it
   * VALUES or SHOW. Nothing runs. One that needs what an earlier one makes is `INVALID`.
   */
  async statementTypes(sql: string): Promise<string[]> {
    const extracted = await this.ask((connection) => connection.extractStatements(sql));
    const types: string[] = [];
    for (let i = 0; i < extracted.count; i++) {
      try {
        const prepared = await extracted.prepare(i);
        types.push(duckdb.StatementType[prepared.statementType]);
        prepared.destroySync();
      } catch (error) {
        if (extracted.count === 1) throw error;
        // A PIVOT over whatever values there are: the first of its two makes a type of them.
        if (i === 1 && extracted.count === 2 && /__pivot_enum_/.test(String(error)))
          return ['PIVOT'];
        types.push('INVALID');
      }
    }
    return types;
  }

  async run(sql: string): Promise<void> {
    await this.ask((connection) => connection.run(sql));
  }

  /** Small results as JSON values: one array per row. Integers beyond 2^53 are strings. */
  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    const result = await this.ask((connection) => connection.runAndReadAll(sql));
    return result.convertRows(duckdb.JsonDuckDBValueConverter);
  }

  /** Runs `COPY … (…, RETURN_FILES)` and says what was written: each file's rows, by its footer. */
  async copy(sql: string): Promise<WrittenFile[]> {
    const [[, paths] = []] = (await this.rows(sql)) as [[number, string[]]?];
    if (paths === undefined || paths.length === 0) return [];
    const footers = await this.rows(
      `SELECT file_name, num_rows FROM parquet_file_metadata(${quoteList(paths)})`,
    );
    return footers.map(([path, rows]) => ({
      path: String(path),
      rows: Number(rows),
      bytes: statSync(String(path)).size,
    }));
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
    const result = await this.ask((connection) => connection.streamAndReadUntil(sql, maxRows));
    const types = result.columnTypes();
    const columns = result.columnNames().map((name, i) => ({ name, type: String(types[i]) }));
    const rows = result.convertRows(duckdb.JsonDuckDBValueConverter).slice(0, maxRows);
    return { columns, rows };
  }

  /** One column's values as DuckDB gives them to JavaScript, e.g. a dictionary. */
  async values(sql: string): Promise<Value[]> {
    const result = await this.ask((connection) => connection.runAndReadAll(sql));
    return result.getColumns()[0] ?? [];
  }

  /**
   * Reads a query of fixed-width columns. `widths[i]` is column i's bytes per value. The whole result
   * is held in memory first: that is quicker than `stream` where it is known to fit.
   */
  async chunks(
    sql: string,
    widths: readonly number[],
    onChunk: (rows: number, columns: readonly ColumnChunk[]) => void,
  ): Promise<void> {
    (await this.hold(sql, widths))(onChunk);
  }

  /** The same, to be read as often as one likes. */
  async hold(
    sql: string,
    widths: readonly number[],
  ): Promise<(onChunk: (rows: number, columns: readonly ColumnChunk[]) => void) => void> {
    const result = await this.ask((connection) => connection.run(sql));
    return (onChunk) => {
      for (let i = 0; i < result.chunkCount; i++) {
        const chunk = result.getChunk(i);
        onChunk(chunk.rowCount, columnsOf(chunk, chunk.rowCount, widths));
      }
    };
  }

  /** The same in bounded memory, for results of any size. */
  async stream(
    sql: string,
    widths: readonly number[],
    onChunk: (rows: number, columns: readonly ColumnChunk[]) => void,
  ): Promise<void> {
    const result = await this.ask((connection) => connection.stream(sql));
    for (;;) {
      const chunk = await this.ask(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      onChunk(chunk.rowCount, columnsOf(chunk, chunk.rowCount, widths));
    }
  }

  /** Lets SQL read typed arrays as `offered('<name>')`, until they are withdrawn. */
  async offer(name: string, columns: readonly OfferedColumn[], rows: number): Promise<void> {
    await this.offers.add(name, columns, rows);
  }

  withdraw(name: string): void {
    this.offers.remove(name);
  }

  private async ask<T>(question: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.interrupted) throw new HindcastError('interrupted', 'interrupted');
    try {
      return await question(this.connection);
    } catch (error) {
      throw this.interrupted ? new HindcastError('interrupted', 'interrupted') : error;
    }
  }
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
