/** The type that Spark brings several values to: branches, list items, sides of a comparison. */
import { HindcastError } from '@hindcast/shared/errors';
import { typeOf } from './dialect-calls.js';
import { castAs, coerced } from './dialect-casts.js';
import { isNull, type Node } from './dialect-nodes.js';
import {
  decimal,
  list,
  type SqlType,
  sameType,
  scalar,
  sparkName,
  typed,
} from './dialect-types.js';

type Decimal = SqlType & { readonly name: 'DECIMAL' };

const integers = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'];
const integerDigits = [3, 5, 10, 20];

/** 0 to 3 from TINYINT to BIGINT; below 0 for other types. */
export function integerRank({ name }: SqlType): number {
  return integers.indexOf(name);
}

export function isNumeric(type: SqlType): boolean {
  return integerRank(type) >= 0 || /^(DECIMAL|FLOAT|DOUBLE)$/.test(type.name);
}

/** The decimal that holds each value of a whole number's type; of a literal, its own digits. */
export function asDecimal(node: Node, type: SqlType): Decimal {
  if (type.name === 'DECIMAL') return type;
  const literal = node['literal'] as { readonly value: string } | undefined;
  const digits =
    literal?.value.replace(/^0+(?=\d)/, '').length ?? integerDigits[integerRank(type)]!;
  return decimal(digits, 0) as Decimal;
}

function ofInteger(type: SqlType): Decimal {
  return type.name === 'DECIMAL'
    ? type
    : (decimal(integerDigits[integerRank(type)]!, 0) as Decimal);
}

/** The wider of two types, as for branches of CASE; null when Spark has none. */
export function widerType(left: SqlType, right: SqlType): SqlType | null {
  if (left.name === 'NULL' || sameType(left, right)) return right;
  if (right.name === 'NULL') return left;
  if (isNumeric(left) && isNumeric(right)) return widerNumber(left, right);
  const names = [left.name, right.name];
  if (names.every((name) => /^(DATE|TIMESTAMP|TIMESTAMPTZ)$/.test(name)))
    return scalar('TIMESTAMP');
  if (names.includes('VARCHAR')) {
    const other = left.name === 'VARCHAR' ? right : left;
    const isText = isNumeric(other) || /^(DATE|TIMESTAMP|TIMESTAMPTZ)$/.test(other.name);
    return isText ? scalar('VARCHAR') : null;
  }
  if (left.name === 'LIST' && right.name === 'LIST' && left.of !== null && right.of !== null) {
    const of = widerType(left.of, right.of);
    return of === null ? null : list(of);
  }
  return null;
}

function widerNumber(left: SqlType, right: SqlType): SqlType {
  const names = [left.name, right.name];
  const hasDecimal = names.includes('DECIMAL');
  if (names.includes('DOUBLE') || (hasDecimal && names.includes('FLOAT'))) return scalar('DOUBLE');
  if (names.includes('FLOAT')) return scalar('FLOAT');
  if (!hasDecimal) return integerRank(left) > integerRank(right) ? left : right;
  const [x, y] = [ofInteger(left), ofInteger(right)];
  const scale = Math.max(x.scale, y.scale);
  const whole = Math.max(x.precision - x.scale, y.precision - y.scale);
  return decimal(Math.min(38, whole + scale), Math.min(scale, 38));
}

/** The type of several nodes; null when it can't be known. */
export function commonType(nodes: readonly Node[], what: string): SqlType | null {
  const types = nodes.map((node) => (isNull(node) ? scalar('NULL') : typeOf(node)));
  if (types.includes(null)) return null;
  return (types as SqlType[]).reduce((left, right): SqlType => {
    const wider = widerType(left, right);
    if (wider !== null) return wider;
    throw new HindcastError(
      'config',
      `${what} of the types ${sparkName(left)} and ${sparkName(right)}`,
      { hint: 'Cast them to one type.' },
    );
  }, scalar('NULL'));
}

/** A condition, which in Spark is a BOOLEAN and nothing else. */
export function condition(node: Node): Node {
  const type = typeOf(node);
  if (type === null || isNull(node) || type.name === 'BOOLEAN') return node;
  throw new HindcastError('config', `a condition of the type ${sparkName(type)}`, {
    hint: 'Compare it with something: x > 0, x IS NOT NULL.',
  });
}

/** Nodes brought to their common type; as they are where it is not known. */
export function unified(nodes: readonly Node[], what: string): readonly Node[] {
  const type = commonType(nodes, what);
  if (type === null || type.name === 'NULL') return nodes;
  return nodes.map((node) => broughtTo(node, type));
}

export function broughtTo(node: Node, type: SqlType): Node {
  const own = typeOf(node);
  if (own !== null && sameType(own, type) && node['literal'] === undefined) return node;
  if (type.name === 'VARCHAR') return isNull(node) ? castAs(node, type) : coerced(node, 's');
  if (isNull(node)) return castAs(node, type);
  if (own?.name === 'DATE' && type.name === 'TIMESTAMP') return coerced(node, 't');
  return own?.name === type.name && own.name !== 'DECIMAL' ? typed(node, type) : castAs(node, type);
}
