/** One difference between definitions as text: `aggregations[0].windows[1] 7d → 14d`. */
import { unboundedLength } from '@hindcast/shared/config/model';
import type { FieldChange } from '@hindcast/shared/plan/plan';
import { isWindow } from './plan/field-changes.js';

const longest = 60; // characters of a value
/** Of two long texts that begin alike, so much is shown of what they share. */
const shared = 20;

export function fieldText({ path, change, before, after }: FieldChange): string {
  if (change === 'added') return `${path}: + ${cut(words(after), 0)}`;
  if (change === 'removed') return `${path}: − ${cut(words(before), 0)}`;
  if (change === 'reordered') return `${path}: in another order`;
  if (isHash(before) && isHash(after) && path.endsWith('.join'))
    return `${path}: another definition`;
  if (typeof before === 'string' && typeof after === 'string') {
    const show = /(^|\.)(accuracy|windowing|kind|operation)$/.test(path) ? String : quoted;
    const from = cutFrom(before, after);
    return `${path} ${show(cut(before, from))} → ${show(cut(after, from))}`;
  }
  return `${path} ${cut(words(before), 0)} → ${cut(words(after), 0)}`;
}

function cutFrom(before: string, after: string): number {
  if (Math.max(before.length, after.length) <= longest) return 0;
  let same = 0;
  while (same < before.length && before[same] === after[same]) same++;
  return Math.max(0, same - shared);
}

function cut(text: string, from: number): string {
  const end = from + longest;
  return `${from > 0 ? '…' : ''}${text.slice(from, end)}${text.length > end ? '…' : ''}`;
}

type Fields = Readonly<Record<string, unknown>>;

function words(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(words).join(', ')}]`;
  if (isWindow(value)) return windowWords(value);
  const { operation, table, snapshotTable, name, expression, type } = value as Fields;
  if (typeof operation === 'string') return aggregationWords(value as Fields);
  if (typeof (table ?? snapshotTable) === 'string') return String(table ?? snapshotTable);
  if (typeof name === 'string' && typeof expression === 'string')
    return `${name} = ${quoted(expression)}`;
  if (typeof name === 'string' && typeof type === 'string') return `${name} ${type}`;
  return escaped(JSON.stringify(value));
}

function windowWords({ length, timeUnit }: { length: number; timeUnit: string }): string {
  if (length === unboundedLength) return 'unbounded';
  return `${length}${timeUnit === 'DAYS' ? 'd' : 'h'}`;
}

/** `LAST_K(price, k=10) over 1d, 7d by shop`. */
function aggregationWords(aggregation: Fields): string {
  const { operation, inputColumn, argMap, windows, buckets, elementWise } = aggregation;
  const args = Object.entries(Object(argMap)).map(([name, value]) => `, ${name}=${value}`);
  const list = (some: unknown, word: string, show: (one: unknown) => string): string =>
    Array.isArray(some) && some.length > 0 ? ` ${word} ${some.map(show).join(', ')}` : '';
  const each = elementWise === true ? ' element-wise' : '';
  return escaped(
    `${operation}(${inputColumn}${args.join('')})${each}${list(windows, 'over', words)}${list(buckets, 'by', String)}`,
  );
}

function quoted(text: string): string {
  return escaped(JSON.stringify(text));
}

/** What could move a terminal's cursor, or turn the direction of what follows. */
function escaped(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value);
}
