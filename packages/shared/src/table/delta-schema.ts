/** Delta's schema JSON (PROTOCOL.md, "Schema Serialization Format"). */
import { HindcastError } from '../errors.js';
import type { Column } from '../plan/task.js';
import {
  type DeltaField,
  type DeltaType,
  deltaType,
  duckdbType,
  isSameType,
} from './delta-type.js';

/** @throws HindcastError kind `config` for a type that Delta tables don't have */
export function schemaString(columns: readonly Column[]): string {
  return stringify(columns.map(fieldOf));
}

/**
 * The schema with exactly these columns. What `before` has with the same type stays as it stands
 * there, with its nullability and metadata; a schema of the same columns stays as a whole.
 * @param partitionColumns keep whatever type they have: their values are text in the log
 * @throws HindcastError kind `config` for a type that Delta tables don't have
 */
export function evolveSchema(
  before: string,
  columns: readonly Column[],
  partitionColumns: readonly string[],
): string {
  const present = fieldsOf(before);
  const fields = columns.map((column) => {
    const wanted = fieldOf(column);
    const found = present.find(({ name }) => name === wanted.name);
    if (found === undefined) return wanted;
    return partitionColumns.includes(found.name) || isSameType(found.type, wanted.type)
      ? found
      : wanted;
  });
  const unchanged =
    fields.length === present.length && fields.every((field) => present.includes(field));
  return unchanged ? before : stringify(fields);
}

/**
 * Columns of a table's schema, partition columns included.
 * @throws HindcastError kind `data` for a schema or a type that is unknown here
 */
export function columnsOfSchema(schema: string): Column[] {
  return fieldsOf(schema).map(({ name, type }) => ({ name, type: duckdbType(type, name) }));
}

/** Columns whose values a writer has to check: NOT NULL ones, and those with an invariant. */
export function guardedColumns(schema: string): string[] {
  return fieldsOf(schema)
    .filter(isGuarded)
    .map(({ name }) => name);
}

function isGuarded({ nullable, metadata, type }: DeltaField): boolean {
  return !nullable || metadata?.['delta.invariants'] !== undefined || holdsGuarded(type);
}

function holdsGuarded(type: DeltaType): boolean {
  if (typeof type === 'string') return false;
  if (type.type === 'array') return holdsGuarded(type.elementType);
  if (type.type === 'map') return holdsGuarded(type.keyType) || holdsGuarded(type.valueType);
  return type.fields.some(isGuarded);
}

function stringify(fields: readonly DeltaField[]): string {
  return JSON.stringify({ type: 'struct', fields });
}

function fieldsOf(schema: string): readonly DeltaField[] {
  const parsed = parseStruct(schema);
  if (parsed?.type === 'struct' && Array.isArray(parsed.fields)) return parsed.fields;
  throw new HindcastError('data', "the schema in a table's Delta log can't be parsed", {
    found: schema.slice(0, 80),
    hint: 'The log is damaged: restore the table, or compute it anew under another name.',
  });
}

/** Null for what is no JSON. */
function parseStruct(
  schema: string,
): { readonly type?: unknown; readonly fields?: readonly DeltaField[] } | null {
  try {
    return JSON.parse(schema);
  } catch {
    return null;
  }
}

function fieldOf({ name, type }: Column): DeltaField {
  return { name, type: deltaType(type, name), nullable: true, metadata: {} };
}
