/** Spark's types and values in expected.json, and what DuckDB has in their place. */

/** A value of expected.json; produce.py says how each type is written. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [field: string]: Json };

const names: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  int: 'INTEGER',
  bigint: 'BIGINT',
  smallint: 'SMALLINT',
  tinyint: 'TINYINT',
  double: 'DOUBLE',
  float: 'FLOAT',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  binary: 'BLOB',
  void: 'INTEGER',
};

interface Struct {
  readonly field: string;
  readonly type: string;
}

/** The type parameters of `array<…>`, `map<…>` or `struct<…>`. */
function parameters(type: string): string[] {
  const inner = type.slice(type.indexOf('<') + 1, -1);
  const parts: string[] = [];
  let depth = 0;
  let last = 0;
  for (const [i, character] of [...inner].entries()) {
    if (character === '<' || character === '(') depth++;
    if (character === '>' || character === ')') depth--;
    if (character === ',' && depth === 0) {
      parts.push(inner.slice(last, i));
      last = i + 1;
    }
  }
  return [...parts, inner.slice(last)].filter((part) => part !== '').map((part) => part.trim());
}

function fields(type: string): Struct[] {
  return parameters(type).map((part) => {
    const colon = part.indexOf(':');
    return { field: part.slice(0, colon), type: part.slice(colon + 1) };
  });
}

/** DuckDB's name of a Spark type, e.g. `array<int>` is `INTEGER[]`. */
export function duckdbType(type: string): string {
  if (type.startsWith('array<')) return `${duckdbType(parameters(type)[0]!)}[]`;
  if (type.startsWith('map<')) return `MAP(${parameters(type).map(duckdbType).join(', ')})`;
  if (type.startsWith('struct<')) {
    return `STRUCT(${fields(type)
      .map(
        ({ field, type }) =>
          `${/^[a-z]\w*$/.test(field) ? field : `"${field}"`} ${duckdbType(type)}`,
      )
      .join(', ')})`;
  }
  return names[type] ?? type.toUpperCase();
}

/** Times of both kinds are Spark's TIMESTAMP; names may be quoted. */
export function plainType(type: string): string {
  return type.replaceAll(' WITH TIME ZONE', '').replaceAll('"', '').replaceAll(', ', ',');
}

/** A value as DuckDB's literal, without its type. */
function untyped(value: Json, type: string): string {
  if (value === null) return 'NULL';
  if (type.startsWith('array<')) {
    const [of] = parameters(type);
    return `[${(value as Json[]).map((one) => untyped(one, of!)).join(', ')}]`;
  }
  if (type.startsWith('map<')) {
    const [key, of] = parameters(type);
    const entries = value as [Json, Json][];
    return `MAP {${entries.map(([k, v]) => `${untyped(k, key!)}: ${untyped(v, of!)}`).join(', ')}}`;
  }
  if (type.startsWith('struct<')) {
    const struct = value as Readonly<Record<string, Json>>;
    return `{${fields(type)
      .map(({ field, type }) => `'${field}': ${untyped(struct[field]!, type)}`)
      .join(', ')}}`;
  }
  if (type === 'binary') return `unhex('${value}')`;
  return `'${String(value).replaceAll("'", "''")}'`;
}

/** A value as DuckDB's literal. */
export function literal(value: Json, type: string): string {
  const name = type === 'timestamp' ? 'TIMESTAMPTZ' : duckdbType(type);
  return `CAST(${untyped(value, type)} AS ${name})`;
}

/** DuckDB's value, as its JSON converter has it, in the form of expected.json. */
export function sparkValue(value: unknown, type: string): Json {
  if (value === null || value === undefined) return null;
  if (type.startsWith('array<')) {
    const [of] = parameters(type);
    return (value as unknown[]).map((one) => sparkValue(one, of!));
  }
  if (type.startsWith('map<')) {
    const [key, of] = parameters(type);
    const entries = value as { key: unknown; value: unknown }[];
    return entries.map((entry) => [sparkValue(entry.key, key!), sparkValue(entry.value, of!)]);
  }
  if (type.startsWith('struct<')) {
    const struct = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      fields(type).map(({ field, type }) => [field, sparkValue(struct[field], type)]),
    );
  }
  if (type === 'timestamp') return microseconds(String(value));
  if (type === 'double' || type === 'float') return Object.is(value, -0) ? '-0.0' : (value as Json);
  return value as Json;
}

function microseconds(text: string): string {
  const [second, fraction = ''] = text.replace(/\+00$/, '').split('.');
  return `${second}.${fraction.padEnd(6, '0')}`;
}

/** Whether two values are the same; numbers of a fraction to 12 digits. Maps have no order. */
export function sameValue(found: Json, expected: Json, type: string): boolean {
  if (found === null || expected === null) return found === expected;
  if (type.startsWith('array<')) {
    const [of] = parameters(type);
    return sameList(found as Json[], expected as Json[], () => of!);
  }
  if (type.startsWith('map<')) {
    const [key, of] = parameters(type);
    const sorted = (entries: Json): Json[] =>
      (entries as Json[])
        .map((one) => JSON.stringify(one))
        .sort()
        .map((one) => JSON.parse(one));
    const same = (one: Json, other: Json): boolean =>
      sameList(one as Json[], other as Json[], (i) => (i === 0 ? key! : of!));
    const [left, right] = [sorted(found), sorted(expected)];
    return left.length === right.length && left.every((one, i) => same(one, right[i]!));
  }
  if (type.startsWith('struct<')) {
    const [left, right] = [found, expected] as Readonly<Record<string, Json>>[];
    return fields(type).every(({ field, type }) => sameValue(left![field]!, right![field]!, type));
  }
  if (typeof found === 'number' && typeof expected === 'number' && /double|float/.test(type)) {
    return Math.abs(found - expected) <= 1e-12 * Math.abs(expected);
  }
  return found === expected;
}

function sameList(found: readonly Json[], expected: readonly Json[], type: (i: number) => string) {
  return (
    found.length === expected.length &&
    found.every((one, i) => sameValue(one, expected[i]!, type(i)))
  );
}
