/** The corpus, and how an expression of it goes through the line: described, then scanned. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Column, DescribeResult, Scan } from '@hindcast/shared/plan/task';
import { openRunner } from '../../packages/executor/src/runner.js';
import { expressionsOf, translateQuery } from '../../packages/executor/src/scan/dialect.js';
import { macrosFor } from '../../packages/executor/src/scan/dialect-macros.js';
import { quoteName, quoteText, type Session } from '../../packages/executor/src/scan/duckdb.js';
import { scanSql } from '../../packages/executor/src/scan/source-sql.js';
import { openSession } from '../in-process.js';
import { type Json, literal } from './spark-values.js';

export interface Table {
  /** Column → Spark's type. */
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: readonly (readonly Json[])[];
}

export interface Expected {
  readonly group: string;
  readonly table: string;
  readonly expression: string;
  /** Spark's type and its value for each row; absent where Spark refuses the expression. */
  readonly type?: string;
  readonly values?: readonly Json[];
  /** Part of what we say about an expression that does not run here. */
  readonly refused?: string;
}

export interface ExpectedQuery {
  readonly query: string;
  /** Names and Spark's types; absent, as rows are, where Spark refuses the query. */
  readonly columns?: readonly (readonly [string, string])[];
  readonly rows?: readonly (readonly Json[])[];
  readonly refused?: string;
}

interface Corpus {
  readonly tables: Readonly<Record<string, Table>>;
  readonly expressions: readonly Expected[];
  readonly queries: readonly ExpectedQuery[];
}

export const corpus: Corpus = JSON.parse(
  readFileSync(new URL('expected.json', import.meta.url), 'utf8'),
);

export interface Answer {
  readonly type: string;
  readonly values: readonly unknown[];
}

/** A warehouse of the corpus's tables, and one session over it. */
export class Warehouse {
  private constructor(
    private readonly folder: string,
    private readonly session: Session,
  ) {}

  static async make(): Promise<Warehouse> {
    const folder = mkdtempSync(join(tmpdir(), 'hindcast-spark-sql-'));
    const warehouse = new Warehouse(folder, await openSession(folder));
    for (const [name, table] of Object.entries(corpus.tables)) await warehouse.add(name, table);
    return warehouse;
  }

  private async add(name: string, { columns, rows }: Table): Promise<void> {
    const types = Object.entries(columns);
    const values = rows.map((row, at) => {
      const cells = row.map((value, i) => {
        const [column, type] = types[i]!;
        return `${literal(value, type.toLowerCase())} AS ${quoteName(column)}`;
      });
      return `SELECT ${at} AS at_row, ${cells.join(', ')}`;
    });
    mkdirSync(join(this.folder, name, 'ds=2023-11-14'), { recursive: true });
    await this.session.run(`SET TimeZone = 'UTC'`);
    await this.session.run(
      `COPY (${values.join(' UNION ALL ')}) TO ${quoteText(this.path(name))} (FORMAT parquet)`,
    );
  }

  private path(table: string): string {
    return join(this.folder, table, 'ds=2023-11-14', 'part.parquet');
  }

  /** @throws HindcastError from the describe task, as `hindcast plan` shows it */
  async plan(table: string, expression: string): Promise<DescribeResult['scans'][number]> {
    const scan: Scan = {
      origin: 'left',
      table,
      partitionColumn: 'partition',
      dateFormat: 'yyyy-MM-dd',
      selects: { value: expression, at_row: 'at_row' },
      wheres: [],
      time: { kind: 'none' },
      partial: [],
      dayOfTime: false,
    };
    const files = [{ path: this.path(table), partition: '2023-11-14' }];
    const options = {
      warehouse: this.folder,
      threads: 1,
      memoryBytes: 2 ** 30,
      scratch: this.folder,
      mirror: this.folder,
      mirrorBytes: 0,
    };
    const { run } = await openRunner(this.session, options);
    const result = await run({ kind: 'describe', scans: [{ scan, files }] });
    return (result as DescribeResult).scans[0]!;
  }

  /** What the rows of a table give, by the plan. */
  async answer(table: string, expression: string): Promise<Answer> {
    const { scan, columns } = await this.plan(table, expression);
    const files = [{ path: this.path(table), partition: '2023-11-14' }];
    await this.session.once(macrosFor(expressionsOf(scan)));
    const { type } = columns.find(({ name }) => name === 'value')!;
    const value = type === 'BLOB' ? 'lower(hex("value"))' : '"value"';
    const sql = scanSql(scan, files, (path) => path);
    const rows = await this.session.rows(`SELECT ${value} FROM (${sql}) ORDER BY at_row`);
    return { type, values: rows.map(([one]) => one) };
  }

  /**
   * What a whole query gives that names the tables of the corpus.
   * @throws HindcastError for what is not translated
   */
  async rows(query: string): Promise<Awaited<ReturnType<Session['read']>>> {
    const tables = new Map<string, readonly Column[]>();
    for (const name of Object.keys(corpus.tables)) {
      const from = `SELECT * EXCLUDE (at_row) FROM read_parquet(${quoteText(this.path(name))}, hive_partitioning = false)`;
      await this.session.run(`CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS ${from}`);
      tables.set(name, await this.session.describe(from));
    }
    const sql = await translateQuery(query, tables);
    await this.session.once(macrosFor([sql]));
    return this.session.read(sql, 1000);
  }

  close(): void {
    this.session.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
