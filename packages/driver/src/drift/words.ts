/** Drift in words, for plans, errors and results. */
import type { DriftMeasure, DriftReference } from '@hindcast/shared/config/drift';
import type { DriftFinding, DriftResults, PlannedDrift } from '@hindcast/shared/plan/drift';
import { summary } from '../wording.js';

export const measureNames: Readonly<Record<DriftMeasure, string>> = {
  psi: 'PSI',
  ks: 'KS',
  nullShare: 'share of NULLs',
};

/** A line for each column of a partition; of many some, and how many more there are. */
export function findingLines(
  { partitions, findings }: Pick<DriftResults, 'partitions' | 'findings'>,
  most: number,
): string[] {
  const against = new Map(partitions.map((compared) => [compared.partition, compared.against]));
  const columns = new Map<string, DriftFinding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.partition, finding.column]);
    columns.set(key, [...(columns.get(key) ?? []), finding]);
  }
  const lines = [...columns.values()].map(
    (some) => `${findingText(some)} against ${summary(against.get(some[0]!.partition) ?? [])}`,
  );
  // A line that says that there is one more could as well be that one.
  if (lines.length <= most + 1) return lines;
  return [...lines.slice(0, most), `… and ${lines.length - most} more in run_results.json`];
}

function findingText(findings: readonly DriftFinding[]): string {
  const { partition, column } = findings[0]!;
  const measured = findings.map(({ measure, found, threshold }) => {
    const sign = measure === 'nullShare' && found > 0 ? '+' : '';
    return `${measureNames[measure]} ${sign}${Number(found.toPrecision(3))} (threshold ${threshold})`;
  });
  return `${partition} ${column}: ${measured.join(', ')}`;
}

/** What a plan checks: columns of alike thresholds together. */
export function driftLines({ when, reference, columns }: PlannedDrift): string[] {
  const groups = new Map<string, string[]>();
  for (const { column, thresholds } of columns) {
    const limits = Object.entries(thresholds)
      .map(([measure, most]) => `${measureNames[measure as DriftMeasure]} ≤ ${most}`)
      .join(', ');
    groups.set(limits, [...(groups.get(limits) ?? []), column]);
  }
  const commit = when === 'before' ? 'before each commit' : 'after the commits';
  return [
    `checked ${commit}, against ${referenceText(reference)}`,
    ...[...groups].map(([limits, some]) => `${limits}: ${summary(some)}`),
  ];
}

function referenceText(reference: DriftReference): string {
  if ('previous' in reference) {
    const { previous } = reference;
    return previous === 1 ? 'the partition before' : `the ${previous} partitions before`;
  }
  return `${reference.startPartition} to ${reference.endPartition}`;
}
