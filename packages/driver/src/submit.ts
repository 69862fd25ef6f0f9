/**
 * The straight line: config → inspect → plan → stages → commit → results. Everything that a job
 * shows to a person leaves here as events.
 */
import { HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import { eventVersion, type RunEvent } from '@hindcast/shared/plan/event';
import type { Plan } from '@hindcast/shared/plan/plan';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { tableName } from '@hindcast/shared/table/partitions';
import type { JobIo } from './job-io.js';
import type { Launcher } from './launch/launcher.js';
import { defaultMirrorBytes, openLauncher } from './launch/open-launcher.js';
import { keepPulse } from './pulse.js';
import { changeSummary } from './render-changes.js';
import type { JobRequest } from './request.js';
import { interrupted, type RunResults } from './results.js';
import { newRunId, RunFiles } from './run-files.js';
import { whenInputsAreThere } from './wait-for-inputs.js';

/**
 * @param resumed a run whose driver died: its plan is carried on, and what it has done stays done
 * @throws HindcastError for whatever stops the job before its first step; later errors are results
 */
export async function submit(
  request: JobRequest,
  io: JobIo,
  resumed: RunFiles | null = null,
): Promise<RunResults> {
  const started = Date.now();
  const runId = resumed?.runId ?? newRunId(new Date(started));
  const cancelled = new AbortController();
  const signal = AbortSignal.any([io.signal, cancelled.signal]);
  const here = openLauncher(request, runId);
  signal.addEventListener('abort', here.interrupt, { once: true });
  let stopPulse = (): void => {};
  try {
    // The rest of the line is loaded while the executors start.
    const [{ planJob }, { Run }] = await Promise.all([import('./plan-job.js'), import('./run.js')]);
    const store = await openStore(request.warehouse);
    const launcher = await launcherOf(request, runId, store, here);
    const usedBefore = store.use();
    const files = resumed ?? new RunFiles(store, runId);
    const keep = (): void => {
      stopPulse = keepPulse(files, () => cancelled.abort());
    };
    if (resumed !== null) {
      await files.takeOver();
      await files.mark();
      keep();
    }
    const former = await formerPlan(resumed);
    const note = (event: RunEvent): void =>
      io.onEvent(resumed?.append(event) ?? { v: eventVersion, at: Date.now(), ...event });
    const planned = former === null ? await withConfig(request) : request;
    const plan =
      former ??
      (await whenInputsAreThere(request, () => planJob(planned, runId, launcher, store), {
        note,
        signal,
      }));
    if (former === null) await confirmArchive(plan, request, io);
    if (signal.aborted) throw interrupted();
    const run = new Run(
      request,
      plan,
      files,
      launcher,
      { ...io, signal },
      started,
      usedBefore,
      former !== null,
      planned.compiled,
    );
    if (resumed === null) keep();
    const results = await run.execute();
    await report(files, signal.aborted ? null : launcher, io);
    return results;
  } finally {
    stopPulse();
    signal.removeEventListener('abort', here.interrupt);
    await here.close();
  }
}

/** A module runs once: what waits plans again and again, and what it gave is kept with the run. */
async function withConfig(request: JobRequest): Promise<JobRequest> {
  if (request.compiled !== undefined) return request;
  const { loadJson } = await import('@hindcast/shared/config/load');
  return { ...request, compiled: await loadJson(request.config) };
}

/**
 * Writes the run's report. A run that is done does not fail with it: that is one more warning.
 * @param launcher null when executors take no more questions
 */
async function report(files: RunFiles, launcher: Launcher | null, io: JobIo): Promise<void> {
  try {
    const { writeReport } = await import('./report/write-report.js');
    const { problem } = await writeReport(files, launcher);
    if (problem !== null) throw problem;
  } catch (error) {
    const { message, found } = toErrorRecord(error);
    const what = found === undefined ? message : `${message}: ${found}`;
    try {
      io.onEvent(files.append({ type: 'warning', message: `the report is not complete: ${what}` }));
      await files.flush();
    } catch {
      // Nor with what can't be said of it.
    }
  }
}

/** Plans of before had neither definitions nor changes. */
async function formerPlan(resumed: RunFiles | null): Promise<Plan | null> {
  const former = (await resumed?.readJson<Plan>('plan.json')) ?? null;
  return former === null
    ? null
    : { ...former, definitions: former.definitions ?? {}, changes: former.changes ?? [] };
}

async function launcherOf(
  request: JobRequest,
  runId: string,
  store: Store,
  here: Launcher,
): Promise<Launcher> {
  if (!request.kubernetes) return here;
  const { form } = request.kubernetes;
  const [{ launchPods }, { clusterOf }, { coresOf }] = await Promise.all([
    import('./launch/kubernetes.js'),
    import('./launch/cluster-of.js'),
    import('./launch/stage-job.js'),
  ]);
  const { executors, parallelism, memoryBytes } = request;
  // Each step in flight has a Job of its own.
  const count = Math.max(1, Math.floor(executors / parallelism));
  const mirrorBytes = request.mirrorBytes ?? defaultMirrorBytes;
  const executor = { memoryBytes, mirrorBytes, threads: coresOf(form.cpu) };
  return launchPods({ runId, count, form, executor }, clusterOf(request.kubernetes), store, here);
}

async function confirmArchive(plan: Plan, request: JobRequest, io: JobIo): Promise<void> {
  const { archive, output } = plan;
  if (archive === null || archive.kind !== 'move' || request.yes) return;
  const left = plan.partitions.filter(({ reason }) => reason === 'archived only').length;
  const only =
    left === 0 ? '' : ` (${left} partitions outside of the range stay in the archive only)`;
  const question = `${archive.reason}: archive ${output.table} as ${tableName(archive.to)} and compute it anew${only}?`;
  if ((await io.confirm(question, plan.changes)) || io.signal.aborted) return;
  throw new HindcastError('usage', `${output.table}: ${archive.reason}, and nothing was changed`, {
    found: changeSummary(plan.changes),
    hint: 'Answer yes, or give --yes, to archive the table and compute it anew.',
  });
}
