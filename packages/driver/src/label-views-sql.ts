/**
 * The views of a join with labels: spec/semantics, "Labels". `_labeled` has every version of every label,
 * `_labeled_latest` the newest version of each partition. They ask the label table for its versions when
 * they are read, so that what they say never lags behind it.
 */
import { labelColumn, labelDsColumn } from '@hindcast/shared/config/names';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { LabelViews } from '@hindcast/shared/plan/plan';
import type { Column } from '@hindcast/shared/plan/task';
import { deltaType } from '@hindcast/shared/table/delta-type';
import { type Dialect, quoteIn, quoteTable, typeIn } from './sql-dialect.js';

/** What the two tables have, as their logs say. */
export interface ViewTables {
  /** The features' columns, the partition column among them. */
  readonly features: readonly Column[];
  /** The label table's, identity and partition columns among them; null while there is none that fits. */
  readonly labels: readonly Column[] | null;
}

export interface View {
  readonly name: string; // namespace.name
  /** One SELECT. */
  readonly sql: string;
  /** In order. */
  readonly columns: readonly string[];
  /** Those of them that are labels. */
  readonly labelColumns: readonly string[];
}

/** @throws HindcastError kind `config` where a column of the features is named as one of the labels */
export function labelViews(views: LabelViews, tables: ViewTables, dialect: Dialect): View[] {
  const labeled = labeledView(views, tables, dialect);
  return [labeled, latestView(views, tables, labeled, dialect)];
}

function labeledView(views: LabelViews, tables: ViewTables, dialect: Dialect): View {
  const { identity, features, labeled } = views;
  const name = (column: string): string => quoteIn(dialect, column);
  const names = tables.features.map((column) => column.name);
  for (const column of identity) {
    if (names.includes(column)) continue;
    throw new HindcastError('config', `${features}: labels need its column "${column}"`, {
      found: names.join(', '),
      hint: didYouMean(column, names) ?? 'Keep it in the derivations, or choose other row ids.',
    });
  }
  const kept = names.filter((column) => !identity.includes(column));
  const own = new Set([...identity, labelDsColumn]);
  const labels = (tables.labels ?? views.labelColumns).filter((column) => !own.has(column.name));
  const columns = [
    ...[...identity, ...kept].map((column) => ({ column, sql: `l.${name(column)}` })),
    ...labels.map(({ name: label, type }) => {
      const column = labelColumn(label);
      const value =
        tables.labels === null
          ? `CAST(NULL AS ${typeIn(dialect, deltaType(type, label))})`
          : `r.${name(label)}`;
      const renamed = tables.labels === null || column !== label;
      return { column, sql: renamed ? `${value} AS ${name(column)}` : value };
    }),
    {
      column: labelDsColumn,
      sql:
        tables.labels === null
          ? `CAST(NULL AS ${typeIn(dialect, 'string')}) AS ${name(labelDsColumn)}`
          : `r.${name(labelDsColumn)}`,
    },
  ];
  refuseTwice(
    columns.map(({ column }) => column),
    labeled,
  );
  const on = identity.map((column) => `l.${name(column)} = r.${name(column)}`);
  const from = `FROM ${quoteTable(dialect, features)} AS l`;
  const join =
    tables.labels === null
      ? []
      : [`LEFT JOIN ${quoteTable(dialect, views.labels)} AS r`, `  ON ${on.join(' AND ')}`];
  return {
    name: labeled,
    sql: [`SELECT\n  ${columns.map(({ sql }) => sql).join(',\n  ')}`, from, ...join].join('\n'),
    columns: columns.map(({ column }) => column),
    labelColumns: labels.map((column) => labelColumn(column.name)),
  };
}

/** Without a label table no partition has versions, and all rows pass. */
function latestView(
  { latest: view, labels, partitionColumn }: LabelViews,
  tables: ViewTables,
  labeled: View,
  dialect: Dialect,
): View {
  const name = (column: string): string => quoteIn(dialect, column);
  const [partition, version] = [name(partitionColumn), name(labelDsColumn)];
  const columns = labeled.columns.map((column) => `v.${name(column)}`).join(',\n  ');
  const from = `SELECT\n  ${columns}\nFROM ${quoteTable(dialect, labeled.name)} AS v`;
  const latest = [
    'LEFT JOIN (',
    `  SELECT ${partition}, max(${version}) AS ${version}`,
    `  FROM ${quoteTable(dialect, labels)}`,
    `  GROUP BY ${partition}`,
    ') AS n',
    `  ON v.${partition} = n.${partition}`,
    `WHERE n.${version} IS NULL OR v.${version} = n.${version}`,
  ];
  return {
    name: view,
    sql: tables.labels === null ? from : [from, ...latest].join('\n'),
    columns: labeled.columns,
    labelColumns: labeled.labelColumns,
  };
}

function refuseTwice(columns: readonly string[], view: string): void {
  const seen = new Set<string>();
  for (const column of columns) {
    if (seen.has(column.toLowerCase())) {
      throw new HindcastError('config', `${view}: two columns would be named "${column}"`, {
        hint:
          column === labelDsColumn
            ? 'It is the version of the labels: rename the other one on the left or in the features.'
            : 'Give the label part a prefix, or rename the other one.',
      });
    }
    seen.add(column.toLowerCase());
  }
}

/** A statement that makes the view, for another engine's catalog. */
export function createViewSql({ name, sql }: View, dialect: Dialect): string {
  return `CREATE OR REPLACE VIEW ${quoteTable(dialect, name)} AS\n${sql};`;
}
