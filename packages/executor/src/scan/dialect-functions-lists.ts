/** Spark's functions on lists, maps and structs. */
import { HindcastError } from '@hindcast/shared/errors';
import { spark, typeOf } from './dialect-calls.js';
import { castAs, coerced, converted } from './dialect-casts.js';
import { broughtTo, commonType, unified } from './dialect-common-type.js';
import { literalOf, macros, made, natives, type Row, wholeOf } from './dialect-function-rows.js';
import { call, isNull, type Node, number, struct, when } from './dialect-nodes.js';
import { list, type SqlType, scalar, sparkName, typed } from './dialect-types.js';

/** `value[key]`: an item of a list, counted from 0, or of a map by its key. */
function get([value, key]: readonly Node[]): Node {
  const type = typeOf(value!);
  switch (type?.name) {
    case 'LIST':
      return typed(spark('item', value!, coerced(key!, 'i')), type.of);
    case 'MAP':
      return entry(value!, key!, type);
    case undefined:
      return spark('at', value!, key!);
    default:
      throw new HindcastError('config', `an item of the type ${sparkName(type!)}`, {
        hint: 'Brackets take lists and maps; for text, use substring.',
      });
  }
}

function entry(map: Node, key: Node, type: SqlType & { name: 'MAP' }): Node {
  const own = type.key === null ? key : broughtTo(key, type.key);
  return typed({ subscript: { this: map, index: own } }, type.value);
}

/** Counted from 1, below 0 from the end; of a map, by its key. */
function elementAt([value, key]: readonly Node[]): Node {
  const type = typeOf(value!);
  if (type?.name === 'MAP') return entry(value!, key!, type);
  if (wholeOf(key!) === 0) throw new HindcastError('config', 'element_at: positions begin at 1');
  if (type?.name === 'LIST') return typed(spark('element', value!, coerced(key!, 'i')), type.of);
  return spark('element_at', value!, key!);
}

/** -1 for NULL. */
function size([value]: readonly Node[]): Node {
  if (isNull(value!)) return { neg: { this: number(1) } };
  return when(spark('isnull', value!), { neg: { this: number(1) } }, counted(value!));
}

function counted(value: Node): Node {
  const name = typeOf(value)?.name;
  if (name === 'LIST') return spark('list_size', value);
  if (name === 'MAP') return castAs(call('cardinality', [value]), scalar('INTEGER'));
  if (name !== undefined) {
    throw new HindcastError('config', `size: of ${sparkName(typeOf(value)!)}`, {
      hint: 'Of text, use length.',
    });
  }
  return spark('array_size', value);
}

function pairs(name: string, args: readonly Node[]): [Node[], Node[]] {
  if (args.length % 2 === 1)
    throw new HindcastError('config', `${name}: an odd number of arguments`);
  return [args.filter((_, i) => i % 2 === 0), args.filter((_, i) => i % 2 === 1)];
}

function map(args: readonly Node[]): Node {
  const [keys, values] = pairs('map', args);
  const [key, value] = [commonType(keys, 'keys of map'), commonType(values, 'values of map')];
  const lists = [unified(keys, 'keys of map'), unified(values, 'values of map')];
  const node = call(
    'map',
    lists.map((items) => call('list_value', items)),
  );
  return typed(node, { name: 'MAP', key, value });
}

function array(args: readonly Node[]): Node {
  const type = args.length === 0 ? null : commonType(args, 'items of array');
  return typed(call('list_value', unified(args, 'items of array')), list(type));
}

function namedStruct(args: readonly Node[]): Node {
  const [names, values] = pairs('named_struct', args);
  const fields = names.map(
    (name, i) => [literalOf('named_struct', name, 'name'), values[i]!] as const,
  );
  const types = fields.map(([name, value]) => ({ name, type: typeOf(value) }));
  return typed(struct(fields), { name: 'STRUCT', fields: types });
}

/** Two lists in one type, or a list and an item of it. */
function joined(name: string, second: 'list' | 'item') {
  return ([value, other]: readonly Node[]): Node => {
    const [type, by] = [typeOf(value!), typeOf(other!)];
    if (isNull(other!)) throw new HindcastError('config', `${name}: of NULL`);
    if (type?.name !== 'LIST' || type.of === null || by === null)
      return spark(name, value!, other!);
    const wanted = second === 'list' ? type : type.of;
    if (second === 'item') return typed(spark(name, value!, broughtTo(other!, wanted)), type);
    return typed(
      spark(name, ...unified([value!, other!], name)),
      commonType([value!, other!], name),
    );
  };
}

const sameAs =
  (name: string) =>
  (args: readonly Node[]): Node =>
    typed(spark(name, ...args), typeOf(args[0]!));

/** Items in order; Spark and DuckDB order lists and structs in ways of their own. */
const ordered =
  (name: string, make: (args: readonly Node[]) => Node) =>
  (args: readonly Node[]): Node => {
    const type = typeOf(args[0]!);
    const of = type?.name === 'LIST' ? type.of : null;
    if (of === null || !/^(LIST|MAP|STRUCT)$/.test(of.name)) return make(args);
    throw new HindcastError('config', `${name}: of items of the type ${sparkName(of)}`);
  };

const flagged =
  (name: string, second: 'list' | 'item') =>
  (args: readonly Node[]): Node => {
    const node = joined(name, second)(args);
    return typed(node, scalar('BOOLEAN'));
  };

function slice([value, start, count]: readonly Node[]): Node {
  if (wholeOf(start!) === 0) throw new HindcastError('config', 'slice: positions begin at 1');
  const node = spark('slice', value!, coerced(start!, 'i'), coerced(count!, 'i'));
  return typed(node, typeOf(value!));
}

/** Whole numbers or days, both ends included. */
function sequence([first, last, step]: readonly Node[]): Node {
  const type = commonType([first!, last!], 'sequence');
  if (type?.name === 'DATE' && step === undefined) {
    return typed(spark('days_sequence', first!, last!), list(type));
  }
  if (type === null || !/^(TINYINT|SMALLINT|INTEGER|BIGINT)$/.test(type.name)) {
    throw new HindcastError('config', 'sequence: only of whole numbers, or of dates day by day', {
      hint: 'Use transform(sequence(0, n), i -> …).',
    });
  }
  const ends = [first!, last!, ...(step === undefined ? [] : [step])];
  return castAs(spark('sequence', ...ends.map((end) => coerced(end, 'l'))), list(type));
}

function repeated([value, count]: readonly Node[]): Node {
  return typed(spark('array_repeat', value!, coerced(count!, 'i')), list(typeOf(value!)));
}

function joinedText([value, separator, filler]: readonly Node[]): Node {
  const texts = typeOf(value!) === null ? value! : converted(value!, list(scalar('VARCHAR')));
  return spark('array_join', texts, separator!, ...(filler === undefined ? [] : [filler]));
}

function mapFromEntries([entries]: readonly Node[]): Node {
  const type = typeOf(entries!);
  const fields = type?.name === 'LIST' && type.of?.name === 'STRUCT' ? type.of.fields : [];
  const [key, value] = [fields[0]?.type ?? null, fields[1]?.type ?? null];
  return typed(call('map_from_entries', [entries!]), { name: 'MAP', key, value });
}

export const listFunctions: readonly Row[] = [
  made('get', 2, 2, get),
  made('element_at', 2, 2, elementAt),
  made('try_element_at', 2, 2, elementAt),
  made('size', 1, 1, size),
  made('cardinality', 1, 1, size),
  made('array_size', 1, 1, ([value]) => counted(value!)),
  made('array', 0, 255, array),
  made('map', 0, 255, map),
  made('named_struct', 2, 255, namedStruct),
  // its fields' names are taken before its arguments are rewritten
  made('struct', 1, 255, namedStruct),
  made('slice', 3, 3, slice),
  made('sequence', 2, 3, sequence),
  made('array_repeat', 2, 2, repeated),
  made('array_join', 2, 3, joinedText),
  made('map_from_entries', 1, 1, mapFromEntries),
  ...['array_union', 'array_intersect', 'array_except'].map((name) =>
    made(name, 2, 2, joined(name, 'list')),
  ),
  ...['array_remove', 'array_append', 'array_prepend'].map((name) =>
    made(name, 2, 2, joined(name, 'item')),
  ),
  made('array_contains', 2, 2, flagged('array_contains', 'item')),
  made('arrays_overlap', 2, 2, flagged('arrays_overlap', 'list')),
  made('array_position', 2, 2, (args) =>
    typed(joined('array_position', 'item')(args), scalar('BIGINT')),
  ),
  ...['array_distinct', 'array_compact'].map((name) => made(name, 1, 1, sameAs(name))),
  made('array_sort', 1, 1, ordered('array_sort', sameAs('array_sort'))),
  made('sort_array', 1, 2, ordered('sort_array', sameAs('sort_array'))),
  made(
    'array_max',
    1,
    1,
    ordered('array_max', ([xs]) => call('list_max', [xs!])),
  ),
  made(
    'array_min',
    1,
    1,
    ordered('array_min', ([xs]) => call('list_min', [xs!])),
  ),
  ...macros('map_contains_key(__) flatten(_) map_concat(__)'),
  ...natives(`map_keys(_) map_values(_) map_entries(_)
    map_from_arrays(__)=map`),
];
