/**
 * The straight line: config → inspect → plan → stages → commit → report. Everything that a job
 * shows to a person leaves here as events.
 */
import type { Join } from '@hindcast/shared/config/model';
import { HindcastError } from '@hindcast/shared/errors';
import type { Plan } from '@hindcast/shared/plan/plan';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { inspectJoin } from './inspect.js';
import type { JobIo } from './job-io.js';
import type { Launcher } from './launch/launcher.js';
import { openLauncher } from './launch/open-launcher.js';
import { planJoin } from './plan/join.js';
import { summary } from './render.js';
import type { JobRequest } from './request.js';
import type { RunResults } from './results.js';
import { interrupted, Run } from './run.js';
import { newRunId, RunFiles } from './run-files.js';

export type { RunResults };

/** The join that a config holds; other kinds of jobs come later and say so. */
export async function loadJoin(path: string): Promise<Join> {
  // Loaded only now, while the executors start.
  const { loadConfig } = await import('@hindcast/shared/config/load');
  const config = await loadConfig(path);
  if (config.kind === 'join') return config.join;
  const what = config.kind === 'groupBy' ? 'a GroupBy' : 'a StagingQuery';
  throw new HindcastError('config', `${path}: ${what} by itself does not run yet`, {
    hint: 'Submit a join that uses it.',
  });
}

/** Plans without running or writing anything. */
export async function planJob(
  request: JobRequest,
  runId: string,
  launcher: Launcher,
  store: Store,
): Promise<Plan> {
  const join = await loadJoin(request.config);
  const state = await inspectJoin(join, request, store, launcher);
  const plan = planJoin(join, state, request, { runId, folder: new RunFiles(store, runId).folder });
  if (request.strictInputs && plan.missingInputs.length > 0) {
    const [first] = plan.missingInputs;
    throw new HindcastError('missing-input', `${first!.origin}: partitions are missing`, {
      found: plan.missingInputs
        .map(({ table, partitions }) => `${table}: ${summary(partitions)}`)
        .join('; '),
      hint: 'Wait for them, or leave --strict-inputs out to compute without.',
    });
  }
  return plan;
}

/** @throws HindcastError for whatever stops the job before its first step; later errors are results */
export async function submit(request: JobRequest, io: JobIo): Promise<RunResults> {
  const started = Date.now();
  const runId = newRunId(new Date(started));
  const launcher = openLauncher(request, runId);
  io.signal.addEventListener('abort', launcher.interrupt, { once: true });
  try {
    const store = await openStore(request.warehouse);
    const plan = await planJob(request, runId, launcher, store);
    await confirmArchive(plan, request, io);
    if (io.signal.aborted) throw interrupted();
    return await new Run(request, plan, store, launcher, runId, io, started).execute();
  } finally {
    io.signal.removeEventListener('abort', launcher.interrupt);
    await launcher.close();
  }
}

async function confirmArchive(plan: Plan, request: JobRequest, io: JobIo): Promise<void> {
  const { archive, output } = plan;
  if (archive === null || archive.kind !== 'move' || request.yes) return;
  const question = `${archive.reason}: archive ${output.table} as ${archive.to.replace('/', '.')} and compute it anew?`;
  if ((await io.confirm(question)) || io.signal.aborted) return;
  throw new HindcastError('usage', `${output.table}: ${archive.reason}, and nothing was changed`, {
    hint: 'Answer yes, or give --yes, to archive the table and compute it anew.',
  });
}
