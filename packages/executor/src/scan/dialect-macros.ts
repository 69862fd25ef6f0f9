/**
 * Spark's functions as DuckDB macros, `spark_<name>`, applied once per session. A macro with several
 * bodies picks one by its argument's type; the body of an untyped parameter takes what is left.
 */
import { castMacros } from './dialect-macros-casts.js';
import { textMacros } from './dialect-macros-text.js';
import { timeMacros } from './dialect-macros-times.js';

const numbers: readonly string[] = [
  'spark_divide(a, b) AS spark_double(a) / nullif(spark_double(b), 0)',
  'spark_try_divide(a, b) AS spark_divide(a, b)',
  'spark_div(a, b) AS spark_bigint(a) // nullif(spark_bigint(b), 0)',
  'spark_mod(a, b) AS a % nullif(b, 0)',
  'spark_pmod(a, b) AS CASE WHEN a % nullif(b, 0) < 0 THEN (a % b + b) % b ELSE a % nullif(b, 0) END',
  'spark_floor(x BIGINT) AS x, (x) AS spark_bigint(floor(x))',
  'spark_ceil(x BIGINT) AS x, (x) AS spark_bigint(ceil(x))',
  'spark_bround(x) AS round_even(x, 0), (x, digits) AS round_even(x, digits)',
  `spark_sqrt(x) AS CASE WHEN x < 0 THEN 'NaN'::DOUBLE ELSE sqrt(x) END`,
  `spark_asin(x) AS CASE WHEN abs(x) > 1 THEN 'NaN'::DOUBLE ELSE asin(x) END`,
  `spark_acos(x) AS CASE WHEN abs(x) > 1 THEN 'NaN'::DOUBLE ELSE acos(x) END`,
  'spark_ln(x) AS CASE WHEN x > 0 THEN ln(x) END',
  'spark_log(x) AS spark_ln(x), (base, x) AS spark_ln(x) / spark_ln(base)',
  'spark_log2(x) AS CASE WHEN x > 0 THEN log2(x) END',
  'spark_log10(x) AS CASE WHEN x > 0 THEN log10(x) END',
  'spark_log1p(x) AS CASE WHEN x > -1 THEN ln(1 + spark_double(x)) END',
  'spark_expm1(x) AS exp(x) - 1',
  'spark_power(x, y) AS pow(spark_double(x), spark_double(y))',
  'spark_sign(x) AS CAST(sign(x) AS DOUBLE)',
  'spark_nanvl(x, y) AS CASE WHEN isnan(x) THEN y ELSE x END',
  'spark_shiftleft(x, n) AS x << n',
  'spark_shiftright(x, n) AS x >> n',
];

const collections: readonly string[] = [
  // Spark counts a list from 0 in brackets and from 1 in element_at; of a map, both take the key
  `spark_at(c, k VARCHAR) AS c[k],
    (c, k) AS c[CASE WHEN starts_with(typeof(c), 'MAP(') THEN k WHEN k >= 0 THEN k + 1 END]`,
  'spark_element_at(c, k) AS c[k]',
  // DuckDB has no one function for the lengths of both lists and maps
  `spark_array_size(x VARCHAR[]) AS CAST(len(x) AS INTEGER), (x BIGINT[]) AS CAST(len(x) AS INTEGER),
    (x DOUBLE[]) AS CAST(len(x) AS INTEGER), (x) AS CAST(CASE WHEN starts_with(typeof(x), 'MAP(') THEN len(json_keys(to_json(x))) ELSE json_array_length(to_json(x)) END AS INTEGER)`,
  'spark_size(x) AS CASE WHEN x IS NULL THEN -1 ELSE spark_array_size(x) END',
  'spark_array_contains(x, v) AS CASE WHEN list_contains(x, v) THEN true WHEN list_count(x) < len(x) THEN NULL ELSE list_contains(x, v) END',
  'spark_array_position(x, v) AS CASE WHEN x IS NOT NULL AND v IS NOT NULL THEN CAST(coalesce(list_position(x, v), 0) AS BIGINT) END',
  'spark_array_distinct(x) AS list_filter(x, lambda e, i: list_position(x, e) = i)',
  `spark_array_join(x, separator) AS array_to_string(x, separator),
    (x, separator, filler) AS array_to_string(list_transform(x, lambda e: coalesce(CAST(e AS VARCHAR), filler)), separator)`,
  `spark_sort_array(x) AS list_sort(x, 'ASC', 'NULLS FIRST'),
    (x, ascending) AS CASE WHEN ascending THEN list_sort(x, 'ASC', 'NULLS FIRST') ELSE list_sort(x, 'DESC', 'NULLS LAST') END`,
  'spark_flatten(x) AS CASE WHEN list_count(x) = len(x) THEN flatten(x) END',
  'spark_map_contains_key(x, k) AS list_contains(map_keys(x), k)',
  'spark_isnull(x) AS (x IS NULL)',
  'spark_isnotnull(x) AS (x IS NOT NULL)',
];

/** Statements for a new session, in order. */
export const dialectMacros: readonly string[] = [
  "SET TimeZone = 'UTC'",
  ...[...castMacros, ...timeMacros, ...textMacros, ...numbers, ...collections].map(
    (body) => `CREATE OR REPLACE TEMP MACRO ${body}`,
  ),
];
