/** What a run is to check of drift, and what it found: docs/statistics.md. */
import type { DriftCheck, DriftMeasure, DriftThresholds } from '../config/drift.js';

export interface PlannedDrift extends Pick<DriftCheck, 'when' | 'reference'> {
  /** Those that have a threshold, in the output's order; never empty. */
  readonly columns: readonly { readonly column: string; readonly thresholds: DriftThresholds }[];
}

/** A column of a partition that is beyond its threshold. */
export interface DriftFinding {
  readonly partition: string;
  readonly column: string;
  readonly measure: DriftMeasure;
  readonly found: number;
  readonly threshold: number;
}

/** A partition, and those that it was compared with, taken together; none: there were none. */
export interface ComparedPartition {
  readonly partition: string;
  readonly against: readonly string[];
}

export interface DriftResults {
  readonly when: DriftCheck['when'];
  readonly partitions: readonly ComparedPartition[];
  readonly findings: readonly DriftFinding[];
  /** Committed partitions that should have been looked at and could not be. */
  readonly unchecked: readonly string[];
}
