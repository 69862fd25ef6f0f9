/** The types of calls that depend on the types of what goes in. */
import { typeOf } from './dialect-calls.js';
import { commonType } from './dialect-common-type.js';
import type { Node } from './dialect-nodes.js';
import { list, type SqlType } from './dialect-types.js';

type Result = (first: SqlType | null, second: SqlType | null) => SqlType | null;

const item: Result = (type) => (type?.name === 'LIST' ? type.of : null);

const results: Readonly<Record<string, Result>> = {
  nullif: (type) => type,
  reverse: (type) => type,
  positive: (type) => type,
  array_max: item,
  array_min: item,
  flatten: item,
  map_keys: (type) => (type?.name === 'MAP' ? list(type.key) : null),
  map_values: (type) => (type?.name === 'MAP' ? list(type.value) : null),
  map_concat: (type) => type,
  map_entries: (type) =>
    type?.name === 'MAP'
      ? list({
          name: 'STRUCT',
          fields: [
            { name: 'key', type: type.key },
            { name: 'value', type: type.value },
          ],
        })
      : null,
  map_from_arrays: (keys, values) =>
    keys?.name === 'LIST' && values?.name === 'LIST'
      ? { name: 'MAP', key: keys.of, value: values.of }
      : null,
  split: () => list({ name: 'VARCHAR' }),
  regexp_extract_all: () => list({ name: 'VARCHAR' }),
};

const branches = /^(coalesce|nvl|ifnull|if|nvl2|concat)$/;

/** What a function gives for such arguments; null when that is not known. */
export function resultOf(name: string, args: readonly Node[]): SqlType | null {
  if (branches.test(name)) {
    return commonType(name === 'if' || name === 'nvl2' ? args.slice(1) : args, name);
  }
  const [first, second] = args.map(typeOf);
  return results[name]?.(first ?? null, second ?? null) ?? null;
}
