/** Spark's functions on numbers and bits. */
import { HindcastError } from '@hindcast/shared/errors';
import { absolute, arithmetic, negated, wide, wrapped } from './dialect-arithmetic.js';
import { spark, typeOf } from './dialect-calls.js';
import { castAs, coerced } from './dialect-casts.js';
import { commonType, integerRank, unified } from './dialect-common-type.js';
import { macros, made, natives, type Row, wholeOf } from './dialect-function-rows.js';
import { call, isNull, type Node, number } from './dialect-nodes.js';
import { decimal, type SqlType, scalar, typed } from './dialect-types.js';

/** Rounding away from zero at the digits that a number is written with, as Spark does. */
function round([value, places]: readonly Node[]): Node {
  const digits = places === undefined ? 0 : wholeOf(places);
  if (digits === null || digits < -10 || digits > 18) {
    throw new HindcastError('config', 'round: its digits are no number from -10 to 18');
  }
  const type = typeOf(value!);
  switch (type?.name) {
    case 'FLOAT':
      return castAs(spark(roundMacro(digits), asWritten(value!)), type);
    case 'VARCHAR':
    case 'DOUBLE':
      return typed(spark(roundMacro(digits), coerced(value!, 'n')), scalar('DOUBLE'));
    case 'DECIMAL': {
      const result = roundedDecimal(type, digits);
      return castAs(digits < 0 ? call('round', [value!, number(digits)]) : value!, result);
    }
    case undefined:
      return call('round', places === undefined ? [value!] : [value!, places]);
    default:
      if (integerRank(type!) < 0) throw new HindcastError('config', 'round: of what is no number');
      if (digits >= 0) return value!;
      return wrapped(spark('round_whole', wide(value!, 'HUGEINT'), number(10 ** -digits)), type!);
  }
}

/** A float as the double that is written with the same digits. */
function asWritten(value: Node): Node {
  return castAs(castAs(value, scalar('VARCHAR')), scalar('DOUBLE'));
}

const roundMacro = (digits: number): string => `round_${digits < 0 ? `m${-digits}` : digits}`;

function roundedDecimal(
  { precision, scale }: SqlType & { name: 'DECIMAL' },
  digits: number,
): SqlType {
  const whole = precision - scale + 1;
  if (digits < 0) return decimal(Math.min(38, Math.max(whole, 1 - digits)), 0);
  return decimal(Math.min(38, whole + Math.min(scale, digits)), Math.min(scale, digits));
}

/** Rounding to the even neighbour, where DuckDB can do it exactly. */
function bround([value, places]: readonly Node[]): Node {
  const type = typeOf(value!);
  const digits = places === undefined ? 0 : wholeOf(places);
  if (type === null || type.name === 'DOUBLE') {
    if (digits === 0) return typed(call('round_even', [value!, number(0)]), type);
  } else if (integerRank(type) >= 0 && digits !== null && digits >= 0) {
    return value!;
  } else if (type.name === 'DECIMAL' && digits !== null && digits >= 0 && type.precision < 38) {
    const unit = number(10 ** Math.max(0, type.scale - digits));
    return castAs(
      spark('bround_decimal', value!, unit, number(Math.min(digits, type.scale))),
      roundedDecimal(type, digits),
    );
  }
  throw new HindcastError('config', 'bround: only to whole numbers, or of decimals', {
    hint: 'Use round, or cast to a decimal first.',
  });
}

const whole =
  (name: 'floor' | 'ceil') =>
  ([value]: readonly Node[]): Node => {
    const type = typeOf(value!);
    if (type?.name !== 'DECIMAL')
      return spark(name, type?.name === 'VARCHAR' ? coerced(value!, 'n') : value!);
    const digits = Math.min(38, type.precision - type.scale + 1);
    return castAs(call(name, [value!]), decimal(digits, 0));
  };

function pmod([value, by]: readonly Node[]): Node {
  const rest = arithmetic('mod', value!, by!);
  if (rest === null) return spark('pmod', value!, by!);
  const type = typeOf(rest)!;
  const [a, b] = [value!, by!].map((node) =>
    integerRank(type) >= 0 ? wide(node, 'HUGEINT') : castAs(node, type),
  );
  return castAs(spark('pmod', a!, b!), type);
}

/** Bits that a shift counts: those of an INT, or of a BIGINT. */
function shifting(macro: string) {
  return ([value, by]: readonly Node[]): Node => {
    const type = typeOf(value!);
    const isLong = type?.name === 'BIGINT';
    if (type === null || integerRank(type) < 0) {
      throw new HindcastError('config', `${macro.replace('_', '')}: of what is no whole number`, {
        hint: 'Cast it to INT or BIGINT.',
      });
    }
    const result = scalar(isLong ? 'BIGINT' : 'INTEGER');
    const node = wide(value!, isLong ? 'HUGEINT' : 'BIGINT');
    return wrapped(spark(`${macro}_${isLong ? 'bigint' : 'int'}`, node, coerced(by!, 'i')), result);
  };
}

/** The greatest or least in the type of all; NULL is passed over. */
function extreme(name: string) {
  return (args: readonly Node[]): Node => {
    const type = commonType(args, name);
    const isText = args.map(typeOf).filter((one) => one?.name === 'VARCHAR').length;
    if (type?.name === 'VARCHAR' && isText < args.filter((arg) => !isNull(arg)).length) {
      throw new HindcastError('config', `${name}: of text and other types`, {
        hint: 'Cast them to one type.',
      });
    }
    return typed(call(name, [...unified(args, name)]), type);
  };
}

function mod([value, by]: readonly Node[]): Node {
  return arithmetic('mod', value!, by!) ?? spark('mod', value!, by!);
}

function bitCount([value]: readonly Node[]): Node {
  return castAs(call('bit_count', [coerced(value!, 'l')]), scalar('INTEGER'));
}

export const numberFunctions: readonly Row[] = [
  made('round', 1, 2, round),
  made('bround', 1, 2, bround),
  made('floor', 1, 1, whole('floor')),
  made('ceil', 1, 1, whole('ceil')),
  made('ceiling', 1, 1, whole('ceil')),
  made('abs', 1, 1, ([value]) => absolute(value!) ?? call('abs', [value!])),
  made('negative', 1, 1, ([value]) => negated(value!) ?? { neg: { this: value! } }),
  made('positive', 1, 1, ([value]) => value!),
  made('mod', 2, 2, mod),
  made('pmod', 2, 2, pmod),
  made(
    'try_divide',
    2,
    2,
    ([value, by]) =>
      arithmetic('div', value!, by!) ?? spark('divide', coerced(value!, 'n'), coerced(by!, 'n')),
  ),
  made('shiftleft', 2, 2, shifting('shift_left')),
  made('shiftright', 2, 2, shifting('shift_right')),
  made('shiftrightunsigned', 2, 2, shifting('shift_unsigned')),
  made('greatest', 2, 255, extreme('greatest')),
  made('least', 2, 255, extreme('least')),
  made('bit_count', 1, 1, bitCount),
  ...natives('exp(n) cbrt(n) degrees(n) radians(n) atan(n) atan2(nn) pi() power(nn)=pow pow(nn)'),
  ...natives('sinh(n) cosh(n) tanh(n)'),
  ...macros(`sqrt(n) asin(n) acos(n) sin(n) cos(n) tan(n) isnan(n) rint(n) e()
    ln(n) log(n[n]) log2(n) log10(n) log1p(n) expm1(n) sign(n) signum(n)=sign nanvl(nn)`),
];
