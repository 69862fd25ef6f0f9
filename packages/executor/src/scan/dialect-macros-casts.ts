/** Bodies of the macros for Spark's casts: NULL for text that holds no value of the type. */

const numberOf = String.raw`regexp_replace(regexp_extract(x, '^\s*([+-]?(\d+(\.\d*)?|\.\d+))\s*$', 1), '\.\d*', '.0')`;

/** An integer type: text NULL when it holds none, fractions cut off, floats saturate, integers wrap. */
function integerCast(name: string, type: string, bits: number, wider: string): readonly string[] {
  const half = 2n ** BigInt(bits - 1);
  const wrapped =
    bits === 64 ? 'x' : `CAST(xor(x & ${2n * half - 1n}, ${half}) - ${half} AS ${type})`;
  const overDouble = bits === 64 ? 'CAST(x AS BIGINT)' : `spark_${wider}(x)`;
  const fromDouble =
    bits < 32
      ? `spark_${name}(${overDouble})`
      : `CASE WHEN isnan(x) THEN 0 WHEN x >= ${half - 1n} THEN ${half - 1n} WHEN x <= -${half} THEN -${half} ELSE CAST(trunc(x) AS ${type}) END`;
  const other = bits === 64 ? 'CAST(trunc(x) AS BIGINT)' : `spark_${name}(spark_${wider}(x))`;
  return [
    `spark_${name}_of_double(x DOUBLE) AS CAST(${fromDouble} AS ${type})`,
    `spark_${name}(x VARCHAR) AS TRY_CAST(${numberOf} AS ${type}),
      (x BIGINT) AS ${wrapped},
      (x BOOLEAN) AS CAST(x AS ${type}),
      (x TIMESTAMP) AS spark_${name}(epoch_us(x) // 1000000 - CAST(epoch_us(x) % 1000000 < 0 AS BIGINT)),
      (x) AS CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN spark_${name}_of_double(x) ELSE ${other} END`,
  ];
}

export const castMacros: readonly string[] = [
  // Java's way with floating point, of DuckDB's text: 1.0E7, 1.5E-4, Infinity
  String.raw`spark_float_text(s) AS CASE
    WHEN s IN ('inf', '-inf') THEN replace(s, 'inf', 'Infinity')
    WHEN s = 'nan' THEN 'NaN'
    WHEN contains(s, 'e') THEN split_part(s, 'e', 1) || CASE WHEN contains(split_part(s, 'e', 1), '.') THEN '' ELSE '.0' END || 'E' || TRY_CAST(split_part(s, 'e', 2) AS INTEGER)
    WHEN regexp_full_match(s, '-?\d{8,}\.\d+') THEN regexp_replace(regexp_replace(replace(s, '.', ''), '0*$', ''), '^(-?\d)(\d*)$', '\1.\2') || CASE WHEN regexp_full_match(s, '-?\d0*\.0*') THEN '0' ELSE '' END || 'E' || (length(regexp_extract(s, '^-?(\d+)', 1)) - 1)
    WHEN regexp_full_match(s, '-?0\.000\d+') THEN regexp_replace(regexp_replace(s, '0\.0*', ''), '^(-?\d)(\d*)$', '\1.\2') || CASE WHEN regexp_full_match(s, '-?0\.0*\d') THEN '0' ELSE '' END || 'E-' || (length(regexp_extract(s, '\.(0*)', 1)) + 1)
    ELSE s END`,
  `spark_string(x VARCHAR) AS x, (x BLOB) AS decode(x), (x DATE) AS CAST(x AS VARCHAR),
    (x TIMESTAMP) AS CAST(x AS VARCHAR), (x TIMESTAMPTZ) AS CAST(CAST(x AS TIMESTAMP) AS VARCHAR),
    (x) AS CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN spark_float_text(CAST(x AS VARCHAR)) ELSE CAST(x AS VARCHAR) END`,
  `spark_boolean(x VARCHAR) AS CASE WHEN lower(trim(x)) IN ('t', 'true', 'y', 'yes', '1') THEN true WHEN lower(trim(x)) IN ('f', 'false', 'n', 'no', '0') THEN false END,
    (x) AS CAST(x AS BOOLEAN)`,
  ...integerCast('bigint', 'BIGINT', 64, ''),
  ...integerCast('int', 'INTEGER', 32, 'bigint'),
  ...integerCast('smallint', 'SMALLINT', 16, 'int'),
  ...integerCast('tinyint', 'TINYINT', 8, 'int'),
  `spark_double(x VARCHAR) AS CASE WHEN NOT contains(x, '_') THEN TRY_CAST(trim(x) AS DOUBLE) END,
    (x TIMESTAMP) AS epoch(x), (x) AS CAST(x AS DOUBLE)`,
  'spark_float(x) AS TRY_CAST(spark_double(x) AS FLOAT)',
  'spark_binary(x BLOB) AS x, (x VARCHAR) AS encode(x)',
  // yyyy and yyyy-MM are dates too; after the day, anything may follow a blank or a T
  String.raw`spark_date(x VARCHAR) AS TRY_CAST(CASE
      WHEN regexp_full_match(x, '\s*\d{4}\s*') THEN trim(x) || '-01-01'
      WHEN regexp_full_match(x, '\s*\d{4}-\d{1,2}\s*') THEN trim(x) || '-01'
      ELSE regexp_extract(x, '^\s*(\d{4}-\d{1,2}-\d{1,2})([ T].*)?\s*$', 1) END AS DATE),
    (x DATE) AS x, (x TIMESTAMP) AS CAST(x AS DATE), (x) AS CAST(CAST(x AS TIMESTAMP) AS DATE)`,
  String.raw`spark_timestamp(x VARCHAR) AS CAST(TRY_CAST(CASE
      WHEN regexp_full_match(x, '\s*\d{4}\s*') THEN trim(x) || '-01-01'
      WHEN regexp_full_match(x, '\s*\d{4}-\d{1,2}\s*') THEN trim(x) || '-01'
      ELSE trim(x) END AS TIMESTAMPTZ) AS TIMESTAMP),
    (x DATE) AS CAST(x AS TIMESTAMP), (x TIMESTAMP) AS x, (x TIMESTAMPTZ) AS CAST(x AS TIMESTAMP),
    (x BIGINT) AS make_timestamp(x * 1000000),
    (x DOUBLE) AS make_timestamp(CAST(trunc(x * 1000000) AS BIGINT)), (x) AS CAST(x AS TIMESTAMP)`,
];
