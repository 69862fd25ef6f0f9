/** A date or a time, and an interval that is added or taken away. */
import { spark } from './dialect-calls.js';
import { coerced } from './dialect-casts.js';
import { call, isNull, type Node } from './dialect-nodes.js';
import { type Fields, refuse, type Scope } from './dialect-scope.js';

/** Calendar units keep a DATE a DATE; the clock's make it a TIMESTAMP. */
const units: Readonly<Record<string, readonly [string, 'days' | 'time']>> = {
  Year: ['to_years', 'days'],
  Month: ['to_months', 'days'],
  Week: ['to_weeks', 'days'],
  Day: ['to_days', 'days'],
  Hour: ['to_hours', 'time'],
  Minute: ['to_minutes', 'time'],
  Second: ['to_seconds', 'time'],
  Millisecond: ['to_milliseconds', 'time'],
  Microsecond: ['to_microseconds', 'time'],
};

/** `left ± right` of which one is an interval; null when none is. */
export function shifted(name: 'add' | 'sub', fields: Fields, scope: Scope): Node | null {
  const [left, right] = [fields['left'] as Node, fields['right'] as Node];
  const swap = name === 'add' && left['interval'] !== undefined;
  const interval = (swap ? left : right)['interval'] as Fields | undefined;
  if (interval === undefined) return null;
  const unit = interval['unit'] as { type: string; unit: string } | null;
  const known = unit?.type === 'simple' ? units[unit.unit] : undefined;
  if (known === undefined) throw refuse('interval of several units', null);
  const [make, grain] = known;
  const date = scope.rewrite(swap ? right : left, scope);
  const amount = coerced(scope.rewrite(interval['this'], scope), 'i');
  const signed = name === 'add' ? amount : { neg: { this: amount } };
  const shifted = grain === 'days' && !isNull(date) ? date : coerced(date, 't');
  return spark('shifted', shifted, call(make, [signed]));
}
