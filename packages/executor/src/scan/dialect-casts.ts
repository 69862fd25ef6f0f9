/** Spark's casts, which give NULL for what they can't read and have their own way with text. */
import { HindcastError } from '@hindcast/shared/errors';
import { call, isNull, literalText, type Node } from './dialect-nodes.js';
import { functionPrefix } from './dialect-tokens.js';

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

/** What Spark makes of an argument, by the letter in a function's row; `_` leaves it as it is. */
const coercions: Readonly<Record<string, readonly [macro: string, type: string]>> = {
  s: ['string', 'text'],
  x: ['binary', 'blob'],
  i: ['int', 'int'],
  l: ['bigint', 'big_int'],
  n: ['double', 'double'],
  d: ['date', 'date'],
  t: ['timestamp', 'timestamp'],
};

/** An argument under the cast that its function puts on it. */
export function coerced(node: Node, letter: string): Node {
  const coercion = coercions[letter];
  if (coercion === undefined) return node;
  const [macro, type] = coercion;
  if (isNull(node)) return cast('cast', node, { data_type: type });
  if (macro === 'string' && literalText(node) !== null) return node;
  if (macro === 'int' && isWhole(node)) return node;
  return call(functionPrefix + macro, [node]);
}

const nested = /^(array|map|struct)$/;

/** @throws HindcastError kind `config` for a type that Spark or DuckDB lacks */
export function castTo(to: DataType, original: Node, value: Node): Node {
  const type = (to.data_type === 'custom' ? (to.name ?? '') : to.data_type).toLowerCase();
  const name = casts[type];
  if (isNull(original) && name !== undefined) return cast('cast', value, to);
  if (name !== undefined) {
    return isWhole(original) && /^(int|bigint)$/.test(name)
      ? cast('cast', value, to)
      : call(functionPrefix + name, [name === 'float' ? coerced(value, 'n') : value]);
  }
  if (type === 'decimal') {
    const sized = { ...to, precision: to.precision ?? 10, scale: to.scale ?? 0 };
    return cast('try_cast', value, sized);
  }
  if (nested.test(type)) return cast('try_cast', value, to);
  throw new HindcastError('config', `no cast to the type ${type.replaceAll('_', '')}`);
}

/** Whether it is a literal of digits, e.g. of `1L`. */
function isWhole(node: Node): boolean {
  const literal = node['literal'] as { literal_type: string; value: string } | undefined;
  return literal?.literal_type === 'number' && /^\d{1,9}$/.test(literal.value);
}

function cast(kind: 'cast' | 'try_cast', value: Node, to: DataType): Node {
  return { [kind]: { this: value, to, trailing_comments: [], double_colon_syntax: false } };
}
