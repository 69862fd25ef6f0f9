/** A run's report, as its files are now. */
import { toErrorRecord } from '@hindcast/shared/errors';
import { renderReport } from '../report/render-report.js';
import { reportModel } from '../report/report-model.js';
import { recordOf } from '../report/write-report.js';
import { openRun } from '../run-files.js';
import type { UiContext } from './context.js';
import { siteLinks } from './site.js';

/** @throws HindcastError kind `usage` for a run that is none */
export async function runPage({ store, launcher }: UiContext, id: string): Promise<string> {
  const files = await openRun(store, id);
  const { record, problem } = await recordOf(files, launcher);
  const model = reportModel(record);
  const links = siteLinks('runs').map((link) =>
    link.to === '/explain-row' && model.job === 'join'
      ? { ...link, to: `/explain-row?run=${encodeURIComponent(files.runId)}` }
      : link,
  );
  const unread =
    problem === null ? [] : [`the report is not complete: ${toErrorRecord(problem).message}`];
  return renderReport({ ...model, warnings: [...model.warnings, ...unread] }, links);
}
