/** What a source reads. */
import type { EntitySource, EventSource, Source } from './model.js';
import { outputTable } from './names.js';

/**
 * Of a join as a source, that join's table: events or entities as its left is, with the query of the
 * join source on top. Rows of events have their time in `ts`, unless the query names another column.
 */
export function plainSource(source: Source): EventSource | EntitySource {
  if (source.kind !== 'joinSource') return source;
  const left = plainSource(source.join.left);
  const table = outputTable(source.join);
  if (left.kind === 'entities') return { ...left, snapshotTable: table, query: source.query };
  const timeColumn = source.query.timeColumn ?? 'ts';
  return { ...left, table, isCumulative: false, query: { ...source.query, timeColumn } };
}

/** Name of the join that writes what the source reads; null for tables of others. */
export function writerOf(source: Source): string | null {
  return source.kind === 'joinSource' ? source.join.metaData.name : null;
}
