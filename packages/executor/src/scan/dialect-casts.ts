/** Spark's casts, which give NULL for what they can't read and have their own way with text. */
import { HindcastError } from '@hindcast/shared/errors';
import { column, type Letter, letterOf, spark, typeOf } from './dialect-calls.js';
import { call, identifier, isNull, type Node } from './dialect-nodes.js';
import {
  decimal,
  list,
  type SqlType,
  sameType,
  scalar,
  sparkName,
  typed,
  typeSql,
} from './dialect-types.js';

interface DataType {
  readonly data_type: string;
  readonly name?: string;
  readonly precision?: number | null;
  readonly scale?: number | null;
  readonly element_type?: DataType;
  readonly key_type?: DataType;
  readonly value_type?: DataType;
  readonly fields?: readonly { readonly name: string; readonly data_type: DataType }[];
}

/** The function of Spark that casts to a type, by the parser's name of the type. */
const casts: Readonly<Record<string, string>> = {
  string: 'string',
  text: 'string',
  var_char: 'string',
  char: 'string',
  boolean: 'boolean',
  tiny_int: 'tinyint',
  byte: 'tinyint',
  small_int: 'smallint',
  short: 'smallint',
  int: 'int',
  big_int: 'bigint',
  long: 'bigint',
  float: 'float',
  double: 'double',
  date: 'date',
  timestamp: 'timestamp',
  timestampntz: 'timestamp',
  binary: 'binary',
};

/** By the letter of an argument, the macro that casts to it, and the parser's name of the type. */
const coercions: Readonly<Record<Letter, readonly [macro: string, type: string]>> = {
  s: ['string', 'text'],
  x: ['binary', 'blob'],
  i: ['int', 'int'],
  l: ['bigint', 'big_int'],
  n: ['double', 'double'],
  d: ['date', 'date'],
  t: ['timestamp', 'timestamp'],
};

/** Casts from letter to letter that DuckDB does as Spark does. */
const plainCasts = new Set([
  'is',
  'ls',
  'bs',
  'ds',
  'ts',
  'in',
  'ln',
  'bn',
  'il',
  'dt',
  'td',
  'zt',
  'fn',
  'yn',
  'hn',
  'yi',
  'hi',
  'yl',
  'hl',
  'ys',
  'hs',
]);

/** An argument under the cast that its function puts on it. */
export function coerced(node: Node, letter: Letter): Node {
  const coercion = coercions[letter];
  if (coercion === undefined) return node;
  const [macro, type] = coercion;
  const known = letterOf(node);
  if (known === 'o') throw refusal(typeOf(node), scalars[macro]!);
  if (letter === 's') checkDigits(typeOf(node));
  if (known === letter) return node;
  const plain = isNull(node) || (known !== null && plainCasts.has(known + letter));
  return plain ? cast('cast', node, { data_type: type }) : spark(macro, node);
}

/** Java writes decimals with more than 6 digits behind the point as 1E-7, some of them. */
function checkDigits(type: SqlType | null): void {
  if (type?.name !== 'DECIMAL' || type.scale <= 6) return;
  throw new HindcastError('config', `no text of ${sparkName(type)}: Spark writes 1E-7`, {
    hint: 'Cast it to a decimal with at most 6 digits behind the point, or to DOUBLE.',
  });
}

/** A plain cast of DuckDB's, to a type of which every part is known. */
export function castAs(node: Node, type: SqlType | null, sql = typeSql(type)): Node {
  if (sql === null) return node;
  const to = { data_type: 'custom', name: sql };
  return typed(cast('cast', node, to), type);
}

function tryCastAs(node: Node, type: SqlType): Node {
  return typed(cast('try_cast', node, { data_type: 'custom', name: typeSql(type)! }), type);
}

const scalars: Readonly<Record<string, SqlType>> = {
  string: scalar('VARCHAR'),
  boolean: scalar('BOOLEAN'),
  tinyint: scalar('TINYINT'),
  smallint: scalar('SMALLINT'),
  int: scalar('INTEGER'),
  bigint: scalar('BIGINT'),
  float: scalar('FLOAT'),
  double: scalar('DOUBLE'),
  date: scalar('DATE'),
  timestamp: scalar('TIMESTAMP'),
  binary: scalar('BLOB'),
};

/** The type that the parser read, e.g. in a CAST; null for one that Spark or DuckDB lacks. */
export function typeOfCast(to: DataType): SqlType | null {
  const type = nameOf(to);
  if (type === 'decimal') return decimal(to.precision ?? 10, to.scale ?? 0);
  if (type === 'array') return list(typeOfCast(to.element_type!));
  if (type === 'map') {
    return { name: 'MAP', key: typeOfCast(to.key_type!), value: typeOfCast(to.value_type!) };
  }
  if (type === 'struct') {
    const fields = to.fields!.map(({ name, data_type }) => ({ name, type: typeOfCast(data_type) }));
    return { name: 'STRUCT', fields };
  }
  return scalars[casts[type] ?? ''] ?? null;
}

function nameOf(to: DataType): string {
  return (to.data_type === 'custom' ? (to.name ?? '') : to.data_type).toLowerCase();
}

/** @throws HindcastError kind `config` for a type that Spark or DuckDB lacks, or no cast leads to */
export function castTo(to: DataType, value: Node): Node {
  const type = typeOfCast(to);
  if (type === null || typeSql(type) === null) {
    throw new HindcastError('config', `no cast to the type ${nameOf(to).replaceAll('_', '')}`);
  }
  return converted(value, type);
}

/** A value under Spark's cast to a type. */
export function converted(value: Node, type: SqlType): Node {
  const own = typeOf(value);
  if (own !== null && sameType(own, type)) return value;
  if (isNull(value)) return castAs(value, type);
  if (type.name === 'DECIMAL') return decimalCast(value, own, type);
  if (type.name === 'LIST') return listCast(value, own, type.of!);
  const name = Object.keys(scalars).find((key) => scalars[key]!.name === type.name);
  if (name !== undefined) return typed(namedCast(name, value), type);
  throw refusal(own, type);
}

function refusal(own: SqlType | null, type: SqlType): HindcastError {
  const from = own === null ? 'this' : sparkName(own);
  return new HindcastError('config', `no cast from ${from} to ${sparkName(type)}`, {
    hint: 'Take the value apart, and cast what is inside: element_at, transform, s.field.',
  });
}

/** Fractions become decimals by the digits that they are written with. */
function decimalCast(value: Node, own: SqlType | null, type: SqlType): Node {
  switch (own?.name) {
    case 'DOUBLE':
    case 'FLOAT':
      return tryCastAs(castAs(castAs(value, scalar('DOUBLE')), scalar('VARCHAR')), type);
    case 'VARCHAR':
      return tryCastAs(spark('decimal_text', value), type);
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'DECIMAL':
    case 'BOOLEAN':
    case undefined:
      return tryCastAs(own?.name === 'BOOLEAN' ? coerced(value, 'i') : value, type);
    default:
      throw refusal(own, type);
  }
}

function listCast(value: Node, own: SqlType | null, of: SqlType): Node {
  if (own?.name !== 'LIST' || own.of === null) throw refusal(own, list(of));
  const item = typed(column('__item'), own.of);
  const lambda = {
    lambda: { parameters: [identifier('__item')], body: converted(item, of), colon: false },
  };
  return typed(call('list_transform', [value, lambda]), list(of));
}

/** The cast that Spark's function of this name is, e.g. `int(x)`. */
export function namedCast(name: string, value: Node): Node {
  const letter = Object.keys(coercions).find((key) => coercions[key]![0] === name);
  const own = typeOf(value);
  const allowed = own === null || castable[own.name]?.test(name) !== false;
  if (!allowed) throw refusal(own, scalars[name]!);
  if (letter !== undefined) {
    const whole = /[il]/.test(letter) && letterOf(value) === 'i' && value['literal'] !== undefined;
    return whole
      ? cast('cast', value, { data_type: coercions[letter]![1] })
      : coerced(value, letter);
  }
  const type = scalars[name]!;
  if (isNull(value)) return castAs(value, type);
  if (name === 'float' && own?.name === 'BIGINT') return castAs(value, type);
  return typed(spark(name, name === 'float' ? coerced(value, 'n') : value), type);
}

/** What a type can be cast to, where not everything is right. */
const castable: Partial<Readonly<Record<SqlType['name'], RegExp>>> = {
  LIST: /^$/,
  MAP: /^$/,
  STRUCT: /^$/,
  BLOB: /^(string|binary)$/,
  TINYINT: /^(?!date|binary)/,
  SMALLINT: /^(?!date|binary)/,
  INTEGER: /^(?!date|binary)/,
  BIGINT: /^(?!date|binary)/,
  FLOAT: /^(?!date|binary)/,
  DOUBLE: /^(?!date|binary)/,
  DECIMAL: /^(?!date|binary)/,
  BOOLEAN: /^(?!date|binary)/,
  DATE: /^(?!binary)/,
  TIMESTAMP: /^(?!binary)/,
  TIMESTAMPTZ: /^(?!binary)/,
};

function cast(kind: 'cast' | 'try_cast', value: Node, type: DataType): Node {
  const to = type.data_type === 'timestamp' ? { ...type, timezone: false } : type;
  return { [kind]: { this: value, to, trailing_comments: [], double_colon_syntax: false } };
}
