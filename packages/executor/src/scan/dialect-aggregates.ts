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
import { call, type Node, noComments, struct, text, when } from './dialect-nodes.js';
import { type Fields, type Rule, type Scope, unsupported } from './dialect-scope.js';
import { decimal, list, type SqlType, scalar, typed } from './dialect-types.js';

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
  const counted = { ...fields, this: rowWithoutNull(values) };
  return typed(children()(counted, scope, kind), scalar('BIGINT'));
};

function rowWithoutNull(values: readonly Node[]): Node {
  const present = values
    .map(isPresent)
    .reduce((left, right) => ({ and: { left, right, ...noComments } }));
  return when(present, call('row', values), nullValue);
}

/** Spark's lists have no NULLs, and are empty rather than NULL. */
const listOf =
  (distinct: boolean): ((args: readonly Node[], filter: Node | null) => Node) =>
  ([value], filter) => {
    const values = aggregate('list', [value!], andPresent(filter, value!), distinct);
    const empty = { array: { expressions: [] } };
    return narrowed(values, (node) =>
      typed({ coalesce: { expressions: [node, empty] } }, list(typeOf(value!))),
    );
  };

function isPresent(value: Node): Node {
  return { is_null: { this: value, not: true } };
}

function andPresent(filter: Node | null, value: Node): Node {
  const present = isPresent(value);
  return filter === null ? present : { and: { left: filter, right: present, ...noComments } };
}

const nullValue: Node = { null: null };

/**
 * What orders values as Spark does: inside of a struct, too, NULL is the least.
 * @throws HindcastError kind `config` for lists and maps
 */
export function orderKey(value: Node): Node {
  const type = typeOf(value);
  if (type?.name === 'LIST' || type?.name === 'MAP') throw unsupported('an order of lists or maps');
  if (type?.name !== 'STRUCT') return value;
  const key = type.fields.flatMap(({ name, type: of }, i): [string, Node][] => {
    const field = typed(call('struct_extract', [value, text(name)]), of);
    return [
      [`p${i}`, isPresent(field)],
      [`v${i}`, orderKey(field)],
    ];
  });
  return when(isPresent(value), struct(key), nullValue);
}

function extreme(name: 'arg_max' | 'arg_min'): Rule {
  return (fields, scope, kind) => {
    const value = scope.rewrite(fields['this'], scope);
    const filter = filterOf(fields, scope);
    const key = orderKey(value);
    const node =
      key === value
        ? { [kind]: { ...fields, this: value, filter } }
        : aggregate(name, [value, key], filter);
    return typed(node, typeOf(value));
  };
}

/** Where FIRST and LAST are no functions of windows, they don't know IGNORE NULLS. */
function endValue(name: 'first' | 'last'): Rule {
  return (fields, scope) => {
    const value = scope.rewrite(fields['this'], scope);
    const filter = filterOf(fields, scope);
    const ignoresNulls = fields['ignore_nulls'] === true;
    const type = typeOf(value);
    const given = ignoresNulls ? andPresent(filter, value) : filter;
    const node = typed(aggregate(name, [value], given), type);
    const inWindow = { [`${name}_value`]: { this: value, ignore_nulls: ignoresNulls || null } };
    wider.set(node, {
      aggregate: filter === null ? inWindow : node,
      narrow: (windowed) => typed(windowed, type),
    });
    return node;
  };
}

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
  const node = aggregate('quantile_disc', [value!, share!], filter);
  return typed(node, ofShares(share!, typeOf(value!)));
}

/** One value for a share, a list of them for a list. */
function ofShares(share: Node, type: SqlType | null): SqlType | null {
  return typeOf(share)?.name === 'LIST' ? list(type) : type;
}

const named: Readonly<Record<string, (args: readonly Node[], filter: Node | null) => Node>> = {
  collect_list: listOf(false),
  collect_set: listOf(true),
  count: (args, filter) =>
    typed(aggregate('count', [rowWithoutNull(args)], filter), scalar('BIGINT')),
  max_by: ([value, by], filter) => aggregate('arg_max_null', [value!, orderKey(by!)], filter),
  min_by: ([value, by], filter) => aggregate('arg_min_null', [value!, orderKey(by!)], filter),
  corr: (args, filter) =>
    narrowed(aggregate('corr', args, filter), (node) =>
      typed(when(call('isnan', [node]), nullValue, node), scalar('DOUBLE')),
    ),
  covar_pop: (args, filter) => aggregate('covar_pop', args, filter),
  covar_samp: (args, filter) => aggregate('covar_samp', args, filter),
  mean: ([value], filter) => average(value!, aggregate('avg', [value!], filter)),
  some: (args, filter) => aggregate('bool_or', args, filter),
  any: (args, filter) => aggregate('bool_or', args, filter),
  percentile: ([value, share, ...more], filter) => {
    if (more.length > 0) throw unsupported('percentile with frequencies');
    const node = aggregate('quantile_cont', [castAs(value!, scalar('DOUBLE')), share!], filter);
    return typed(node, ofShares(share!, scalar('DOUBLE')));
  },
  // Exact ones, as everywhere here.
  approx_count_distinct: distinctCount,
  percentile_approx: someValue,
  approx_percentile: someValue,
};

const aggregateFunction: Rule = (fields, scope) => {
  const name = String(fields['name']).toLowerCase();
  const make = Object.hasOwn(named, name) ? named[name] : undefined;
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
  return Object.hasOwn(named, name)
    ? aggregateFunction(fields, scope, kind)
    : functionCall(fields, scope);
};

/** By kind of node: aggregates, and functions of windows. */
export const aggregates: Readonly<Record<string, Rule>> = {
  function: function_,
  array_agg: (fields, scope) => {
    if (fields['order_by']?.length > 0) throw unsupported('array_agg(… ORDER BY …)');
    return aggregateFunction(
      { ...fields, name: 'collect_list', args: [fields['this']] },
      scope,
      '',
    );
  },
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
  min: extreme('arg_min'),
  max: extreme('arg_max'),
  ...each(['first', 'first_value', 'any_value'], endValue('first')),
  ...each(['last', 'last_value'], endValue('last')),
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
