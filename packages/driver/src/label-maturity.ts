/** How far labels have come, partition by partition of the features. */
import { labelDsColumn } from '@hindcast/shared/config/names';
import type { LabelMaturity, LabelViews } from '@hindcast/shared/plan/plan';
import type { QueryTable } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { type AddFile, rowsOfFile } from '@hindcast/shared/table/delta-actions';
import { type DeltaSnapshot, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { tableKey } from '@hindcast/shared/table/partitions';
import { checkpointReader } from './checkpoint-reader.js';
import { labelViews } from './label-views-sql.js';
import type { Launcher } from './launch/launcher.js';
import { quoteIn, quoteTable } from './sql-dialect.js';
import { isDefinedBy } from './write-views.js';

/** A partition of the features, and the last label date that computes labels for it. */
export type Maturing = Pick<LabelMaturity, 'partition' | 'maturesOn'>;

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
  const [features, present] = await Promise.all([read(views.features), read(views.labels)]);
  const labels = isDefinedBy(present, views) ? present : null;
  const rows = new Map<string, number>();
  for (const file of features?.files ?? []) {
    const value = partitionValue(file, views.partitionColumn);
    rows.set(value, (rows.get(value) ?? 0) + rowsOfFile(file));
  }
  const versions = new Map<string, Set<string>>();
  for (const file of labels?.files ?? []) {
    const value = partitionValue(file, views.partitionColumn);
    const dates = versions.get(value) ?? new Set();
    versions.set(value, dates.add(partitionValue(file, labelDsColumn)));
  }
  const newest =
    [...versions.values()]
      .flatMap((dates) => [...dates])
      .sort()
      .at(-1) ?? '';
  const told = all
    .map((maturing): LabelMaturity => {
      const dates = [...(versions.get(maturing.partition) ?? [])].sort();
      return {
        ...maturing,
        rows: rows.get(maturing.partition) ?? 0,
        versions: dates.map((labelDs) => ({ labelDs, labeled: 0 })),
        matured: dates.length > 0 && newest >= maturing.maturesOn,
        lacking: 0,
      };
    })
    .filter((one) => asked.has(one.partition) || !one.matured);
  const some = told.filter((one) => one.versions.length > 0).map(({ partition }) => partition);
  if (some.length === 0) return told;
  const counts = await countLabeled(views, features!, labels!, new Set(some), launcher);
  return told.map((one) => {
    const latest = one.versions.at(-1)?.labelDs;
    return {
      ...one,
      versions: one.versions.map(({ labelDs }) => ({
        labelDs,
        labeled: counts.get(`${one.partition}/${labelDs}`)?.labeled ?? 0,
      })),
      lacking:
        latest === undefined
          ? 0
          : (counts.get(`${one.partition}/`)?.known ?? 0) -
            (counts.get(`${one.partition}/${latest}`)?.known ?? 0),
    };
  });
}

function partitionValue({ partitionValues }: AddFile, column: string): string {
  return partitionValues[column] ?? '';
}

interface Counted {
  /** Rows of the features that a version has; of no version: those whose identity holds no NULL. */
  readonly known: number;
  /** Those of them with a label. */
  readonly labeled: number;
}

/** By `partition/version`, and by `partition/` for all versions. */
async function countLabeled(
  views: LabelViews,
  features: DeltaSnapshot,
  labels: DeltaSnapshot,
  partitions: ReadonlySet<string>,
  launcher: Launcher,
): Promise<Map<string, Counted>> {
  const tables = {
    features: columnsOfSchema(features.metaData.schemaString),
    labels: columnsOfSchema(labels.metaData.schemaString),
  };
  const { sql, labelColumns } = labelViews(views, tables, 'duckdb')[0]!;
  const quote = (name: string): string => quoteIn('duckdb', name);
  const values = labelColumns.map((name) => `${quote(name)} IS NOT NULL`).join(' OR ');
  const whole = views.identity.map((name) => `${quote(name)} IS NOT NULL`).join(' AND ');
  const [partition, version] = [quote(views.partitionColumn), quote(labelDsColumn)];
  const { rows } = await launcher.run({
    kind: 'query',
    sql: `SELECT ${partition}, ${version}, count(*), count(*) FILTER (WHERE ${values})
          FROM (${sql}) WHERE ${version} IS NOT NULL GROUP BY ALL
          UNION ALL SELECT ${partition}, '', count(*), 0
          FROM ${quoteTable('duckdb', views.features)} WHERE ${whole} GROUP BY ALL`,
    tables: [
      tableOf(views.features, features, partitions, views.partitionColumn),
      tableOf(views.labels, labels, partitions, views.partitionColumn),
    ],
    otherTables: [],
    copyTo: null,
    maxRows: null,
  });
  return new Map(
    rows.map(([value, labelDs, known, labeled]) => [
      `${value}/${labelDs}`,
      { known: Number(known), labeled: Number(labeled) },
    ]),
  );
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
