/** What a report says, as data: pure, from a run's record. */
import type { ErrorRecord } from '@hindcast/shared/errors';
import type { DriftResults, PlannedDrift } from '@hindcast/shared/plan/drift';
import type {
  Archive,
  LabelDate,
  LabelMaturity,
  MissingInput,
  Plan,
  PlannedBootstrap,
  PlannedPartition,
} from '@hindcast/shared/plan/plan';
import type { DataNotes } from '@hindcast/shared/plan/task';
import type { StoreUse } from '@hindcast/shared/store/use';
import { changeLines } from '../render-changes.js';
import type { JobRequest } from '../request.js';
import type { RunState } from '../run-state.js';
import { type ConsistencyReport, consistencyOf } from './consistency.js';
import { type FeatureGroup, featureGroups } from './features.js';
import type { RunRecord } from './run-record.js';
import { type KeySetSkew, skewOf } from './skew.js';
import { type SourceUse, sourcesOf } from './sources.js';
import { type Timeline, timelineOf } from './timeline.js';

export interface ReportModel {
  readonly runId: string;
  readonly state: RunState;
  readonly now: number; // ms since epoch
  readonly job: Plan['job'] | null;
  /** The config's name; its path where there is no plan. */
  readonly name: string;
  /** As `--name` gave it. */
  readonly title: string | null;
  readonly output: string | null;
  readonly windowing: string | null;
  readonly request: JobRequest | null;
  readonly rows: number; // committed
  readonly seconds: number | null; // of a run that ended
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly store: StoreUse | null;
  readonly views: readonly string[];
  /** The output is a view, whose data are elsewhere. */
  readonly isView: boolean;
  readonly archive: {
    readonly reason: string;
    readonly kind: Archive['kind'];
    readonly as: string;
  } | null;
  /** What changed in definitions, a line each. */
  readonly changes: readonly string[];
  readonly decisions: readonly Decision[];
  readonly partitions: readonly PartitionOutcome[];
  readonly bootstrap: PlannedBootstrap | null;
  readonly missingInputs: readonly MissingInput[];
  readonly steps: readonly StepReport[];
  readonly timeline: Timeline | null;
  readonly sources: readonly SourceUse[];
  readonly skew: readonly KeySetSkew[];
  readonly warnings: readonly string[];
  /** Null until it is known. */
  readonly notes: DataNotes | null;
  readonly labels: LabelReport | null;
  /** Null: the run compares no log. */
  readonly consistency: ConsistencyReport | null;
  /** Null: nothing is checked. */
  readonly drift: DriftReport | null;
  /** Null: there are no statistics of the output table. */
  readonly features: readonly FeatureGroup[] | null;
}

/** Partitions that are treated alike, for the same reason. */
export interface Decision extends Pick<PlannedPartition, 'action' | 'reason' | 'parts'> {
  readonly partitions: readonly string[];
  /** Tables whose files changed since. */
  readonly stale: readonly string[];
}

export interface PartitionOutcome {
  readonly value: string;
  readonly outcome: 'computed' | 'failed' | 'open' | 'skipped';
  readonly reason: string;
}

export interface StepReport {
  readonly step: number;
  readonly partitions: readonly string[];
  readonly status: 'committed' | 'failed' | 'running' | 'not run';
  readonly rows: number;
  readonly version: number | null;
  readonly error: ErrorRecord | null;
}

export interface DriftReport {
  readonly planned: PlannedDrift;
  /** Null until the run has looked. */
  readonly results: DriftResults | null;
}

export interface LabelReport {
  readonly dates: readonly LabelDate[];
  readonly maturity: readonly LabelMaturity[];
  /** As it was when the run was planned: the run has not said how it is now. */
  readonly before: boolean;
}

export function reportModel(record: RunRecord): ReportModel {
  const { runId, state, now, request, plan, events, results, statistics } = record;
  const steps = plan === null ? [] : stepsOf(plan, record);
  const started = events.find((event) => event.type === 'run-started');
  const finished = events.findLast((event) => event.type === 'run-finished');
  const tasks = events.filter((event) => event.type === 'task-finished');
  return {
    runId,
    state,
    now,
    request,
    job: plan?.job ?? null,
    name: plan?.name ?? request?.config ?? started?.config ?? runId,
    title: request?.name ?? null,
    output: plan?.output.table ?? null,
    windowing: plan?.job === 'staging-query' ? null : (plan?.windowing ?? null),
    rows: steps.reduce((sum, { rows }) => sum + rows, 0),
    seconds: results?.seconds ?? finished?.seconds ?? null,
    bytesRead: tasks.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    bytesWritten: tasks.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    store: results?.store ?? null,
    views: results?.views ?? [],
    isView: (plan?.view ?? null) !== null,
    archive: events.find((event) => event.type === 'archived') ?? null,
    changes: changeLines(plan?.changes ?? []).map((line) => line.trim()),
    decisions: decisionsOf(plan?.partitions ?? []),
    partitions: outcomesOf(plan?.partitions ?? [], steps),
    bootstrap: plan?.bootstrap ?? null,
    missingInputs: plan?.missingInputs ?? [],
    steps,
    timeline: timelineOf(record),
    sources: plan === null ? [] : sourcesOf(plan, events),
    skew: plan === null ? [] : skewOf(plan, events),
    warnings: [
      ...new Set(events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))),
    ],
    notes: results?.notes ?? finished?.notes ?? null,
    labels: labelsOf(record),
    consistency: consistencyOf(record),
    drift: driftOf(record),
    features:
      statistics === null || statistics.length === 0
        ? null
        : featureGroups(statistics, Object.keys(plan?.hashes.parts ?? {})),
  };
}

function decisionsOf(partitions: readonly PlannedPartition[]): Decision[] {
  const alike = new Map<string, Decision>();
  for (const { value, action, reason, parts, stale = [] } of partitions) {
    const name = JSON.stringify([action, reason, parts, stale]);
    const had = alike.get(name)?.partitions ?? [];
    alike.set(name, { action, reason, parts, stale, partitions: [...had, value] });
  }
  return [...alike.values()];
}

function outcomesOf(
  partitions: readonly PlannedPartition[],
  steps: readonly StepReport[],
): PartitionOutcome[] {
  const statuses = new Map(
    steps.flatMap(({ partitions: own, status }) => own.map((value) => [value, status] as const)),
  );
  return partitions.map(({ value, action, reason }) => {
    if (action === 'skip') return { value, reason, outcome: 'skipped' };
    const status = statuses.get(value);
    const outcome = status === 'committed' ? 'computed' : status === 'failed' ? 'failed' : 'open';
    return { value, reason, outcome };
  });
}

/** As results have them; of a run without, as its events do. */
function stepsOf({ steps }: Plan, { results, events, state }: RunRecord): StepReport[] {
  return steps.map(({ index, partitions }): StepReport => {
    const open = { step: index, partitions, rows: 0, version: null, error: null };
    const told = results?.steps.find(({ step }) => step === index);
    if (told !== undefined) return told;
    const own = events.filter((event) => 'step' in event && event.step === index);
    const end = own.findLast(({ type }) => type === 'step-committed' || type === 'step-failed');
    if (end?.type === 'step-committed')
      return { ...open, status: 'committed', rows: end.rows, version: end.version };
    if (end?.type === 'step-failed') return { ...open, status: 'failed', error: end.error };
    return { ...open, status: own.length > 0 && state === 'running' ? 'running' : 'not run' };
  });
}

function labelsOf({ plan, results }: RunRecord): LabelReport | null {
  const planned = plan?.labels ?? null;
  if (planned === null) return null;
  const after = results?.labels ?? null;
  return { dates: planned.dates, maturity: after ?? planned.maturity, before: after === null };
}

function driftOf({ plan, results, events }: RunRecord): DriftReport | null {
  const planned = plan?.drift ?? null;
  if (planned === null) return null;
  const checked = events.findLast((event) => event.type === 'drift-checked');
  return { planned, results: results?.drift ?? checked ?? null };
}
