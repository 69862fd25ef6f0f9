/** What a table of statistics says of one column in one partition, and how it is read. */
import type { Plan } from '@hindcast/shared/plan/plan';
import { statisticsColumns, statisticsOf } from '@hindcast/shared/plan/statistics';
import type { QueryTable } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { tableKey } from '@hindcast/shared/table/partitions';
import { checkpointReader } from '../checkpoint-reader.js';
import type { ColumnSummary } from '../drift/measures.js';
import { withNumbers } from '../json-values.js';
import type { Launcher } from '../launch/launcher.js';
import { quoteIn, quoteTable } from '../sql-dialect.js';

export interface FeatureStatistics extends ColumnSummary {
  readonly partition: string;
  readonly column: string;
  readonly type: string; // DuckDB's
  /** As text; null when all values are. */
  readonly min: string | null;
  readonly max: string | null;
  /** Null unless numbers, or lengths of lists and maps. */
  readonly mean: number | null;
  readonly stddev: number | null;
}

/**
 * Statistics of the latest partitions up to one, in any order; null when there is no such table.
 * @param last a partition; null for the newest
 * @param most how many partitions
 */
export async function readStatistics(
  { table: output, partitionColumn }: Pick<Plan['output'], 'table' | 'partitionColumn'>,
  last: string | null,
  most: number,
  store: Store,
  launcher: Pick<Launcher, 'run'>,
): Promise<FeatureStatistics[] | null> {
  const table = statisticsOf(output);
  const read = checkpointReader(launcher);
  const snapshot = await readDeltaSnapshot(store, tableKey(table), read, table);
  if (snapshot === null) return null;
  const dated = snapshot.files.flatMap(({ path, partitionValues }) => {
    const partition = partitionValues[partitionColumn] ?? null;
    if (partition === null || (last !== null && partition > last)) return [];
    return [{ path: `${tableKey(table)}/${path}`, partition }];
  });
  const recent = new Set([...new Set(dated.map(({ partition }) => partition))].sort().slice(-most));
  const files = dated.filter(({ partition }) => recent.has(partition));
  if (files.length === 0) return [];
  const columns = columnsOfSchema(snapshot.metaData.schemaString);
  const source: QueryTable = { name: table, partitionColumn, files, columns };
  const { rows } = withNumbers(
    await launcher.run({
      kind: 'query',
      sql: `SELECT ${[partitionColumn, ...statisticsColumns.map(({ name }) => name)].map((name) => quoteIn('duckdb', name)).join(', ')}
            FROM ${quoteTable('duckdb', table)}`,
      tables: [source],
      otherTables: [],
      copyTo: null,
      maxRows: null,
    }),
  );
  return rows.map(rowOf);
}

function rowOf(row: readonly unknown[]): FeatureStatistics {
  const [partition, column, type, rows, nulls, distinct, min, max, mean, stddev] = row;
  const [quantiles, top] = row.slice(10);
  return {
    partition: String(partition),
    column: String(column),
    type: String(type),
    rows: Number(rows),
    nulls: Number(nulls),
    distinct: number(distinct),
    min: text(min),
    max: text(max),
    mean: number(mean),
    stddev: number(stddev),
    quantiles: quantilesOf(quantiles),
    top: Array.isArray(top) ? top.map(topOf) : [],
  };
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** NaN and infinities are nothing that could be drawn. */
function number(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const own = Number(value);
  return Number.isFinite(own) ? own : null;
}

function quantilesOf(value: unknown): number[] | null {
  if (!Array.isArray(value) || value.length < 2) return null;
  const numbers = value.map(number);
  return numbers.every((one) => one !== null) ? numbers : null;
}

function topOf(entry: unknown): FeatureStatistics['top'][number] {
  const { value, rows } = (entry ?? {}) as { readonly value?: unknown; readonly rows?: unknown };
  return { value: String(value), rows: Number(rows ?? 0) };
}
