/** The views of a join with labels as files of the warehouse, which `hindcast sql` reads. */
import type { LabelViews } from '@hindcast/shared/plan/plan';
import type { Store } from '@hindcast/shared/store/store';
import { type ReadCheckpoint, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { tableKey } from '@hindcast/shared/table/partitions';
import { labelViews, type ViewTables } from './label-views-sql.js';

/** A view's file: a comment, and one SELECT in DuckDB's SQL. */
export function viewKey(name: string): string {
  return `${tableKey(name)}.view.sql`;
}

/** Null while the features are not there. */
export async function viewTables(
  { features, labels }: LabelViews,
  store: Store,
  readCheckpoint: ReadCheckpoint,
): Promise<ViewTables | null> {
  const [ofFeatures, ofLabels] = await Promise.all(
    [features, labels].map((table) =>
      readDeltaSnapshot(store, tableKey(table), readCheckpoint, table),
    ),
  );
  if (!ofFeatures) return null;
  return {
    features: columnsOfSchema(ofFeatures.metaData.schemaString),
    labels: ofLabels ? columnsOfSchema(ofLabels.metaData.schemaString) : null,
  };
}

/**
 * Writes both views as the two tables are now.
 * @returns their names; none while the features are not there
 * @throws HindcastError kind `config` where columns of features and labels have one name
 */
export async function writeViews(
  views: LabelViews,
  store: Store,
  readCheckpoint: ReadCheckpoint,
): Promise<string[]> {
  const tables = await viewTables(views, store, readCheckpoint);
  if (tables === null) return [];
  const made = labelViews(views, tables, 'duckdb');
  const comment = `-- ${views.features} with its labels. Hindcast writes this file anew with each run.`;
  for (const { name, sql } of made) await store.put(viewKey(name), `${comment}\n${sql}\n`);
  return made.map(({ name }) => name);
}
