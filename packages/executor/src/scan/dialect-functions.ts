/**
 * The Spark functions that run here, as rows of a table: how many arguments, and what a call becomes.
 * A function that is no row is refused by its name.
 */
import { HindcastError } from '@hindcast/shared/errors';
import { call, literalText, type Node, text } from './dialect-nodes.js';
import { datePattern, jsonPath, replacement } from './dialect-patterns.js';
import { functionPrefix } from './dialect-tokens.js';

export interface SparkFunction {
  readonly minArgs: number;
  readonly maxArgs: number;
  /** Of rewritten arguments, the DuckDB node. */
  readonly make: (args: readonly Node[]) => Node;
}

type Row = readonly [string, SparkFunction];

/** Names that are macros of the same name with a prefix: `name/min`, `name/min-max`. */
function macros(list: string): Row[] {
  return entries(list).map(({ name, minArgs, maxArgs }) => [
    name,
    { minArgs, maxArgs, make: (args) => call(functionPrefix + name, args) },
  ]);
}

/** Names that DuckDB has with Spark's meaning, under the same name or as `name=other`. */
function natives(list: string): Row[] {
  return entries(list).map(({ name, other, minArgs, maxArgs }) => [
    name,
    { minArgs, maxArgs, make: (args) => call(other ?? name, args) },
  ]);
}

function aliases(list: string): Row[] {
  return entries(list).map(({ name, other, minArgs, maxArgs }) => [
    name,
    { minArgs, maxArgs, make: (args) => call(functionPrefix + other, args) },
  ]);
}

function entries(list: string) {
  return list
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [, name, other, min, , max] = /^(\w+)(?:=(\w+))?\/(\d+)(-(\d+))?$/.exec(entry)!;
      return { name: name!, other, minArgs: Number(min), maxArgs: Number(max ?? min) };
    });
}

function made(
  name: string,
  minArgs: number,
  maxArgs: number,
  make: (args: readonly Node[]) => Node,
): Row {
  return [name, { minArgs, maxArgs, make }];
}

/** A call whose argument `at` is a pattern: it must be a literal, and becomes DuckDB's. */
function withPattern(
  name: string,
  [minArgs, maxArgs]: readonly [number, number],
  at: number,
  translate: (pattern: string) => string,
  macro = name,
): Row {
  const make = (args: readonly Node[]): Node => {
    const translated = args.map((arg, i) => {
      if (i !== at) return arg;
      const pattern = literalText(arg);
      if (pattern !== null) return text(translate(pattern));
      throw new HindcastError('config', `${name}: argument ${at + 1} is no literal text`);
    });
    return call(functionPrefix + macro, translated);
  };
  return [name, { minArgs, maxArgs, make }];
}

const parsing = (pattern: string): string => datePattern(pattern, 'parse');
const formatting = (pattern: string): string => datePattern(pattern, 'format');
const maxArgs = 255;
const textOf = (node: Node): Node => call(`${functionPrefix}string`, [node]);
const when = (whens: readonly (readonly [Node, Node])[], otherwise: Node | null): Node => ({
  case: { operand: null, whens, else_: otherwise },
});

function sha2(args: readonly Node[]): Node {
  const bits = (args[1]!['literal'] as { value?: string } | undefined)?.value;
  if (bits === '256' || bits === '0') return call('sha256', [textOf(args[0]!)]);
  throw new HindcastError('config', 'sha2: only 256 bits can be had', {
    hint: 'Use sha2(x, 256).',
  });
}

function concat(args: readonly Node[]): Node {
  const parts = args.map((arg) => call(`${functionPrefix}part`, [arg]));
  return parts.reduce((left, right) => call(`${functionPrefix}concat`, [left, right]));
}

function concatWs([separator, ...values]: readonly Node[]): Node {
  if (values.length === 1) return call(`${functionPrefix}concat_ws`, [separator!, values[0]!]);
  return call('concat_ws', [separator!, ...values.map(textOf)]);
}

function split(args: readonly Node[]): Node {
  const limit = args[2];
  if (limit !== undefined && limit['neg'] === undefined) {
    throw new HindcastError('config', 'split: a limit above 0 is not known here');
  }
  return call(`${functionPrefix}split`, args.slice(0, 2));
}

function pairs(name: string, args: readonly Node[]): [Node[], Node[]] {
  if (args.length % 2 === 1)
    throw new HindcastError('config', `${name}: an odd number of arguments`);
  return [args.filter((_, i) => i % 2 === 0), args.filter((_, i) => i % 2 === 1)];
}

function map(args: readonly Node[]): Node {
  const [keys, values] = pairs('map', args);
  return call('map', [call('list_value', keys), call('list_value', values)]);
}

function namedStruct(args: readonly Node[]): Node {
  const [names, values] = pairs('named_struct', args);
  const fields = names.map((name, i) => {
    const value = literalText(name);
    if (value === null)
      throw new HindcastError('config', 'named_struct: a name is no literal text');
    const identifier = { name: value, quoted: true, trailing_comments: [] };
    return { named_argument: { name: identifier, value: values[i]!, separator: 'ColonEq' } };
  });
  return call('struct_pack', fields);
}

/** By lower-case name. */
export const sparkFunctions: ReadonlyMap<string, SparkFunction> = new Map<string, SparkFunction>([
  // dates and times
  withPattern('unix_timestamp', [0, 2], 1, parsing),
  withPattern('to_unix_timestamp', [1, 2], 1, parsing, 'unix_timestamp'),
  withPattern('from_unixtime', [1, 2], 1, formatting),
  withPattern('to_timestamp', [1, 2], 1, parsing),
  withPattern('to_date', [1, 2], 1, parsing),
  withPattern('date_format', [2, 2], 1, formatting),
  ...macros(`current_date/0 current_timestamp/0 date_add/2 date_sub/2 datediff/2 year/1 quarter/1
    month/1 weekofyear/1 day/1 dayofyear/1 dayofweek/1 weekday/1 hour/1 minute/1 second/1
    date_trunc/2 trunc/2 last_day/1 add_months/2 months_between/2-3 next_day/2
    timestamp_seconds/1 timestamp_millis/1 timestamp_micros/1 unix_seconds/1 unix_millis/1
    unix_micros/1 unix_date/1 date_from_unix_date/1 make_date/3 from_utc_timestamp/2
    to_utc_timestamp/2`),
  ...aliases('now=current_timestamp/0 curdate=current_date/0 dayofmonth=day/1'),
  ...aliases('dateadd=date_add/2 date_diff=datediff/2'),
  // casts
  ...macros('string/1 boolean/1 tinyint/1 smallint/1 int/1 bigint/1 float/1 double/1 date/1'),
  ...macros('timestamp/1 binary/1'),
  // numbers
  ...natives('abs/1 round/1-2 exp/1 cbrt/1 degrees/1 radians/1 sin/1 cos/1 tan/1 atan/1 atan2/2'),
  ...natives('pi/0 isnan/1 bit_count/1'),
  ...macros('mod/2 pmod/2 floor/1 ceil/1 bround/1-2 sqrt/1 ln/1 log/1-2 log2/1 log10/1 log1p/1'),
  ...macros('power/2 sign/1 nanvl/2 try_divide/2 shiftleft/2 shiftright/2 asin/1 acos/1 expm1/1'),
  ...aliases('ceiling=ceil/1 pow=power/2 signum=sign/1'),
  // text
  ...macros(`lower/1 upper/1 length/1 ltrim/1 rtrim/1 instr/2 locate/2-3 lpad/2-3 rpad/2-3 repeat/2
    reverse/1 initcap/1 replace/2-3 translate/3 ascii/1 chr/1 hex/1 base64/1 unbase64/1 left/2
    right/2 contains/2 startswith/2 endswith/2 substring_index/3 split_part/3 levenshtein/2
    regexp_like/2 md5/1 sha1/1 crc32/1 octet_length/1 regexp_extract/2-3 regexp_count/2`),
  ...aliases('lcase=lower/1 ucase=upper/1 char_length=length/1 character_length=length/1'),
  ...aliases('len=length/1 sha=sha1/1 rlike=regexp_like/2 regexp=regexp_like/2'),
  withPattern('regexp_replace', [3, 3], 2, replacement),
  withPattern('get_json_object', [2, 2], 1, jsonPath),
  made('concat', 1, maxArgs, concat),
  made('concat_ws', 2, maxArgs, concatWs),
  made('split', 2, 3, split),
  made('sha2', 2, 2, sha2),
  // arrays, maps, structs
  ...macros('size/1 array_contains/2 element_at/2 array_distinct/1 array_join/2-3 array_size/1'),
  ...macros('array_position/2 map_contains_key/2 sort_array/1-2 flatten/1'),
  ...aliases('cardinality=size/1'),
  ...natives('array=list_value/0-255 array_max=list_max/1 array_min=list_min/1 map_keys/1'),
  ...natives('map_values/1 map_from_arrays=map/2 transform=list_transform/2 filter=list_filter/2'),
  made('map', 0, maxArgs, map),
  made('named_struct', 2, maxArgs, namedStruct),
  // conditions
  ...natives('coalesce/1-255 nvl=coalesce/2 ifnull=coalesce/2 nullif/2 greatest/2-255 least/2-255'),
  ...macros('isnull/1 isnotnull/1'),
  made('if', 3, 3, ([condition, yes, no]) => when([[condition!, yes!]], no!)),
  made('nvl2', 3, 3, ([value, yes, no]) =>
    when([[call(`${functionPrefix}isnotnull`, [value!]), yes!]], no!),
  ),
]);

const rowMakers = 'explode explode_outer posexplode posexplode_outer inline inline_outer stack';
const hashes = 'hash xxhash64 murmur3';
const aggregates = `sum count avg mean min max first last collect_list collect_set
  count_if approx_count_distinct stddev variance any_value`;

/** What to do about a function that does not run here; undefined when nothing better is known. */
export function refusalHint(name: string): string | undefined {
  const among = (list: string): boolean => list.split(/\s+/).includes(name);
  if (among(rowMakers)) {
    return 'It makes several rows of one: aggregate the list itself, or use a StagingQuery.';
  }
  if (among(hashes)) return 'DuckDB has no such hash: use md5, sha1, sha2(x, 256) or crc32.';
  if (among(aggregates)) return 'An expression sees one row: aggregates belong in a GroupBy.';
  return undefined;
}
