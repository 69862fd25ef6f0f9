/** Types of values while an expression is translated: those of columns, and what follows from them. */
import type { Node } from './dialect-nodes.js';

/** A type by DuckDB's name. A part that is not known is null. */
export type SqlType =
  | { readonly name: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly name: 'LIST'; readonly of: SqlType | null }
  | { readonly name: 'MAP'; readonly key: SqlType | null; readonly value: SqlType | null }
  | { readonly name: 'STRUCT'; readonly fields: readonly Field[] }
  | { readonly name: Scalar };

export type Scalar =
  | 'TINYINT'
  | 'SMALLINT'
  | 'INTEGER'
  | 'BIGINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'BOOLEAN'
  | 'VARCHAR'
  | 'BLOB'
  | 'DATE'
  | 'TIMESTAMP'
  | 'TIMESTAMPTZ'
  | 'NULL';

export interface Field {
  readonly name: string;
  readonly type: SqlType | null;
}

/** The type of a column by its name; null when it is not known. */
export type ColumnTypes = (name: string) => SqlType | null;

export const scalar = (name: Scalar): SqlType => ({ name });
export const list = (of: SqlType | null): SqlType => ({ name: 'LIST', of });
export const decimal = (precision: number, scale: number): SqlType => ({
  name: 'DECIMAL',
  precision,
  scale,
});

const scalars =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|BOOLEAN|VARCHAR|BLOB|DATE|TIMESTAMP)$/;

/** A type as DuckDB describes it, e.g. `MAP(VARCHAR, INTEGER)[]`; null for what Spark has not. */
export function parseType(text: string): SqlType | null {
  const type = text.trim();
  if (scalars.test(type)) return scalar(type as Scalar);
  if (type === 'TIMESTAMP WITH TIME ZONE') return scalar('TIMESTAMPTZ');
  if (type.endsWith('[]')) return list(parseType(type.slice(0, -2)));
  const size = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(type);
  if (size !== null) return decimal(Number(size[1]), Number(size[2]));
  const parts = /^(?:MAP|STRUCT)\(([\s\S]*)\)$/.exec(type)?.[1];
  if (parts === undefined) return null;
  const split = commaSeparated(parts);
  if (type.startsWith('MAP')) {
    return { name: 'MAP', key: parseType(split[0]!), value: parseType(split[1]!) };
  }
  return { name: 'STRUCT', fields: split.map(parseField) };
}

function parseField(text: string): Field {
  const [, quoted, plain, type] = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+([\s\S]+)$/.exec(text)!;
  return { name: quoted?.replaceAll('""', '"') ?? plain!, type: parseType(type!) };
}

/** Parts between commas outside of parentheses and quotes. */
function commaSeparated(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let last = 0;
  for (const [i, character] of Array.from(text).entries()) {
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) {
      parts.push(Array.from(text).slice(last, i).join(''));
      last = i + 1;
    }
  }
  return [...parts, Array.from(text).slice(last).join('')];
}

/** The type's name in DuckDB's SQL; null when a part of it is not known. */
export function typeSql(type: SqlType | null): string | null {
  if (type === null) return null;
  switch (type.name) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'LIST': {
      const of = typeSql(type.of);
      return of === null ? null : `${of}[]`;
    }
    case 'MAP': {
      const [key, value] = [typeSql(type.key), typeSql(type.value)];
      return key === null || value === null ? null : `MAP(${key}, ${value})`;
    }
    case 'STRUCT': {
      const fields = type.fields.map(({ name, type }) => [name, typeSql(type)] as const);
      if (fields.some(([, sql]) => sql === null)) return null;
      const parts = fields.map(([name, sql]) => `"${name.replaceAll('"', '""')}" ${sql}`);
      return `STRUCT(${parts.join(', ')})`;
    }
    case 'NULL':
      return 'INTEGER';
    default:
      return type.name;
  }
}

/** Spark's name of a type, for messages. */
export function sparkName(type: SqlType): string {
  switch (type.name) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'LIST':
      return type.of === null ? 'ARRAY' : `ARRAY<${sparkName(type.of)}>`;
    case 'MAP':
    case 'STRUCT':
      return type.name;
    case 'INTEGER':
      return 'INT';
    case 'VARCHAR':
      return 'STRING';
    case 'BLOB':
      return 'BINARY';
    case 'TIMESTAMPTZ':
      return 'TIMESTAMP';
    default:
      return type.name;
  }
}

export function sameType(left: SqlType, right: SqlType): boolean {
  const sql = typeSql(left);
  return sql !== null && sql === typeSql(right);
}

/** Types that were found, by the node that has them. */
const found = new WeakMap<Node, SqlType>();

/** The node, known to be of a type from here on. */
export function typed<T extends Node>(node: T, type: SqlType | null): T {
  if (type !== null) found.set(node, type);
  return node;
}

export function foundType(node: Node): SqlType | null {
  return found.get(node) ?? null;
}
