/**
 * Derivations of group-bys and of the join: what their expressions may name, and what columns they
 * leave: spec/semantics, "Derivations". Expressions are translated and typed in between.
 */

import type { ExternalColumn } from '@hindcast/shared/config/external-columns';
import type { Derivation, Join, JoinPart } from '@hindcast/shared/config/model';
import { featureColumn } from '@hindcast/shared/config/names';
import { HindcastError } from '@hindcast/shared/errors';
import type {
  Column,
  DerivationSet,
  DerivedColumn,
  ProjectedColumn,
} from '@hindcast/shared/plan/task';
import { quoteIn } from '../sql-dialect.js';
import type { PartColumns } from './columns.js';

/** What derivations make of the columns below them. */
export interface DerivedColumns {
  /** Per part, in order: its features over what is computed of it. */
  readonly features: readonly (readonly ProjectedColumn[])[];
  /** The output's columns over the left's and the features; null without derivations of the join. */
  readonly output: readonly ProjectedColumn[] | null;
}

export function asTheyAre(columns: readonly Column[]): ProjectedColumn[] {
  return columns.map(({ name, type }) => ({ name, type, expression: null }));
}

/** The column of the left's rows that holds their partition, beside what the left selects. */
const partitionHeld = '__partition';

/** What a group-by's derivations may name: its unprefixed columns, and its keys. */
export function partDerivations(part: JoinPart, columns: PartColumns): DerivationSet {
  const { derivations, keyColumns, metaData } = part.groupBy;
  const origin = `join part "${metaData.name}"`;
  const keys = columns.leftKeys.map(({ name, type }, i) => ({
    name: keyColumns[i]!,
    type,
    held: name,
  }));
  checkNames(derivations, origin);
  return {
    origin,
    columns: [...columns.unprefixed.map(heldAs), ...keys],
    expressions: withoutStar(derivations),
  };
}

function heldAs({ name, type, held }: PartColumns['unprefixed'][number]) {
  return { name, type, held };
}

/**
 * Which rows of the left have one of the group-by: all whose key holds no NULL, those that have values, or
 * all, where the left is the group-by itself.
 */
export type RowsOfPart = 'every key' | 'some keys' | 'all';

/**
 * The part's features. Where Chronon has no row of the group-by for a row of the left, they are NULL,
 * whatever the expression makes of NULLs.
 */
export function projectFeatures(
  part: JoinPart,
  columns: PartColumns,
  described: readonly DerivedColumn[],
  rows: RowsOfPart,
): ProjectedColumn[] {
  const { derivations, metaData } = part.groupBy;
  const own = columns.unprefixed.map(({ name, type, held }) => ({
    name,
    type,
    expression: quoteIn('duckdb', held),
  }));
  const held =
    columns.found !== null
      ? quoteIn('duckdb', columns.found)
      : rows === 'every key'
        ? columns.leftKeys.map(({ name }) => `${quoteIn('duckdb', name)} IS NOT NULL`).join(' AND ')
        : own.map(({ expression }) => `${expression} IS NOT NULL`).join(' OR ');
  const bare = new Set(own.map(({ expression }) => expression));
  const guarded = described.map((column) =>
    rows === 'all' || bare.has(column.expression)
      ? column
      : { ...column, expression: `CASE WHEN ${held} THEN ${column.expression} END` },
  );
  return expand(derivations, own, guarded, `join part "${metaData.name}"`).map((column) => ({
    ...column,
    name: featureColumn(part, column.name),
  }));
}

/** What a join's derivations may name: the left's columns, the partition column, features and external columns. */
export function joinDerivations(
  join: Join,
  left: readonly Column[],
  features: readonly Column[],
  externals: readonly ExternalColumn[],
  partitionColumn: string,
): DerivationSet {
  const origin = `join "${join.metaData.name}"`;
  checkNames(join.derivations, origin);
  refusePartitionColumn(join.derivations, partitionColumn, origin);
  const visible = [...left, ...features].map(({ name, type }) => ({ name, type, held: name }));
  const known = new Set(visible.map(({ name }) => name));
  // A field that comes with the request, by its own name.
  const fields = externals.flatMap(({ name, type, contextual }) =>
    contextual === null || known.has(contextual) ? [] : [{ name: contextual, type, held: name }],
  );
  return {
    origin,
    columns: [
      ...visible,
      ...fields,
      { name: partitionColumn, type: 'VARCHAR', held: partitionHeld },
    ],
    expressions: withoutStar(join.derivations),
  };
}

/** The output: the left's columns, then what derivations make of the features. */
export function projectOutput(
  join: Join,
  left: readonly Column[],
  features: readonly Column[],
  described: readonly DerivedColumn[],
): ProjectedColumn[] {
  const place = `join "${join.metaData.name}"`;
  const derived = expand(join.derivations, asTheyAre(features), described, place);
  const onLeft = new Map(left.map(({ name }) => [name.toLowerCase(), name]));
  const added = derived.filter(({ name }) => {
    const other = onLeft.get(name.toLowerCase());
    if (other === undefined) return true;
    const { expression } = join.derivations.find((derivation) => derivation.name === name)!;
    if (plainName(expression) === other) return false;
    throw taken(place, name, expression, 'The columns of the left stay: give it another name.');
  });
  return [...asTheyAre(left), ...added];
}

/** `*` stands for the columns that no derivation renames, where it stands. */
function expand(
  derivations: readonly Derivation[],
  columns: readonly ProjectedColumn[],
  described: readonly DerivedColumn[],
  place: string,
): ProjectedColumn[] {
  const renamed = new Set(derivations.map(({ expression }) => plainName(expression)));
  const kept = columns.filter(({ name }) => !renamed.has(name));
  const star = derivations.some(({ name }) => name === '*');
  const names = new Set(star ? kept.map(({ name }) => name.toLowerCase()) : []);
  const byName = new Map(described.map((column) => [column.name, column]));
  return derivations.flatMap(({ name, expression }) => {
    if (name === '*') return kept;
    if (!names.has(name.toLowerCase())) return [byName.get(name)!];
    throw taken(
      place,
      name,
      expression,
      'Give it another name, or leave "*" out and derive each column that is to stay.',
    );
  });
}

function taken(place: string, name: string, expression: string, hint: string): HindcastError {
  return new HindcastError(
    'config',
    `${place}, derivation "${name}": there is a column of this name already`,
    { found: expression, hint },
  );
}

function checkNames(derivations: readonly Derivation[], place: string): void {
  const seen = new Set<string>();
  for (const { name, expression } of derivations) {
    const fail = (message: string, hint: string): never => {
      throw new HindcastError('config', `${place}, derivation "${name}": ${message}`, { hint });
    };
    if (name.trim() === '') fail('it has no name', 'Name the column that it gives.');
    if (name.startsWith('__')) fail(`a column can't begin with "__"`, 'Give it another name.');
    if (expression.trim() === '') fail('its expression is empty', 'Write one, or leave it out.');
    if (seen.has(name.toLowerCase())) fail('it is there twice', 'Leave one of them out.');
    seen.add(name.toLowerCase());
  }
}

/** The partition column stands beside what derivations give, whatever these say. */
export function refusePartitionColumn(
  derivations: readonly Derivation[],
  column: string,
  place: string,
): void {
  const own = derivations.find(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (own === undefined) return;
  throw new HindcastError(
    'config',
    `${place}, derivation "${own.name}": it is the partition column`,
    {
      found: own.expression,
      hint: 'Every output has it: give the derivation another name, or leave it out.',
    },
  );
}

function withoutStar(derivations: readonly Derivation[]): Derivation[] {
  return derivations.filter(({ name }) => name !== '*');
}

/** The expression as a column's name, without backquotes. */
function plainName(expression: string): string {
  const text = expression.trim();
  return /^`([^`]|``)+`$/.test(text) ? text.slice(1, -1).replaceAll('``', '`') : text;
}
