/** The table of statistics beside an output table: docs/statistics.md. */
import type { Column } from './task.js';

/** A row a column of each partition; the output's partition column comes last. */
export const statisticsColumns: readonly Column[] = [
  { name: 'column', type: 'VARCHAR' },
  { name: 'type', type: 'VARCHAR' },
  { name: 'rows', type: 'BIGINT' },
  { name: 'nulls', type: 'BIGINT' },
  { name: 'distinct_values', type: 'BIGINT' },
  { name: 'min', type: 'VARCHAR' },
  { name: 'max', type: 'VARCHAR' },
  { name: 'mean', type: 'DOUBLE' },
  { name: 'stddev', type: 'DOUBLE' },
  { name: 'quantiles', type: 'DOUBLE[]' },
  { name: 'top', type: 'STRUCT("value" VARCHAR, "rows" BIGINT)[]' },
];

/** `namespace.name`, or the folder, of an output table → that of its statistics. */
export function statisticsOf(table: string): string {
  return `${table}_daily_stats`;
}

/** Values listed in `top` at most. */
export const mostTop = 10;
/** Columns of more distinct values list only those that a thousandth of the rows have. */
export const mostCounted = 2048;

const numbers = /^(DOUBLE|FLOAT|DECIMAL\(.*\)|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?)$/;

/** Whether a column has quantiles: of its numbers, or of the lengths of its lists and maps. */
export function hasQuantiles(type: string): boolean {
  return numbers.test(type) || /\[\d*\]$/.test(type) || type.startsWith('MAP(');
}
