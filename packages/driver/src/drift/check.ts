/** Which partitions are compared with which, and what is beyond its threshold. Pure. */
import { type DriftReference, driftMeasures } from '@hindcast/shared/config/drift';
import type { ComparedPartition, DriftFinding, PlannedDrift } from '@hindcast/shared/plan/drift';
import { type ColumnSummary, driftOf } from './measures.js';

/** By what shares that are alike may differ. */
const rounding = 1e-9;

/** Partition → column → its statistics. */
export type Summaries = ReadonlyMap<string, ReadonlyMap<string, ColumnSummary>>;

/**
 * @param known partitions that there are, sorted
 * @returns null for a partition that is itself what others are compared with
 */
export function referencesOf(
  reference: DriftReference,
  partition: string,
  known: readonly string[],
): readonly string[] | null {
  if ('previous' in reference)
    return known.filter((value) => value < partition).slice(-reference.previous);
  const { startPartition, endPartition } = reference;
  const within = (value: string): boolean => value >= startPartition && value <= endPartition;
  return within(partition) ? null : known.filter(within);
}

/** In the order of columns. */
export function findingsOf(
  { columns }: Pick<PlannedDrift, 'columns'>,
  { partition, against }: ComparedPartition,
  summaries: Summaries,
): DriftFinding[] {
  return columns.flatMap(({ column, thresholds }) => {
    const now = summaries.get(partition)?.get(column);
    const before = against.flatMap((value) => summaries.get(value)?.get(column) ?? []);
    if (now === undefined || before.length === 0) return [];
    const drift = driftOf(now, before);
    return driftMeasures.flatMap((measure) => {
      const [found, threshold] = [drift[measure], thresholds[measure]];
      if (found === null || threshold === undefined) return [];
      if (Math.abs(found) <= threshold + rounding) return [];
      return [{ partition, column, measure, found, threshold }];
    });
  });
}
