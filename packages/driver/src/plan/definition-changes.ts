/** How a definition differs from those that a table's partitions were computed from. Pure. */
import type { Definitions } from '@hindcast/shared/config/semantic-hash';
import type { DefinitionChange, FieldChange } from '@hindcast/shared/plan/plan';
import type { Provenance } from './decide.js';
import { DefinitionReader } from './definition-words.js';
import { fieldChanges } from './field-changes.js';

const partName = 'part.';
const wholes = {
  left: 'left',
  bootstrap: 'bootstrap',
  externals: 'externals',
  derivations: 'derivations',
  labels: 'labels',
  groupBy: 'group-by',
} as const;

/**
 * @param present partition → what it was computed from, of partitions that follow the definition
 * @param definitions of `now`, and of what is on record of those before
 * @param all how many partitions the table has
 * @returns in the order of the config, parts that are gone last; of a table that was computed from
 * several definitions the differences from each
 */
export function definitionChanges(
  present: ReadonlyMap<string, Provenance>,
  now: Provenance,
  definitions: Definitions,
  all: number = present.size,
): DefinitionChange[] {
  const former = new Map<string, { name: string; was: string | undefined; values: string[] }>();
  for (const [value, found] of present)
    for (const name of new Set([...Object.keys(now), ...Object.keys(found)])) {
      if (found[name] === now[name] || !(isPart(name) || name in wholes)) continue;
      const key = JSON.stringify([name, found[name]]);
      const group = former.get(key) ?? { name, was: found[name], values: [] };
      group.values.push(value);
      former.set(key, group);
    }
  const names = [...Object.keys(wholes), ...Object.keys(now).filter(isPart)];
  const rank = (name: string): number =>
    names.includes(name) ? names.indexOf(name) : names.length;
  return [...former.values()]
    .sort((a, b) => rank(a.name) - rank(b.name))
    .map(({ name, was, values }) => ({
      ...subject(name),
      ...difference(name, was, now[name], definitions),
      partitions: values.length === all ? null : values.sort(),
    }));
}

function isPart(name: string): boolean {
  return name.startsWith(partName);
}

function subject(name: string): Pick<DefinitionChange, 'what' | 'part'> {
  if (isPart(name)) return { what: 'part', part: name.slice(partName.length) };
  return { what: wholes[name as keyof typeof wholes], part: null };
}

function difference(
  name: string,
  was: string | undefined,
  is: string | undefined,
  definitions: Definitions,
): Pick<DefinitionChange, 'change' | 'fields'> {
  if (isPart(name) && was === undefined) return { change: 'new', fields: [] };
  if (isPart(name) && is === undefined) return { change: 'gone', fields: [] };
  return { change: 'changed', fields: fieldsOf(name, was, is, definitions) };
}

/** Null where one of both is not on record. */
function fieldsOf(
  name: string,
  was: string | undefined,
  is: string | undefined,
  definitions: Definitions,
): FieldChange[] | null {
  // Of joins among the sources one may be on record as a whole, and another not.
  for (const joins of [true, false]) {
    const reader = new DefinitionReader(definitions, joins);
    const [before, after] = [was, is].map((hash) => read(name, hash, reader));
    if (before && after) return fieldChanges(before, after);
  }
  return null;
}

function read(name: string, hash: string | undefined, reader: DefinitionReader): object | null {
  if (name === 'derivations' || name === 'externals') {
    const field = name === 'externals' ? 'externalColumns' : name;
    const list = hash === undefined ? [] : reader.list(hash);
    return list === null ? null : { [field]: list };
  }
  if (hash === undefined) return null;
  if (name === 'left') return reader.left(hash);
  if (name === 'bootstrap') return reader.bootstrap(hash);
  if (name === 'labels') return reader.labels(hash);
  const [, definition, windowing] = /^([0-9a-f]{16})-(exact|sawtooth)$/.exec(hash) ?? [];
  const part = definition === undefined ? null : reader.part(definition);
  return part === null ? null : { ...part, windowing };
}
