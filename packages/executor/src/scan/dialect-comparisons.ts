/** Comparing text with dates and numbers: Spark reads the text as one, DuckDB wants a cast. */
import { HindcastError } from '@hindcast/shared/errors';
import { letterOf, spark, typeOf } from './dialect-calls.js';
import { castAs, coerced, namedCast } from './dialect-casts.js';
import { broughtTo, isNumeric, widerType } from './dialect-common-type.js';
import { isNull, kindOf, literalText, type Node } from './dialect-nodes.js';
import { type SqlType, sameType, scalar, sparkName } from './dialect-types.js';

/** Both sides of a comparison as Spark compares them. */
export function sides(left: Node, right: Node): [Node, Node] {
  const [a, b] = [typeOf(left), typeOf(right)];
  if (a === null || b === null || isNull(left) || isNull(right)) return guessed(left, right);
  if (sameType(a, b)) return [left, right];
  const type = comparedAs(a, b);
  if (type === null) {
    throw new HindcastError('config', `comparing ${sparkName(a)} with ${sparkName(b)}`, {
      hint: 'Cast one side to the type of the other.',
    });
  }
  return [as(left, a, type), as(right, b, type)];
}

/** The type in which two different ones are compared; null when they can't be. */
function comparedAs(a: SqlType, b: SqlType): SqlType | null {
  const names = [a.name, b.name];
  const other = a.name === 'VARCHAR' ? b : a;
  if (names.includes('VARCHAR')) {
    if (other.name === 'DECIMAL') return scalar('DOUBLE');
    if (other.name === 'TIMESTAMPTZ') return scalar('TIMESTAMP');
    return isNumeric(other) || /^(DATE|TIMESTAMP|BOOLEAN|BLOB)$/.test(other.name) ? other : null;
  }
  if (names.includes('BOOLEAN')) return a.name === 'BOOLEAN' ? b : a;
  return widerType(a, b);
}

/** A value brought to the type of a comparison; DuckDB compares whole numbers of any size itself. */
function as(node: Node, own: SqlType, type: SqlType): Node {
  if (sameType(own, type)) return node;
  if (/^(BIGINT|INTEGER|SMALLINT|DECIMAL)$/.test(type.name) && own.name !== 'VARCHAR') {
    return own.name === 'BOOLEAN' ? castAs(node, type) : node;
  }
  if (own.name !== 'VARCHAR') return broughtTo(node, type);
  const letter = { INTEGER: 'i', BIGINT: 'l', DOUBLE: 'n', DATE: 'd', TIMESTAMP: 't' }[
    type.name as string
  ];
  return letter === undefined ? namedCast(type.name.toLowerCase(), node) : coerced(node, letter);
}

/** Where a type is not known: what surely is a date, a time or a number tells what text is read as. */
function guessed(left: Node, right: Node): [Node, Node] {
  const kind = guessedKind(left) ?? guessedKind(right);
  return kind === null ? [left, right] : [beside(left, kind), beside(right, kind)];
}

function guessedKind(node: Node): string | null {
  const letter = letterOf(node);
  if (letter === 't' || letter === 'z') return 'timestamp';
  if (letter === 'd') return 'date';
  const number = numberOf(node);
  if (number === null) return null;
  return /^\d+$/.test(number) ? 'bigint' : 'double';
}

/** A literal number's digits, without its sign. */
function numberOf(node: Node): string | null {
  const kind = kindOf(node);
  const fields = node[kind] as Readonly<Record<string, unknown>>;
  if (kind === 'neg' || kind === 'paren') return numberOf(fields['this'] as Node);
  return kind === 'literal' && fields['literal_type'] === 'number' ? String(fields['value']) : null;
}

/** A rewritten node beside such a value: columns and the like are cast when they are text. */
function beside(node: Node, kind: string): Node {
  const letter = letterOf(node);
  const isText = letter === null || letter === 's';
  const isKnown = literalText(node) !== null || numberOf(node) !== null || isNull(node);
  return isText && !isKnown ? spark(`beside_${kind}`, node) : node;
}
