/** The columns of an output table, before and after the derivations of its join. */
import { HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import { deltaType, storedType } from '@hindcast/shared/table/delta-type';
import type { DerivedColumns } from './derivations.js';

export interface OutputColumns {
  /** The left's columns, all features and external columns; as a table stores them where nothing is derived from them. */
  readonly base: readonly Column[];
  /** As a table stores them. */
  readonly output: readonly Column[];
}

/** @throws HindcastError kind `config` for names that are there twice, and types that tables don't have */
export function outputColumns(
  left: readonly Column[],
  derived: DerivedColumns,
  externals: readonly Column[],
): OutputColumns {
  const base = [...left, ...derived.features.flat(), ...externals].map(({ name, type }) => ({
    name,
    type,
  }));
  refuseDuplicates(base);
  const outputs = derived.output ?? base;
  refuseDuplicates(outputs);
  // Types that tables don't have are refused before anything runs.
  for (const { name, type } of outputs) deltaType(type, name);
  const output = outputs.map(stored);
  return { base: derived.output === null ? output : base, output };
}

/** In the type that a table's files have. */
export function stored({ name, type }: Column): Column {
  return { name, type: storedType(type) };
}

function refuseDuplicates(columns: readonly Column[]): void {
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new HindcastError('config', `two columns of the output are named "${name}"`, {
        found: other === name ? undefined : `"${other}" differs in case alone`,
        hint: 'Rename one in the selects or derivations, or give one of the parts a prefix.',
      });
    }
    seen.set(name.toLowerCase(), name);
  }
}
