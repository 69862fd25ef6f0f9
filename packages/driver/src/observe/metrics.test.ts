import type { DriftMeasure } from '@hindcast/shared/config/drift';
import type { DriftFinding, DriftResults } from '@hindcast/shared/plan/drift';
import { noNotes } from '@hindcast/shared/plan/task';
import { noUse } from '@hindcast/shared/store/use';
import { expect, test } from 'vitest';
import { planOf, requestOf } from '../../../../test/small-plans.js';
import type { RunResults } from '../results.js';
import { metricsText } from './metrics.js';

function resultsWith(drift: DriftResults | null): RunResults {
  return {
    ...{
      version: 1,
      runId: '20231130T120000000-abcdef',
      args: requestOf(),
      output: 'out.small_v1',
    },
    ...{ statistics: null, drift, archived: null, changes: [], status: 'succeeded', exitCode: 3 },
    ...{ steps: [], views: [], labels: null, skipped: [], rows: 0, bytesRead: 0, bytesWritten: 0 },
    ...{ store: noUse, seconds: 1, notes: noNotes, warnings: [] },
  };
}

/** Lines of samples about drift, without the labels that all have. */
async function driftLines(drift: DriftResults | null): Promise<string[]> {
  const text = await metricsText(planOf(), resultsWith(drift), 0);
  return text
    .split('\n')
    .filter((line) => line.startsWith('hindcast_drift'))
    .map((line) => line.replace(/,?config="small\.v1",kind="join"/, ''));
}

const finding = (column: string, partition: string, measure: DriftMeasure): DriftFinding => ({
  ...{ column, partition, measure, found: 1, threshold: 0.1 },
});

test('findings of drift are counted by measure, and no column or partition is a label', async () => {
  const findings = [
    finding('a', '2023-11-10', 'psi'),
    finding('b', '2023-11-10', 'psi'),
    finding('a', '2023-11-11', 'nullShare'),
  ];
  const unchecked = ['2023-11-12', '2023-11-13'];
  expect(await driftLines({ when: 'after', partitions: [], findings, unchecked })).toEqual([
    'hindcast_drift_findings{measure="psi"} 2',
    'hindcast_drift_findings{measure="ks"} 0',
    'hindcast_drift_findings{measure="null_share"} 1',
    'hindcast_drift_unchecked_partitions{} 2',
  ]);
});

test('what is within has its zeros, and what is not checked has none', async () => {
  const within = { when: 'before' as const, partitions: [], findings: [], unchecked: [] };
  expect(await driftLines(within)).toEqual([
    'hindcast_drift_findings{measure="psi"} 0',
    'hindcast_drift_findings{measure="ks"} 0',
    'hindcast_drift_findings{measure="null_share"} 0',
    'hindcast_drift_unchecked_partitions{} 0',
  ]);
  expect(await driftLines(null)).toEqual([]);
});
