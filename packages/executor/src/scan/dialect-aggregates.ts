/**
 * Aggregates of Spark SQL, and functions of windows → DuckDB's, in Spark's types. Those that are not
 * named here are refused.
 */
import { HindcastError } from '@hindcast/shared/errors';
import { wrapped } from './dialect-arithmetic.js';
import { typeOf } from './dialect-calls.js';
import { castAs } from './dialect-casts.js';
import { integerRank } from './dialect-common-type.js';
import { functionCall } from './dialect-function-calls.js';
import { call, type Node, noComments, when } from './dialect-nodes.js';
import { type Fields, type Rule, type Scope, unsupported } from './dialect-scope.js';
import { decimal, list, scalar, typed } from './dialect-types.js';

const children = (...names: readonly string[]): Rule => {
  return (fields, scope, kind) => {
    const changed: Record<string, unknown> = { ...fields };
    for (const name of [...names, 'filter'])
      if (fields[name]) changed[name] = scope.rewrite(fields[name], scope);
    return { [kind]: changed };
  };
};

const nothing: Rule = (fields, _, kind) => ({ [kind]: fields });

/** Aggregates that DuckDB gives in a wider type than Spark: windows are over what is cast. */
const wider = new WeakMap<
  Node,
  { readonly aggregate: Node; readonly narrow: (node: Node) => Node }
>();

/** What a rewritten aggregate was before it was made narrower, and how that is done; null: it was not. */
export function widerThan(node: Node) {
  return wider.get(node) ?? null;
}

/** Functions that look at the type of an aggregate can't be bound unless it is known before. */
function typedAsItsValue(...names: readonly string[]): Rule {
  const rewritten = children('this', ...names);
  return (fields, scope, kind) => {
    const aggregate = rewritten(fields, scope, kind);
    return typed(aggregate, typeOf((aggregate[kind] as Fields)['this'] as Node));
  };
}

function always(name: 'BIGINT' | 'DOUBLE', rule: Rule): Rule {
  return (fields, scope, kind) => typed(rule(fields, scope, kind), scalar(name));
}

function integer(rule: Rule): Rule {
  return (fields, scope, kind) =>
    narrowed(rule(fields, scope, kind), (node) => castAs(node, scalar('INTEGER')));
}

function narrowed(aggregate: Node, narrow: (node: Node) => Node): Node {
  const node = narrow(aggregate);
  wider.set(node, { aggregate, narrow });
  return node;
}

/** Sums of whole numbers begin anew beyond 2^63. */
const summed: Rule = (fields, scope, kind) => {
  const aggregate = children('this')(fields, scope, kind);
  const value = typeOf((aggregate[kind] as Fields)['this'] as Node);
  if (value === null) return aggregate;
  if (/^(FLOAT|DOUBLE)$/.test(value.name)) return typed(aggregate, scalar('DOUBLE'));
  if (value.name === 'DECIMAL') {
    const type = decimal(Math.min(38, value.precision + 10), value.scale);
    return narrowed(aggregate, (node) => castAs(node, type));
  }
  if (integerRank(value) < 0) return aggregate;
  return narrowed(aggregate, (node) => wrapped(node, scalar('BIGINT')));
};

/** DuckDB has it as a DOUBLE. */
function average(of: Node, node: Node): Node {
  if (typeOf(of)?.name === 'DECIMAL')
    throw new HindcastError('config', 'avg of a DECIMAL is not supported', {
      hint: 'Cast it: avg(CAST(x AS DOUBLE)).',
    });
  return typed(node, scalar('DOUBLE'));
}

const averaged: Rule = (fields, scope, kind) => {
  const node = children('this')(fields, scope, kind);
  return average((node[kind] as Fields)['this'] as Node, node);
};

/** Of several columns: rows in which none is NULL. */
const count: Rule = (fields, scope, kind) => {
  const several = (fields['this']?.['tuple'] as Fields | undefined)?.['expressions'];
  if (several === undefined) return typed(children('this')(fields, scope, kind), scalar('BIGINT'));
  const values = (several as readonly Node[]).map((value) => scope.rewrite(value, scope));
  const present = values
    .map((value): Node => ({ is_null: { this: value, not: true } }))
    .reduce((left, right) => ({ and: { left, right, ...noComments } }));
  const counted = { ...fields, this: when(present, call('row', values), { null: null }) };
  return typed(children()(counted, scope, kind), scalar('BIGINT'));
};

/** Spark's lists have no NULLs, and are empty rather than NULL. */
const listOf =
  (distinct: boolean): ((args: readonly Node[], filter: Node | null) => Node) =>
  ([value], filter) => {
    const present = { is_null: { this: value!, not: true } };
    const both =
      filter === null ? present : { and: { left: filter, right: present, ...noComments } };
    const values = aggregate('list', [value!], both, distinct);
    const empty = { array: { expressions: [] } };
    return typed({ coalesce: { expressions: [values, empty] } }, list(typeOf(value!)));
  };

function aggregate(
  name: string,
  args: readonly Node[],
  filter: Node | null,
  distinct = false,
): Node {
  return {
    aggregate_function: {
      name,
      args,
      distinct,
      filter,
      order_by: [],
      limit: null,
      ignore_nulls: null,
    },
  };
}

function distinctCount([value]: readonly Node[], filter: Node | null): Node {
  return typed(aggregate('count', [value!], filter, true), scalar('BIGINT'));
}

/** The value below which lies a share of all, or one for each share of a list. */
function someValue([value, share]: readonly Node[], filter: Node | null): Node {
  const type = typeOf(value!);
  const node = aggregate('quantile_disc', [value!, share!], filter);
  return typed(node, typeOf(share!)?.name === 'LIST' ? list(type) : type);
}

const named: Readonly<Record<string, (args: readonly Node[], filter: Node | null) => Node>> = {
  collect_list: listOf(false),
  collect_set: listOf(true),
  max_by: (args, filter) => aggregate('arg_max_null', args, filter),
  min_by: (args, filter) => aggregate('arg_min_null', args, filter),
  ...Object.fromEntries(
    ['corr', 'covar_pop', 'covar_samp'].map((name) => [
      name,
      (args: readonly Node[], filter: Node | null) => aggregate(name, args, filter),
    ]),
  ),
  mean: ([value], filter) => average(value!, aggregate('avg', [value!], filter)),
  some: (args, filter) => aggregate('bool_or', args, filter),
  any: (args, filter) => aggregate('bool_or', args, filter),
  percentile: (args, filter) => aggregate('quantile_cont', args, filter),
  // Exact ones, as everywhere here.
  approx_count_distinct: distinctCount,
  percentile_approx: someValue,
  approx_percentile: someValue,
};

const aggregateFunction: Rule = (fields, scope) => {
  const name = String(fields['name']).toLowerCase();
  const make = named[name];
  if (make === undefined) throw unsupported(name);
  if (fields['distinct'] === true) throw unsupported(`${name}(DISTINCT …)`);
  const args = (fields['args'] as readonly Node[]).map((arg) => scope.rewrite(arg, scope));
  return make(args, filterOf(fields, scope));
};

function filterOf(fields: Fields, scope: Scope): Node | null {
  return fields['filter'] ? scope.rewrite(fields['filter'], scope) : null;
}

/** Aggregates that the parser takes for functions of one row. */
const function_: Rule = (fields, scope, kind) => {
  const name = String(fields['name']).toLowerCase();
  return name in named ? aggregateFunction(fields, scope, kind) : functionCall(fields, scope);
};

/** By kind of node: aggregates, and functions of windows. */
export const aggregates: Readonly<Record<string, Rule>> = {
  function: function_,
  array_agg: (fields, scope) =>
    aggregateFunction({ ...fields, name: 'collect_list', args: [fields['this']] }, scope, ''),
  median: (fields, scope) => {
    if (fields['distinct'] === true) throw unsupported('median(DISTINCT …)');
    const value = castAs(scope.rewrite(fields['this'], scope), scalar('DOUBLE'));
    return typed(aggregate('median', [value], filterOf(fields, scope)), scalar('DOUBLE'));
  },
  count,
  sum: summed,
  avg: averaged,
  ...each(
    ['stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp'],
    always('DOUBLE', children('this')),
  ),
  ...each(
    ['min', 'max', 'any_value', 'first', 'last', 'first_value', 'last_value'],
    typedAsItsValue(),
  ),
  count_if: (fields, scope, kind) =>
    narrowed(children('this')(fields, scope, kind), (node) => castAs(node, scalar('BIGINT'))),
  ...each(['logical_and', 'logical_or'], children('this')),
  aggregate_function: aggregateFunction,
  ...each(['row_number', 'rank', 'dense_rank'], integer(nothing)),
  ...each(['percent_rank', 'cume_dist'], always('DOUBLE', nothing)),
  n_tile: integer(children('num_buckets')),
  ...each(['lag', 'lead'], typedAsItsValue('offset', 'default')),
  nth_value: typedAsItsValue('offset'),
  ...each(['bitwise_and_agg', 'bitwise_or_agg', 'bitwise_xor_agg'], typedAsItsValue()),
  approx_count_distinct: (fields, scope) =>
    distinctCount([scope.rewrite(fields['this'], scope)], filterOf(fields, scope)),
};

function each(kinds: readonly string[], rule: Rule): Record<string, Rule> {
  return Object.fromEntries(kinds.map((kind) => [kind, rule]));
}
