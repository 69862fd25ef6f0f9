/**
 * What of two tables is compared, and by which columns their rows find each other: a pure question of names
 * and types.
 */
import type { Join } from '@hindcast/shared/config/model';
import { leftKeys } from '@hindcast/shared/config/names';
import { plainSource } from '@hindcast/shared/config/plain-source';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { type DeltaType, deltaType } from '@hindcast/shared/table/delta-type';
import { comparedType } from './compared-type.js';

/** A table with its columns, the partition column not among them. */
export interface ComparedTable {
  readonly name: string; // namespace.name
  readonly columns: readonly Column[];
}

/** A column that both tables have, in the type in which its values are compared. */
export interface SharedColumn {
  readonly name: string;
  readonly type: DeltaType;
}

export interface ColumnsInBoth {
  /** By these, and the partition, rows find each other. */
  readonly identity: readonly SharedColumn[];
  readonly compared: readonly SharedColumn[];
  /** Names of columns that only one of the tables has. */
  readonly onlyOurs: readonly string[];
  readonly onlyTheirs: readonly string[];
}

/** Row ids, else the left's keys and, of events, their time. */
export function identityOf(join: Join): string[] {
  if (join.rowIds.length > 0) return [...new Set(join.rowIds)];
  const time = plainSource(join.left).kind === 'events' ? ['ts'] : [];
  return [...new Set([...join.joinParts.flatMap(leftKeys), ...time])];
}

/**
 * @param only names of columns to compare; null for all
 * @throws HindcastError kind `config` for tables that lack what identifies rows, or whose types can't be
 * compared; `usage` for a name that neither has
 */
export function columnsInBoth(
  join: Join,
  ours: ComparedTable,
  theirs: ComparedTable,
  only: readonly string[] | null,
  partitionColumn: string,
): ColumnsInBoth {
  const identity = identityOf(join).filter((name) => name !== partitionColumn);
  for (const table of [ours, theirs]) for (const name of identity) refuseMissing(name, table);
  refuseUnknown(only, ours, theirs);
  const wanted = (name: string): boolean =>
    !identity.includes(name) && (only === null || only.includes(name));
  const theirNames = new Map(theirs.columns.map((column) => [column.name, column]));
  const shared = (name: string): SharedColumn => ({
    name,
    type: typeInBoth(ours.columns.find((column) => column.name === name)!, theirNames.get(name)!, [
      ours.name,
      theirs.name,
    ]),
  });
  const names = ours.columns.map(({ name }) => name);
  return {
    identity: identity.map(shared),
    compared: names.filter((name) => wanted(name) && theirNames.has(name)).map(shared),
    onlyOurs: names.filter((name) => wanted(name) && !theirNames.has(name)),
    onlyTheirs: [...theirNames.keys()].filter((name) => wanted(name) && !names.includes(name)),
  };
}

function refuseMissing(name: string, { name: table, columns }: ComparedTable): void {
  const names = columns.map((column) => column.name);
  if (names.includes(name)) return;
  throw new HindcastError('config', `${table}: no column "${name}", by which rows are told apart`, {
    found: names.join(', '),
    hint: didYouMean(name, names),
  });
}

function refuseUnknown(
  only: readonly string[] | null,
  ours: ComparedTable,
  theirs: ComparedTable,
): void {
  const names = [...ours.columns, ...theirs.columns].map(({ name }) => name);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new HindcastError('usage', `--column: neither table has "${unknown}"`, {
    hint: didYouMean(unknown, [...new Set(names)]),
  });
}

function typeInBoth(a: Column, b: Column, [ours, theirs]: readonly [string, string]): DeltaType {
  const type = comparedType(known(a, ours), known(b, theirs));
  if (type !== null) return type;
  throw new HindcastError(
    'config',
    `${theirs}: "${a.name}" can't be compared with that of ${ours}`,
    {
      found: `${b.type}, in ${ours} ${a.type}`,
      hint: 'Leave it out with --column for each of the others, or cast it in a copy of the table.',
    },
  );
}

function known({ name, type }: Column, table: string): DeltaType {
  try {
    return deltaType(type, name);
  } catch {
    throw new HindcastError('config', `${table}: values of "${name}" can't be compared`, {
      found: type,
      hint: 'Leave it out with --column for each of the others.',
    });
  }
}
