/**
 * The straight line: config → inspect → plan → stages → commit → results. Everything that a job
 * shows to a person leaves here as events.
 */
import { HindcastError } from '@hindcast/shared/errors';
import type { Plan } from '@hindcast/shared/plan/plan';
import { openStore } from '@hindcast/shared/store/open';
import { tableName } from '@hindcast/shared/table/partitions';
import type { JobIo } from './job-io.js';
import { openLauncher } from './launch/open-launcher.js';
import type { JobRequest } from './request.js';
import { interrupted, type RunResults } from './results.js';
import { newRunId } from './run-files.js';

/** @throws HindcastError for whatever stops the job before its first step; later errors are results */
export async function submit(request: JobRequest, io: JobIo): Promise<RunResults> {
  const started = Date.now();
  const runId = newRunId(new Date(started));
  const launcher = openLauncher(request, runId);
  io.signal.addEventListener('abort', launcher.interrupt, { once: true });
  try {
    // The rest of the line is loaded while the executors start.
    const [{ planJob }, { Run }] = await Promise.all([import('./plan-job.js'), import('./run.js')]);
    const store = await openStore(request.warehouse);
    const usedBefore = store.use();
    const plan = await planJob(request, runId, launcher, store);
    await confirmArchive(plan, request, io);
    if (io.signal.aborted) throw interrupted();
    const run = new Run(request, plan, store, launcher, runId, io, started, usedBefore);
    return await run.execute();
  } finally {
    io.signal.removeEventListener('abort', launcher.interrupt);
    await launcher.close();
  }
}

async function confirmArchive(plan: Plan, request: JobRequest, io: JobIo): Promise<void> {
  const { archive, output } = plan;
  if (archive === null || archive.kind !== 'move' || request.yes) return;
  const left = plan.partitions.filter(({ reason }) => reason === 'archived only').length;
  const only =
    left === 0 ? '' : ` (${left} partitions outside of the range stay in the archive only)`;
  const question = `${archive.reason}: archive ${output.table} as ${tableName(archive.to)} and compute it anew${only}?`;
  if ((await io.confirm(question)) || io.signal.aborted) return;
  throw new HindcastError('usage', `${output.table}: ${archive.reason}, and nothing was changed`, {
    hint: 'Answer yes, or give --yes, to archive the table and compute it anew.',
  });
}
