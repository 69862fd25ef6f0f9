/** Which columns of which tables each column of the output comes from. Pure; reads SQL for names only. */
import type { ColumnLineage, ColumnOrigin } from '@hindcast/shared/plan/plan';
import { explodedColumn, type ProjectedColumn } from '@hindcast/shared/plan/task';
import type { InspectedBootstrap, InspectedSource } from '../join-state.js';
import { quoteIn } from '../sql-dialect.js';
import type { PartColumns } from './columns.js';
import type { SourceScan } from './sources.js';

export interface LineageOfPart {
  readonly sources: readonly InspectedSource[];
  readonly columns: PartColumns;
  readonly features: readonly ProjectedColumn[];
}

export interface LineageState {
  readonly left: SourceScan;
  /** Left columns of the output. */
  readonly leftColumns: readonly string[];
  readonly parts: readonly LineageOfPart[];
  readonly bootstrap: readonly InspectedBootstrap[];
  /** External columns, before derivations. */
  readonly externals: readonly string[];
  /** The join's derivations; null without. */
  readonly derived: readonly ProjectedColumn[] | null;
}

/** Columns of the output in order, each with its origins, sorted, each once. */
export function columnLineage(state: LineageState): ColumnLineage[] {
  const base = new Map<string, ColumnOrigin[]>();
  for (const name of state.leftColumns) base.set(name, originsIn(state.left, name));
  for (const part of state.parts)
    for (const [name, origins] of ofPart(part, state.left)) base.set(name, origins);
  for (const name of state.externals) base.set(name, []);
  const held = (name: string): ColumnOrigin[] =>
    state.bootstrap
      .filter(({ columns }) => columns.some((column) => column.name === name))
      .flatMap((table) => originsIn(table, name));
  for (const [name, origins] of base) base.set(name, [...origins, ...held(name)]);
  const outputs =
    state.derived === null
      ? base
      : new Map(projected(state.derived, base).map(([name, o]) => [name, [...o, ...held(name)]]));
  return [...outputs].map(([column, from]) => ({ column, from: eachOnce(from) }));
}

function ofPart({ sources, columns, features }: LineageOfPart, left: SourceScan) {
  const looked = [
    ...columns.leftKeys.flatMap(({ name }) => originsIn(left, name)),
    ...timeOrigins(left),
    ...sources.flatMap((source) => [
      ...columns.rightKeys.flatMap(({ name }) => originsIn(source, name)),
      ...timeOrigins(source),
    ]),
  ].map((origin): ColumnOrigin => ({ ...origin, how: 'key' }));
  const filters = sources.flatMap(({ scan }) =>
    scan.wheres.flatMap((where) =>
      columnsIn(where).map(
        (column): ColumnOrigin => ({ table: scan.table, column, how: 'filter' }),
      ),
    ),
  );
  const computed = new Map<string, ColumnOrigin[]>();
  for (const { aggregates, values, explode } of columns.streams) {
    for (const { inputColumn, by, windows } of aggregates ?? []) {
      const names = [inputColumn, ...(by === null ? [] : [by.column])].map((name) =>
        name === explodedColumn && explode !== null ? explode.column : name,
      );
      const inputs = sources
        .flatMap((source) => names.flatMap((name) => originsIn(source, name)))
        .map((origin): ColumnOrigin => ({ ...origin, how: 'aggregated' }));
      for (const { column } of windows) computed.set(column, [...inputs, ...looked, ...filters]);
    }
    for (const { name, output } of values)
      if (output !== null)
        computed.set(output, [
          ...sources.flatMap((source) => originsIn(source, name)),
          ...looked,
          ...filters,
        ]);
  }
  return projected(features, computed);
}

/** Columns over others: what their expressions name, or what they are. */
function projected(
  columns: readonly ProjectedColumn[],
  below: ReadonlyMap<string, readonly ColumnOrigin[]>,
): [string, ColumnOrigin[]][] {
  return columns.map(({ name, expression }) => {
    if (expression === null) return [name, [...(below.get(name) ?? [])]];
    const origins = columnsIn(expression).flatMap((column) => below.get(column) ?? []);
    return [
      name,
      origins.map((origin) => (origin.how === 'same' ? { ...origin, how: 'computed' } : origin)),
    ];
  });
}

/** What a selected column is made of. */
function originsIn({ scan }: SourceScan, name: string): ColumnOrigin[] {
  const { table, selects, time } = scan;
  if (name === 'ts' && time.kind === 'expression') return timeOrigins({ scan });
  const expression = selects?.[name];
  if (expression === undefined) return [{ table, column: name, how: 'same' }];
  const columns = columnsIn(expression);
  const [only] = columns;
  if (only !== undefined && isName(expression, only)) return [{ table, column: only, how: 'same' }];
  return columns.map((column) => ({ table, column, how: 'computed' }));
}

function timeOrigins({ scan: { table, time, partitionColumn } }: Pick<SourceScan, 'scan'>) {
  if (time.kind === 'none') return [];
  if (time.kind === 'endOfPartition')
    return [{ table, column: partitionColumn, how: 'computed' as const }];
  return columnsIn(time.expression).map((column): ColumnOrigin => {
    const how = isName(time.expression, column) ? 'same' : 'computed';
    return { table, column, how };
  });
}

function isName(expression: string, name: string): boolean {
  return expression.replaceAll(/^\(+|\)+$/g, '') === quoteIn('duckdb', name);
}

const quoted = '"(?:[^"]|"")*"';
const tokens = new RegExp(`'(?:[^']|'')*'|${quoted}`, 'g');
const parameters = new RegExp(`(${quoted}|\\((?:${quoted}(?:,\\s*)?)+\\))\\s*->`, 'g');

/**
 * Columns that DuckDB's SQL names, as the translator writes it: columns and the parameters of lambdas are
 * quoted, and nothing else. A column of a parameter's name is taken for the parameter.
 */
export function columnsIn(sql: string): string[] {
  const bound = [...sql.matchAll(parameters)].flatMap(([, names]) => namesIn(names!));
  return [...new Set(namesIn(sql))].filter((name) => !bound.includes(name));
}

function namesIn(sql: string): string[] {
  return [...sql.matchAll(tokens)].flatMap(([token]) =>
    token.startsWith('"') ? [token.slice(1, -1).replaceAll('""', '"')] : [],
  );
}

function eachOnce(origins: readonly ColumnOrigin[]): ColumnOrigin[] {
  const known = new Map(
    origins.map((one) => [JSON.stringify([one.table, one.column, one.how]), one]),
  );
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, origin]) => origin);
}
