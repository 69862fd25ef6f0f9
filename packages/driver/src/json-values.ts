/** Values of a query as JSON: integers are numbers wherever a number can hold them exactly. */
import type { QueryResult } from '@hindcast/shared/plan/task';

type Convert = (value: unknown) => unknown;

/**
 * The same rows with 64-bit and wider integers as numbers, at any depth of lists, structs and maps.
 * Beyond 2^53 they stay text, since a number would be another value.
 */
export function withNumbers(result: QueryResult): QueryResult {
  const converts = result.columns.map(({ type }) => converterOf(type));
  const rows = result.rows.map((row) => row.map((value, i) => converts[i]?.(value) ?? value));
  return { ...result, rows };
}

/** @param type as DuckDB spells it; null when values of the type hold no such integers */
function converterOf(type: string): Convert | null {
  if (/^U?(BIGINT|HUGEINT)$/.test(type)) return (value) => integer(value);
  const element = /^(.*)\[\d*\]$/s.exec(type)?.[1];
  if (element !== undefined) {
    const convert = converterOf(element);
    return convert && ((value) => (Array.isArray(value) ? value.map(nullable(convert)) : value));
  }
  const [, family, inner] = /^(STRUCT|MAP)\((.*)\)$/s.exec(type) ?? [];
  if (inner === undefined) return null;
  const members = splitMembers(inner);
  if (family === 'STRUCT') return fieldsConverter(members.map(fieldOf));
  // A map is a list of structs with these two fields.
  const entry = fieldsConverter([
    ['key', members[0]!],
    ['value', members[1]!],
  ]);
  return entry && ((value) => (Array.isArray(value) ? value.map(nullable(entry)) : value));
}

function fieldsConverter(fields: readonly (readonly [string, string])[]): Convert | null {
  const converts = new Map<string, Convert>();
  for (const [name, type] of fields) {
    const convert = converterOf(type);
    if (convert !== null) converts.set(name, nullable(convert));
  }
  if (converts.size === 0) return null;
  return (value) =>
    typeof value !== 'object' || value === null
      ? value
      : Object.fromEntries(
          Object.entries(value).map(([name, own]) => [name, converts.get(name)?.(own) ?? own]),
        );
}

const nullable =
  (convert: Convert): Convert =>
  (value) =>
    value === null ? null : convert(value);

function integer(value: unknown): unknown {
  const number = Number(value);
  return value !== null && Number.isSafeInteger(number) ? number : value;
}

/** `a BIGINT`, `"b ""c""" VARCHAR[]` → name and type. */
function fieldOf(member: string): readonly [string, string] {
  const [, quoted, plain, type] = /^(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(member) ?? [];
  return [quoted?.replaceAll('""', '"') ?? plain ?? '', type ?? ''];
}

/** Splits at commas outside of brackets and quotes. */
function splitMembers(text: string): string[] {
  const members: string[] = [''];
  let depth = 0;
  for (const part of text.match(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[^"']/g) ?? []) {
    if (part === '(') depth++;
    if (part === ')') depth--;
    if (part === ',' && depth === 0) members.push('');
    else members[members.length - 1] += part;
  }
  return members.map((member) => member.trim());
}
