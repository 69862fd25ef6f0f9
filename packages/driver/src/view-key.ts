/** Where views lie in the warehouse. */
import { tableKey } from '@hindcast/shared/table/partitions';

/** A view's file: a comment, and one SELECT in DuckDB's SQL. */
export function viewKey(name: string): string {
  return `${tableKey(name)}.view.sql`;
}
