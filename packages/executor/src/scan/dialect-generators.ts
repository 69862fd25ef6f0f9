/**
 * Spark's generators, which make rows of lists and maps: `explode` and `posexplode`, each also `_outer`,
 * which keeps a row whose list or map is empty or NULL. DuckDB's `unnest` does the same; several of them
 * in one SELECT go side by side.
 */
import { HindcastError } from '@hindcast/shared/errors';
import { spark, typeOf } from './dialect-calls.js';
import { call, identifier, kindOf, type Node, plainSelect } from './dialect-nodes.js';
import type { Fields } from './dialect-scope.js';
import { ownName } from './dialect-tokens.js';
import { type SqlType, scalar, typed } from './dialect-types.js';

export interface GeneratedColumn {
  readonly name: string;
  /** Gives several rows. */
  readonly value: Node;
  readonly type: SqlType | null;
}

interface Generator {
  readonly name: string; // lower case
  readonly of: Node;
}

/** What is between the parentheses of a generator, and which one it is; null for anything else. */
function generatorIn(node: Node): Generator | null {
  const kind = kindOf(node);
  const fields = node[kind] as Fields;
  if (kind === 'function') {
    const name = String(fields['name']).toLowerCase();
    const args = fields['args'] as readonly Node[];
    return /^(pos)?explode(_outer)?$/.test(name) && args.length === 1
      ? { name, of: args[0]! }
      : null;
  }
  return /^explode(_outer)?$/.test(kind) ? { name: kind, of: fields['this'] } : null;
}

/**
 * @param names given ones; none: Spark's own
 * @param outer keep rows without an element, as with `_outer`
 * @param rewrite of an expression
 * @throws HindcastError kind `config` for another generator, or other numbers of names
 */
export function generatedColumns(
  node: Node,
  names: readonly string[],
  outer: boolean,
  rewrite: (node: Node) => Node,
): GeneratedColumn[] {
  const generator = generatorIn(node);
  if (generator === null) {
    const name = (node['function'] as Fields | undefined)?.['name'] ?? kindOf(node);
    throw new HindcastError('config', `${name} does not run here as a generator`, {
      hint: 'explode, explode_outer, posexplode and posexplode_outer do.',
    });
  }
  const value = rewrite(generator.of);
  const kept = outer || generator.name.endsWith('_outer');
  const rows = (list: Node): Node => call('unnest', [kept ? spark('or_null', list) : list]);
  const positions = generator.name.startsWith('pos')
    ? [{ name: 'pos', value: rows(spark('positions', lengthOf(value))), type: scalar('INTEGER') }]
    : [];
  const columns = [...positions, ...elementsOf(value, names.length - positions.length, rows)];
  if (names.length > 0 && names.length !== columns.length) {
    throw new HindcastError('config', `${generator.name} gives ${columns.length} columns here`, {
      found: `${names.length} names: ${names.join(', ')}`,
    });
  }
  return columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}

/** @param wanted how many names there are for them: that tells lists from maps where nothing else does */
function elementsOf(
  value: Node,
  wanted: number,
  rows: (list: Node) => Node,
): readonly GeneratedColumn[] {
  const type = typeOf(value);
  if (type?.name === 'MAP' || (type === null && wanted === 2)) {
    const { key = null, value: of = null } = type?.name === 'MAP' ? type : {};
    return [
      { name: 'key', value: rows(call('map_keys', [value])), type: key },
      { name: 'value', value: rows(call('map_values', [value])), type: of },
    ];
  }
  if (type !== null && type.name !== 'LIST')
    throw new HindcastError('config', 'only lists and maps can be exploded', { found: type.name });
  return [{ name: 'col', value: rows(value), type: type === null ? null : type.of }];
}

/** Of a list or a map. */
function lengthOf(value: Node): Node {
  return typeOf(value)?.name === 'MAP'
    ? call('len', [call('map_keys', [value])])
    : call('len', [value]);
}

/**
 * What a SELECT gives, with the columns of a generator in it.
 * @throws HindcastError kind `config` for two of them, and for one beside GROUP BY or a window
 */
export function withGenerated(
  selected: readonly Node[],
  grouped: boolean,
  rewrite: (node: Node) => Node,
): Node[] {
  const ofAlias = (node: Node): Fields | undefined => node['alias'] as Fields | undefined;
  const inner = (node: Node): Node => ofAlias(node)?.['this'] ?? node;
  const found = selected.filter((node) => generatorIn(inner(node)) !== null).length;
  const refused = [
    found > 1 && 'two generators in one SELECT',
    found > 0 && grouped && 'a generator beside GROUP BY',
    // Spark makes the rows first.
    found > 0 &&
      /"window_function":/.test(JSON.stringify(selected)) &&
      'a generator beside a window',
  ].find((what) => what !== false);
  if (refused)
    throw new HindcastError('config', refused, { hint: 'Explode in a subquery, or in a CTE.' });
  return selected.flatMap((node) => {
    if (generatorIn(inner(node)) === null) return [rewrite(node)];
    const alias = ofAlias(node);
    const several = namesIn(alias?.['column_aliases']);
    const one = ownName(String(alias?.['alias']?.name ?? ''));
    const names = several.length === 0 && one !== '' ? [one] : several;
    return generatedColumns(inner(node), names, false, rewrite).map(({ name, value, type }) =>
      typed({ alias: { ...plainAlias, this: value, alias: identifier(name) } }, type),
    );
  });
}

const plainAlias = {
  column_aliases: [],
  alias_explicit_as: true,
  pre_alias_comments: [],
  trailing_comments: [],
};

export function namesIn(aliases: readonly Fields[] | null | undefined): string[] {
  return (aliases ?? []).map(({ name }) => ownName(String(name)));
}

/** `CROSS JOIN LATERAL (SELECT …) AS alias(names)`. */
export function lateralJoin(alias: string, columns: readonly GeneratedColumn[]): Fields {
  return {
    this: {
      subquery: {
        this: { select: { ...plainSelect, expressions: columns.map(({ value }) => value) } },
        alias: identifier(alias),
        column_aliases: columns.map(({ name }) => identifier(name)),
        alias_explicit_as: true,
        alias_keyword: 'AS',
        order_by: null,
        limit: null,
        offset: null,
        lateral: true,
        modifiers_inside: false,
        trailing_comments: [],
      },
    },
    on: null,
    using: [],
    kind: 'Cross',
    use_inner_keyword: false,
    use_outer_keyword: false,
    deferred_condition: false,
    nesting_group: 0,
    directed: false,
  };
}
