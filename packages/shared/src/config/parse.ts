/**
 * Chronon's compiled JSON (thrift's simple JSON: field names, enums as numbers, booleans as 0 and 1)
 * → the immutable model.
 */
import * as v from 'valibot';
import { didYouMean, HindcastError } from '../errors.js';
import type { Config } from './model.js';
import { groupByStruct, joinStruct, stagingQueryStruct } from './schema.js';

/**
 * @param origin the file, for messages
 * @throws HindcastError kind `config` naming the path of the field that is wrong
 */
export function parseConfig(json: unknown, origin: string): Config {
  const found = json as Record<string, unknown> | null;
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    throw notAConfig(origin, Array.isArray(found) ? 'a list' : shown(found, 60));
  }
  return freeze(parseStruct(found, origin));
}

/** Which config a value is meant to be, whether it is right or not; null for anything else. */
export function kindOf(value: unknown): Config['kind'] | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  if ('left' in value || 'joinParts' in value) return 'join';
  if ('keyColumns' in value || 'sources' in value) return 'groupBy';
  return 'query' in value && typeof value.query === 'string' ? 'stagingQuery' : null;
}

function parseStruct(found: Readonly<Record<string, unknown>>, origin: string): Config {
  const kind = kindOf(found);
  if (kind === 'join') return { kind, join: run(joinStruct, found, origin) };
  if (kind === 'groupBy') return { kind, groupBy: run(groupByStruct, found, origin) };
  if (kind === 'stagingQuery')
    return { kind, stagingQuery: run(stagingQueryStruct, found, origin) };
  const names = Object.keys(found).slice(0, 6).join(', ');
  throw notAConfig(origin, names === '' ? 'an empty object' : `an object with ${names}`);
}

function notAConfig(origin: string, found: string): HindcastError {
  return new HindcastError('config', `${origin}: this is no Join, GroupBy or StagingQuery`, {
    found,
    hint: 'Give a config that Chronon compiled, or a TypeScript module: path/to/file.ts:export.',
  });
}

function run<T>(schema: v.GenericSchema<unknown, T>, json: unknown, origin: string): T {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  const { input } = issue;
  throw new HindcastError('config', `${origin}: ${path}: ${messageOf(issue)}`, {
    found: input === undefined ? undefined : shown(input, 80),
    hint: hintOf(issue),
  });
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  Array: 'a list',
  Object: 'an object',
};

function messageOf({ kind, expected, input, message }: v.BaseIssue<unknown>): string {
  if (input === undefined) return 'is missing';
  if (kind !== 'schema') return message;
  return `must be ${typeNames[expected ?? ''] ?? expected}`;
}

/** The names of an enum, when one of them was meant. */
function hintOf({ kind, expected, input }: v.BaseIssue<unknown>): string | undefined {
  if (kind !== 'transformation' || expected === null) return undefined;
  const names = expected.split(' | ');
  const near = typeof input === 'string' ? didYouMean(input.toUpperCase(), names) : undefined;
  return near ?? (names.length > 5 ? undefined : `It is one of ${names.join(', ')}.`);
}

function shown(value: unknown, length: number): string {
  return String(JSON.stringify(value)).slice(0, length);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
