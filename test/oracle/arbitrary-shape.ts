/** What the left and the parts of a random case have in common: keys, days and sizes. */
import fc from 'fast-check';
import {
  type CaseColumn,
  type Content,
  keyContents,
  momentsArbitrary,
} from './arbitrary-column.js';
import type { OracleRow } from './value.js';

/** Upper limits. */
export interface CaseSizes {
  readonly leftRows: number; // ≥ 1
  readonly rightRows: number; // per table
  readonly parts: number; // ≥ 1
  readonly keyColumns: number; // 1 … 4
  readonly keys: number; // distinct keys, ≥ 1
  readonly days: number; // that left rows are spread over, ≥ 1
}

export const defaultSizes: CaseSizes = {
  leftRows: 12,
  rightRows: 40,
  parts: 3,
  keyColumns: 4,
  keys: 4,
  days: 4,
};

export interface CaseShape {
  readonly leftKind: 'events' | 'entities';
  readonly keys: readonly (CaseColumn & Pick<Content, 'values'>)[];
  /** The keys that rows have; single columns of a row may become NULL. */
  readonly tuples: readonly OracleRow[];
  readonly firstDay: number; // of the left, days since epoch
  readonly lastDay: number; // inclusive
  readonly moments: readonly number[]; // times of day, ms
  readonly sizes: CaseSizes;
}

export interface CaseTable {
  /** Without `ds`. */
  readonly columns: readonly CaseColumn[];
  readonly rows: readonly OracleRow[];
  /** Partitions that exist without a row, unless rows happen to lie in them. */
  readonly emptyPartitions: readonly string[];
}

export function shapeArbitrary(sizes: CaseSizes): fc.Arbitrary<CaseShape> {
  return fc
    .record({
      leftKind: fc.constantFrom(...(['events', 'events', 'events', 'entities'] as const)),
      contents: fc.array(fc.constantFrom(...keyContents), {
        minLength: 1,
        maxLength: sizes.keyColumns,
      }),
      firstDay: fc.constantFrom(19_700, 0, -3), // 2023-12-09, 1970-01-01, 1969-12-29
      days: fc.integer({ min: 1, max: sizes.days }),
      moments: momentsArbitrary,
    })
    .chain(({ leftKind, contents, firstDay, days, moments }) => {
      const keys = contents.map((content, i) => ({ name: `k${i + 1}`, ...content }));
      const tuple = fc.record(Object.fromEntries(keys.map(({ name, values }) => [name, values])));
      return fc.array(tuple, { minLength: 1, maxLength: sizes.keys }).map((tuples) => ({
        leftKind,
        keys,
        tuples,
        firstDay,
        lastDay: firstDay + days - 1,
        moments,
        sizes,
      }));
    });
}

/** A key of the case, single columns NULL now and then. */
export function keyTuple({ keys, tuples }: CaseShape): fc.Arbitrary<OracleRow> {
  const blanks = fc.record(
    Object.fromEntries(keys.map(({ name }) => [name, fc.integer({ min: 0, max: 15 })])),
  );
  return fc
    .record({ tuple: fc.constantFrom(...tuples), blanks })
    .map(({ tuple, blanks: blank }) =>
      Object.fromEntries(keys.map(({ name }) => [name, blank[name] === 15 ? null : tuple[name]!])),
    );
}
