/** A run's `report.html`, from its files, its table's statistics and what it compared. */
import type { Store } from '@hindcast/shared/store/store';
import type { ColumnConsistency } from '../column-consistency.js';
import type { Launcher } from '../launch/launcher.js';
import type { RunFiles } from '../run-files.js';
import { committedPartitions } from './committed-partitions.js';
import { type FeatureStatistics, readStatistics } from './feature-statistics.js';
import { readConsistency } from './read-consistency.js';
import { renderReport } from './render-report.js';
import { reportModel } from './report-model.js';
import { type RunRecord, readRun } from './run-record.js';

export const reportFile = 'report.html';

/** The newest partitions whose statistics are shown, at most. */
export const mostPartitions = 30;

/** A page, and what kept it from saying all: what can't be read is left out; null for nothing. */
export interface WrittenReport {
  readonly page: string;
  readonly problem: unknown;
}

/**
 * Writes `report.html` into the run's folder; of a run that goes on, how far it is.
 * @param launcher null: what only executors can read is left out
 * @throws HindcastError when it can't be written
 */
export async function writeReport(
  files: RunFiles,
  launcher: Pick<Launcher, 'run'> | null,
): Promise<WrittenReport> {
  const { record, problem } = await recordOf(files, launcher);
  const page = renderReport(reportModel(record));
  await files.store.put(`${files.folder}/${reportFile}`, page);
  return { page, problem };
}

/** @returns `problem` as a written report has it */
export async function recordOf(
  files: RunFiles,
  launcher: Pick<Launcher, 'run'> | null,
): Promise<{ readonly record: RunRecord; readonly problem: unknown }> {
  const run = await readRun(files, Date.now());
  try {
    const statistics = await statisticsOf(run, files.store, launcher);
    const consistency = await consistencyOf(run, files.store, launcher);
    return { record: { ...run, statistics, consistency }, problem: null };
  } catch (problem) {
    return { record: { ...run, statistics: null, consistency: null }, problem };
  }
}

/** Up to the last partition that the run computes, or that its plan knows. */
async function statisticsOf(
  { plan }: Pick<RunRecord, 'plan'>,
  store: Store,
  launcher: Pick<Launcher, 'run'> | null,
): Promise<readonly FeatureStatistics[] | null> {
  if (plan === null || launcher === null || (plan.view ?? null) !== null) return null;
  const last =
    plan.steps
      .flatMap(({ partitions }) => partitions)
      .sort()
      .at(-1) ?? null;
  return readStatistics(plan.output, last, mostPartitions, store, launcher);
}

async function consistencyOf(
  run: Pick<RunRecord, 'plan' | 'results' | 'events'>,
  store: Store,
  launcher: Pick<Launcher, 'run'> | null,
): Promise<readonly ColumnConsistency[] | null> {
  const days = committedPartitions(run);
  if (run.plan?.job !== 'consistency' || days.length === 0 || launcher === null) return null;
  return readConsistency(run.plan.output, days, store, launcher);
}
