/** Rows of statistics tables, or such as are staged for one, as measures of drift look at them. */
import { statisticsColumns } from '@hindcast/shared/plan/statistics';
import type { QueryTable } from '@hindcast/shared/plan/task';
import type { Summaries } from './drift/check.js';
import type { ColumnSummary } from './drift/measures.js';
import { withNumbers } from './json-values.js';
import type { Launcher } from './launch/launcher.js';
import { quoteIn, quoteTable } from './sql-dialect.js';

const name = 'drift.statistics';

/** @param files of the store, of any partitions */
export async function readSummaries(
  files: QueryTable['files'],
  partitionColumn: string,
  launcher: Pick<Launcher, 'run'>,
): Promise<Summaries> {
  const summaries = new Map<string, Map<string, ColumnSummary>>();
  if (files.length === 0) return summaries;
  const partition = quoteIn('duckdb', partitionColumn);
  const { rows } = withNumbers(
    await launcher.run({
      kind: 'query',
      sql: `SELECT ${partition}, "column", rows, nulls, distinct_values, quantiles, top
            FROM ${quoteTable('duckdb', name)}`,
      tables: [{ name, partitionColumn, files, columns: statisticsColumns }],
      otherTables: [],
      copyTo: null,
      maxRows: null,
    }),
  );
  for (const [value, column, count, nulls, distinct, quantiles, top] of rows) {
    const columns = summaries.get(String(value)) ?? new Map<string, ColumnSummary>();
    summaries.set(String(value), columns);
    columns.set(String(column), {
      rows: Number(count),
      nulls: Number(nulls),
      distinct: distinct === null ? null : Number(distinct),
      quantiles: quantiles === null ? null : (quantiles as readonly unknown[]).map(Number),
      top: (top as ColumnSummary['top'] | null) ?? [],
    });
  }
  return summaries;
}
