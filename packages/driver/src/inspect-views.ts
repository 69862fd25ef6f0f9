/** The views of a join with labels, before they are written: what they are made of, and whether they can be. */
import type { Join } from '@hindcast/shared/config/model';
import { labelTables, outputTable } from '@hindcast/shared/config/names';
import { HindcastError } from '@hindcast/shared/errors';
import type { LabelViews } from '@hindcast/shared/plan/plan';
import type { Column } from '@hindcast/shared/plan/task';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { tableKey } from '@hindcast/shared/table/partitions';
import { checkpointReader } from './checkpoint-reader.js';
import { inspectLabelParts, labelColumns, labelScans } from './inspect-label-parts.js';
import type { Inspection } from './inspect-source.js';
import { labelViews } from './label-views-sql.js';
import { labelDefinition, labelIdentity } from './plan/labels.js';
import { makerOf, refuseTakenViews } from './taken-names.js';
import { isDefinedBy } from './write-views.js';

/** @throws HindcastError kind `config` for a join without labels */
export function viewsNamed(
  join: Join,
  { partitionSpec: spec }: Inspection['request'],
): Omit<LabelViews, 'labelColumns'> {
  return {
    features: outputTable(join),
    ...labelTables(join),
    definition: labelDefinition(join, spec),
    partitionColumn: spec.column,
    identity: labelIdentity(join, spec),
  };
}

/**
 * The views of a join, and what keeps them from having their labels yet. Null without labels.
 * @param left columns that keys may name
 * @param features columns of the features as they will be, the partition column among them
 * @throws HindcastError kind `config` for labels that can't be computed, and for columns of one name
 */
export async function inspectViews(
  join: Join,
  left: readonly Column[],
  features: readonly Column[],
  inspection: Inspection,
): Promise<{ readonly views: LabelViews; readonly warnings: readonly string[] } | null> {
  if (join.labelPart === null || join.labelPart.labels.length === 0) return null;
  const { request, store, launcher } = inspection;
  const named = viewsNamed(join, request);
  await refuseTakenViews(named, store);
  const warnings: string[] = [];
  const present = await readDeltaSnapshot(
    store,
    tableKey(named.labels),
    checkpointReader(launcher),
    named.labels,
  );
  if (isDefinedBy(present, named)) {
    const views = { ...named, labelColumns: [] };
    const labels = columnsOfSchema(present!.metaData.schemaString);
    labelViews(views, { features, labels }, 'duckdb');
    return { views, warnings };
  }
  if (present !== null)
    warnings.push(
      makerOf(present.metaData.configuration) === 'label-join'
        ? `${named.labels}: its labels are of another definition of the join, and the views are without them: compute them with label-join`
        : `${named.labels}: no label join wrote this table, and the views are without labels`,
    );
  const absent = await absentTable(join, inspection);
  if (absent !== null) warnings.push(`${absent}: ${named.labeled} has no label columns yet`);
  const views = {
    ...named,
    labelColumns: absent === null ? await expectedColumns(join, left, inspection) : [],
  };
  labelViews(views, { features, labels: null }, 'duckdb');
  return { views, warnings };
}

async function expectedColumns(
  join: Join,
  left: readonly Column[],
  inspection: Inspection,
): Promise<Column[]> {
  const parts = await inspectLabelParts(join, inspection);
  const { column } = inspection.request.partitionSpec;
  const known = [...left, { name: column, type: 'VARCHAR' }];
  const columns = await labelColumns(parts, known, inspection.launcher);
  return columns.flat().map(({ name, type }) => ({ name, type }));
}

/** What is said of a source that is not there; null when all are. */
async function absentTable(join: Join, { request, tables }: Inspection): Promise<string | null> {
  for (const scan of labelScans(join, request).flat()) {
    try {
      await tables.read(scan);
    } catch (error) {
      if (error instanceof HindcastError) return error.message;
      throw error;
    }
  }
  return null;
}
