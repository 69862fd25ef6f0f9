/**
 * Spark's arithmetic where the operands' types are known: integers keep their low bits, decimals have
 * the precision that Spark gives them, text is read as a double. Where a type is not known, an
 * operator stays as it is.
 */
import { HindcastError } from '@hindcast/shared/errors';
import { spark, typeOf } from './dialect-calls.js';
import { castAs, coerced } from './dialect-casts.js';
import { asDecimal, integerRank, isNumeric } from './dialect-common-type.js';
import { call, isNull, type Node, noComments, number } from './dialect-nodes.js';
import { decimal, type SqlType, scalar, sparkName, typed } from './dialect-types.js';

export type Operator = 'add' | 'sub' | 'mul' | 'div' | 'int_div' | 'mod';

type Decimal = SqlType & { readonly name: 'DECIMAL' };

const signs: Readonly<Record<Operator, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  int_div: 'div',
  mod: '%',
};

/** `left operator right` of rewritten nodes; null when a type is not known, or the operator is DuckDB's. */
export function arithmetic(operator: Operator, left: Node, right: Node): Node | null {
  const [a, b] = [operand(left), operand(right)];
  const types = [a, b].map((node) => (isNull(node) ? scalar('NULL') : typeOf(node)));
  const [of, by] = types;
  if (of === null || by === null || of === undefined || by === undefined) return null;
  const dates = ofDates(operator, a, b, of, by);
  if (dates !== null) return dates;
  if (![of, by].every((type) => isNumeric(type) || type.name === 'NULL')) {
    throw new HindcastError(
      'config',
      `${sparkName(of)} ${signs[operator]} ${sparkName(by)} is not supported`,
      { hint: 'Cast both sides to a number, e.g. CAST(x AS DOUBLE).' },
    );
  }
  if (of.name === 'NULL' || by.name === 'NULL') return ofNull(operator, of, by);
  const fraction = [of.name, by.name].some((name) => name === 'DOUBLE' || name === 'FLOAT');
  if (operator === 'div') {
    return fraction || !hasDecimal(of, by) ? quotient(a, b) : ofDecimals(operator, a, b, of, by);
  }
  if (fraction) return ofFractions(operator, a, b, of, by);
  return hasDecimal(of, by)
    ? ofDecimals(operator, a, b, of, by)
    : ofIntegers(operator, a, b, of, by);
}

/** Text is read as a double. */
function operand(node: Node): Node {
  return typeOf(node)?.name === 'VARCHAR' ? typed(coerced(node, 'n'), scalar('DOUBLE')) : node;
}

function hasDecimal(of: SqlType, by: SqlType): boolean {
  return of.name === 'DECIMAL' || by.name === 'DECIMAL';
}

function quotient(a: Node, b: Node): Node {
  return typed(spark('divide', coerced(a, 'n'), coerced(b, 'n')), scalar('DOUBLE'));
}

function ofNull(operator: Operator, of: SqlType, by: SqlType): Node {
  const type = of.name === 'NULL' ? by : of;
  const result =
    operator === 'div' ? scalar('DOUBLE') : operator === 'int_div' ? scalar('BIGINT') : type;
  return castAs({ null: null }, result);
}

const isTime = ({ name }: SqlType): boolean => /^(DATE|TIMESTAMP|TIMESTAMPTZ)$/.test(name);

function ofDates(operator: Operator, a: Node, b: Node, of: SqlType, by: SqlType): Node | null {
  if (!isTime(of) && !isTime(by)) return null;
  const days = (type: SqlType): boolean => /^(TINYINT|SMALLINT|INTEGER)$/.test(type.name);
  if (operator === 'add' && of.name === 'DATE' && days(by)) return dated('date_add', a, b);
  if (operator === 'add' && by.name === 'DATE' && days(of)) return dated('date_add', b, a);
  if (operator === 'sub' && of.name === 'DATE' && days(by)) return dated('date_sub', a, b);
  throw new HindcastError(
    'config',
    `${sparkName(of)} ${signs[operator]} ${sparkName(by)} is not supported`,
    { hint: 'Use datediff for days between, unix_timestamp or unix_millis for times between.' },
  );
}

function dated(name: string, date: Node, days: Node): Node {
  return typed(spark(name, date, coerced(days, 'i')), scalar('DATE'));
}

const binary = (kind: string, left: Node, right: Node): Node => ({
  [kind]: { left, right, ...noComments },
});

const ranked = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'] as const;

/** Bits that a wider type has room for: an integer is computed in the next wider one. */
const wider = ['BIGINT', 'BIGINT', 'BIGINT', 'HUGEINT'] as const;

function ofIntegers(operator: Operator, a: Node, b: Node, of: SqlType, by: SqlType): Node {
  if (operator === 'int_div') {
    return typed(spark('div', wide(a, 'HUGEINT'), b), scalar('BIGINT'));
  }
  const rank = Math.max(integerRank(of), integerRank(by));
  const result = scalar(ranked[rank]!);
  if (operator === 'mod') {
    return castAs(spark('mod', wide(a, wider[rank]!), b), result);
  }
  return wrapped(binary(operator, wide(a, wider[rank]!), b), result);
}

/** An integer that was computed in a wider type. */
export function wrapped(node: Node, type: SqlType): Node {
  return typed(spark(`wrap_${type.name.toLowerCase()}`, node), type);
}

export function wide(node: Node, type: string): Node {
  return castAs(node, null, type);
}

/** `-x` in the type of x. */
export function negated(node: Node): Node | null {
  if (isNull(node)) return null;
  const value = operand(node);
  const type = typeOf(value);
  if (type === null || !isNumeric(type)) return null;
  const rank = integerRank(type);
  const plain = value['literal'] !== undefined || rank < 0;
  if (plain) return typed({ neg: { this: value } }, type);
  return wrapped({ neg: { this: wide(value, wider[rank]!) } }, type);
}

function ofFractions(operator: Operator, a: Node, b: Node, of: SqlType, by: SqlType): Node {
  const exact = [of, by].some(({ name }) => name === 'DOUBLE' || name === 'DECIMAL');
  const type = scalar(exact ? 'DOUBLE' : 'FLOAT');
  if (operator === 'int_div') {
    throw new HindcastError('config', `${sparkName(of)} div ${sparkName(by)} is not supported`, {
      hint: 'div takes whole numbers: write CAST(x / y AS BIGINT).',
    });
  }
  const [left, right] = [castAs(a, type), castAs(b, type)];
  const node = operator === 'mod' ? spark('mod', left, right) : binary(operator, left, right);
  return typed(node, type);
}

/** Spark's precision of a result, cut to 38 digits with at least 6 of them for the fraction. */
function adjusted(precision: number, scale: number): Decimal {
  if (precision <= 38) return decimal(precision, scale) as Decimal;
  const kept = Math.max(38 - (precision - scale), Math.min(scale, 6));
  return decimal(38, kept) as Decimal;
}

function ofDecimals(operator: Operator, a: Node, b: Node, of: SqlType, by: SqlType): Node {
  const [x, y] = [asDecimal(a, of), asDecimal(b, by)];
  const [left, right] = [castAs(a, x), castAs(b, y)];
  const whole = Math.max(x.precision - x.scale, y.precision - y.scale);
  const scale = Math.max(x.scale, y.scale);
  switch (operator) {
    case 'add':
    case 'sub': {
      const result = fits(operator, x, y, whole + scale + 1, scale, 38);
      const [p, q] = [castAs(a, result), castAs(b, result)];
      return castAs(binary(operator, p, q), result);
    }
    case 'mul': {
      const precision = x.precision + y.precision + 1;
      const result = fits(operator, x, y, precision, x.scale + y.scale, 39);
      // DuckDB keeps two short decimals in 64 bits
      const wideLeft = castAs(
        a,
        decimal(Math.max(x.precision, Math.min(19, 38 - y.precision)), x.scale),
      );
      return castAs(binary(operator, wideLeft, right), result);
    }
    case 'mod': {
      const digits = Math.min(x.precision - x.scale, y.precision - y.scale) + scale;
      const both = fits(operator, x, y, whole + scale, scale, 38);
      const rest = spark('mod', castAs(a, both), castAs(b, both));
      return castAs(rest, decimal(digits, scale));
    }
    case 'div': {
      const digits = Math.max(6, x.scale + y.precision + 1);
      const precision = x.precision - x.scale + y.scale + digits;
      const result = fits(operator, x, y, precision, digits, 36);
      const args = [left, right, number(digits - x.scale + y.scale), number(digits)];
      return castAs(spark('decimal_quotient', ...args), result);
    }
    case 'int_div': {
      const both = fits(operator, x, y, whole + scale, scale, 38);
      const sides = [castAs(a, both), castAs(b, both)];
      return typed(spark('decimal_div', ...sides), scalar('BIGINT'));
    }
  }
}

/** The type of a result, when DuckDB has room for what leads to it. */
function fits(
  operator: Operator,
  x: Decimal,
  y: Decimal,
  precision: number,
  scale: number,
  room: number,
): Decimal {
  if (precision <= room && scale <= 38) return adjusted(precision, scale);
  throw new HindcastError(
    'config',
    `${sparkName(x)} ${signs[operator]} ${sparkName(y)} needs more digits than there are`,
    { hint: 'Cast one side to DOUBLE, or both to decimals with fewer digits.' },
  );
}

/** The absolute value, of the smallest integer itself, as in Java. */
export function absolute(node: Node): Node | null {
  const value = operand(node);
  const type = typeOf(value);
  if (type === null || !isNumeric(type)) return null;
  const rank = integerRank(type);
  if (rank < 0) return typed(call('abs', [value]), type);
  return wrapped(call('abs', [wide(value, wider[rank]!)]), type);
}
