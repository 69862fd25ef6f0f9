/**
 * A whole Spark SQL query → DuckDB's: SELECT with joins, CTEs and subqueries, set operations, aggregates
 * and windows. Expressions are those of one row, with the types of the tables' columns; columns of
 * subqueries have none. Whatever is not named here is refused.
 */
import { HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { aggregates, orderKey, widerThan } from './dialect-aggregates.js';
import { generatedColumns, lateralJoin, namesIn, withGenerated } from './dialect-generators.js';
import { call, identifier, kindOf, type Node } from './dialect-nodes.js';
import { rewriteInQuery } from './dialect-rewrite.js';
import { type Fields, type Rule, refuse, type Scope, unsupported } from './dialect-scope.js';
import { ownName } from './dialect-tokens.js';
import { foundType, parseType, type SqlType, typed } from './dialect-types.js';
import { column as expressionColumn } from './dialect-values.js';

/** Lower-case `namespace.name` → columns. */
export type QueryTables = ReadonlyMap<string, readonly Column[]>;

interface Relation {
  readonly alias: string; // lower case
  /** Lower-case name → type; null: not known. */
  readonly types: ReadonlyMap<string, SqlType | null> | null;
}

interface Environment {
  readonly tables: QueryTables;
  /** Lower-case names of the CTEs in sight. */
  readonly ctes: ReadonlySet<string>;
  /** Of the queries around, the innermost last. */
  readonly outer: readonly (readonly Relation[])[];
}

/** @throws HindcastError kind `config` for what can't run here */
export function rewriteQuery(statement: Node, tables: QueryTables): Node {
  return query(unsorted(statement), { tables, ctes: new Set(), outer: [] });
}

/** How the rows of the whole result lie in files is not for a query to say. */
function unsorted(statement: Node): Node {
  const fields = statement['select'] as Fields | undefined;
  if (fields === undefined || fields['limit']) return statement;
  return { select: { ...fields, sort_by: null, cluster_by: null } };
}

const setOperations = ['union', 'intersect', 'except'];

function query(node: Node, env: Environment): Node {
  const kind = kindOf(node);
  const fields = node[kind] as Fields;
  if (kind === 'select') return { select: select(fields, env) };
  if (kind === 'subquery') return { subquery: { ...fields, this: query(fields['this'], env) } };
  if (setOperations.includes(kind)) {
    const { ctes, inner } = withCtes(fields['with'], env);
    return {
      [kind]: {
        ...fields,
        with: ctes,
        left: query(fields['left'], inner),
        right: query(fields['right'], inner),
        order_by: ordered(fields['order_by'], (one) => one),
      },
    };
  }
  throw refuse(kind, fields);
}

function withCtes(clause: Fields | null | undefined, env: Environment) {
  if (!clause) return { ctes: clause ?? null, inner: env };
  if (clause['recursive']) throw unsupported('WITH RECURSIVE');
  let inner = env;
  const ctes = (clause['ctes'] as readonly Fields[]).map((cte) => {
    const rewritten = { ...cte, alias: quoted(cte['alias']), this: query(cte['this'], inner) };
    const name = ownName(String(cte['alias'].name)).toLowerCase();
    inner = { ...inner, ctes: new Set([...inner.ctes, name]) };
    return rewritten;
  });
  return { ctes: { ...clause, ctes }, inner };
}

/** What a SELECT may have beside these is refused when it is there. */
const clauses = new Set([
  ...['expressions', 'from', 'joins', 'where_clause', 'group_by', 'having', 'qualify', 'order_by'],
  ...['limit', 'offset', 'distinct', 'with', 'windows', 'leading_comments', 'post_select_comments'],
  ...['lateral_views', 'distribute_by'],
]);

function select(fields: Fields, given: Environment): Fields {
  for (const [name, value] of Object.entries(fields)) {
    const empty = !value || (Array.isArray(value) && value.length === 0);
    if (empty || clauses.has(name) || name === 'hint') continue;
    throw unsupported(name.replaceAll('_', ' ').toUpperCase());
  }
  const { ctes, inner: env } = withCtes(fields['with'], given);
  const relations: Relation[] = [];
  const relation = (node: Node): Node => {
    const read = relationOf(node, env);
    relations.push(read.relation);
    return read.node;
  };
  const from = fields['from'] && {
    ...fields['from'],
    expressions: (fields['from'].expressions as readonly Node[]).map(relation),
  };
  const onlyInOn: Relation[] = [];
  const joined = ((fields['joins'] ?? []) as readonly Fields[]).map((join) => {
    const kind = String(join['kind']).replace(/^Left(?=Semi|Anti)/, '');
    const read = relation(join['this']);
    if (/Semi|Anti/.test(kind)) onlyInOn.push(relations.at(-1)!);
    return {
      ...join,
      kind,
      this: read,
      using: ((join['using'] ?? []) as readonly Fields[]).map(quoted),
    };
  });
  const expression = expressions(relations, env);
  const conditioned = joined.map((join) => {
    const { on } = join as Fields;
    return on ? { ...join, on: expression(on) } : join;
  });
  for (const one of onlyInOn) relations.splice(relations.indexOf(one), 1);
  // Each sees the relations before it.
  const views = ((fields['lateral_views'] ?? []) as readonly Fields[]).map((view, i) => {
    const names = namesIn(view['column_aliases']);
    const columns = generatedColumns(view['this'], names, view['outer'] === true, expression);
    const alias = ownName(String(view['table_alias']?.name ?? `__view${i}`));
    const types = columns.map(({ name, type }) => [name.toLowerCase(), type] as const);
    relations.push({ alias: alias.toLowerCase(), types: new Map(types) });
    return lateralJoin(alias, columns);
  });
  const condition = (clause: Fields | null | undefined): Fields | null =>
    clause ? { ...clause, this: expression(clause['this']) } : null;
  return {
    ...fields,
    hint: null,
    with: ctes,
    from: from ?? null,
    joins: [...conditioned, ...views],
    lateral_views: [],
    expressions: withGenerated(fields['expressions'], Boolean(fields['group_by']), expression),
    where_clause: condition(fields['where_clause']),
    having: condition(fields['having']),
    qualify: condition(fields['qualify']),
    group_by: fields['group_by'] && {
      ...fields['group_by'],
      expressions: groupings(fields['group_by'].expressions, expression),
    },
    distribute_by: null,
    order_by: ordered(fields['order_by'], expression),
    windows: ((fields['windows'] ?? []) as readonly Fields[]).map((window) => ({
      ...window,
      spec: over(window['spec'] as Fields, expression),
    })),
  };
}

function relationOf(node: Node, env: Environment): { node: Node; relation: Relation } {
  const kind = kindOf(node);
  const fields = node[kind] as Fields;
  if (kind === 'subquery') {
    const alias = fields['alias'];
    return {
      node: {
        subquery: {
          ...fields,
          this: query(fields['this'], env),
          alias: alias ? quoted(alias) : null,
        },
      },
      relation: { alias: ownName(String(alias?.name ?? '')).toLowerCase(), types: null },
    };
  }
  if (kind !== 'table') throw unsupported(`${kind.replaceAll('_', ' ')} in FROM`);
  const { name, schema, catalog, alias, table_sample: sample } = fields;
  if (sample) throw unsupported('TABLESAMPLE');
  if (catalog) throw unsupported(`a catalog (${catalog.name})`);
  const plain = ownName(String(name.name));
  const known = ownName(String(alias?.name ?? plain)).toLowerCase();
  const named = {
    table: {
      ...fields,
      name: quoted(name),
      schema: schema ? quoted(schema) : null,
      alias: alias ? quoted(alias) : null,
    },
  };
  if (!schema && env.ctes.has(plain.toLowerCase()))
    return { node: named, relation: { alias: known, types: null } };
  const full = schema ? `${ownName(schema.name)}.${plain}` : plain;
  const columns = env.tables.get(full.toLowerCase());
  if (columns === undefined) {
    throw new HindcastError('config', `the table ${full} is not there`, {
      hint: 'Write namespace.table, as in the warehouse.',
    });
  }
  const types = columns.map((one) => [one.name.toLowerCase(), parseType(one.type)] as const);
  return { node: named, relation: { alias: known, types: new Map(types) } };
}

/** `ROLLUP`, `CUBE` and `GROUPING SETS` are calls to the parser, `WITH ROLLUP` comes last. */
function groupings(nodes: readonly Node[], expression: (node: Node) => Node): Node[] {
  const last = nodes.at(-1);
  const sets = last && /^(rollup|cube)$/.test(kindOf(last)) ? kindOf(last).toUpperCase() : null;
  if (sets !== null) return [call(sets, nodes.slice(0, -1).map(expression))];
  return nodes.map((node) => {
    const { name, args } = (node['function'] ?? {}) as Fields;
    if (!/^(rollup|cube|grouping sets)$/i.test(String(name))) return expression(node);
    // Behind columns without a comma it says what becomes of them, and with one something else.
    if (/^g/i.test(String(name)) && nodes.length > 1)
      throw unsupported('GROUPING SETS behind other columns');
    return call(
      String(name),
      (args as readonly Node[]).map((arg) => {
        const tuple = arg['tuple'] as Fields | undefined;
        if (tuple === undefined) return expression(arg);
        return { tuple: { ...tuple, expressions: tuple['expressions'].map(expression) } };
      }),
    );
  });
}

/** Rewrites expressions that see these relations, and those of the queries around. */
function expressions(relations: readonly Relation[], env: Environment): (node: Node) => Node {
  const inner: Environment = { ...env, outer: [...env.outer, relations] };
  const typeOfColumn = (name: string): SqlType | null => {
    const types = relations.map((relation) => relation.types);
    // What an unknown relation may have, too, has no type that is sure.
    if (types.some((one) => one === null)) return null;
    const found = types.filter((one) => one!.has(name.toLowerCase()));
    return found.length === 1 ? found[0]!.get(name.toLowerCase())! : null;
  };
  const relationNamed = (alias: string): Relation | undefined =>
    [...inner.outer]
      .reverse()
      .flatMap((some) => some.filter((one) => one.alias === alias.toLowerCase()))[0];
  const column: Rule = (fields, scope) => {
    const qualifier = fields['table'] as { name: string } | null | undefined;
    const relation = qualifier ? relationNamed(ownName(qualifier.name)) : undefined;
    if (relation === undefined) return expressionColumn(fields, scope);
    const name = ownName((fields['name'] as { name: string }).name);
    const type = relation.types?.get(name.toLowerCase()) ?? null;
    return typed(
      {
        column: { ...fields, name: identifier(name), table: identifier(ownName(qualifier!.name)) },
      },
      type,
    );
  };
  const nested: Rule = (fields, _, kind) => query({ [kind]: fields }, inner);
  const rules: Record<string, Rule> = {
    ...aggregates,
    column,
    select: nested,
    subquery: nested,
    exists: (fields) => ({ exists: { ...fields, this: query(fields['this'], inner) } }),
    in: (fields, scope, kind) =>
      fields['query']
        ? {
            in: {
              ...fields,
              this: scope.rewrite(fields['this'], scope),
              query: query(fields['query'], inner),
            },
          }
        : scope.rewrite({ [kind]: fields }, withoutQuery(scope)),
    star: (fields) => ({
      star: { ...fields, table: fields['table'] ? quoted(fields['table']) : null },
    }),
    alias: (fields, scope) => ({
      alias: {
        ...fields,
        this: scope.rewrite(fields['this'], scope),
        alias: quoted(fields['alias']),
      },
    }),
    window_function: (fields, scope) => {
      const value = scope.rewrite(fields['this'], scope);
      const { aggregate = value, narrow = null } = widerThan(value) ?? {};
      const windowed = {
        window_function: {
          ...fields,
          this: aggregate,
          over: over(fields['over'], (node) => scope.rewrite(node, scope)),
        },
      };
      return narrow === null ? typed(windowed, foundType(value)) : narrow(windowed);
    },
  };
  return (node) => rewriteInQuery(node, typeOfColumn, rules);
}

/** The list of an IN is an expression like others; what stands in it keeps the rules of the query. */
function withoutQuery(scope: Scope): Scope {
  const { in: _, ...rules } = scope.ofQuery!;
  return { ...scope, ofQuery: rules };
}

function over(fields: Fields, expression: (node: Node) => Node): Fields {
  return {
    ...fields,
    partition_by: ((fields['partition_by'] ?? []) as readonly Node[]).map(expression),
    order_by: orderings(fields['order_by'], expression),
  };
}

function ordered(
  clause: Fields | null | undefined,
  expression: (node: Node) => Node,
): Fields | null {
  if (!clause) return null;
  return { ...clause, expressions: orderings(clause['expressions'], expression) };
}

/** Spark's NULLs are the smallest: first in ascending order. */
function orderings(
  nodes: readonly Fields[] | null | undefined,
  expression: (node: Node) => Node,
): Fields[] {
  return (nodes ?? []).map((one) => ({
    ...one,
    this: orderKey(expression(one['this'])),
    nulls_first: one['nulls_first'] ?? !one['desc'],
  }));
}

function quoted(name: Fields): Node {
  return identifier(ownName(String(name['name'])));
}
