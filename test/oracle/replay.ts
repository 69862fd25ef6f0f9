/** What entities a left row sees after the changes of its day. */
import { isDeepStrictEqual } from 'node:util';
import type { SourceRow } from './source.js';
import { dayMs } from './tiles.js';

/** A mutation in the partition of the left row's date, made on that date and before the row. */
export function isSeen({ day, mutation }: SourceRow, { time }: SourceRow): boolean {
  const isOfDay = day === Math.floor(time! / dayMs);
  return isOfDay && mutation !== null && day * dayMs <= mutation.time && mutation.time < time!;
}

/**
 * What is there after the changes, and the reversals themselves. A reversal takes away one row of its
 * own time and values, if there is one, and what Chronon takes no rows away from passes it over.
 */
export function replay(
  snapshot: readonly SourceRow[],
  changes: readonly SourceRow[],
  takesAway: boolean,
): SourceRow[] {
  const isReversal = ({ mutation }: SourceRow): number => Number(mutation!.isReversal);
  const inTurn = changes.toSorted(
    (a, b) => a.mutation!.time - b.mutation!.time || isReversal(a) - isReversal(b),
  );
  return inTurn.reduce((there, change) => {
    const former = there.findIndex(
      (row) =>
        !row.mutation?.isReversal &&
        row.time === change.time &&
        isDeepStrictEqual(row.columns, change.columns),
    );
    const goes = change.mutation!.isReversal && takesAway && former >= 0;
    return [...(goes ? there.toSpliced(former, 1) : there), change];
  }, snapshot as SourceRow[]);
}
