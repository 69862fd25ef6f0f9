/** How DuckDB, Spark and Trino spell names and types. */
import type { DeltaType } from '@hindcast/shared/table/delta-type';

export const dialects = ['duckdb', 'spark', 'trino'] as const;
export type Dialect = (typeof dialects)[number];

/** A name as SQL has it, whatever stands in it. */
export function quoteIn(dialect: Dialect, name: string): string {
  const quote = dialect === 'spark' ? '`' : '"';
  return `${quote}${name.replaceAll(quote, quote + quote)}${quote}`;
}

/** A text as a literal of DuckDB's SQL. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `namespace.name`, both quoted. */
export function quoteTable(dialect: Dialect, table: string): string {
  const dot = table.lastIndexOf('.');
  const names = dot < 0 ? [table] : [table.slice(0, dot), table.slice(dot + 1)];
  return names.map((name) => quoteIn(dialect, name)).join('.');
}

/** Delta's primitive types: DuckDB's, Spark's and Trino's names of them. */
const primitives: Readonly<Record<string, readonly [string, string, string]>> = {
  boolean: ['BOOLEAN', 'BOOLEAN', 'BOOLEAN'],
  byte: ['TINYINT', 'TINYINT', 'TINYINT'],
  short: ['SMALLINT', 'SMALLINT', 'SMALLINT'],
  integer: ['INTEGER', 'INT', 'INTEGER'],
  long: ['BIGINT', 'BIGINT', 'BIGINT'],
  float: ['FLOAT', 'FLOAT', 'REAL'],
  double: ['DOUBLE', 'DOUBLE', 'DOUBLE'],
  string: ['VARCHAR', 'STRING', 'VARCHAR'],
  binary: ['BLOB', 'BINARY', 'VARBINARY'],
  date: ['DATE', 'DATE', 'DATE'],
  timestamp: ['TIMESTAMP', 'TIMESTAMP', 'TIMESTAMP(3) WITH TIME ZONE'],
  timestamp_ntz: ['TIMESTAMP', 'TIMESTAMP_NTZ', 'TIMESTAMP(6)'],
};

/** A type of a Delta table as a cast of the dialect names it. */
export function typeIn(dialect: Dialect, type: DeltaType): string {
  if (typeof type === 'string')
    return primitives[type]?.[dialects.indexOf(dialect)] ?? type.toUpperCase();
  if (type.type === 'array') {
    const element = typeIn(dialect, type.elementType);
    if (dialect === 'duckdb') return `${element}[]`;
    return dialect === 'spark' ? `ARRAY<${element}>` : `ARRAY(${element})`;
  }
  if (type.type === 'map') {
    const inner = `${typeIn(dialect, type.keyType)}, ${typeIn(dialect, type.valueType)}`;
    return dialect === 'spark' ? `MAP<${inner}>` : `MAP(${inner})`;
  }
  const colon = dialect === 'spark' ? ':' : '';
  const fields = type.fields
    .map((field) => `${quoteIn(dialect, field.name)}${colon} ${typeIn(dialect, field.type)}`)
    .join(', ');
  if (dialect === 'spark') return `STRUCT<${fields}>`;
  return `${dialect === 'trino' ? 'ROW' : 'STRUCT'}(${fields})`;
}
