/** DuckDB's column types ↔ Delta's schema JSON (PROTOCOL.md, "Schema Serialization Format"). */
import { HindcastError } from '../errors.js';
import type { Column } from '../plan/task.js';

type DeltaType =
  | string
  | { readonly type: 'array'; readonly elementType: DeltaType; readonly containsNull: boolean }
  | { readonly type: 'map'; readonly keyType: DeltaType; readonly valueType: DeltaType; readonly valueContainsNull: boolean }
  | { readonly type: 'struct'; readonly fields: readonly DeltaField[] };

interface DeltaField {
  readonly name: string;
  readonly type: DeltaType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

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
};

/** @throws HindcastError kind `config` for a type that Delta tables don't have */
export function schemaString(columns: readonly Column[]): string {
  return JSON.stringify({
    type: 'struct',
    fields: columns.map(({ name, type }) => field(name, type, name)),
  });
}

/** Columns of a table's schema, partition columns included. */
export function columnsOfSchema(schema: string): Column[] {
  const { fields } = JSON.parse(schema) as { fields: DeltaField[] };
  return fields.map(({ name, type }) => ({ name, type: duckdbType(type) }));
}

function field(name: string, type: string, column: string): DeltaField {
  return { name, type: deltaType(type, column), nullable: true, metadata: {} };
}

function deltaType(type: string, column: string): DeltaType {
  const plain = toDelta[type];
  if (plain !== undefined) return plain;
  if (type.endsWith('[]')) {
    return { type: 'array', elementType: deltaType(type.slice(0, -2), column), containsNull: true };
  }
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(type);
  if (decimal !== null) return `decimal(${decimal[1]},${decimal[2]})`;
  const nested = /^(MAP|STRUCT)\((.*)\)$/s.exec(type);
  if (nested !== null) {
    const members = splitTopLevel(nested[2]!);
    if (nested[1] === 'MAP') {
      return {
        type: 'map',
        keyType: deltaType(members[0]!, column),
        valueType: deltaType(members[1]!, column),
        valueContainsNull: true,
      };
    }
    return {
      type: 'struct',
      fields: members.map((member) => {
        const match = /^("(?:[^"]|"")*"|\S+)\s+(.*)$/s.exec(member)!;
        const name = match[1]!.startsWith('"') ? match[1]!.slice(1, -1).replaceAll('""', '"') : match[1]!;
        return field(name, match[2]!, column);
      }),
    };
  }
  throw new HindcastError('config', `column "${column}": a table can't hold the type ${type}`, {
    hint: 'Cast it in the selects, for example to BIGINT, DOUBLE or STRING.',
  });
}

/** Splits `a, b(c, d), "e,f" g` at its outer commas. */
function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
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

function duckdbType(type: DeltaType): string {
  if (typeof type === 'string') {
    const decimal = /^decimal\((\d+),\s*(\d+)\)$/.exec(type);
    if (decimal !== null) return `DECIMAL(${decimal[1]},${decimal[2]})`;
    return toDuckdb[type] ?? 'VARCHAR';
  }
  if (type.type === 'array') return `${duckdbType(type.elementType)}[]`;
  if (type.type === 'map') return `MAP(${duckdbType(type.keyType)}, ${duckdbType(type.valueType)})`;
  const fields = type.fields.map(
    ({ name, type: inner }) => `"${name.replaceAll('"', '""')}" ${duckdbType(inner)}`,
  );
  return `STRUCT(${fields.join(', ')})`;
}
