/** How far labels have come, partition by partition of the features. */
import { labelDsColumn } from '@hindcast/shared/config/names';
import type { LabelMaturity, LabelViews } from '@hindcast/shared/plan/plan';
import type { QueryTable } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import type { AddFile } from '@hindcast/shared/table/delta-actions';
import { type DeltaSnapshot, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { tableKey } from '@hindcast/shared/table/partitions';
import { checkpointReader } from './checkpoint-reader.js';
import { labelViews } from './label-views-sql.js';
import type { Launcher } from './launch/launcher.js';
import { quoteIn } from './sql-dialect.js';

/** A partition of the features, and the last label date that computes labels for it. */
export type Maturing = Pick<LabelMaturity, 'partition' | 'maturesOn'>;

/** Whether no later label date changes what it has. */
export function isMatured({ versions, maturesOn }: LabelMaturity): boolean {
  const last = versions.at(-1)?.labelDs;
  return last !== undefined && last >= maturesOn;
}

/**
 * Of partitions that are asked for, and of every other one that has not matured.
 * @param all partitions of the features
 */
export async function labelMaturity(
  views: LabelViews,
  all: readonly Maturing[],
  asked: ReadonlySet<string>,
  store: Store,
  launcher: Launcher,
): Promise<LabelMaturity[]> {
  const read = (table: string): Promise<DeltaSnapshot | null> =>
    readDeltaSnapshot(store, tableKey(table), checkpointReader(launcher), table);
  const [features, labels] = await Promise.all([read(views.features), read(views.labels)]);
  const { partitionColumn: column } = views;
  const rows = new Map<string, number>();
  for (const file of features?.files ?? []) {
    const value = file.partitionValues[column] ?? '';
    rows.set(value, (rows.get(value) ?? 0) + rowsOf(file));
  }
  const versions = new Map<string, Set<string>>();
  for (const { partitionValues } of labels?.files ?? []) {
    const of = versions.get(partitionValues[column] ?? '') ?? new Set();
    versions.set(partitionValues[column] ?? '', of.add(partitionValues[labelDsColumn] ?? ''));
  }
  const uncounted = all.map(
    (maturing): LabelMaturity => ({
      ...maturing,
      rows: rows.get(maturing.partition) ?? 0,
      versions: [...(versions.get(maturing.partition) ?? [])]
        .sort()
        .map((labelDs) => ({ labelDs, labeled: 0 })),
    }),
  );
  const told = uncounted.filter((one) => asked.has(one.partition) || !isMatured(one));
  const some = new Set(
    told.filter((one) => one.versions.length > 0).map(({ partition }) => partition),
  );
  if (some.size === 0) return told;
  const labeled = await countLabeled(views, features!, labels!, some, launcher);
  return told.map((one) => ({
    ...one,
    versions: one.versions.map(({ labelDs }) => ({
      labelDs,
      labeled: labeled.get(`${one.partition}/${labelDs}`) ?? 0,
    })),
  }));
}

function rowsOf({ stats }: AddFile): number {
  return JSON.parse(stats ?? '{}').numRecords ?? 0;
}

/** `partition/version` → rows of the features with a label. */
async function countLabeled(
  views: LabelViews,
  features: DeltaSnapshot,
  labels: DeltaSnapshot,
  partitions: ReadonlySet<string>,
  launcher: Launcher,
): Promise<Map<string, number>> {
  const tables = {
    features: columnsOfSchema(features.metaData.schemaString),
    labels: columnsOfSchema(labels.metaData.schemaString),
  };
  const { sql, columns } = labelViews(views, tables, 'duckdb')[0]!;
  const quote = (name: string): string => quoteIn('duckdb', name);
  const values = columns
    .slice(tables.features.length, -1)
    .map((name) => `${quote(name)} IS NOT NULL`);
  const [partition, version] = [quote(views.partitionColumn), quote(labelDsColumn)];
  const { rows } = await launcher.run({
    kind: 'query',
    sql: `SELECT ${partition}, ${version}, count(*) FILTER (WHERE ${values.join(' OR ')})
          FROM (${sql}) WHERE ${version} IS NOT NULL GROUP BY ALL`,
    tables: [
      tableOf(views.features, features, partitions, views.partitionColumn),
      tableOf(views.labels, labels, partitions, views.partitionColumn),
    ],
    otherTables: [],
    copyTo: null,
    maxRows: null,
  });
  return new Map(rows.map(([value, labelDs, labeled]) => [`${value}/${labelDs}`, Number(labeled)]));
}

function tableOf(
  name: string,
  { files, metaData }: DeltaSnapshot,
  partitions: ReadonlySet<string>,
  partitionColumn: string,
): QueryTable {
  const columns = columnsOfSchema(metaData.schemaString);
  return {
    name,
    partitionColumn,
    subPartitions: columns.filter(
      (column) =>
        column.name !== partitionColumn && metaData.partitionColumns.includes(column.name),
    ),
    files: files
      .filter((file) => partitions.has(file.partitionValues[partitionColumn] ?? ''))
      .map((file) => ({
        path: `${tableKey(name)}/${file.path}`,
        partition: file.partitionValues[partitionColumn]!,
      })),
    columns,
  };
}
