/** What bootstrap tables have of one row of the left, and which of the join's columns they give it. */
import type { LeftScan } from '@hindcast/shared/plan/task';
import type { InspectedBootstrap } from './join-state.js';
import { withNumbers } from './json-values.js';
import type { Launcher } from './launch/launcher.js';
import { Bootstrap, type CoveredPart } from './plan/bootstrap.js';

/** A table's row for the row of the left, by the join's columns that it selects. */
export interface OlderRow {
  readonly table: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

export interface Taken {
  readonly table: string;
  readonly value: unknown;
}

/**
 * Of each table that has the row, in order of priority, asked by submit's own left.
 * @param left the row alone
 * @param scratch absolute folder
 */
export async function olderRows(
  tables: readonly InspectedBootstrap[],
  left: LeftScan,
  scratch: string,
  launcher: Launcher,
): Promise<OlderRow[]> {
  const rows: OlderRow[] = [];
  for (const [i, table] of tables.entries()) {
    const [first] = table.columns;
    if (first === undefined) continue;
    const reading = new Bootstrap([table], [{ prefix: 'it', features: [first.name] }], []);
    const beside = reading.beside(left, null);
    const { values, files } = await launcher.run({
      kind: 'find-row',
      left: beside,
      where: 'true',
      row: 1,
      output: `${scratch}/older-${i}`,
    });
    if (files.length === 0) continue;
    const { columns, rows: found } = withNumbers(values);
    const cell = (name: string): unknown =>
      found[0]![columns.findIndex((column) => column.name === name)] ?? null;
    if (cell(reading.coveredBy('it')!) !== true) continue;
    const selected = beside.bootstrap!.values.map(({ name, of }) => [of, cell(name)] as const);
    rows.push({ table: table.table.name, columns: Object.fromEntries(selected) });
  }
  return rows;
}

/**
 * The first value that is not NULL; NULL of a part that tables cover, which nothing is computed for.
 * Columns that are left out are computed.
 */
export function takenColumns(
  rows: readonly OlderRow[],
  parts: readonly CoveredPart[],
): ReadonlyMap<string, Taken> {
  const having = (column: string): OlderRow[] => rows.filter(({ columns }) => column in columns);
  const covered = new Set(
    parts.flatMap(({ features }) =>
      features.every((feature) => having(feature).length > 0) ? features : [],
    ),
  );
  const taken = new Map<string, Taken>();
  for (const column of new Set(rows.flatMap(({ columns }) => Object.keys(columns)))) {
    const some = having(column);
    const first = some.find(({ columns }) => columns[column] !== null);
    if (first !== undefined)
      taken.set(column, { table: first.table, value: first.columns[column] });
    else if (covered.has(column)) taken.set(column, { table: some[0]!.table, value: null });
  }
  return taken;
}
