/**
 * Calls of the macros. A macro's argument is text to DuckDB: it is bound once to choose among bodies
 * and again wherever a body names it, so calls inside of calls would double the work at every level.
 * An argument that holds a call is therefore bound once, as the parameter of a lambda over a list of
 * one: `list_transform([argument], x -> macro(x))[1]`.
 */
import {
  call,
  identifier,
  isNull,
  kindOf,
  literalText,
  type Node,
  number,
} from './dialect-nodes.js';
import { functionPrefix } from './dialect-tokens.js';
import { foundType, type Scalar, type SqlType, scalar } from './dialect-types.js';

const parameter = '__spark';

/** Macros with one body that names each parameter once, and gives it no type. */
const linear = new Set(
  `divide wrap_tinyint wrap_smallint wrap_integer wrap_bigint year quarter month weekofyear day dayofyear dayofweek weekday hour minute second isnull
  isnotnull from_unixtime date_format date_add date_sub datediff add_months length sign mod concat`
    .split(/\s+/)
    .map((name) => functionPrefix + name),
);

/** A call of the macro of a Spark function. */
export function spark(name: string, ...args: readonly Node[]): Node {
  const macro = functionPrefix + name;
  const heavy = args.filter(holdsMacro);
  if (heavy.length === 0 || linear.has(macro)) return call(macro, args);
  const value = column(parameter);
  const field = (i: number): Node =>
    heavy.length === 1 ? value : { dot: { this: value, field: identifier(`a${i}`) } };
  const bound = heavy.length === 1 ? heavy[0]! : call('struct_pack', heavy.map(named));
  const body = call(
    macro,
    args.map((arg) => (heavy.includes(arg) ? field(heavy.indexOf(arg)) : arg)),
  );
  const lambda = { lambda: { parameters: [identifier(parameter)], body, colon: false } };
  const list = call('list_transform', [call('list_value', [bound]), lambda]);
  return { subscript: { this: list, index: number(1) } };
}

/** A column, or a parameter of a lambda. */
export function column(name: string): Node {
  return {
    column: { name: identifier(name), table: null, join_mark: false, trailing_comments: [] },
  };
}

function named(value: Node, i: number): Node {
  return { named_argument: { name: identifier(`a${i}`), value, separator: 'ColonEq' } };
}

function holdsMacro(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsMacro);
  const name = (value as { function?: { name: string } }).function?.name;
  if (name?.startsWith(functionPrefix) === true) return true;
  return Object.values(value).some(holdsMacro);
}

/** The same tree with the lists around heavy arguments as text, since printing deep trees overflows. */
export function shallow<T>(value: T, print: (node: Node) => string): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => shallow(one, print)) as T;
  const node = Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, shallow(child, print)]),
  );
  const list = (node['subscript'] as { this: Node } | undefined)?.this;
  const bound = list !== undefined && boundBody(list) !== null;
  return (bound ? { raw: { sql: print(node) } } : node) as T;
}

/**
 * What a value is, where its node or a column's type tells: s text, y TINYINT, h SMALLINT, i INTEGER,
 * l BIGINT, f FLOAT, n DOUBLE, m DECIMAL, d DATE, t TIMESTAMP, z TIMESTAMPTZ, b BOOLEAN, x BLOB, o a
 * list, map or struct. As the letter of an argument, the cast that Spark puts on it; `_` is none.
 */
export type Letter = string;

const results: Readonly<Record<Letter, ReadonlySet<string>>> = Object.fromEntries(
  Object.entries({
    s: `space bin split_part array_join string substring trim ltrim rtrim lpad rpad left right replace initcap chr hex concat_ws
      substring_index regexp_extract regexp_replace get_json_object from_unixtime date_format
      =lower =upper =repeat =translate =base64 =md5 =sha1 =sha256 =concat_ws`,
    i: `int length octet_length instr locate ascii levenshtein regexp_count datediff year quarter
      month weekofyear day dayofyear dayofweek weekday hour minute second unix_date array_size
      list_size bit_length find_in_set json_array_length`,
    l: 'bigint div floor ceil crc32 unix_timestamp =epoch_ms =epoch_us',
    n: `double divide sqrt ln log log2 log10 log1p expm1 sign nanvl months months_between asin acos sin
      cos tan rint e =pow =exp =cbrt =degrees =radians =atan =atan2 =pi =sinh =cosh =tanh`,
    d: `date date_add date_sub trunc add_months next_day make_date date_from_unix_date current_date
      =last_day`,
    t: `timestamp parse parse_zoned date_trunc timestamp_millis current_timestamp from_utc_timestamp
      to_utc_timestamp =make_timestamp`,
    b: `boolean isnull isnotnull array_contains map_contains_key =contains =starts_with =ends_with
      =regexp_matches isnan arrays_overlap`,
    x: 'binary unhex =from_base64',
  }).map(([letter, names]) => [
    letter,
    new Set(
      names.split(/\s+/).map((name) => (name[0] === '=' ? name.slice(1) : functionPrefix + name)),
    ),
  ]),
);

const castResults: Readonly<Record<string, Letter>> = {
  text: 's',
  int: 'i',
  big_int: 'l',
  double: 'n',
  date: 'd',
  timestamp: 't',
};

const conditions =
  /^(boolean|and|or|not|eq|neq|[lg]te?|null_safe_n?eq|between|in|i?_?like|is_(null|true|false))$/;

const letters: Readonly<Record<SqlType['name'], Letter | null>> = {
  VARCHAR: 's',
  TINYINT: 'y',
  SMALLINT: 'h',
  INTEGER: 'i',
  BIGINT: 'l',
  FLOAT: 'f',
  DOUBLE: 'n',
  DECIMAL: 'm',
  DATE: 'd',
  TIMESTAMP: 't',
  TIMESTAMPTZ: 'z',
  BOOLEAN: 'b',
  BLOB: 'x',
  LIST: 'o',
  MAP: 'o',
  STRUCT: 'o',
  NULL: null,
};

/** The type of a rewritten node; null when it is not known. */
export function typeOf(node: Node): SqlType | null {
  const known = foundType(node);
  if (known !== null) return known;
  const letter = letterOf(node);
  const name = (Object.keys(letters) as Scalar[]).find((key) => letters[key] === letter);
  return letter === null || letter === 'o' || name === undefined ? null : scalar(name);
}

/** The letter of a rewritten node; null when the columns' types would have to be known. */
export function letterOf(node: Node): Letter | null {
  const known = foundType(node);
  if (known !== null) return letters[known.name];
  const kind = kindOf(node);
  const fields = node[kind] as Node | null;
  if (conditions.test(kind)) return 'b';
  switch (kind) {
    case 'paren':
      return letterOf(fields!['this'] as Node);
    case 'literal':
      return literalLetter(node);
    case 'cast':
    case 'try_cast':
      return castResults[(fields!['to'] as { data_type: string }).data_type] ?? null;
    case 'function':
      return functionLetter(fields!['name'] as string, fields!['args'] as readonly Node[]);
    case 'subscript':
      return boundLetter(fields!['this'] as Node);
    case 'case':
      return caseLetter(fields as unknown as Case);
    default:
      return null;
  }
}

function literalLetter(node: Node): Letter | null {
  if (literalText(node) !== null) return 's';
  const { literal_type, value } = node['literal'] as { literal_type: string; value: string };
  if (literal_type === 'date') return 'd';
  return /^\d{1,9}$/.test(value) ? 'i' : null;
}

const pass = new Set(['coalesce', 'nullif', `${functionPrefix}concat`]);

function functionLetter(name: string, args: readonly Node[]): Letter | null {
  if (!pass.has(name)) return Object.keys(results).find((key) => results[key]!.has(name)) ?? null;
  return common(name === 'nullif' ? args.slice(0, 1) : args);
}

function common(nodes: readonly Node[]): Letter | null {
  const letters = new Set(nodes.filter((node) => !isNull(node)).map(letterOf));
  return letters.size === 1 ? [...letters][0]! : null;
}

/** Of the list that `spark` makes around a heavy argument. */
function boundLetter(list: Node): Letter | null {
  const body = boundBody(list);
  return body === null ? null : letterOf(body);
}

function boundBody(list: Node): Node | null {
  const args = (list['function'] as { args: readonly Node[] } | undefined)?.args;
  const lambda = args?.[1]?.['lambda'] as
    | { parameters: readonly { name: string }[]; body: Node }
    | undefined;
  return lambda?.parameters[0]?.name === parameter ? lambda.body : null;
}

interface Case {
  readonly whens: readonly (readonly [Node, Node])[];
  readonly else_: Node | null;
}

function caseLetter({ whens, else_ }: Case): Letter | null {
  return common([...whens.map(([, then]) => then), ...(else_ === null ? [] : [else_])]);
}
