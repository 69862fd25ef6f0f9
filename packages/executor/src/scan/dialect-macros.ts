/**
 * Spark's functions as DuckDB macros, `spark_<name>`, defined in a session when an expression first
 * calls them. A macro with several bodies picks one by its argument's type; the body of an untyped
 * parameter takes what is left. DuckDB binds a body when it is made, so a macro with several bodies is
 * called by others only with an argument of a known type.
 */
import { castMacros } from './dialect-macros-casts.js';
import { textMacros } from './dialect-macros-text.js';
import { timeMacros } from './dialect-macros-times.js';

const numbers: readonly string[] = [
  'spark_divide(a, b) AS a / nullif(b, 0)',
  'spark_div(a BIGINT, b BIGINT) AS a // nullif(b, 0)',
  'spark_mod(a, b) AS a % nullif(b, 0)',
  'spark_pmod(a, b) AS CASE WHEN a % nullif(b, 0) < 0 THEN (a % b + b) % b ELSE a % nullif(b, 0) END',
  'spark_floor(x BIGINT) AS x, (x) AS spark_saturated_bigint(floor(x))',
  'spark_ceil(x BIGINT) AS x, (x) AS spark_saturated_bigint(ceil(x))',
  'spark_bround(x) AS round_even(x, 0), (x, digits) AS round_even(x, digits)',
  ...[
    ['sqrt', 'x < 0'],
    ['asin', 'abs(x) > 1'],
    ['acos', 'abs(x) > 1'],
  ].map(
    ([name, outside]) =>
      `spark_${name}(x DOUBLE) AS CASE WHEN ${outside} THEN CAST('NaN' AS DOUBLE) ELSE ${name}(x) END`,
  ),
  ...['ln', 'log2', 'log10'].map(
    (name) => `spark_${name}(x DOUBLE) AS CASE WHEN x > 0 THEN ${name}(x) END`,
  ),
  `spark_log(x DOUBLE) AS CASE WHEN x > 0 THEN ln(x) END,
    (base DOUBLE, x DOUBLE) AS CASE WHEN x > 0 AND base > 0 THEN ln(x) / ln(base) END`,
  'spark_log1p(x DOUBLE) AS CASE WHEN x > -1 THEN ln(1 + x) END',
  'spark_expm1(x DOUBLE) AS exp(x) - 1',
  'spark_sign(x) AS CAST(sign(x) AS DOUBLE)',
  'spark_nanvl(x DOUBLE, y DOUBLE) AS CASE WHEN isnan(x) THEN y ELSE x END',
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

const bodies = [...castMacros, ...timeMacros, ...textMacros, ...numbers, ...collections];

const nameOf = (body: string): string => body.slice(0, body.indexOf('('));
const position = new Map(bodies.map((body, i) => [nameOf(body), i]));

/** Statements that define the macros which some expressions call, and those that these call. */
export function macrosFor(expressions: readonly string[]): readonly string[] {
  const needed = new Set<number>();
  const need = (text: string): void => {
    for (const [name] of text.matchAll(/\bspark_\w+(?=\()/gi)) {
      const i = position.get(name.toLowerCase());
      if (i === undefined || needed.has(i)) continue;
      needed.add(i);
      need(bodies[i]!);
    }
  };
  for (const expression of expressions) need(expression);
  if (needed.size === 0) return [];
  // A body is bound when it is made: what it calls comes first in the list.
  const ordered = [...needed].sort((a, b) => a - b);
  return [
    "SET TimeZone = 'UTC'",
    ...ordered.map((i) => `CREATE OR REPLACE TEMP MACRO ${bodies[i]!}`),
  ];
}
