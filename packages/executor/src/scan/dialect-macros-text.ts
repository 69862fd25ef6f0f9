/** Bodies of the macros for Spark's functions on text; other types become text as in a cast. */

/** The 256 remainders of CRC-32 (polynomial 0xEDB88320, reflected). */
const crcTable = Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return `${remainder >>> 0}`;
}).join(',');

const ofText = (name: string): string => `spark_${name}(x) AS ${name}(spark_string(x))`;
const onText = (name: string): string => `spark_${name}(x, y) AS ${name}(spark_string(x), y)`;

export const textMacros: readonly string[] = [
  ...['lower', 'upper'].map(ofText),
  ...['starts_with', 'ends_with', 'contains'].map(
    (name) => `spark_${name.replace('_', '')}(x, y) AS ${name}(spark_string(x), spark_string(y))`,
  ),
  'spark_length(x) AS CAST(length(spark_string(x)) AS INTEGER)',
  'spark_octet_length(x) AS CAST(octet_length(spark_binary(x)) AS INTEGER)',
  ...['trim', 'ltrim', 'rtrim'].map(
    (name) =>
      `spark_${name}(x) AS ${name}(spark_string(x), ' '), (x, characters) AS ${name}(spark_string(x), characters)`,
  ),
  // position 0 is the first character, as 1 is
  `spark_substring(x, at) AS substring(spark_string(x), CASE WHEN at = 0 THEN 1 ELSE at END),
    (x, at, n) AS substring(spark_string(x), CASE WHEN at = 0 THEN 1 ELSE at END, CASE WHEN n < 0 THEN 0 ELSE n END)`,
  'spark_left(x, n) AS left(spark_string(x), CASE WHEN n < 0 THEN 0 ELSE n END)',
  'spark_right(x, n) AS right(spark_string(x), CASE WHEN n < 0 THEN 0 ELSE n END)',
  'spark_instr(x, y) AS CAST(instr(spark_string(x), y) AS INTEGER)',
  `spark_locate(y, x) AS spark_instr(x, y),
    (y, x, at) AS CASE WHEN at < 1 OR spark_instr(substring(spark_string(x), at), y) = 0 THEN 0 ELSE spark_instr(substring(spark_string(x), at), y) + at - 1 END`,
  ...['lpad', 'rpad'].map(
    (name) =>
      `spark_${name}(x, n) AS ${name}(spark_string(x), n, ' '), (x, n, filler) AS ${name}(spark_string(x), n, filler)`,
  ),
  onText('repeat'),
  "spark_replace(x, y) AS replace(spark_string(x), y, ''), (x, y, z) AS replace(spark_string(x), y, z)",
  'spark_translate(x, y, z) AS translate(spark_string(x), y, z)',
  'spark_reverse(x VARCHAR) AS reverse(x), (x) AS list_reverse(x)',
  `spark_initcap(x) AS array_to_string(list_transform(string_split(lower(spark_string(x)), ' '), lambda w: upper(w[1]) || w[2:]), ' ')`,
  `spark_ascii(x) AS CASE WHEN spark_string(x) = '' THEN 0 ELSE unicode(spark_string(x)) END`,
  `spark_chr(n) AS CASE WHEN n < 0 THEN '' ELSE chr(CAST(n % 256 AS INTEGER)) END`,
  'spark_hex(x VARCHAR) AS hex(x), (x BLOB) AS hex(x), (x BIGINT) AS hex(x)',
  'spark_base64(x) AS base64(spark_binary(x))',
  'spark_unbase64(x) AS from_base64(x)',
  'spark_levenshtein(x, y) AS CAST(levenshtein(spark_string(x), spark_string(y)) AS INTEGER)',
  'spark_split(x, regex) AS string_split_regex(spark_string(x), regex)',
  'spark_split_part(x, y, n) AS split_part(spark_string(x), y, n)',
  `spark_substring_index(x, y, n) AS CASE WHEN n > 0 THEN array_to_string(list_slice(string_split(spark_string(x), y), 1, n), y)
    WHEN n < 0 THEN array_to_string(list_slice(string_split(spark_string(x), y), n, -1), y) ELSE '' END`,
  // pieces of text joined, or lists
  `spark_part(x VARCHAR) AS x, (x VARCHAR[]) AS x, (x BIGINT[]) AS x, (x DOUBLE[]) AS x,
    (x) AS spark_string(x)`,
  'spark_concat(x, y) AS x || y',
  `spark_concat_ws(separator, x VARCHAR) AS CASE WHEN separator IS NOT NULL THEN coalesce(x, '') END,
    (separator, x VARCHAR[]) AS CASE WHEN separator IS NOT NULL THEN coalesce(array_to_string(x, separator), '') END,
    (separator, x) AS CASE WHEN separator IS NOT NULL THEN coalesce(spark_string(x), '') END`,
  'spark_regexp_like(x, regex) AS regexp_matches(spark_string(x), regex)',
  `spark_regexp_extract(x, regex) AS regexp_extract(spark_string(x), regex, 1),
    (x, regex, part) AS regexp_extract(spark_string(x), regex, part)`,
  `spark_regexp_replace(x, regex, y) AS regexp_replace(spark_string(x), regex, y, 'g')`,
  'spark_regexp_count(x, regex) AS CAST(len(regexp_extract_all(spark_string(x), regex)) AS INTEGER)',
  'spark_get_json_object(x, path) AS CASE WHEN json_valid(spark_string(x)) THEN json_extract_string(spark_string(x), path) END',
  'spark_md5(x) AS md5(spark_string(x))',
  'spark_sha1(x) AS sha1(spark_string(x))',
  `spark_crc32(x) AS CAST(xor(list_reduce([4294967295::UBIGINT] || list_transform(range(CAST(octet_length(spark_binary(x)) AS BIGINT)), lambda i: CAST('0x' || hex(spark_binary(x))[2 * i + 1:2 * i + 2] AS UBIGINT)),
    lambda crc, byte: xor([${crcTable}]::UBIGINT[][(xor(crc, byte) & 255) + 1], crc >> 8)), 4294967295) AS BIGINT)`,
];
