/**
 * The views' DDL. What Spark makes of it stands in spark-views.json, which spark-views.py writes: the text
 * that is checked here is the text that Spark ran. DuckDB runs its own, and gives the same.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createViewSql, labelViews } from '../../packages/driver/src/label-views-sql.js';
import { quoteTable } from '../../packages/driver/src/sql-dialect.js';
import { quoteName, quoteText } from '../../packages/executor/src/scan/duckdb.js';
import { workplace } from '../in-process.js';
import { type TestTable, tablesOf, type ViewCase, viewCases } from './view-cases.js';

const place = workplace('views');
const file = fileURLToPath(new URL('./spark-views.json', import.meta.url));

interface SparkCase {
  readonly tables: readonly { readonly name: string; readonly table: TestTable }[];
  readonly views: readonly {
    readonly name: string;
    readonly ddl: string;
    /** Column and Spark's type of it. */
    readonly columns?: readonly (readonly [string, string])[];
    /** As text, sorted. */
    readonly rows?: readonly string[];
  }[];
}

function asked({ views, features, labels, ...rest }: ViewCase): SparkCase {
  const made = labelViews(views, tablesOf({ views, features, labels, ...rest }), 'spark');
  return {
    tables: [
      { name: views.features, table: features },
      ...(labels === null ? [] : [{ name: views.labels, table: labels }]),
    ],
    views: made.map((view) => ({ name: view.name, ddl: createViewSql(view, 'spark') })),
  };
}

/** With HINDCAST_WRITE_VIEWS the questions are written, for spark-views.py to answer. */
const recorded = ((): Readonly<Record<string, SparkCase>> => {
  if (process.env['HINDCAST_WRITE_VIEWS'] !== undefined) {
    const all = Object.entries(viewCases).map(([name, one]) => [name, asked(one)]);
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(all), null, 1)}\n`);
  }
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
})();

test.each(Object.entries(viewCases))(
  '%s: Spark ran it, DuckDB gives the same',
  async (name, one) => {
    const spark = recorded[name]!;
    expect(spark.tables).toEqual(asked(one).tables);
    expect(spark.views.map(({ ddl }) => ddl)).toEqual(asked(one).views.map(({ ddl }) => ddl));
    const { session } = place;
    await session.run(`CREATE SCHEMA ${quoteName(name)}`);
    for (const { name: table, table: content } of spark.tables) await create(table, content);
    for (const [i, view] of labelViews(one.views, tablesOf(one), 'duckdb').entries()) {
      await session.run(createViewSql(view, 'duckdb'));
      const { columns, rows } = await session.read(
        `SELECT * FROM ${quoteTable('duckdb', view.name)}`,
        1000,
      );
      const answer = spark.views[i]!;
      expect(columns.map((column) => column.name)).toEqual(
        answer.columns!.map(([column]) => column),
      );
      expect(rows.map((row) => row.map(shown).join('|')).sort()).toEqual(answer.rows);
    }
  },
);

test('the types of labels that are not there yet', () => {
  expect(recorded['types']!.views[0]!.columns!.slice(2, -1).map(([, type]) => type)).toEqual([
    ...['boolean', 'tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'string', 'binary'],
    ...['date', 'timestamp', 'decimal(10,2)', 'array<double>', 'map<string,bigint>'],
    'array<struct<a b:int,c:array<string>>>',
  ]);
});

test('Trino has names and types of its own', () => {
  const [labeled] = labelViews(viewCases['types']!.views, tablesOf(viewCases['types']!), 'trino');
  expect(labeled!.sql).toMatch('CAST(NULL AS REAL) AS "label_g_c5"');
  expect(labeled!.sql).toMatch('CAST(NULL AS ARRAY(ROW("a b" INTEGER, "c" ARRAY(VARCHAR))))');
  expect(labeled!.sql).toMatch('CAST(NULL AS MAP(VARCHAR, BIGINT))');
});

async function create(name: string, { columns, rows }: TestTable): Promise<void> {
  const list = columns.map((column) => `${quoteName(column.name)} ${column.type}`).join(', ');
  await place.session.run(`CREATE TABLE ${quoteTable('duckdb', name)} (${list})`);
  const values = rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
  await place.session.run(`INSERT INTO ${quoteTable('duckdb', name)} VALUES ${values}`);
}

function literal(value: string | number | null): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : quoteText(value);
}

function shown(value: unknown): string {
  return value === null ? 'null' : String(value);
}
