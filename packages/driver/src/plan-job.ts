/** The line as far as the plan: config → inspect → plan. Nothing is run or written. */
import { loadConfig, readConfig } from '@hindcast/shared/config/load';
import type { Config, Join } from '@hindcast/shared/config/model';
import { labelDsColumn } from '@hindcast/shared/config/names';
import { HindcastError } from '@hindcast/shared/errors';
import type { Plan } from '@hindcast/shared/plan/plan';
import { statisticsOf } from '@hindcast/shared/plan/statistics';
import type { Store } from '@hindcast/shared/store/store';
import { inspectJoin } from './inspect.js';
import { inspectGroupBy } from './inspect-group-by.js';
import { inspectLabelJoin } from './inspect-labels.js';
import { inspectOutput } from './inspect-source.js';
import type { JoinState } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import { refuseMissingInputs } from './missing-inputs.js';
import { planDrift } from './plan/drift.js';
import { planJoin } from './plan/join.js';
import { planConsistency } from './plan-consistency.js';
import { planFlattenLog } from './plan-flatten-log.js';
import { planStagingQuery } from './plan-staging-query.js';
import type { JobRequest } from './request.js';
import { RunFiles } from './run-files.js';

interface Inspected {
  readonly join: Join;
  readonly state: JoinState;
  /** As planning sees it. */
  readonly request: JobRequest;
}

export function configOf({ compiled, config }: JobRequest): Promise<Config> | Config {
  return compiled === undefined ? loadConfig(config) : readConfig(compiled, config);
}

/** A GroupBy job is a join, too, and so is a label join. */
async function inspect(
  config: Exclude<Config, { kind: 'stagingQuery' }>,
  request: JobRequest,
  launcher: Launcher,
  store: Store,
): Promise<Inspected> {
  if (request.labelJoin === true) {
    const join = joinIn(config, request);
    const labels = await inspectLabelJoin(join, request, store, launcher);
    // Each label date is a partition of the label table, and a step.
    const partitionSpec = { ...request.partitionSpec, column: labelDsColumn };
    return { ...labels, request: { ...request, partitionSpec, stepDays: 1 } };
  }
  if (config.kind === 'groupBy')
    return { ...(await inspectGroupBy(config.groupBy, request, store, launcher)), request };
  const { join } = config;
  return { join, state: await inspectJoin(join, request, store, launcher), request };
}

/** @throws HindcastError kind `config` for what has no labels, and no log */
export function joinIn(config: Config, request: JobRequest): Join {
  if (config.kind === 'join') return config.join;
  throw new HindcastError('config', `${request.config}: only joins have labels and logs`, {
    found: config.kind === 'groupBy' ? 'a GroupBy' : 'a StagingQuery',
    hint: 'Give the join whose labels or log it is about.',
  });
}

/** @throws HindcastError for a config, an input or a table that a job can't run on */
export async function planJob(
  request: JobRequest,
  runId: string,
  launcher: Launcher,
  store: Store,
): Promise<Plan> {
  const plan = await planOf(request, runId, launcher, store);
  // What is measured is data, but for a view, whose data are elsewhere, and for what are measures already.
  const isData = plan.view === null && request.consistency === undefined;
  const kept = request.statistics === true && isData;
  const { drift = null } = plan;
  if (drift !== null && !kept)
    throw new HindcastError('usage', `join "${plan.name}": its drift is known by its statistics`, {
      found: '--conf stats=off',
      hint: 'Leave that out, or add --conf drift=off.',
    });
  const statistics = kept ? statisticsOf(plan.output.table) : null;
  if (statistics !== null) await checkStatistics(statistics, launcher, store);
  return { ...plan, statistics };
}

/** @throws HindcastError where another table has the name of the statistics */
async function checkStatistics(table: string, launcher: Launcher, store: Store): Promise<void> {
  try {
    await inspectOutput(table, 'statistics', store, launcher);
  } catch (error) {
    if (!(error instanceof HindcastError)) throw error;
    throw new HindcastError(error.kind, `statistics: ${error.message}`, {
      found: error.found,
      hint: 'Move that table away, or leave statistics out: --conf stats=off.',
    });
  }
}

async function planOf(
  request: JobRequest,
  runId: string,
  launcher: Launcher,
  store: Store,
): Promise<Plan> {
  const run = { runId, folder: new RunFiles(store, runId).folder };
  const config = await configOf(request);
  if (request.flattenLog !== undefined) {
    const log = request.flattenLog;
    return planFlattenLog(joinIn(config, request), log, request, run, store, launcher);
  }
  if (request.consistency !== undefined)
    return planConsistency(joinIn(config, request), request, run, store, launcher);
  if (config.kind === 'stagingQuery') {
    if (request.labelJoin === true) joinIn(config, request);
    return planStagingQuery(config.stagingQuery, request, run, store, launcher);
  }
  const { join, state, request: planned } = await inspect(config, request, launcher, store);
  const plan = planJoin(join, state, planned, run);
  refuseMissingInputs(plan, state, request);
  const { columns, dateFormat } = plan.output;
  return {
    ...plan,
    drift: request.drift === false ? null : planDrift(join, columns, dateFormat),
  };
}
