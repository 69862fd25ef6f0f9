/** What an expression may be of a table: over columns that are there, and a condition where one is asked. */
import { HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { columnTypes, referencedColumns } from './dialect.js';

/**
 * The first column that an expression reads and that is not among these: DuckDB may make something else
 * of it. `prepareExpressions` was called for the expression.
 */
export function unknownColumn(expression: string, columns: readonly Column[]): string | undefined {
  const known = new Set(columns.map(({ name }) => name.toLowerCase()));
  return referencedColumns(expression, columnTypes(columns)).find(
    (name) => !known.has(name.toLowerCase()),
  );
}

/**
 * @param type that the condition has in DuckDB
 * @throws HindcastError kind `config` for a value that is none: Spark has no truth of numbers
 */
export function refuseNoCondition(place: string, condition: string, type: string): void {
  if (type === 'BOOLEAN') return;
  throw new HindcastError('config', `${place}: "${condition}" is no condition`, {
    found: `a value of type ${type}`,
    hint: 'Compare it with something.',
  });
}
