/** Golden tables from their files. */
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Column, Table } from './compare.js';

/** The expected table beside a `.meta.json`, with the types that the latter gives. */
export async function readExpected(path: string): Promise<Table> {
  const meta: unknown = JSON.parse(readFileSync(path.replace(/\.parquet$/, '.meta.json'), 'utf8'));
  const columns = columnsOfMeta(meta);
  const { columns: stored, rows } = await readParquet(path);
  const positions = columns.map(({ name }) => stored.findIndex((column) => column.name === name));
  if (positions.includes(-1)) throw new Error(`${path} lacks a column of its .meta.json`);
  return { columns, rows: rows.map((row) => positions.map((i) => row[i])) };
}

export async function readParquet(path: string): Promise<Table> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(
      `SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`,
    );
    const types = reader.columnTypes();
    const columns = reader.columnNames().map((name, i) => ({ name, type: String(types[i]) }));
    return { columns, rows: reader.getRows() };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The columns of a golden table, Spark's types as DuckDB's. */
export function columnsOfMeta(meta: unknown): Column[] {
  const { schema } = meta as { schema: readonly (readonly [name: string, type: string])[] };
  return schema.map(([name, type]) => ({ name, type: duckdbType(type) }));
}

const scalarTypes: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int: 'INTEGER',
  bigint: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  timestamp_ntz: 'TIMESTAMP',
  binary: 'BLOB',
};

/**
 * `map<string,array<double>>` → `MAP(VARCHAR, DOUBLE[])`.
 * @throws Error for a type that is none of Spark's
 */
export function duckdbType(spark: string): string {
  const scalar = scalarTypes[spark];
  if (scalar !== undefined) return scalar;
  const decimal = /^decimal\((\d+),(\d+)\)$/.exec(spark);
  if (decimal !== null) return `DECIMAL(${decimal[1]},${decimal[2]})`;
  const nested = /^(array|map|struct)<(.*)>$/.exec(spark);
  if (nested === null) throw new Error(`"${spark}" is no type of Spark's`);
  const params = splitParams(nested[2]!);
  if (nested[1] === 'array') return `${duckdbType(params[0]!)}[]`;
  if (nested[1] === 'map') return `MAP(${params.map(duckdbType).join(', ')})`;
  const fields = params.map((field) => {
    const colon = field.indexOf(':');
    return `${field.slice(0, colon)} ${duckdbType(field.slice(colon + 1))}`;
  });
  return `STRUCT(${fields.join(', ')})`;
}

/** Splits at the commas that are outside of angle brackets and parentheses. */
function splitParams(text: string): string[] {
  const params = [''];
  let depth = 0;
  for (const char of text) {
    if ('<('.includes(char)) depth++;
    if ('>)'.includes(char)) depth--;
    if (char === ',' && depth === 0) params.push('');
    else params[params.length - 1] += char;
  }
  return params;
}
