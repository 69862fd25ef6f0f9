/**
 * The tree of one Spark expression → the tree of the DuckDB expression that means the same. Kinds of
 * nodes that are not named here are refused, so nothing passes by accident.
 */
import { HindcastError } from '@hindcast/shared/errors';
import { arithmetic, negated, type Operator } from './dialect-arithmetic.js';
import { column as parameter, spark, typeOf } from './dialect-calls.js';
import { castTo, coerced } from './dialect-casts.js';
import { commonType, unified } from './dialect-common-type.js';
import { sides } from './dialect-comparisons.js';
import { sparkFunctions } from './dialect-functions.js';
import { refusalHint } from './dialect-hints.js';
import { shifted } from './dialect-intervals.js';
import { higherOrderCall } from './dialect-lambdas.js';
import { call, identifier, isNull, kindOf, literalText, type Node, text } from './dialect-nodes.js';
import { resultOf } from './dialect-results.js';
import { type Fields, type Rule, refuse, type Scope } from './dialect-scope.js';
import { functionPrefix } from './dialect-tokens.js';
import {
  type ColumnTypes,
  decimal,
  list,
  type SqlType,
  scalar,
  sparkName,
  typed,
} from './dialect-types.js';

export interface Rewritten {
  readonly node: Node;
  /** Columns that it reads, each once, in order; for `s.f`, `s`. */
  readonly columns: readonly string[];
}

/** @throws HindcastError kind `config` for what can't run here */
export function rewriteExpression(node: Node, typeOfColumn: ColumnTypes): Rewritten {
  const scope: Scope = { columns: new Set(), typeOfColumn, parameters: new Map(), rewrite };
  return { node: rewrite(node, scope), columns: [...scope.columns] };
}

function rewrite(node: Node, scope: Scope): Node {
  const kind = kindOf(node);
  const rule = rules[kind];
  if (rule === undefined) throw refuse(kind, node[kind] as Fields | null);
  return rule(node[kind] as Fields, scope, kind);
}

/** The same node over rewritten children. */
function same(...children: readonly string[]): Rule {
  return (fields, scope, kind) => {
    const changed: Record<string, unknown> = { ...fields };
    for (const name of children) {
      const child = fields[name];
      if (child !== null && child !== undefined) changed[name] = rewrite(child, scope);
    }
    return { [kind]: changed };
  };
}

/** What the Spark function `name` becomes, over the children in this order, without absent ones. */
function as(name: string, ...children: readonly string[]): Rule {
  return (fields, scope) => {
    const present = children.map((child) => fields[child] as Node | null | undefined);
    const args = present.filter((child) => child !== null && child !== undefined);
    return functionOf(
      name,
      args.map((arg) => rewrite(arg, scope)),
    );
  };
}

/** A rewritten call, with its type where that is known. */
function functionOf(name: string, args: readonly Node[]): Node {
  const node = sparkFunctions.get(name)!.make(args);
  const type = typeOf(node) ?? resultOf(name, args);
  return typeOf(node) === null && type !== null ? typed(node, type) : node;
}

/** A comparison of two values in the type that Spark gives them. */
const compared: Rule = (fields, scope, kind) => {
  const [left, right] = sides(rewrite(fields['left'], scope), rewrite(fields['right'], scope));
  return { [kind]: { ...fields, left, right } };
};

function operation(operator: Operator, unknown: Rule): Rule {
  return (fields, scope, kind) => {
    const interval =
      operator === 'add' || operator === 'sub' ? shifted(operator, fields, scope) : null;
    if (interval !== null) return interval;
    const [left, right] = [
      fields['left'] ?? fields['this'],
      fields['right'] ?? fields['expression'],
    ];
    const node = arithmetic(operator, rewrite(left, scope), rewrite(right, scope));
    return node ?? unknown(fields, scope, kind);
  };
}

const bitwise =
  (name: 'and' | 'or' | 'xor'): Rule =>
  (fields, scope, kind) => {
    const nodes = [rewrite(fields['left'], scope), rewrite(fields['right'], scope)];
    const [left, right] = unified(nodes, 'bits');
    const node =
      name === 'xor' ? call('xor', [left!, right!]) : { [kind]: { ...fields, left, right } };
    return typed(node, commonType(nodes, 'bits'));
  };

/** What keeps the type of the one child. */
const kept: Rule = (fields, scope, kind) => {
  const child = rewrite(fields['this'], scope);
  return typed({ [kind]: { ...fields, this: child } }, typeOf(child));
};

const binary = same('left', 'right');

const rules: Readonly<Record<string, Rule>> = {
  literal,
  boolean: (fields) => ({ boolean: fields }),
  null: () => ({ null: null }),
  column,
  identifier: (fields, scope) => column({ name: fields, table: null }, scope),
  dot: (fields, scope) => field(rewrite(fields['this'], scope), fields['field'].name),
  subscript: as('get', 'this', 'index'),
  paren: kept,
  not: same('this'),
  neg: (fields, scope, kind) =>
    negated(rewrite(fields['this'], scope)) ?? kept(fields, scope, kind),
  bitwise_not: kept,
  is_null: same('this'),
  is_true: same('this'),
  is_false: same('this'),
  and: binary,
  or: binary,
  eq: compared,
  neq: compared,
  lt: compared,
  lte: compared,
  gt: compared,
  gte: compared,
  null_safe_eq: compared,
  null_safe_neq: compared,
  bitwise_and: bitwise('and'),
  bitwise_or: bitwise('or'),
  bitwise_xor: bitwise('xor'),
  add: operation('add', binary),
  sub: operation('sub', binary),
  mul: operation('mul', binary),
  div: operation('div', as('try_divide', 'left', 'right')),
  int_div: operation('int_div', (fields, scope) =>
    spark('div', ...['this', 'expression'].map((at) => coerced(rewrite(fields[at], scope), 'l'))),
  ),
  mod: as('mod', 'left', 'right'),
  concat: as('concat', 'left', 'right'),
  between,
  in: within,
  like,
  i_like: like,
  regexp_like: as('regexp_like', 'this', 'pattern'),
  case: caseOf,
  cast: (fields, scope) => castTo(fields['to'], rewrite(fields['this'], scope)),
  try_cast: () => {
    throw new HindcastError('config', 'TRY_CAST is not supported: it reads text as ANSI SQL does', {
      hint: 'CAST gives NULL, too, for what it can not read.',
    });
  },
  function: functionCall,
  extract,
  trim,
  substring: as('substring', 'this', 'start', 'length'),
  str_position: as('locate', 'substr', 'this', 'position'),
};

/** Two comparisons, of which each may be in a type of its own. */
function between(fields: Fields, scope: Scope): Node {
  const [value, low, high] = ['this', 'low', 'high'].map((at) => rewrite(fields[at], scope));
  const [[fromValue, from], [toValue, to]] = [sides(value!, low!), sides(value!, high!)];
  if (fromValue === value && toValue === value) {
    return { between: { ...fields, this: value, low: from, high: to } };
  }
  const both = {
    and: {
      left: { gte: { left: fromValue, right: from, ...noComments } },
      right: { lte: { left: toValue, right: to, ...noComments } },
      ...noComments,
    },
  };
  const node = { paren: { this: both, trailing_comments: [] } };
  return fields['not'] === true ? { not: { this: node } } : node;
}

const noComments = { left_comments: [], operator_comments: [], trailing_comments: [] };

/** Unlike `=`, IN brings all of its values to one type: beside text, to text. */
function within(fields: Fields, scope: Scope): Node {
  if (fields['query'] !== null) throw refuse('subquery', null);
  const nodes = [fields['this'] as Node, ...(fields['expressions'] as Node[])];
  const [value, ...rest] = unified(
    nodes.map((one) => rewrite(one, scope)),
    'IN',
  );
  return { in: { ...fields, this: value, expressions: rest } };
}

function caseOf(fields: Fields, scope: Scope): Node {
  const operand = fields['operand'] === null ? null : rewrite(fields['operand'], scope);
  const whens = (fields['whens'] as Node[][]).map(([condition, then]) => [
    rewrite(condition!, scope),
    rewrite(then!, scope),
  ]) as [Node, Node][];
  const last = fields['else_'] === null ? [] : [rewrite(fields['else_'], scope)];
  const results = [...whens.map(([, then]) => then), ...last];
  const branches = unified(results, 'branches of CASE');
  const conditions = whens.map(([condition]) => {
    if (operand === null) return condition;
    const [left, right] = sides(operand, condition);
    return { eq: { left, right, ...noComments } };
  });
  const changed = conditions.map((condition, i) => [condition, branches[i]!]);
  const otherwise = last.length === 0 ? null : branches[branches.length - 1]!;
  const node = { case: { ...fields, operand: null, whens: changed, else_: otherwise } };
  return typed(node, commonType(results, 'branches of CASE'));
}

function literal(fields: Fields): Node {
  const type = fields['literal_type'];
  if (type === 'raw_string') return typed(text(fields['value']), scalar('VARCHAR'));
  if (type === 'timestamp') return coerced(text(fields['value']), 't');
  if (type === 'string') return typed({ literal: fields }, scalar('VARCHAR'));
  if (type === 'date') return typed({ literal: fields }, scalar('DATE'));
  if (type === 'number') return typed({ literal: fields }, typeOfNumber(fields['value']));
  throw refuse(`${type} literal`, null);
}

function typeOfNumber(value: string): SqlType | null {
  const [, whole, fraction] = /^(\d*)(?:\.(\d*))?$/.exec(value) ?? [];
  if (whole === undefined) return scalar('DOUBLE');
  const digits = whole.replace(/^0+/, '');
  if (fraction !== undefined) {
    return decimal(Math.max(digits.length + fraction.length, 1), fraction.length);
  }
  if (digits.length < 10 || BigInt(digits) < 2n ** 31n) return scalar('INTEGER');
  return BigInt(digits) < 2n ** 63n ? scalar('BIGINT') : decimal(digits.length, 0);
}

function column(fields: Fields, scope: Scope): Node {
  const [name, table] = [fields['name'], fields['table']] as { name: string }[];
  const root = (table ?? name)!.name;
  const stands = scope.parameters.get(root.toLowerCase());
  if (stands === undefined) scope.columns.add(root);
  const node = stands ?? typed(parameter(root), scope.typeOfColumn(root));
  return table === null || table === undefined ? node : field(node, name!.name);
}

/** `this.name`: a field of a struct, the value of a map, or of each struct of a list. */
function field(node: Node, name: string): Node {
  const type = typeOf(node);
  const lower = name.toLowerCase();
  const known = (of: SqlType | null): SqlType | null =>
    of?.name === 'STRUCT'
      ? (of.fields.find((one) => one.name.toLowerCase() === lower)?.type ?? null)
      : null;
  if (type?.name === 'MAP') return functionOf('get', [node, typed(text(name), scalar('VARCHAR'))]);
  if (type?.name === 'LIST' && type.of?.name === 'STRUCT') {
    const item = { dot: { this: parameter('__item'), field: identifier(name) } };
    const lambda = { lambda: { parameters: [identifier('__item')], body: item, colon: false } };
    return typed(call('list_transform', [node, lambda]), list(known(type.of)));
  }
  if (type !== null && type.name !== 'STRUCT') {
    throw new HindcastError('config', `the field ${name} of the type ${sparkName(type)}`);
  }
  return typed({ dot: { this: node, field: identifier(name) } }, known(type));
}

function functionCall(fields: Fields, scope: Scope): Node {
  const name = (fields['name'] as string).toLowerCase().replace(functionPrefix, '');
  const args = fields['args'] as readonly Node[];
  const higher = higherOrderCall(name, args, scope);
  if (higher !== null) return higher;
  const known = sparkFunctions.get(name);
  if (known === undefined) throw refuse(name, null);
  const { minArgs, maxArgs } = known;
  if (args.length < minArgs || args.length > maxArgs || fields['distinct'] === true) {
    throw new HindcastError('config', `${name} with ${args.length} arguments`, {
      hint: refusalHint(name) ?? arity(minArgs, maxArgs),
    });
  }
  if (name === 'struct') return structOf(args, scope);
  if (name === 'date_part' || name === 'datepart') {
    const part = literalText(args[0]!) ?? '';
    const key = Object.keys(extractable).find((one) => one.toLowerCase() === part.toLowerCase());
    return extract({ field: key ?? part, this: args[1] }, scope);
  }
  return functionOf(
    name,
    args.map((arg) => rewrite(arg, scope)),
  );
}

function arity(least: number, most: number): string {
  return `It takes ${least === most ? least : `${least} to ${most}`}.`;
}

/** `struct(a, b + 1 AS c)`: fields named as the columns are, or col1, col2, … by their place. */
function structOf(args: readonly Node[], scope: Scope): Node {
  const parts = args.flatMap((arg, i) => {
    const { alias, column } = arg as Fields;
    const name: string = alias?.alias.name ?? column?.name.name ?? `col${i + 1}`;
    return [typed(text(name), scalar('VARCHAR')), rewrite(alias?.this ?? arg, scope)];
  });
  return functionOf('named_struct', parts);
}

/** Spark's LIKE has the backslash for its escape character; DuckDB's has none. */
function like(fields: Fields, scope: Scope, kind: string): Node {
  const quantifier = fields['quantifier'] as string | null | undefined;
  if (quantifier !== null && quantifier !== undefined) {
    const patterns = (fields['right']['tuple']?.expressions ?? []) as Node[];
    const each = patterns.map((right) => like({ ...fields, right, quantifier: null }, scope, kind));
    const word = quantifier.toUpperCase() === 'ALL' ? 'and' : 'or';
    if (each.length === 0) throw refuse(`LIKE ${quantifier}`, null);
    const joined = each.reduce((left, right) => ({ [word]: { left, right, ...noComments } }));
    return { paren: { this: joined, trailing_comments: [] } };
  }
  const pattern = literalText(fields['right']);
  const plain = pattern !== null && !pattern.includes('\\');
  const escaped = fields['escape'] ?? (plain ? null : text('\\'));
  const [left, right] = ['left', 'right'].map((at) => coercedText(rewrite(fields[at], scope)));
  return { [kind]: { ...fields, left, right, escape: escaped } };
}

function coercedText(node: Node): Node {
  return typeOf(node) === null || isNull(node) ? node : coerced(node, 's');
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
};

function extract(fields: Fields, scope: Scope): Node {
  const value = rewrite(fields['this'], scope);
  if (fields['field'] === 'Second' || /^seconds?$/i.test(fields['field'])) {
    return typed(spark('second_fraction', coerced(value, 't')), decimal(8, 6));
  }
  const name = typeof fields['field'] === 'string' ? extractable[fields['field']] : undefined;
  if (name === undefined) throw refuse(`EXTRACT of ${JSON.stringify(fields['field'])}`, null);
  return functionOf(name, [value]);
}

function trim(fields: Fields, scope: Scope): Node {
  const name = { Leading: 'ltrim', Trailing: 'rtrim', Both: 'trim' }[fields['position'] as string];
  const characters = fields['characters'] as Node | null;
  const args = [fields['this'] as Node, ...(characters === null ? [] : [characters])];
  return spark(name ?? 'trim', ...args.map((arg) => coerced(rewrite(arg, scope), 's')));
}
