/**
 * The Spark functions that run here, as rows of a table: how many arguments, and what a call becomes.
 * A function that is no row is refused by its name.
 */
import { HindcastError } from '@hindcast/shared/errors';
import { letterOf, spark } from './dialect-calls.js';
import { coerced, namedCast } from './dialect-casts.js';
import { call, isNull, literalText, type Node, number, text } from './dialect-nodes.js';
import { datePattern, jsonPath, replacement } from './dialect-patterns.js';

export interface SparkFunction {
  readonly minArgs: number;
  readonly maxArgs: number;
  /** Of rewritten arguments, the DuckDB node. */
  readonly make: (args: readonly Node[]) => Node;
}

type Row = readonly [string, SparkFunction];
type Make = SparkFunction['make'];

/**
 * Rows of `name(arguments)` or `name(arguments)=target`. An argument is a letter, the cast that Spark
 * puts on it (see `coerced`); those in brackets may be left out, and `*` repeats the last.
 */
function rows(list: string, makeCall: (name: string, ...args: readonly Node[]) => Node): Row[] {
  return list
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [, name, letters, target] = /^(\w+)\(([\w[\]*]*)\)(?:=(\w+))?$/.exec(entry)!;
      const kinds = letters!.replace(/[[\]*]/g, '');
      const make: Make = (args) =>
        makeCall(
          target ?? name!,
          ...args.map((arg, i) => coerced(arg, kinds[Math.min(i, kinds.length - 1)]!)),
        );
      const minArgs = letters!.replace(/\[.*/, '').replace('*', '').length;
      return [name!, { minArgs, maxArgs: letters!.endsWith('*') ? 255 : kinds.length, make }];
    });
}

/** Functions that DuckDB has with Spark's meaning. */
const natives = (list: string): Row[] => rows(list, (name, ...args) => call(name, args));

/** Functions that are macros. */
const macros = (list: string): Row[] => rows(list, spark);

function made(name: string, minArgs: number, maxArgs: number, make: Make): Row {
  return [name, { minArgs, maxArgs, make }];
}

/** Argument `at` of `name` in another language: it must be a literal to be translated. */
function pattern(name: string, arg: Node, translate: (text: string) => string): Node {
  const value = literalText(arg);
  if (value !== null) return text(translate(value));
  throw new HindcastError('config', `${name}: its pattern is no literal text`);
}

const when = (condition: Node, yes: Node, no: Node): Node => ({
  case: { operand: null, whens: [[condition, yes]], else_: no },
});

/** Text to a time by a pattern; the default is Spark's `yyyy-MM-dd HH:mm:ss`. */
function parsedTime(name: string, [value, format]: readonly Node[]): Node {
  const toPattern = (text: string): string => datePattern(text, 'parse');
  const translated = pattern(name, format ?? text('yyyy-MM-dd HH:mm:ss'), toPattern);
  return spark('parse', isNull(value!) ? coerced(value!, 's') : value!, translated);
}

function formattedTime(name: string, kind: string, [value, format]: readonly Node[]): Node {
  const toPattern = (text: string): string => datePattern(text, 'format');
  const translated = pattern(name, format ?? text('yyyy-MM-dd HH:mm:ss'), toPattern);
  return spark(name, coerced(value!, kind), translated);
}

function unixTimestamp(args: readonly Node[]): Node {
  const now = args.length === 0;
  return coerced(now ? spark('current_timestamp') : parsedTime('unix_timestamp', args), 'l');
}

function monthsBetween([later, earlier, rounded]: readonly Node[]): Node {
  const between = (name: string): Node => spark(name, coerced(later!, 't'), coerced(earlier!, 't'));
  if (rounded === undefined) return between('months_between');
  return when(rounded, between('months_between'), between('months'));
}

function sha2(args: readonly Node[]): Node {
  const bits = (args[1]!['literal'] as { value?: string } | undefined)?.value;
  if (bits === '256' || bits === '0') return call('sha256', [coerced(args[0]!, 's')]);
  throw new HindcastError('config', 'sha2: only 256 bits can be had', {
    hint: 'Use sha2(x, 256).',
  });
}

function concat(args: readonly Node[]): Node {
  const isText = args.map(letterOf).some((letter) => letter !== null);
  const parts = args.map((arg) => (isText || isNull(arg) ? coerced(arg, 's') : spark('part', arg)));
  return parts.reduce((left, right) => spark('concat', left, right));
}

function concatWs([separator, ...values]: readonly Node[]): Node {
  const [only] = values;
  if (values.length === 1 && !isNull(only!)) {
    return spark('concat_ws', coerced(separator!, 's'), only!);
  }
  return call(
    'concat_ws',
    [separator!, ...values].map((arg) => coerced(arg, 's')),
  );
}

function split([value, regex, limit]: readonly Node[]): Node {
  if (limit !== undefined && limit['neg'] === undefined) {
    throw new HindcastError('config', 'split: a limit above 0 is not known here');
  }
  return call('string_split_regex', [coerced(value!, 's'), regex!]);
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
  made('unix_timestamp', 0, 2, unixTimestamp),
  made('to_unix_timestamp', 1, 2, unixTimestamp),
  made('from_unixtime', 1, 2, (args) => formattedTime('from_unixtime', 'l', args)),
  made('date_format', 2, 2, (args) => formattedTime('date_format', 't', args)),
  made('to_timestamp', 1, 2, (args) =>
    args.length === 1 ? coerced(args[0]!, 't') : parsedTime('to_timestamp', args),
  ),
  made('to_date', 1, 2, (args) =>
    coerced(args.length === 1 ? args[0]! : parsedTime('to_date', args), 'd'),
  ),
  made('timestamp_seconds', 1, 1, ([value]) => coerced(value!, 't')),
  made('unix_seconds', 1, 1, ([value]) => coerced(coerced(value!, 't'), 'l')),
  made('months_between', 2, 3, monthsBetween),
  ...macros(`current_date() curdate()=current_date current_timestamp() now()=current_timestamp
    date_add(di) dateadd(di)=date_add date_sub(di) datediff(dd) date_diff(dd)=datediff
    year(t) quarter(t) month(t) weekofyear(t) day(t) dayofmonth(t)=day dayofyear(t) dayofweek(d)
    weekday(d) hour(t) minute(t) second(t) date_trunc(st) trunc(ds) add_months(di) next_day(ds)
    timestamp_millis(l) unix_date(d)
    date_from_unix_date(i) make_date(iii) from_utc_timestamp(ts) to_utc_timestamp(ts)`),
  ...natives('last_day(d) timestamp_micros(l)=make_timestamp unix_millis(t)=epoch_ms'),
  ...natives('unix_micros(t)=epoch_us'),
  // casts
  ...'string boolean tinyint smallint int bigint float double date timestamp binary'
    .split(' ')
    .map((name) => made(name, 1, 1, ([value]) => namedCast(name, value!))),
  // numbers
  ...natives(`abs(_) round(_[i]) exp(n) cbrt(n) degrees(n) radians(n) sin(n) cos(n) tan(n) atan(n)
    atan2(nn) pi() isnan(_) bit_count(_) power(nn)=pow pow(nn)`),
  ...macros(`mod(__) pmod(__) floor(_) ceil(_) ceiling(_)=ceil bround(_[i]) sqrt(n) asin(n) acos(n)
    ln(n) log(n[n]) log2(n) log10(n) log1p(n) expm1(n) sign(n) signum(n)=sign nanvl(nn)
    try_divide(nn)=divide shiftleft(_i) shiftright(_i)`),
  // text
  ...natives(`lower(s) lcase(s)=lower upper(s) ucase(s)=upper contains(ss) startswith(ss)=starts_with
    endswith(ss)=ends_with repeat(si) translate(sss) base64(x) unbase64(s)=from_base64
    split_part(ssi) md5(s) sha1(s) sha(s)=sha1 regexp_like(s_)=regexp_matches
    rlike(s_)=regexp_matches regexp(s_)=regexp_matches`),
  ...macros(`length(s) len(s)=length char_length(s)=length character_length(s)=length
    octet_length(x) left(si) right(si) ltrim(s) rtrim(s) instr(ss) locate(ss[i]) lpad(si[s]) rpad(si[s]) reverse(_)
    initcap(s) replace(ss[s]) ascii(s) chr(l) hex(_) levenshtein(ss) substring_index(ssi)
    regexp_extract(s_[_]) regexp_count(s_) crc32(x)`),
  made('regexp_replace', 3, 3, ([value, regex, by]) =>
    spark(
      'regexp_replace',
      coerced(value!, 's'),
      regex!,
      pattern('regexp_replace', by!, replacement),
    ),
  ),
  made('get_json_object', 2, 2, ([json, path]) =>
    spark('get_json_object', coerced(json!, 's'), pattern('get_json_object', path!, jsonPath)),
  ),
  made('concat', 1, 255, concat),
  made('concat_ws', 2, 255, concatWs),
  made('split', 2, 3, split),
  made('sha2', 2, 2, sha2),
  // lists, maps, structs
  ...macros(`array_size(_) array_contains(__) array_position(__) element_at(__) array_distinct(_)
    array_join(__[_]) map_contains_key(__) sort_array(_[_]) flatten(_)`),
  ...natives(`array([_*)=list_value array_max(_)=list_max array_min(_)=list_min map_keys(_)
    map_values(_) map_from_arrays(__)=map transform(__)=list_transform filter(__)=list_filter`),
  ...['size', 'cardinality'].map((name) =>
    made(name, 1, 1, ([value]) =>
      when(spark('isnull', value!), { neg: { this: number(1) } }, spark('array_size', value!)),
    ),
  ),
  made('map', 0, 255, map),
  made('named_struct', 2, 255, namedStruct),
  // conditions
  ...natives('coalesce(_*) nvl(__)=coalesce ifnull(__)=coalesce nullif(__)'),
  ...natives('greatest(__*) least(__*)'),
  ...macros('isnull(_) isnotnull(_)'),
  made('if', 3, 3, ([condition, yes, no]) => when(condition!, yes!, no!)),
  made('nvl2', 3, 3, ([value, yes, no]) => when(spark('isnotnull', value!), yes!, no!)),
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
