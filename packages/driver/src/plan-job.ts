/** The line as far as the plan: config → inspect → plan. Nothing is run or written. */
import { loadConfig, readConfig } from '@hindcast/shared/config/load';
import type { Join } from '@hindcast/shared/config/model';
import { HindcastError } from '@hindcast/shared/errors';
import type { Plan } from '@hindcast/shared/plan/plan';
import type { Store } from '@hindcast/shared/store/store';
import { inspectJoin } from './inspect.js';
import { inspectGroupBy } from './inspect-group-by.js';
import type { JoinState } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import { planJoin } from './plan/join.js';
import { summary } from './render.js';
import type { JobRequest } from './request.js';
import { RunFiles } from './run-files.js';

interface Inspected {
  readonly join: Join;
  readonly state: JoinState;
}

/** A GroupBy job is a join, too; other kinds of jobs come later and say so. */
async function inspect(request: JobRequest, launcher: Launcher, store: Store): Promise<Inspected> {
  const config =
    request.compiled === undefined
      ? await loadConfig(request.config)
      : readConfig(request.compiled, request.config);
  if (config.kind === 'groupBy') return inspectGroupBy(config.groupBy, request, store, launcher);
  if (config.kind === 'join') {
    const { join } = config;
    return { join, state: await inspectJoin(join, request, store, launcher) };
  }
  throw new HindcastError(
    'config',
    `${request.config}: a StagingQuery by itself does not run yet`,
    {
      hint: 'Submit a join or a group-by.',
    },
  );
}

/** @throws HindcastError for a config, an input or a table that a job can't run on */
export async function planJob(
  request: JobRequest,
  runId: string,
  launcher: Launcher,
  store: Store,
): Promise<Plan> {
  const { join, state } = await inspect(request, launcher, store);
  const plan = planJoin(join, state, request, { runId, folder: new RunFiles(store, runId).folder });
  if (request.strictInputs && plan.missingInputs.length > 0) {
    const [first] = plan.missingInputs;
    const writer = plan.missingInputs.find(({ writtenBy }) => writtenBy !== null);
    throw new HindcastError('missing-input', `${first!.origin}: partitions are missing`, {
      found: [
        ...new Set(
          plan.missingInputs.map(({ table, partitions }) => `${table}: ${summary(partitions)}`),
        ),
      ].join('; '),
      hint:
        writer === undefined
          ? 'Wait for them, or leave --strict-inputs out to compute without.'
          : `Submit the join "${writer.writtenBy}" first, or leave --strict-inputs out to compute without.`,
    });
  }
  return plan;
}
