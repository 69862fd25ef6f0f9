/** Bodies of the macros for Spark's arithmetic, and for its functions on numbers and bits. */

const nan = "CAST('NaN' AS DOUBLE)";

/** A double rounded at the digits that it is written with, away from zero; negative: at tens. */
function round(digits: number): string {
  const name = digits < 0 ? `m${-digits}` : digits;
  // digits beyond the 17 that a double has are none
  const room = digits < 0 ? '1e27' : `1e${37 - digits > 19 ? 19 : 37 - digits}`;
  const exact =
    digits < 0
      ? `round(CAST(CAST(x AS VARCHAR) AS DECIMAL(38,10)), ${digits})`
      : `CAST(CAST(x AS VARCHAR) AS DECIMAL(38,${digits}))`;
  return `spark_round_${name}(x DOUBLE) AS CASE WHEN abs(x) < ${room} THEN CAST(${exact} AS DOUBLE) ELSE x END`;
}

/** The low bits of an integer that was computed in a wider type. */
function wrap(type: string, bits: number): string {
  const half = 2n ** BigInt(bits - 1);
  return `spark_wrap_${type.toLowerCase()}(x) AS CAST(xor(x & ${2n * half - 1n}, ${half}) - ${half} AS ${type})`;
}

/** The whole number in front of a decimal's point and behind it, as one. */
const unscaled = (x: string): string => `CAST(replace(CAST(${x} AS VARCHAR), '.', '') AS HUGEINT)`;

/** Half of a wide number away from zero. */
const nearest = (n: string, d: string): string =>
  `CASE WHEN (${n} < 0) <> (${d} < 0) THEN -1 ELSE 1 END * ((2 * abs(${n}) + abs(${d})) // (2 * abs(${d})))`;

export const numberMacros: readonly string[] = [
  'spark_divide(a, b) AS a / nullif(b, 0)',
  'spark_div(a, b) AS CAST(a // nullif(b, 0) AS BIGINT)',
  'spark_mod(a, b) AS a % nullif(b, 0)',
  'spark_pmod(a, b) AS CASE WHEN a % nullif(b, 0) < 0 THEN (a % b + b) % b ELSE a % nullif(b, 0) END',
  wrap('TINYINT', 8),
  wrap('SMALLINT', 16),
  wrap('INTEGER', 32),
  wrap('BIGINT', 64),
  `spark_quotient(n HUGEINT, d HUGEINT) AS CASE WHEN d <> 0 THEN ${nearest('n', 'd')} END`,
  `spark_with_point(n HUGEINT, digits) AS CASE WHEN n < 0 THEN '-' ELSE '' END ||
    left(lpad(CAST(abs(n) AS VARCHAR), 40, '0'), CAST(40 - digits AS INTEGER)) || '.' || right(lpad(CAST(abs(n) AS VARCHAR), 40, '0'), CAST(digits AS INTEGER))`,
  `spark_decimal_quotient(a, b, shift, digits) AS spark_with_point(spark_quotient(${unscaled('a')} * CAST(rpad('1', CAST(shift + 1 AS INTEGER), '0') AS HUGEINT), ${unscaled('b')}), digits)`,
  `spark_decimal_div(a, b) AS CAST(${unscaled('a')} // nullif(${unscaled('b')}, 0) AS BIGINT)`,
  `spark_round_whole(x HUGEINT, unit) AS ${nearest('x', 'unit')} * unit`,
  // half of the last digit goes to the even neighbour
  `spark_even(n HUGEINT, unit HUGEINT) AS CASE WHEN n < 0 THEN -1 ELSE 1 END * (abs(n) // unit +
    CASE WHEN 2 * (abs(n) % unit) > unit OR (2 * (abs(n) % unit) = unit AND abs(n) // unit % 2 = 1) THEN 1 ELSE 0 END)`,
  `spark_bround_decimal(x, unit, digits) AS spark_with_point(spark_even(${unscaled('x')}, unit), digits)`,
  ...Array.from({ length: 29 }, (_, i) => round(i - 10)),
  'spark_floor(x BIGINT) AS x, (x) AS spark_saturated_bigint(floor(x))',
  'spark_ceil(x BIGINT) AS x, (x) AS spark_saturated_bigint(ceil(x))',
  'spark_rint(x DOUBLE) AS round_even(x, 0)',
  'spark_e() AS exp(CAST(1 AS DOUBLE))',
  ...[
    ['sqrt', 'x < 0'],
    ['asin', 'abs(x) > 1'],
    ['acos', 'abs(x) > 1'],
    ['sin', 'isinf(x)'],
    ['cos', 'isinf(x)'],
    ['tan', 'isinf(x)'],
  ].map(
    ([name, outside]) =>
      `spark_${name}(x DOUBLE) AS CASE WHEN ${outside} THEN ${nan} ELSE ${name}(x) END`,
  ),
  ...['ln', 'log2', 'log10'].map(
    (name) => `spark_${name}(x DOUBLE) AS CASE WHEN x > 0 THEN ${name}(x) END`,
  ),
  `spark_log(x DOUBLE) AS CASE WHEN x > 0 THEN ln(x) END,
    (base DOUBLE, x DOUBLE) AS CASE WHEN x > 0 AND base > 0 THEN ln(x) / ln(base) END`,
  // exact near 0, where 1 + x and exp(x) - 1 lose digits
  `spark_log1p(x DOUBLE) AS CASE WHEN x <= -1 THEN NULL WHEN 1 + x = 1 OR isinf(x) THEN x ELSE ln(1 + x) * x / (1 + x - 1) END`,
  `spark_expm1(x DOUBLE) AS CASE WHEN abs(x) > 1 OR isnan(x) THEN exp(x) - 1 WHEN exp(x) = 1 THEN x ELSE (exp(x) - 1) * x / ln(exp(x)) END`,
  'spark_sign(x) AS CAST(sign(x) AS DOUBLE)',
  'spark_isnan(x DOUBLE) AS coalesce(isnan(x), false)',
  'spark_nanvl(x DOUBLE, y DOUBLE) AS CASE WHEN isnan(x) THEN y ELSE x END',
  'spark_shift_left_int(x BIGINT, n INTEGER) AS x * (CAST(1 AS BIGINT) << (n & 31))',
  'spark_shift_left_bigint(x HUGEINT, n INTEGER) AS x * (CAST(1 AS HUGEINT) << (n & 63))',
  'spark_shift_right_int(x BIGINT, n INTEGER) AS x >> (n & 31)',
  'spark_shift_right_bigint(x HUGEINT, n INTEGER) AS x >> (n & 63)',
  'spark_shift_unsigned_int(x BIGINT, n INTEGER) AS (x & 4294967295) >> (n & 31)',
  'spark_shift_unsigned_bigint(x HUGEINT, n INTEGER) AS (x & 18446744073709551615) >> (n & 63)',
];
