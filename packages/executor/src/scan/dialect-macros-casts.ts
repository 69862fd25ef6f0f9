/** Bodies of the macros for Spark's casts: NULL for text that holds no value of the type. */

/** The number in a text, its fraction cut off. */
const wholeNumber = String.raw`regexp_replace(regexp_extract(x, '^\s*([+-]?(\d+(\.\d*)?|\.\d+))\s*$', 1), '\.\d*', '.0')`;
const seconds = 'epoch_us(x) // 1000000 - CAST(epoch_us(x) % 1000000 < 0 AS BIGINT)';
const isDouble = "typeof(x) IN ('DOUBLE', 'FLOAT')";

/** Floats that are too large become the largest, as in Java; NaN is 0. */
function saturated(name: string, type: string, bits: number): string {
  const end = 2n ** BigInt(bits - 1);
  return `spark_saturated_${name}(x DOUBLE) AS CASE WHEN isnan(x) THEN CAST(0 AS ${type})
    WHEN x >= ${end - 1n} THEN CAST(${end - 1n} AS ${type}) WHEN x <= -${end} THEN CAST(-${end} AS ${type})
    ELSE CAST(trunc(x) AS ${type}) END`;
}

/** Integers that are too large keep their low bits, as in Java. */
function wrapped(name: string, type: string, bits: number): string {
  const half = 2n ** BigInt(bits - 1);
  return `spark_wrapped_${name}(x BIGINT) AS CAST(xor(x & ${2n * half - 1n}, ${half}) - ${half} AS ${type})`;
}

const integerOfText = (type: string): string => `TRY_CAST(${wholeNumber} AS ${type})`;
/** Java lets a d or an f follow. */
const doubleOfText = String.raw`CASE WHEN NOT contains(x, '_') THEN TRY_CAST(regexp_replace(trim(x), '([\d.])[dDfF]$', '\1') AS DOUBLE) END`;

function integer(name: string, type: string, ofLong: string, ofDouble: string): string {
  const long = (sql: string): string => ofLong.replace('?', sql);
  return `spark_${name}(x VARCHAR) AS ${integerOfText(type)},
    (x BIGINT) AS ${long('x')}, (x DATE) AS CAST(NULL AS ${type}), (x BOOLEAN) AS CAST(x AS ${type}),
    (x TIMESTAMP) AS ${long(seconds)}, (x TIMESTAMPTZ) AS ${long(seconds)},
    (x) AS CASE WHEN ${isDouble} THEN ${ofDouble} ELSE ${long('CAST(trunc(x) AS BIGINT)')} END`;
}

const otherText = `(x BLOB) AS decode(x), (x DATE) AS CAST(x AS VARCHAR),
  (x TIMESTAMP) AS CAST(x AS VARCHAR), (x TIMESTAMPTZ) AS CAST(CAST(x AS TIMESTAMP) AS VARCHAR),
  (x) AS CASE WHEN ${isDouble} THEN spark_float_text(CAST(x AS VARCHAR)) ELSE CAST(x AS VARCHAR) END`;

/** `yyyy` and `yyyy-MM` are dates too. */
const completed = (day: string): string => String.raw`CASE
  WHEN regexp_full_match(x, '\s*\d{4}\s*') THEN trim(x) || '-01-01'
  WHEN regexp_full_match(x, '\s*\d{4}-\d{1,2}\s*') THEN trim(x) || '-01' ELSE ${day} END`;

/** After the day, anything may follow a blank or a T. */
const dayOfText = String.raw`regexp_extract(x, '^\s*(\d{4}-\d{1,2}-\d{1,2})([ T].*)?\s*$', 1)`;
const dateOfText = `TRY_CAST(${completed(dayOfText)} AS DATE)`;
const timestampOfText = `CAST(TRY_CAST(${completed('trim(x)')} AS TIMESTAMPTZ) AS TIMESTAMP)`;

const otherTimes = `(x DATE, pattern, shape) AS CAST(x AS TIMESTAMP), (x TIMESTAMP, pattern, shape) AS x,
  (x TIMESTAMPTZ, pattern, shape) AS CAST(x AS TIMESTAMP)`;

export const castMacros: readonly string[] = [
  // Java's way with floating point, of DuckDB's text: 1.0E7, 1.5E-4, Infinity
  String.raw`spark_float_text(s VARCHAR) AS CASE
    WHEN s IN ('inf', '-inf') THEN replace(s, 'inf', 'Infinity')
    WHEN s = 'nan' THEN 'NaN'
    WHEN contains(s, 'e') THEN split_part(s, 'e', 1) || CASE WHEN contains(split_part(s, 'e', 1), '.') THEN '' ELSE '.0' END || 'E' || TRY_CAST(split_part(s, 'e', 2) AS INTEGER)
    WHEN regexp_full_match(s, '-?\d{8,}\.\d+') THEN regexp_replace(regexp_replace(replace(s, '.', ''), '0*$', ''), '^(-?\d)(\d*)$', '\1.\2') || CASE WHEN regexp_full_match(s, '-?\d0*\.0*') THEN '0' ELSE '' END || 'E' || (length(regexp_extract(s, '^-?(\d+)', 1)) - 1)
    WHEN regexp_full_match(s, '-?0\.000\d+') THEN regexp_replace(regexp_replace(s, '0\.0*', ''), '^(-?\d)(\d*)$', '\1.\2') || CASE WHEN regexp_full_match(s, '-?0\.0*\d') THEN '0' ELSE '' END || 'E-' || (length(regexp_extract(s, '\.(0*)', 1)) + 1)
    ELSE s END`,
  `spark_string(x VARCHAR) AS x, ${otherText}`,
  // what concat takes: text or a list
  `spark_part(x VARCHAR) AS x, (x VARCHAR[]) AS x, (x BIGINT[]) AS x, (x DOUBLE[]) AS x, ${otherText}`,
  `spark_boolean(x VARCHAR) AS CASE WHEN lower(trim(x)) IN ('t', 'true', 'y', 'yes', '1') THEN true
    WHEN lower(trim(x)) IN ('f', 'false', 'n', 'no', '0') THEN false END, (x) AS CAST(x AS BOOLEAN)`,
  saturated('bigint', 'BIGINT', 64),
  saturated('int', 'INTEGER', 32),
  wrapped('int', 'INTEGER', 32),
  wrapped('smallint', 'SMALLINT', 16),
  wrapped('tinyint', 'TINYINT', 8),
  integer('bigint', 'BIGINT', '?', 'spark_saturated_bigint(CAST(x AS DOUBLE))'),
  ...['int', 'smallint', 'tinyint'].map((name) => {
    const int = 'spark_saturated_int(CAST(x AS DOUBLE))';
    const type = name === 'int' ? 'INTEGER' : name.toUpperCase();
    const ofDouble = name === 'int' ? int : `spark_wrapped_${name}(${int})`;
    return integer(name, type, `spark_wrapped_${name}(?)`, ofDouble);
  }),
  `spark_double(x VARCHAR) AS ${doubleOfText},
    (x DATE) AS CAST(NULL AS DOUBLE), (x TIMESTAMP) AS epoch(x), (x TIMESTAMPTZ) AS epoch(x), (x) AS CAST(x AS DOUBLE)`,
  `spark_decimal_text(x VARCHAR) AS CASE WHEN NOT contains(x, '_') THEN trim(x) END`,
  'spark_float(x DOUBLE) AS TRY_CAST(x AS FLOAT)',
  'spark_binary(x BLOB) AS x, (x VARCHAR) AS encode(x)',
  `spark_date(x VARCHAR) AS ${dateOfText}, (x DATE) AS x, (x TIMESTAMP) AS CAST(x AS DATE),
    (x TIMESTAMPTZ) AS CAST(CAST(x AS TIMESTAMP) AS DATE)`,
  `spark_timestamp(x VARCHAR) AS ${timestampOfText}, ${otherTimes.replaceAll(', pattern, shape', '')},
    (x BIGINT) AS make_timestamp(x * 1000000),
    (x DOUBLE) AS make_timestamp(CAST(trunc(x * 1000000) AS BIGINT))`,
  // what is compared with a date, a timestamp or a number: only text is cast
  `spark_beside_date(x VARCHAR) AS ${dateOfText}, (x) AS x`,
  `spark_beside_timestamp(x VARCHAR) AS ${timestampOfText}, (x) AS x`,
  `spark_beside_bigint(x VARCHAR) AS ${integerOfText('BIGINT')}, (x) AS x`,
  `spark_beside_double(x VARCHAR) AS ${doubleOfText}, (x) AS x`,
  // DuckDB reads what is near to a pattern, Java only what has its shape
  `spark_parse(x VARCHAR, pattern, shape) AS CASE WHEN regexp_full_match(x, shape) THEN CAST(try_strptime(x, pattern) AS TIMESTAMP) END, ${otherTimes}`,
  `spark_parse_zoned(x VARCHAR, pattern, shape) AS CASE WHEN regexp_full_match(x, shape) THEN CAST(try_strptime(regexp_replace(x, 'Z$', '+00:00'), pattern) AS TIMESTAMP) END, ${otherTimes}`,
];
