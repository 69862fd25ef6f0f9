/** The tables and views of the warehouse that a query names. */
import { statisticsOf } from '@hindcast/shared/plan/statistics';
import type { QueryTable, QueryTask, QueryView } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { type ReadCheckpoint, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { listTables, readTable, tableKey } from '@hindcast/shared/table/partitions';
import type { TableState } from '@hindcast/shared/table/table';
import type { PartitionSpec } from '@hindcast/shared/time/partition-spec';
import { scanFiles } from './plan/split.js';
import { viewKey } from './view-key.js';

/**
 * @param mapped table name → folder or URL, for tables that live outside of the warehouse
 * @throws HindcastError for a table that is named and can't be read
 */
export async function namedTables(
  sql: string,
  store: Store,
  spec: PartitionSpec,
  mapped: Readonly<Record<string, string>>,
  readCheckpoint: ReadCheckpoint,
): Promise<Required<Pick<QueryTask, 'tables' | 'views' | 'otherTables'>>> {
  const all = [...(await listTables(store)), ...Object.keys(mapped)];
  const views = await viewsIn(sql, new Set(all.map(namespaceOf)), store);
  const text = [sql, ...views.map((view) => view.sql)].join('\n');
  // Only tables that the text names are opened: a broken one elsewhere must not be in the way.
  const mentioned = all.filter((name) => isNamed(name, text));
  const tables: QueryTable[] = [];
  for (const name of mentioned) {
    const mappedPath = mapped[name] ?? null;
    const column = await partitionColumnOf(name, store, spec, readCheckpoint);
    const place = { spec: { ...spec, column }, readCheckpoint, mappedPath };
    const state = await readTable(store, name, place);
    if (state === null) continue;
    if (state.partitions.length === 0 && state.schema === undefined) continue;
    tables.push(queryTable(state, column));
  }
  const others = all.filter((name) => !mentioned.includes(name));
  return { tables, views, otherTables: [...others, ...viewsBeside(all)] };
}

/** A table as queries read it: its files say which columns it has, or its log where it has none. */
export function queryTable(
  { name, partitions, schema, subPartitions = [] }: TableState,
  partitionColumn: string,
): QueryTable {
  const files = scanFiles(partitions);
  const columns = files.length > 0 || schema === undefined ? [] : columnsOfSchema(schema);
  return { name, partitionColumn, subPartitions, files, columns };
}

/** Statistics of labels are by label date alone, unlike any other table that jobs write. */
async function partitionColumnOf(
  name: string,
  store: Store,
  spec: PartitionSpec,
  readCheckpoint: ReadCheckpoint,
): Promise<string> {
  if (!name.endsWith(statisticsOf('_labels'))) return spec.column;
  const snapshot = await readDeltaSnapshot(store, tableKey(name), readCheckpoint, name);
  return snapshot?.metaData.partitionColumns[0] ?? spec.column;
}

/** With its namespace, quoted or not; a table without one by its name alone. */
function isNamed(table: string, text: string): boolean {
  const parts = [namespaceOf(table), table.slice(table.lastIndexOf('.') + 1)]
    .filter((part) => part !== '')
    .map((part) => `"?${part.replace(/[^\w-]/g, '\\$&')}"?`);
  return new RegExp(`(?<![\\w-])${parts.join('\\s*\\.\\s*')}(?![\\w-])`, 'i').test(text);
}

/** Names of views that may be there, for "did you mean". */
function viewsBeside(tables: readonly string[]): string[] {
  return tables
    .filter((name) => tables.includes(`${name}_labels`))
    .flatMap((name) => [`${name}_labeled`, `${name}_labeled_latest`]);
}

function namespaceOf(table: string): string {
  return table.slice(0, Math.max(0, table.lastIndexOf('.')));
}

/**
 * Views that the text names, each after those that it reads itself.
 * @param namespaces where views may be: beside tables
 */
async function viewsIn(
  sql: string,
  namespaces: ReadonlySet<string>,
  store: Store,
): Promise<QueryView[]> {
  const views: QueryView[] = [];
  const known = new Set<string>();
  const add = async (text: string): Promise<void> => {
    const names = [...text.matchAll(/(?<![\w-])"?([\w-]+)"?\s*\.\s*"?([\w-]+)"?/g)]
      .filter(([, namespace]) => namespaces.has(namespace!))
      .map(([, namespace, name]) => `${namespace}.${name}`)
      .filter((name) => !known.has(name));
    for (const name of new Set(names)) {
      known.add(name);
      const found = await store.get(viewKey(name));
      if (found === null) continue;
      const view = { name, sql: new TextDecoder().decode(found) };
      await add(view.sql);
      views.push(view);
    }
  };
  await add(sql);
  return views;
}
