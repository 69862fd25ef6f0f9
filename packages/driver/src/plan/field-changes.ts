/**
 * What differs between two definitions, field by field. Pure, and of any JSON: elements of lists are
 * matched by what they are about, so that one that comes or goes is one change.
 */
import type { Window } from '@hindcast/shared/config/model';
import { canonical } from '@hindcast/shared/config/semantic-hash';
import type { FieldChange } from '@hindcast/shared/plan/plan';
import { pairsOf } from './pairs.js';

type Fields = Readonly<Record<string, unknown>>;

/** @returns every difference once, in the order of the fields; none for equals */
export function fieldChanges(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (canonical(before) === canonical(after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  if (isFields(before) && isFields(after)) return recordChanges(before, after, path);
  return [{ path, change: 'changed', before, after }];
}

function recordChanges(before: Fields, after: Fields, path: string): FieldChange[] {
  const names = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...names].flatMap((name): FieldChange[] => {
    const place = fieldPath(path, name);
    if (!Object.hasOwn(before, name)) return [{ path: place, change: 'added', after: after[name] }];
    if (!Object.hasOwn(after, name))
      return [{ path: place, change: 'removed', before: before[name] }];
    return fieldChanges(before[name], after[name], place);
  });
}

function listChanges(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
): FieldChange[] {
  const pairs = pairsOf(before, after);
  const kept = new Set(pairs.map(([from]) => from));
  const found = new Map(pairs.map(([from, to]) => [to, from]));
  const changes = after.flatMap((element, i): FieldChange[] => {
    const from = found.get(i);
    if (from === undefined) return [{ path, change: 'added', after: element }];
    return fieldChanges(before[from], element, `${path}[${i}]`);
  });
  const removed = before.flatMap((element, i): FieldChange[] =>
    kept.has(i) ? [] : [{ path, change: 'removed', before: element }],
  );
  const order = pairs.map(([, to]) => to);
  const reordered = order.some((to, i) => i > 0 && to < order[i - 1]!);
  return [...changes, ...removed, ...(reordered ? [{ path, change: 'reordered' as const }] : [])];
}

/** A window is one thing in a config: `7d`. */
function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isWindow(value);
}

export function isWindow(value: unknown): value is Window {
  const { length, timeUnit, ...others } = Object(value) as Record<string, unknown>;
  const known = timeUnit === 'DAYS' || timeUnit === 'HOURS';
  return typeof length === 'number' && known && Object.keys(others).length === 0;
}

function fieldPath(path: string, name: string): string {
  if (!/^[a-zA-Z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
