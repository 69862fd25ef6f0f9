/** Bodies of the macros for Spark's functions on text. */

/** The 256 remainders of CRC-32 (polynomial 0xEDB88320, reflected). */
const crcTable = Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return `${remainder >>> 0}`;
}).join(',');

/** Position 0 is the first character, as 1 is. */
const start = 'CASE WHEN start = 0 THEN 1 ELSE start END';
const length = 'CASE WHEN n < 0 THEN 0 ELSE n END';
const rest = 'substring(x, CASE WHEN start < 1 THEN 1 ELSE start END)';

export const textMacros: readonly string[] = [
  'spark_length(x) AS CAST(length(x) AS INTEGER)',
  'spark_octet_length(x BLOB) AS CAST(octet_length(x) AS INTEGER)',
  ...['trim', 'ltrim', 'rtrim'].map(
    (name) =>
      `spark_${name}(x VARCHAR) AS ${name}(x, ' '), (x VARCHAR, y VARCHAR) AS ${name}(x, y)`,
  ),
  `spark_substring(x VARCHAR, start INTEGER) AS substring(x, ${start}),
    (x VARCHAR, start INTEGER, n INTEGER) AS substring(x, ${start}, ${length})`,
  `spark_left(x VARCHAR, n INTEGER) AS left(x, ${length})`,
  `spark_right(x VARCHAR, n INTEGER) AS right(x, ${length})`,
  'spark_instr(x VARCHAR, y VARCHAR) AS CAST(instr(x, y) AS INTEGER)',
  `spark_locate(y VARCHAR, x VARCHAR) AS CAST(instr(x, y) AS INTEGER),
    (y VARCHAR, x VARCHAR, start INTEGER) AS CASE WHEN start IS NULL THEN 0 WHEN start < 1 OR instr(${rest}, y) = 0 THEN 0 ELSE CAST(instr(${rest}, y) + start - 1 AS INTEGER) END`,
  ...['lpad', 'rpad'].map(
    (name) =>
      `spark_${name}(x VARCHAR, n INTEGER) AS ${name}(x, n, ' '), (x VARCHAR, n INTEGER, y VARCHAR) AS CASE WHEN y = '' THEN left(x, ${length}) ELSE ${name}(x, n, y) END`,
  ),
  `spark_replace(x VARCHAR, y VARCHAR) AS replace(x, y, ''), (x VARCHAR, y VARCHAR, z VARCHAR) AS replace(x, y, z)`,
  'spark_reverse(x VARCHAR) AS reverse(x), (x) AS list_reverse(x)',
  `spark_initcap(x VARCHAR) AS array_to_string(list_transform(string_split(lower(x), ' '), lambda w: upper(w[1]) || w[2:]), ' ')`,
  `spark_ascii(x VARCHAR) AS CASE WHEN x = '' THEN 0 ELSE unicode(x) END`,
  `spark_chr(n BIGINT) AS CASE WHEN n < 0 THEN '' ELSE chr(CAST(n % 256 AS INTEGER)) END`,
  'spark_hex(x VARCHAR) AS hex(x), (x BLOB) AS hex(x), (x BIGINT) AS hex(x)',
  `spark_unhex(x VARCHAR) AS CASE WHEN regexp_full_match(x, '[0-9A-Fa-f]*') THEN unhex(CASE WHEN length(x) % 2 = 1 THEN '0' || x ELSE x END) END`,
  'spark_bit_length(x BLOB) AS CAST(8 * octet_length(x) AS INTEGER)',
  `spark_split_part(x VARCHAR, y VARCHAR, n INTEGER) AS CASE WHEN n = 0 THEN error('split_part: positions begin at 1') ELSE split_part(x, y, n) END`,
  `spark_space(n INTEGER) AS repeat(' ', n)`,
  'spark_bin(x BIGINT) AS bin(x)',
  `spark_find_in_set(x VARCHAR, y VARCHAR) AS CASE WHEN x IS NOT NULL AND y IS NOT NULL THEN CAST(coalesce(list_position(string_split(y, ','), x), 0) AS INTEGER) END`,
  `spark_json_array_length(x VARCHAR) AS CASE WHEN json_valid(x) AND json_type(x) = 'ARRAY' THEN CAST(json_array_length(x) AS INTEGER) END`,
  // DuckDB counts bytes
  `spark_levenshtein(x VARCHAR, y VARCHAR) AS CASE WHEN strlen(x) <> length(x) OR strlen(y) <> length(y) THEN error('levenshtein: only of ASCII text') ELSE CAST(levenshtein(x, y) AS INTEGER) END`,
  `spark_substring_index(x VARCHAR, y, n INTEGER) AS CASE
    WHEN n > 0 THEN array_to_string(list_slice(string_split(x, y), 1, n), y)
    WHEN n < 0 THEN array_to_string(list_slice(string_split(x, y), n, -1), y) WHEN n = 0 THEN '' END`,
  'spark_concat(x, y) AS x || y',
  `spark_concat_ws(y, x VARCHAR) AS CASE WHEN y IS NOT NULL THEN coalesce(x, '') END,
    (y, x VARCHAR[]) AS CASE WHEN y IS NOT NULL THEN coalesce(array_to_string(x, y), '') END,
    (y, x) AS CASE WHEN y IS NOT NULL THEN coalesce(CAST(x AS VARCHAR), '') END`,
  'spark_regexp_extract(x VARCHAR, regex, part) AS regexp_extract(x, regex, part)',
  'spark_regexp_extract_all(x VARCHAR, regex, part) AS regexp_extract_all(x, regex, part)',
  `spark_regexp_replace(x VARCHAR, regex, y) AS regexp_replace(x, regex, y, 'g')`,
  'spark_regexp_count(x VARCHAR, regex) AS CAST(len(regexp_extract_all(x, regex)) AS INTEGER)',
  'spark_get_json_object(x VARCHAR, path) AS CASE WHEN json_valid(x) THEN json_extract_string(x, path) END',
  `spark_crc32(x BLOB) AS CAST(xor(4294967295::UBIGINT, list_reduce(
    list_transform(range(CAST(octet_length(x) AS BIGINT)), lambda i: CAST('0x' || hex(x)[2 * i + 1:2 * i + 2] AS UBIGINT)),
    lambda crc, byte: xor(([${crcTable}])[CAST(xor(crc, byte) & 255 AS BIGINT) + 1]::UBIGINT, crc >> 8), 4294967295::UBIGINT)) AS BIGINT)`,
];
