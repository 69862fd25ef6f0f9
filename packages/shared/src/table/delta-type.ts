/** DuckDB's column types ↔ Delta's (PROTOCOL.md, "Schema Serialization Format"). */
import { HindcastError } from '../errors.js';

export type DeltaType =
  | string
  | { readonly type: 'array'; readonly elementType: DeltaType; readonly containsNull: boolean }
  | {
      readonly type: 'map';
      readonly keyType: DeltaType;
      readonly valueType: DeltaType;
      readonly valueContainsNull: boolean;
    }
  | { readonly type: 'struct'; readonly fields: readonly DeltaField[] };

export interface DeltaField {
  readonly name: string;
  readonly type: DeltaType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Unsigned integers become the next wider type, which holds all their values; UBIGINT has none. */
const toDelta: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'byte',
  SMALLINT: 'short',
  INTEGER: 'integer',
  BIGINT: 'long',
  UTINYINT: 'short',
  USMALLINT: 'integer',
  UINTEGER: 'long',
  FLOAT: 'float',
  DOUBLE: 'double',
  VARCHAR: 'string',
  JSON: 'string',
  BLOB: 'binary',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_NS: 'timestamp',
};

const toDuckdb: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  byte: 'TINYINT',
  short: 'SMALLINT',
  integer: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  timestamp_ntz: 'TIMESTAMP',
};

/** Casts that keep every value of a type that tables don't have. */
const casts: Readonly<Record<string, string>> = {
  UBIGINT: 'DECIMAL(20, 0)',
  HUGEINT: 'DECIMAL(38, 0), or BIGINT if it fits',
  UHUGEINT: 'DECIMAL(38, 0), or BIGINT if it fits',
  TIME: 'STRING',
  UUID: 'STRING',
  INTERVAL: 'STRING',
};

/**
 * @param type as DuckDB's DESCRIBE spells it, e.g. `STRUCT(a INTEGER, "b c" VARCHAR[])`
 * @throws HindcastError kind `config` for a type that Delta tables don't have
 */
export function deltaType(type: string, column: string): DeltaType {
  const plain = toDelta[type];
  if (plain !== undefined) return plain;
  const element = /^(.*)\[\d*\]$/s.exec(type)?.[1];
  if (element !== undefined) {
    return { type: 'array', elementType: deltaType(element, column), containsNull: true };
  }
  const [, family, inner] = /^(\w+)\((.*)\)$/s.exec(type) ?? [];
  const members = inner === undefined ? [] : splitTopLevel(inner);
  if (family === 'DECIMAL' && members.length === 2) return `decimal(${members.join(',')})`;
  if (family === 'ENUM') return 'string';
  if (family === 'MAP' && members.length === 2) {
    const [keyType, valueType] = members.map((member) => deltaType(member, column)) as [
      DeltaType,
      DeltaType,
    ];
    return { type: 'map', keyType, valueType, valueContainsNull: true };
  }
  if (family === 'STRUCT') {
    return { type: 'struct', fields: members.map((member) => structField(member, type, column)) };
  }
  throw unsupported(type, column);
}

function structField(member: string, type: string, column: string): DeltaField {
  const [, quoted, plain, inner] = /^(?:"((?:[^"]|"")*)"|([^\s"]+))\s+(.*)$/s.exec(member) ?? [];
  const name = quoted?.replaceAll('""', '"') ?? plain;
  // A struct without names is what DuckDB's row() makes.
  if (name === undefined || inner === undefined) throw unsupported(type, column);
  return { name, type: deltaType(inner, column), nullable: true, metadata: {} };
}

function unsupported(type: string, column: string): HindcastError {
  const cast = casts[type.split('(')[0]!] ?? 'BIGINT, DOUBLE or STRING';
  return new HindcastError('config', `column "${column}": a Delta table can't hold its type`, {
    found: type,
    hint: `Cast it in the selects, for example to ${cast}.`,
  });
}

/**
 * The type in which a table's files hold values of a type: nanoseconds, which tables don't have,
 * become microseconds.
 */
export function storedType(type: string): string {
  return type.replaceAll(/"(?:[^"]|"")*"|TIMESTAMP_NS/g, (part) =>
    part === 'TIMESTAMP_NS' ? 'TIMESTAMP' : part,
  );
}

/** Splits `a, b(c, d), "e,f" g` at its outer commas. */
function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote: string | null = null;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    // A doubled quote inside a name closes and opens again.
    if (quote !== null) quote = char === quote ? null : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

/**
 * The type as DuckDB reads it in SQL; names of struct fields are always quoted.
 * @throws HindcastError kind `data` for a type that is unknown here
 */
export function duckdbType(type: DeltaType, column: string): string {
  if (typeof type === 'string') {
    const [, precision, scale] = /^decimal\((\d+),\s*(\d+)\)$/.exec(type) ?? [];
    const found = precision === undefined ? toDuckdb[type] : `DECIMAL(${precision},${scale})`;
    if (found !== undefined) return found;
    throw new HindcastError('data', `column "${column}": its Delta type is unknown here`, {
      found: type,
    });
  }
  if (type.type === 'array') return `${duckdbType(type.elementType, column)}[]`;
  if (type.type === 'map') {
    return `MAP(${duckdbType(type.keyType, column)}, ${duckdbType(type.valueType, column)})`;
  }
  const fields = type.fields.map(
    ({ name, type: inner }) => `"${name.replaceAll('"', '""')}" ${duckdbType(inner, column)}`,
  );
  return `STRUCT(${fields.join(', ')})`;
}

/** Nullability and metadata don't count, at any depth. */
export function isSameType(a: DeltaType, b: DeltaType): boolean {
  return bare(a) === bare(b);
}

function bare(type: DeltaType): string {
  if (typeof type === 'string') return JSON.stringify(type.replaceAll(' ', ''));
  if (type.type === 'array') return `[${bare(type.elementType)}]`;
  if (type.type === 'map') return `{${bare(type.keyType)}:${bare(type.valueType)}}`;
  return `(${type.fields.map((field) => JSON.stringify(field.name) + bare(field.type)).join()})`;
}
