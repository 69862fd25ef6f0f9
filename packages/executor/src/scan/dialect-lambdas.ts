/** Spark's functions that take a lambda. Its parameters become what they stand for in DuckDB's lambda. */
import { HindcastError } from '@hindcast/shared/errors';
import { column, spark, typeOf } from './dialect-calls.js';
import { castAs } from './dialect-casts.js';
import { commonType } from './dialect-common-type.js';
import { call, identifier, type Node, noComments, number, struct } from './dialect-nodes.js';
import type { Fields, Scope } from './dialect-scope.js';
import { list, type SqlType, sameType, scalar, typed } from './dialect-types.js';

type Arguments = readonly Node[];
type HigherOrder = (args: Arguments, scope: Scope, name: string) => Node;

/** The names of a lambda's parameters, when it has as many as are taken. */
function parametersOf(node: Node | undefined, name: string, most: number, least = most): string[] {
  const fields = node?.['lambda'] as Fields | undefined;
  if (fields === undefined)
    throw new HindcastError('config', `${name}: no lambda, as in x -> x + 1`);
  const names = fields['parameters'].map((one: { readonly name: string }) => one.name);
  if (names.length <= most && names.length >= least) return names;
  throw new HindcastError('config', `${name} with a lambda of ${names.length} parameters`);
}

/** The body of a lambda where each parameter stands for a node. */
function bodyOf(node: Node, values: readonly Node[], scope: Scope): Node {
  const fields = node['lambda'] as Fields;
  const parameters = new Map(scope.parameters);
  fields['parameters'].forEach((one: { readonly name: string }, i: number) => {
    parameters.set(one.name.toLowerCase(), values[i]!);
  });
  return scope.rewrite(fields['body'], { ...scope, parameters });
}

function lambda(names: readonly string[], body: Node): Node {
  return { lambda: { parameters: names.map(identifier), body, colon: false } };
}

/** Of a list's type, or null. */
function itemOf(node: Node): SqlType | null {
  const type = typeOf(node);
  return type?.name === 'LIST' ? type.of : null;
}

/** Items and, where the lambda asks, positions, which Spark counts from 0 and DuckDB from 1. */
function overItems(target: string): (args: Arguments, scope: Scope, name: string) => [Node, Node] {
  return ([value, given], scope, name) => {
    const names = parametersOf(given, name, 2, 1);
    const items = scope.rewrite(value!, scope);
    const before = (at: string): Node => ({ sub: sides(column(at), number(1)) });
    const positions = names[1] === undefined ? [] : [castAs(before(names[1]), scalar('INTEGER'))];
    const body = bodyOf(given!, [typed(column(names[0]!), itemOf(items)), ...positions], scope);
    return [call(target, [items, lambda(names, body)]), items];
  };
}

function sides(left: Node, right: Node): Fields {
  return { left, right, ...noComments };
}

const transform: HigherOrder = (args, scope, name) => {
  const [node] = overItems('list_transform')(args, scope, name);
  const made = (node['function'] as { args: Arguments }).args[1]!['lambda'] as { body: Node };
  return typed(node, list(typeOf(made.body)));
};

const filter: HigherOrder = (args, scope, name) => {
  const [node, items] = overItems('list_filter')(args, scope, name);
  return typed(node, typeOf(items));
};

/** Whether some item is so: NULL when none is, and of one it can't be said. */
const exists: HigherOrder = ([value, given], scope, name) => {
  parametersOf(given, name, 1);
  const answers = transform([value!, given!], scope, name);
  return typed(spark('array_contains', answers, { boolean: { value: true } }), scalar('BOOLEAN'));
};

const forall: HigherOrder = ([value, given], scope, name) => {
  parametersOf(given, name, 1);
  const answers = transform([value!, given!], scope, name);
  const some = spark('array_contains', answers, { boolean: { value: false } });
  return typed(
    { not: { this: { paren: { this: some, trailing_comments: [] } } } },
    scalar('BOOLEAN'),
  );
};

/** DuckDB's reduce wants items of the type that it gives. */
const aggregate: HigherOrder = ([value, start, merge, finish], scope, name) => {
  const [sum, item] = parametersOf(merge, name, 2);
  const [items, zero] = [scope.rewrite(value!, scope), scope.rewrite(start!, scope)];
  const [of, type] = [itemOf(items), typeOf(zero)];
  const both =
    of === null || type === null ? null : commonType([typed(column('x'), of), zero], name);
  if (of === null || type === null || both === null || !sameType(both, type)) {
    throw new HindcastError('config', `${name}: the start has not the type of what is added`, {
      hint: `Cast the start to the list's own type or a wider one, e.g. ${name}(xs, CAST(0 AS DOUBLE), …).`,
    });
  }
  const body = bodyOf(merge!, [typed(column(sum!), type), typed(column(item!), of)], scope);
  const merged = typeOf(body);
  if (merged === null || !sameType(merged, type)) {
    throw new HindcastError('config', `${name}: its lambda does not give the type of the start`, {
      hint: 'Cast the start, or what the lambda gives.',
    });
  }
  const wide = sameType(of, type) ? items : castAs(items, list(type));
  const reduced = call('list_reduce', [wide, lambda([sum!, item!], body), castAs(zero, type)]);
  if (finish === undefined) return typed(reduced, type);
  const [result] = parametersOf(finish, name, 1);
  const final = bodyOf(finish, [typed(column(result!), type)], scope);
  const single = call('list_transform', [call('list_value', [reduced]), lambda([result!], final)]);
  return typed({ subscript: { this: single, index: number(1) } }, typeOf(final));
};

const part = (of: string, field: string): Node => ({
  dot: { this: column(of), field: identifier(field) },
});

const zipWith: HigherOrder = ([left, right, given], scope, name) => {
  parametersOf(given, name, 2);
  const [a, b] = [scope.rewrite(left!, scope), scope.rewrite(right!, scope)];
  const of = (i: number, type: SqlType | null): Node =>
    typed(call('struct_extract', [column('__pair'), number(i)]), type);
  const body = bodyOf(given!, [of(1, itemOf(a)), of(2, itemOf(b))], scope);
  const zipped = call('list_transform', [spark('zip', a, b), lambda(['__pair'], body)]);
  return typed(zipped, list(typeOf(body)));
};

/** Of a map's entries: what the lambda gives for each, as `make` has it. */
function overEntries(
  target: string,
  make: (body: Node) => Node,
  result: (map: SqlType & { readonly name: 'MAP' }, body: Node) => SqlType,
): HigherOrder {
  return ([value, given], scope, name) => {
    parametersOf(given, name, 2);
    const map = scope.rewrite(value!, scope);
    const type = typeOf(map);
    if (type?.name !== 'MAP') throw new HindcastError('config', `${name}: of what is no map`);
    const [key, item] = [part('__entry', 'key'), part('__entry', 'value')];
    const body = bodyOf(given!, [typed(key, type.key), typed(item, type.value)], scope);
    const entries = call(target, [call('map_entries', [map]), lambda(['__entry'], make(body))]);
    return typed(call('map_from_entries', [entries]), result(type, body));
  };
}

const key = (): Node => part('__entry', 'key');
const value = (): Node => part('__entry', 'value');

const higherOrder: Readonly<Record<string, HigherOrder>> = {
  transform,
  filter,
  exists,
  forall,
  aggregate,
  reduce: aggregate,
  zip_with: zipWith,
  map_filter: overEntries(
    'list_filter',
    (body) => body,
    (map) => map,
  ),
  transform_values: overEntries(
    'list_transform',
    (body) =>
      struct([
        ['key', key()],
        ['value', body],
      ]),
    (map, body) => ({ ...map, value: typeOf(body) }),
  ),
  transform_keys: overEntries(
    'list_transform',
    (body) =>
      struct([
        ['key', body],
        ['value', value()],
      ]),
    (map, body) => ({ ...map, key: typeOf(body) }),
  ),
};

export const lambdaFunctions: readonly string[] = Object.keys(higherOrder);

/** A call of such a function; null for any other. */
export function higherOrderCall(name: string, args: Arguments, scope: Scope): Node | null {
  if (!Object.hasOwn(higherOrder, name)) return null;
  const taken =
    name === 'aggregate' || name === 'reduce' ? [3, 4] : name === 'zip_with' ? [3] : [2];
  if (taken.includes(args.length)) return higherOrder[name]!(args, scope, name);
  throw new HindcastError('config', `${name} with ${args.length} arguments`, {
    hint: `It takes ${taken.join(' or ')}.`,
  });
}
