/**
 * The tree of one Spark expression → the tree of the DuckDB expression that means the same. Kinds of
 * nodes that are not named here are refused, so nothing passes by accident.
 */
import { HindcastError } from '@hindcast/shared/errors';
import { arithmetic, negated, type Operator } from './dialect-arithmetic.js';
import { spark, typeOf } from './dialect-calls.js';
import { castTo, coerced } from './dialect-casts.js';
import { commonType, condition, unified } from './dialect-common-type.js';
import { sides } from './dialect-comparisons.js';
import { between, caseOf, like, within } from './dialect-conditions.js';
import { extract, functionCall, functionOf, trim } from './dialect-function-calls.js';
import { shifted } from './dialect-intervals.js';
import { call, kindOf, type Node } from './dialect-nodes.js';
import { type Fields, type HeldNames, type Rule, refuse, type Scope } from './dialect-scope.js';
import { type ColumnTypes, typed } from './dialect-types.js';
import { column, field, literal } from './dialect-values.js';

export interface Rewritten {
  readonly node: Node;
  /** Columns that it reads, each once, in order; for `s.f`, `s`. */
  readonly columns: readonly string[];
}

/** @throws HindcastError kind `config` for what can't run here */
export function rewriteExpression(
  node: Node,
  typeOfColumn: ColumnTypes,
  held: HeldNames,
): Rewritten {
  const scope: Scope = { columns: new Set(), typeOfColumn, held, parameters: new Map(), rewrite };
  return { node: rewrite(node, scope), columns: [...scope.columns] };
}

function rewrite(node: Node, scope: Scope): Node {
  const kind = kindOf(node);
  const rule = scope.ofQuery?.[kind] ?? rules[kind];
  if (rule === undefined) throw refuse(kind, node[kind] as Fields | null);
  return rule(node[kind] as Fields, scope, kind);
}

/** An expression of a query, whose rules come first. */
export function rewriteInQuery(
  node: Node,
  typeOfColumn: ColumnTypes,
  ofQuery: Readonly<Record<string, Rule>>,
): Node {
  const held: HeldNames = new Map();
  return rewrite(node, {
    columns: new Set(),
    typeOfColumn,
    held,
    parameters: new Map(),
    rewrite,
    ofQuery,
  });
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

/** Conditions that are joined. */
function conditions(...children: readonly string[]): Rule {
  return (fields, scope, kind) => {
    const changed: Record<string, unknown> = { ...fields };
    for (const name of children) changed[name] = condition(rewrite(fields[name], scope));
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
  dot: (fields, scope) => field(rewrite(fields['this'], scope), fields['field'].name),
  subscript: as('get', 'this', 'index'),
  paren: kept,
  not: conditions('this'),
  neg: (fields, scope, kind) =>
    negated(rewrite(fields['this'], scope)) ?? kept(fields, scope, kind),
  bitwise_not: kept,
  is_null: same('this'),
  is_true: same('this'),
  is_false: same('this'),
  and: conditions('left', 'right'),
  or: conditions('left', 'right'),
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
