/** Columns that an expression names and the table has not, before DuckDB makes something else of them. */
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { columnTypes, isTrivial, referencedColumns } from './dialect.js';

/** Names that DuckDB answers by itself where no column has them. */
const answered =
  /^(user|session_user|current_(user|role|schema|catalog|time)|localtime|localtimestamp)$/i;

/** Whether the columns of the table are needed to tell; DuckDB names other bare columns itself. */
export function needsCheck(expression: string): boolean {
  return !isTrivial(expression) || answered.test(expression.trim().replaceAll('`', ''));
}

/**
 * `prepareExpressions` was called for the expression.
 * @throws HindcastError kind `config` that names the first unknown column
 */
export function refuseUnknownColumns(
  expression: string,
  columns: readonly Column[],
  { origin, table }: { readonly origin: string; readonly table: string },
): void {
  const known = columns.map(({ name }) => name);
  const lower = new Set(known.map((name) => name.toLowerCase()));
  const unknown = referencedColumns(expression, columnTypes(columns)).find(
    (name) => !lower.has(name.toLowerCase()),
  );
  if (unknown === undefined) return;
  throw new HindcastError('config', `${origin}: no column "${unknown}" in ${table}`, {
    hint: didYouMean(unknown, known),
  });
}
