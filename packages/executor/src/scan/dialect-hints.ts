/** What to write in place of functions that do not run here. */

const rowMakers =
  'explode explode_outer posexplode posexplode_outer inline inline_outer stack json_tuple';
const hashes = 'hash xxhash64 murmur3';
const random = 'rand randn uuid shuffle';
const documents = 'from_json schema_of_json json_object_keys';
const aggregates = `sum count avg mean min max first last collect_list collect_set
  count_if approx_count_distinct stddev variance any_value`;

const instead: Readonly<Record<string, string>> = {
  make_timestamp: `Put the text together: to_timestamp(concat(...), 'yyyy-MM-dd HH:mm:ss').`,
  timestampdiff: 'Count in seconds: (unix_timestamp(b) - unix_timestamp(a)) div 3600.',
  timestampadd: 'Add an interval: ts + INTERVAL 3 HOURS.',
  window: `Cut the time to a unit: date_trunc('HOUR', ts).`,
  interval: 'Add an interval to a date or a time: d + INTERVAL 2 DAYS.',
  format_number: 'Use format_string with %.2f, or round.',
  elt: 'Use CASE, or element_at(array(...), n).',
  decode: 'Use CASE x WHEN ... THEN ... END.',
  regexp_substr: 'Use nullif(regexp_extract(x, pattern, 0), "").',
  regexp_instr: 'Use instr with a plain text.',
  overlay: 'Put it together of substrings: concat(substring(x, 1, 3), y, substring(x, 6)).',
  parse_url: 'Take the part with regexp_extract.',
  hypot: 'Use sqrt(x * x + y * y).',
  try_add: 'Use +, which never fails here.',
  width_bucket: 'Use floor((x - low) / width), or CASE.',
  bit_get: 'Use shiftright(x, n) & 1.',
  getbit: 'Use shiftright(x, n) & 1.',
  array_insert: 'Put it together of slices: concat(slice(xs, 1, 2), array(x), slice(xs, 3, 100)).',
  arrays_zip: 'Use zip_with(xs, ys, (x, y) -> named_struct("x", x, "y", y)).',
  str_to_map: 'Take one value with regexp_extract.',
  to_json: 'Keep the struct or list as it is, or put the text together with concat.',
};

/** What to do about a function that does not run here; undefined when nothing better is known. */
export function refusalHint(name: string): string | undefined {
  const among = (list: string): boolean => list.split(/\s+/).includes(name);
  if (among(rowMakers)) {
    return 'It makes several rows of one: aggregate the list itself, or use a StagingQuery.';
  }
  if (among(hashes)) return 'DuckDB has no such hash: use md5, sha1, sha2(x, 256) or crc32.';
  if (among(random)) return 'It gives another value each time; take a hash of a key: crc32(id).';
  if (among(documents)) return `Take values out of text one by one: get_json_object(x, '$.a.b').`;
  if (among(aggregates)) return 'An expression sees one row: aggregates belong in a GroupBy.';
  return instead[name];
}
