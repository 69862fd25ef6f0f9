/** Bodies of the macros for Spark's functions on lists and maps. */

/** Both lists, NULL when one of them is. */
const both = 'x || y';
const inOther = 'list_position(y, e) IS NOT NULL';

export const listMacros: readonly string[] = [
  // Spark counts a list from 0 in brackets and from 1 in element_at; of a map, both take the key
  `spark_at(c, k VARCHAR) AS c[k],
    (c, k) AS c[CASE WHEN starts_with(typeof(c), 'MAP(') THEN k WHEN k >= 0 THEN k + 1 END]`,
  'spark_item(c, k INTEGER) AS c[CASE WHEN k >= 0 THEN k + 1 END]',
  `spark_element(c, k INTEGER) AS c[CASE WHEN k = 0 THEN error('element_at: positions begin at 1') ELSE k END]`,
  'spark_element_at(c, k) AS c[k]',
  'spark_list_size(x) AS CAST(len(x) AS INTEGER)',
  // where nothing tells lists from maps
  `spark_array_size(x VARCHAR[]) AS CAST(len(x) AS INTEGER), (x BIGINT[]) AS CAST(len(x) AS INTEGER),
    (x DOUBLE[]) AS CAST(len(x) AS INTEGER), (x) AS CAST(CASE WHEN starts_with(typeof(x), 'MAP(') THEN len(json_keys(to_json(x))) ELSE json_array_length(to_json(x)) END AS INTEGER)`,
  'spark_array_contains(x, v) AS CASE WHEN list_contains(x, v) THEN true WHEN list_count(x) < len(x) THEN NULL ELSE list_contains(x, v) END',
  'spark_array_position(x, v) AS CASE WHEN x IS NOT NULL AND v IS NOT NULL THEN CAST(coalesce(list_position(x, v), 0) AS BIGINT) END',
  'spark_array_distinct(x) AS list_filter(x, lambda e, i: list_position(x, e) = i)',
  `spark_array_union(x, y) AS list_filter(${both}, lambda e, i: list_position(${both}, e) = i)`,
  `spark_array_intersect(x, y) AS CASE WHEN y IS NOT NULL THEN list_filter(x, lambda e, i: list_position(x, e) = i AND ${inOther}) END`,
  `spark_array_except(x, y) AS CASE WHEN y IS NOT NULL THEN list_filter(x, lambda e, i: list_position(x, e) = i AND NOT (${inOther})) END`,
  'spark_array_remove(x, v) AS CASE WHEN v IS NOT NULL THEN list_filter(x, lambda e: e IS DISTINCT FROM v) END',
  'spark_array_append(x, v) AS x || [v]',
  'spark_array_prepend(x, v) AS [v] || x',
  'spark_array_compact(x) AS list_filter(x, lambda e: e IS NOT NULL)',
  'spark_array_repeat(v, n INTEGER) AS list_transform(range(CAST(n AS BIGINT)), lambda i: v)',
  `spark_arrays_overlap(x, y) AS CASE WHEN x IS NULL OR y IS NULL THEN NULL WHEN len(list_filter(x, lambda e: e IS NOT NULL AND ${inOther})) > 0 THEN true
    WHEN len(x) > 0 AND len(y) > 0 AND (list_count(x) < len(x) OR list_count(y) < len(y)) THEN NULL ELSE false END`,
  'spark_zip(x, y) AS CASE WHEN x IS NOT NULL AND y IS NOT NULL THEN list_zip(x, y) END',
  `spark_slice(x, start INTEGER, n INTEGER) AS CASE WHEN n < 0 OR start = 0 THEN error('slice: positions begin at 1, and a length is not negative')
    WHEN start < 0 AND -start > len(x) THEN x[1:0] WHEN start < 0 THEN x[len(x) + start + 1:len(x) + start + n] ELSE x[start:start + n - 1] END`,
  `spark_array_join(x, separator) AS CASE WHEN len(x) = 0 THEN '' ELSE coalesce(array_to_string(x, separator), CASE WHEN x IS NOT NULL AND separator IS NOT NULL THEN '' END) END,
    (x, separator, filler) AS CASE WHEN len(x) = 0 THEN '' ELSE array_to_string(list_transform(x, lambda e: coalesce(CAST(e AS VARCHAR), filler)), separator) END`,
  `spark_sort_array(x) AS list_sort(x, 'ASC', 'NULLS FIRST'),
    (x, ascending) AS CASE WHEN ascending THEN list_sort(x, 'ASC', 'NULLS FIRST') ELSE list_sort(x, 'DESC', 'NULLS LAST') END`,
  `spark_array_sort(x) AS list_sort(x, 'ASC', 'NULLS LAST')`,
  'spark_flatten(x) AS CASE WHEN list_count(x) = len(x) THEN flatten(x) END',
  `spark_sequence(first BIGINT, last BIGINT) AS generate_series(first, last, CASE WHEN first <= last THEN 1 ELSE -1 END),
    (first BIGINT, last BIGINT, step BIGINT) AS CASE WHEN (step > 0 AND first <= last) OR (step < 0 AND first >= last) OR (step = 0 AND first = last)
      THEN generate_series(first, last, CASE WHEN step = 0 THEN 1 ELSE step END) WHEN step IS NOT NULL AND first IS NOT NULL AND last IS NOT NULL THEN error('sequence: its step leads away from its end') END`,
  `spark_days_sequence(first DATE, last DATE) AS list_transform(generate_series(0, CAST(last - first AS BIGINT), CASE WHEN first <= last THEN 1 ELSE -1 END), lambda i: first + CAST(i AS INTEGER))`,
  // what generators make rows of
  'spark_or_null(x) AS CASE WHEN len(x) > 0 THEN x ELSE [NULL] END',
  'spark_positions(length BIGINT) AS list_transform(range(length), lambda i: CAST(i AS INTEGER))',
  'spark_map_contains_key(x, k) AS list_contains(map_keys(x), k)',
  // keys that are in both fail, as in Spark
  'spark_map_concat(x, y) AS map_from_entries(map_entries(x) || map_entries(y))',
  'spark_isnull(x) AS (x IS NULL)',
  'spark_isnotnull(x) AS (x IS NOT NULL)',
];
