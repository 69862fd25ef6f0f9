/** The views of a join with labels as files of the warehouse, which `hindcast sql` reads. */
import type { LabelViews } from '@hindcast/shared/plan/plan';
import type { QueryView } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import {
  type DeltaSnapshot,
  type ReadCheckpoint,
  readDeltaSnapshot,
} from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { tableKey } from '@hindcast/shared/table/partitions';
import { labelViews, type ViewTables } from './label-views-sql.js';
import { type Provenance, provenanceTag } from './plan/decide.js';
import { viewKey, viewText } from './view-key.js';

/** The view of a staging query. */
export async function writeView({ name, sql }: QueryView, store: Store): Promise<string[]> {
  await store.put(viewKey(name), viewText('query', sql));
  return [name];
}

/** Null while the features are not there. A label table of another definition is as good as none. */
export async function viewTables(
  views: LabelViews,
  store: Store,
  readCheckpoint: ReadCheckpoint,
): Promise<ViewTables | null> {
  const [features, labels] = await Promise.all(
    [views.features, views.labels].map((table) =>
      readDeltaSnapshot(store, tableKey(table), readCheckpoint, table),
    ),
  );
  if (!features) return null;
  return {
    features: columnsOfSchema(features.metaData.schemaString),
    labels: isDefinedBy(labels ?? null, views)
      ? columnsOfSchema(labels!.metaData.schemaString)
      : null,
  };
}

/** Whether a label table was computed as the join has its labels now. */
export function isDefinedBy(
  labels: DeltaSnapshot | null,
  { definition }: Pick<LabelViews, 'definition'>,
): boolean {
  const text = labels?.metaData.configuration[provenanceTag];
  return text !== undefined && (JSON.parse(text) as Provenance)['labels'] === definition;
}

/** Other drivers may change the tables while a view is on its way. */
const mostTries = 5;

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
  let tables = await viewTables(views, store, readCheckpoint);
  for (let tries = 0; tries < mostTries && tables !== null; tries++) {
    for (const { name, sql } of labelViews(views, tables, 'duckdb'))
      await store.put(viewKey(name), viewText('labels', sql));
    const now = await viewTables(views, store, readCheckpoint);
    if (JSON.stringify(now) === JSON.stringify(tables)) return [views.labeled, views.latest];
    tables = now;
  }
  return tables === null ? [] : [views.labeled, views.latest];
}
