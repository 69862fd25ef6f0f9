/** Where views lie in the warehouse, and how their files begin. */
import { tableKey } from '@hindcast/shared/table/partitions';

/** A view's file: a comment, and one SELECT in DuckDB's SQL. */
export function viewKey(name: string): string {
  return `${tableKey(name)}.view.sql`;
}

/** Whose view it is. */
const comments = {
  labels: '-- Hindcast writes this file anew with each run.',
  query: '-- Hindcast writes this file anew with each run of its staging query.',
} as const;

export function viewText(of: keyof typeof comments, sql: string): string {
  return `${comments[of]}\n${sql}\n`;
}

/** Whose view a file is; null where there is none. */
export function viewOf(file: Uint8Array | null): keyof typeof comments | null {
  if (file === null) return null;
  return new TextDecoder().decode(file).startsWith(`${comments.query}\n`) ? 'query' : 'labels';
}
