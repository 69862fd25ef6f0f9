/**
 * The tree of one Spark expression → the tree of the DuckDB expression that means the same. Kinds of
 * nodes that are not named here are refused, so nothing passes by accident.
 */
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import { spark } from './dialect-calls.js';
import { castTo, coerced } from './dialect-casts.js';
import { beside, comparedAs } from './dialect-comparisons.js';
import { refusalHint, sparkFunctions } from './dialect-functions.js';
import { call, isNull, kindOf, literalText, type Node, text } from './dialect-nodes.js';
import { functionPrefix } from './dialect-tokens.js';

export interface Rewritten {
  readonly node: Node;
  /** Columns that it reads, each once, in order; for `s.f`, `s`. */
  readonly columns: readonly string[];
}

interface Scope {
  readonly columns: Set<string>;
  /** Parameters of the lambdas around, lower-case. */
  readonly parameters: readonly string[];
  readonly held: HeldNames;
}

/** Lower-case name that expressions use → name of the column that stands for it, where they differ. */
export type HeldNames = ReadonlyMap<string, string>;

// biome-ignore lint/suspicious/noExplicitAny: fields differ by kind, and the parser has no types for them
type Fields = Readonly<Record<string, any>>;
type Rule = (fields: Fields, scope: Scope, kind: string) => Node;

/** @throws HindcastError kind `config` for what can't run here */
export function rewriteExpression(node: Node, held: HeldNames): Rewritten {
  const scope: Scope = { columns: new Set(), parameters: [], held };
  return { node: rewrite(node, scope), columns: [...scope.columns] };
}

function rewrite(node: Node, scope: Scope): Node {
  const kind = kindOf(node);
  const rule = rules[kind];
  if (rule === undefined) throw refuse(kind, node[kind] as Fields | null);
  return rule(node[kind] as Fields, scope, kind);
}

/** The same node over rewritten children, which are nodes or lists of nodes. */
function same(...children: readonly string[]): Rule {
  return (fields, scope, kind) => {
    const changed: Record<string, unknown> = { ...fields };
    for (const name of children) {
      const child = fields[name];
      if (child === null || child === undefined) continue;
      changed[name] = Array.isArray(child)
        ? child.map((one: Node) => rewrite(one, scope))
        : rewrite(child, scope);
    }
    return { [kind]: changed };
  };
}

/** What the Spark function `name` becomes, over the children in this order, without absent ones. */
function as(name: string, ...children: readonly string[]): Rule {
  return (fields, scope) => {
    const present = children.map((child) => fields[child] as Node | null | undefined);
    const args = present.filter((child) => child !== null && child !== undefined);
    return sparkFunctions.get(name)!.make(args.map((arg) => rewrite(arg, scope)));
  };
}

/** A macro over casts of the children: one letter of `coerced` for each. */
function macro(name: string, letters: string, ...children: readonly string[]): Rule {
  return (fields, scope) => {
    const args = children.flatMap((child, i) => {
      const node = fields[child] as Node | null | undefined;
      return node === null || node === undefined
        ? []
        : [coerced(rewrite(node, scope), letters[i]!)];
    });
    return spark(name, ...args);
  };
}

/** A comparison, where text beside a date or a number is read as one; DuckDB does so for literals. */
function compared(...children: readonly string[]): Rule {
  const plain = same(...children);
  return (fields, scope, kind) => {
    const changed: Record<string, unknown> = { ...(plain(fields, scope, kind)[kind] as Fields) };
    const as = comparedAs(children.flatMap((name) => changed[name] as Node | readonly Node[]));
    if (as === null) return { [kind]: changed };
    for (const name of children) {
      const child = changed[name];
      changed[name] = Array.isArray(child)
        ? child.map((one: Node) => beside(one, as))
        : beside(child as Node, as);
    }
    return { [kind]: changed };
  };
}

const binary = same('left', 'right');

const rules: Readonly<Record<string, Rule>> = {
  literal,
  boolean: (fields) => ({ boolean: fields }),
  null: () => ({ null: null }),
  column,
  identifier: (fields, scope) => column({ name: fields, table: null }, scope),
  dot: (fields, scope) => ({
    dot: { ...fields, this: rewrite(fields['this'], scope), field: quoted(fields['field']) },
  }),
  subscript: macro('at', '__', 'this', 'index'),
  paren: same('this'),
  not: same('this'),
  neg: same('this'),
  bitwise_not: same('this'),
  is_null: same('this'),
  is_true: same('this'),
  is_false: same('this'),
  and: binary,
  or: binary,
  eq: compared('left', 'right'),
  neq: compared('left', 'right'),
  lt: compared('left', 'right'),
  lte: compared('left', 'right'),
  gt: compared('left', 'right'),
  gte: compared('left', 'right'),
  null_safe_eq: compared('left', 'right'),
  null_safe_neq: compared('left', 'right'),
  mul: binary,
  bitwise_and: binary,
  bitwise_or: binary,
  bitwise_xor: ({ left, right }, scope) =>
    call('xor', [rewrite(left, scope), rewrite(right, scope)]),
  add: shift('plus'),
  sub: shift('minus'),
  div: as('try_divide', 'left', 'right'),
  int_div: macro('div', 'll', 'this', 'expression'),
  mod: as('mod', 'left', 'right'),
  concat: as('concat', 'left', 'right'),
  between: compared('this', 'low', 'high'),
  in: (fields, scope, kind) => {
    if (fields['query'] !== null) throw refuse('subquery', null);
    return compared('this', 'expressions')(fields, scope, kind);
  },
  like,
  i_like: like,
  regexp_like: as('regexp_like', 'this', 'pattern'),
  case: caseOf,
  cast: (fields, scope) => castTo(fields['to'], rewrite(fields['this'], scope)),
  try_cast: (fields, scope) => castTo(fields['to'], rewrite(fields['this'], scope)),
  function: functionCall,
  lambda,
  extract,
  trim,
  substring: macro('substring', 'sii', 'this', 'start', 'length'),
  str_position: as('locate', 'substr', 'this', 'position'),
};

function caseOf(fields: Fields, scope: Scope): Node {
  const child = (node: Node | null): Node | null => (node === null ? null : rewrite(node, scope));
  const operand = child(fields['operand']);
  const whens = fields['whens'].map((when: Node[]) => when.map((part) => rewrite(part, scope)));
  return { case: { ...fields, operand, whens, else_: child(fields['else_']) } };
}

function literal(fields: Fields): Node {
  const type = fields['literal_type'];
  if (type === 'raw_string') return text(fields['value']);
  if (type === 'timestamp') return coerced(text(fields['value']), 't');
  if (type === 'string' || type === 'number' || type === 'date') return { literal: fields };
  throw refuse(`${type} literal`, null);
}

/** Names are quoted, because DuckDB reserves other words than Spark, e.g. `user`. */
function quoted(identifier: Fields): Fields {
  return { ...identifier, quoted: true };
}

function column(fields: Fields, scope: Scope): Node {
  const root = (fields['table'] ?? fields['name']) as { readonly name: string };
  const free = !scope.parameters.includes(root.name.toLowerCase());
  if (free) scope.columns.add(root.name);
  const held = free ? scope.held.get(root.name.toLowerCase()) : undefined;
  const named = quoted(held === undefined ? root : { ...root, name: held });
  return {
    column: {
      join_mark: false,
      trailing_comments: [],
      ...fields,
      name: fields['table'] === null ? named : quoted(fields['name']),
      table: fields['table'] === null ? null : named,
    },
  };
}

function functionCall(fields: Fields, scope: Scope): Node {
  const name = (fields['name'] as string).toLowerCase().replace(functionPrefix, '');
  const known = sparkFunctions.get(name);
  if (known === undefined) throw refuse(name, null);
  const args = fields['args'] as readonly Node[];
  const { minArgs, maxArgs, make } = known;
  if (args.length < minArgs || args.length > maxArgs || fields['distinct'] === true) {
    throw new HindcastError('config', `${name} with ${args.length} arguments`, {
      hint: `It takes ${minArgs === maxArgs ? minArgs : `${minArgs} to ${maxArgs}`}.`,
    });
  }
  return make(args.map((arg) => rewrite(arg, scope)));
}

function lambda(fields: Fields, scope: Scope): Node {
  const parameters = fields['parameters'] as readonly { readonly name: string }[];
  if (parameters.length !== 1) throw refuse('lambda of several parameters', null);
  const inner = [...scope.parameters, parameters[0]!.name.toLowerCase()];
  return {
    lambda: {
      ...fields,
      parameters: parameters.map(quoted),
      body: rewrite(fields['body'], { ...scope, parameters: inner }),
    },
  };
}

/** Spark's LIKE has the backslash for its escape character; DuckDB's has none. */
function like(fields: Fields, scope: Scope, kind: string): Node {
  if (fields['quantifier'] !== null && fields['quantifier'] !== undefined) {
    throw refuse(`LIKE ${fields['quantifier']}`, null);
  }
  const pattern = literalText(fields['right']);
  const plain = pattern !== null && !pattern.includes('\\');
  const escaped = fields['escape'] ?? (plain ? null : text('\\'));
  return same('left', 'right')({ ...fields, escape: escaped }, scope, kind);
}

const extractable: Readonly<Record<string, string>> = {
  Year: 'year',
  Quarter: 'quarter',
  Month: 'month',
  Week: 'weekofyear',
  Day: 'day',
  DayOfWeek: 'dayofweek',
  DayOfYear: 'dayofyear',
  Hour: 'hour',
  Minute: 'minute',
  Second: 'second',
};

function extract(fields: Fields, scope: Scope): Node {
  const name = typeof fields['field'] === 'string' ? extractable[fields['field']] : undefined;
  if (name === undefined) throw refuse(`EXTRACT of ${JSON.stringify(fields['field'])}`, null);
  return sparkFunctions.get(name)!.make([rewrite(fields['this'], scope)]);
}

function trim(fields: Fields, scope: Scope): Node {
  const name = { Leading: 'ltrim', Trailing: 'rtrim', Both: 'trim' }[fields['position'] as string];
  const characters = fields['characters'] as Node | null;
  const args = [fields['this'] as Node, ...(characters === null ? [] : [characters])];
  return call(
    `${functionPrefix}${name ?? 'trim'}`,
    args.map((arg) => rewrite(arg, scope)),
  );
}

/** Calendar units keep a DATE a DATE; the clock's make it a TIMESTAMP. */
const units: Readonly<Record<string, readonly [string, 'days' | 'time']>> = {
  Year: ['to_years', 'days'],
  Month: ['to_months', 'days'],
  Week: ['to_weeks', 'days'],
  Day: ['to_days', 'days'],
  Hour: ['to_hours', 'time'],
  Minute: ['to_minutes', 'time'],
  Second: ['to_seconds', 'time'],
  Millisecond: ['to_milliseconds', 'time'],
  Microsecond: ['to_microseconds', 'time'],
};

/** `+` or `-`, of numbers or of a date and an interval. */
function shift(name: 'plus' | 'minus'): Rule {
  return (fields, scope, kind) => {
    const [left, right] = [fields['left'] as Node, fields['right'] as Node];
    const swap = name === 'plus' && left['interval'] !== undefined;
    const interval = (swap ? left : right)['interval'] as Fields | undefined;
    if (interval === undefined) return binary(fields, scope, kind);
    const unit = interval['unit'] as { type: string; unit: string } | null;
    const known = unit?.type === 'simple' ? units[unit.unit] : undefined;
    if (known === undefined) throw refuse('interval of several units', null);
    const [make, grain] = known;
    const date = rewrite(swap ? right : left, scope);
    const amount = coerced(rewrite(interval['this'], scope), 'i');
    const signed = name === 'plus' ? amount : { neg: { this: amount } };
    const shifted = grain === 'days' && !isNull(date) ? date : coerced(date, 't');
    return spark('shifted', shifted, call(make, [signed]));
  };
}

const wholeQueries = /^(select|subquery|exists|union|intersect|except|window_function|star)$/;

function refuse(kind: string, fields: Fields | null): HindcastError {
  const name = String(fields?.['original_name'] ?? kind).toLowerCase();
  if (wholeQueries.test(kind)) {
    return new HindcastError(
      'config',
      `a ${kind.replace('_', ' ')} is no expression over one row`,
      {
        hint: 'Use a StagingQuery for whole queries.',
      },
    );
  }
  if (kind === 'tuple' || kind === 'alias') {
    return new HindcastError('config', 'more than one expression, or an alias');
  }
  return new HindcastError('config', `"${name}" is not supported`, {
    hint: refusalHint(name) ?? didYouMean(name, [...sparkFunctions.keys()]),
  });
}
