/** Spark's casts, which give NULL for what they can't read and have their own way with text. */
import { HindcastError } from '@hindcast/shared/errors';
import { type Letter, letterOf, spark } from './dialect-calls.js';
import { isNull, type Node } from './dialect-nodes.js';

interface DataType {
  readonly data_type: string;
  readonly name?: string;
  readonly precision?: number | null;
  readonly scale?: number | null;
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
const plainCasts = new Set(['is', 'ls', 'bs', 'ds', 'ts', 'in', 'ln', 'bn', 'il', 'dt', 'td']);

/** An argument under the cast that its function puts on it. */
export function coerced(node: Node, letter: Letter): Node {
  const coercion = coercions[letter];
  if (coercion === undefined) return node;
  const [macro, type] = coercion;
  const known = letterOf(node);
  if (known === letter) return node;
  const plain = isNull(node) || (known !== null && plainCasts.has(known + letter));
  return plain ? cast('cast', node, { data_type: type }) : spark(macro, node);
}

const nullTypes: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  float: 'float',
  smallint: 'small_int',
  tinyint: 'tiny_int',
};

const nested = /^(array|map|struct)$/;

/** @throws HindcastError kind `config` for a type that Spark or DuckDB lacks */
export function castTo(to: DataType, value: Node): Node {
  const type = (to.data_type === 'custom' ? (to.name ?? '') : to.data_type).toLowerCase();
  const name = casts[type];
  if (name !== undefined) return namedCast(name, value);
  if (type === 'decimal') {
    const sized = { ...to, precision: to.precision ?? 10, scale: to.scale ?? 0 };
    return cast('try_cast', value, sized);
  }
  if (nested.test(type)) return cast('try_cast', value, to);
  throw new HindcastError('config', `no cast to the type ${type.replaceAll('_', '')}`);
}

/** The cast that Spark's function of this name is, e.g. `int(x)`. */
export function namedCast(name: string, value: Node): Node {
  const letter = Object.keys(coercions).find((key) => coercions[key]![0] === name);
  if (letter !== undefined) {
    const whole = /[il]/.test(letter) && letterOf(value) === 'i' && value['literal'] !== undefined;
    return whole
      ? cast('cast', value, { data_type: coercions[letter]![1] })
      : coerced(value, letter);
  }
  if (isNull(value)) return cast('cast', value, { data_type: nullTypes[name]! });
  return spark(name, name === 'float' ? coerced(value, 'n') : value);
}

function cast(kind: 'cast' | 'try_cast', value: Node, type: DataType): Node {
  const to = type.data_type === 'timestamp' ? { ...type, timezone: false } : type;
  return { [kind]: { this: value, to, trailing_comments: [], double_colon_syntax: false } };
}
