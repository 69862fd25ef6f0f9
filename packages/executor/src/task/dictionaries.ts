/** The values behind the ordinals of a part's results. */
import type { Column } from '@hindcast/shared/plan/task';
import { valueKind } from '../keys/values.js';
import type { Value } from '../scan/duckdb.js';
import type { TaskContext } from './context.js';
import type { ShapedOutput } from './feature-shape.js';

/**
 * Per value column, its distinct values in ascending order (temp table `ordinals_<i>`); null for
 * numbers and for columns whose values no output shows.
 */
export async function dictionariesOf(
  values: readonly Column[],
  outputs: readonly ShapedOutput[],
  { session }: TaskContext,
): Promise<(readonly Value[] | null)[]> {
  const shown = new Set<number>();
  for (const { entry, column, by } of outputs) {
    if (entry.result('ordinal', 0).encoding === 'ordinal') shown.add(column);
    if (by !== null) shown.add(by.column);
  }
  const dictionaries: (readonly Value[] | null)[] = [];
  for (const [i, { type }] of values.entries()) {
    const asked = shown.has(i) && valueKind(type) === 'ordinal';
    dictionaries.push(
      asked ? await session.values(`SELECT value FROM ordinals_${i} ORDER BY ordinal`) : null,
    );
  }
  return dictionaries;
}
