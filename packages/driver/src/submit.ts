/**
 * The straight line: config → inspect → plan → stages → commit → report. Everything that a job
 * shows to a person leaves here as events.
 */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import type { Join } from '@hindcast/shared/config/model';
import { type ErrorRecord, HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import type { LoggedEvent, RunEvent, RunStatus } from '@hindcast/shared/plan/event';
import type { Plan, Stage, Step } from '@hindcast/shared/plan/plan';
import { type DataNotes, noNotes, type TaskResult } from '@hindcast/shared/plan/task';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { archiveTable } from './archive.js';
import { type CommitContext, commitStep } from './commit.js';
import { checkpointReader, inspectJoin } from './inspect.js';
import type { Launcher } from './launch/launcher.js';
import { launchThreads } from './launch/threads.js';
import { planJoin } from './plan/join.js';
import type { JobRequest } from './request.js';
import { newRunId, RunFiles } from './run-files.js';

const version = (createRequire(import.meta.url)('../package.json') as { version: string }).version;
export const engine = `hindcast/${version}`;

/** What the caller lends to a job: a sink for events, a way to ask, a way to stop. */
export interface JobIo {
  readonly onEvent: (event: LoggedEvent) => void;
  /** Asked before something that can't be undone; false stops the job. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly signal: AbortSignal;
}

export interface StepOutcome {
  readonly step: number;
  readonly partitions: readonly string[];
  readonly status: 'committed' | 'failed' | 'not run';
  readonly rows: number;
  readonly version: number | null;
  readonly error: ErrorRecord | null;
}

/** run_results.json. */
export interface RunResults {
  readonly version: number;
  readonly runId: string;
  readonly args: JobRequest;
  readonly output: string;
  readonly status: RunStatus;
  readonly exitCode: number;
  readonly steps: readonly StepOutcome[];
  readonly skipped: readonly { readonly partition: string; readonly reason: string }[];
  readonly rows: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly seconds: number;
  readonly notes: DataNotes;
  readonly warnings: readonly string[];
}

/** A folder outside of the warehouse where executors spill; it dies with the process's run. */
export function openLauncher(
  request: Pick<JobRequest, 'executors' | 'memoryBytes' | 'warehouse'>,
  name: string,
): Launcher {
  const scratch = `${tmpdir()}/hindcast-${name}-${process.pid}`;
  const launcher = launchThreads(request.executors, {
    warehouse: request.warehouse,
    threads: Math.max(1, Math.floor(availableParallelism() / request.executors)),
    memoryBytes: request.memoryBytes,
    scratch,
  });
  return {
    ...launcher,
    close: async () => {
      await launcher.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

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

export function summary(partitions: readonly string[]): string {
  if (partitions.length <= 6) return partitions.join(', ');
  return `${partitions.slice(0, 3).join(', ')} … ${partitions.at(-1)} (${partitions.length})`;
}

export async function submit(request: JobRequest, io: JobIo): Promise<RunResults> {
  const started = Date.now();
  const runId = newRunId(new Date(started));
  const launcher = openLauncher(request, runId);
  const abort = (): void => {
    void launcher.close();
  };
  io.signal.addEventListener('abort', abort);
  try {
    const store = await openStore(request.warehouse);
    const plan = await planJob(request, runId, launcher, store);
    if (plan.archive !== null && plan.archive.kind === 'move' && !request.yes) {
      const question = `${plan.archive.reason}: archive ${plan.output.table} as ${plan.archive.to.replace('/', '.')} and compute it anew?`;
      if (!(await io.confirm(question))) {
        throw new HindcastError(
          'usage',
          `${plan.output.table}: ${plan.archive.reason}, and nothing was changed`,
          {
            hint: 'Answer yes, or give --yes, to archive the table and compute it anew.',
          },
        );
      }
    }
    return await new Run(request, plan, store, launcher, runId, io, started).execute();
  } finally {
    io.signal.removeEventListener('abort', abort);
    await launcher.close();
  }
}

class Run {
  private readonly files: RunFiles;
  private readonly context: CommitContext;
  private readonly outcomes: StepOutcome[] = [];
  private readonly warnings: string[] = [];
  private notes = noNotes;
  private bytesRead = 0;
  private bytesWritten = 0;

  constructor(
    private readonly request: JobRequest,
    private readonly plan: Plan,
    store: Store,
    private readonly launcher: Launcher,
    runId: string,
    private readonly io: JobIo,
    private readonly started: number,
  ) {
    this.files = new RunFiles(store, runId);
    this.context = { store, run: this.files, readCheckpoint: checkpointReader(launcher), engine };
  }

  async execute(): Promise<RunResults> {
    const { plan, files, request } = this;
    await files.mark();
    await files.writeJson('request.json', request);
    await files.writeJson('plan.json', plan);
    this.emit({ type: 'run-started', runId: files.runId, config: request.config, args: request });
    this.emit({
      type: 'planned',
      steps: plan.steps.length,
      compute: plan.partitions.filter(({ action }) => action === 'compute').length,
      skip: plan.partitions.filter(({ action }) => action === 'skip').length,
      tasks: plan.steps.flatMap(({ stages }) => stages.flatMap(({ tasks }) => tasks)).length,
    });
    for (const warning of plan.warnings) this.warn(warning);
    for (const { origin, partitions } of plan.missingInputs) {
      this.warn(`${origin}: ${partitions.length} partitions are missing: ${summary(partitions)}`);
    }
    const empty = plan.partitions.filter(({ reason }) => reason === 'empty on the left');
    if (empty.length > 0)
      this.warn(`no rows on the left: ${summary(empty.map(({ value }) => value))}`);
    if (plan.archive !== null) await archiveTable(plan.archive, files.store);
    for (const step of plan.steps) await this.runStep(step);
    return this.finish();
  }

  private async runStep(step: Step): Promise<void> {
    const { partitions, index } = step;
    const outcome = { step: index, partitions, rows: 0, version: null, error: null };
    if (this.io.signal.aborted) {
      this.outcomes.push({ ...outcome, status: 'not run' });
      return;
    }
    try {
      let results: readonly TaskResult[] = [];
      for (const stage of step.stages) results = await this.runStage(step, stage);
      if (this.io.signal.aborted) throw new HindcastError('interrupted', 'interrupted');
      const staged = results.flatMap(({ files }) => files);
      const { version: committed, rows } = await commitStep(this.plan, step, staged, this.context);
      this.outcomes.push({ ...outcome, status: 'committed', rows, version: committed });
      this.emit({ type: 'step-committed', step: index, partitions, rows, version: committed });
    } catch (error) {
      const record = this.io.signal.aborted
        ? toErrorRecord(new HindcastError('interrupted', 'interrupted'))
        : toErrorRecord(error);
      this.outcomes.push({ ...outcome, status: 'failed', error: record });
      this.emit({ type: 'step-failed', step: index, partitions, error: record });
    } finally {
      await this.files.store
        .delete([`${this.files.folder}/step-${index}`, `${this.files.folder}/placing`])
        .catch(() => {});
    }
  }

  /** Runs a stage's tasks, as many at a time as there are executors. The first error stops it. */
  private async runStage(step: Step, stage: Stage): Promise<TaskResult[]> {
    this.emit({
      type: 'stage-started',
      step: step.index,
      stage: stage.name,
      tasks: stage.tasks.length,
    });
    return Promise.all(
      stage.tasks.map(async (task, i) => {
        const result = (await this.launcher.run(task)) as TaskResult;
        this.notes = addNotes(this.notes, result.notes);
        this.bytesRead += result.bytesRead;
        this.bytesWritten += result.bytesWritten;
        const { seconds, rowsIn, rowsOut, bytesRead, bytesWritten } = result;
        const facts = { seconds, rowsIn, rowsOut, bytesRead, bytesWritten };
        this.emit({
          type: 'task-finished',
          step: step.index,
          stage: stage.name,
          task: i,
          ...facts,
        });
        return result;
      }),
    );
  }

  private async finish(): Promise<RunResults> {
    const { outcomes, files, plan } = this;
    for (const warning of noteWarnings(this.notes)) this.warn(warning);
    const failed = outcomes.filter(({ status }) => status !== 'committed');
    const status: RunStatus = this.io.signal.aborted
      ? 'interrupted'
      : failed.length === 0
        ? 'succeeded'
        : failed.length < outcomes.length
          ? 'partly-failed'
          : 'failed';
    const results: RunResults = {
      version: 1,
      runId: files.runId,
      args: this.request,
      output: plan.output.table,
      status,
      exitCode: exitCodeOf(status, failed),
      steps: outcomes,
      skipped: plan.partitions.flatMap(({ value, action, reason }) =>
        action === 'skip' ? [{ partition: value, reason }] : [],
      ),
      rows: outcomes.reduce((sum, { rows }) => sum + rows, 0),
      bytesRead: this.bytesRead,
      bytesWritten: this.bytesWritten,
      seconds: (Date.now() - this.started) / 1000,
      notes: this.notes,
      warnings: this.warnings,
    };
    await files.writeJson('run_results.json', results).catch(() => {});
    const { exitCode, seconds } = results;
    this.emit({ type: 'run-finished', status, exitCode, seconds, notes: this.notes });
    return results;
  }

  private emit(event: RunEvent): void {
    let logged: LoggedEvent;
    try {
      logged = this.files.append(event);
    } catch {
      // A full disk must not hide the error that it caused.
      logged = { v: 1, at: Date.now(), ...event };
    }
    this.io.onEvent(logged);
  }

  private warn(message: string): void {
    this.warnings.push(message);
    this.emit({ type: 'warning', message });
  }
}

/** One failed step of several is exit 1; when nothing was committed, the error's own code. */
function exitCodeOf(status: RunStatus, failed: readonly StepOutcome[]): number {
  if (status === 'succeeded') return 0;
  if (status === 'interrupted') return 130;
  if (status === 'partly-failed') return 1;
  const error = failed.find((outcome) => outcome.error !== null)?.error;
  if (error === null || error === undefined || error.kind === 'bug') return 1;
  return new HindcastError(error.kind, error.message).exitCode;
}

function addNotes(a: DataNotes, b: DataNotes): DataNotes {
  return {
    lateEvents: a.lateEvents + b.lateEvents,
    earlyEvents: a.earlyEvents + b.earlyEvents,
    eventsWithoutTime: a.eventsWithoutTime + b.eventsWithoutTime,
    duplicateSnapshotRows: a.duplicateSnapshotRows + b.duplicateSnapshotRows,
    skewedRows: a.skewedRows + b.skewedRows,
  };
}

function noteWarnings(notes: DataNotes): string[] {
  const warnings: string[] = [];
  if (notes.earlyEvents > 0) {
    warnings.push(
      `${notes.earlyEvents} events lie in a partition before their time's date: they landed before they happened`,
    );
  }
  if (notes.lateEvents > 0) {
    warnings.push(
      `${notes.lateEvents} events lie in a later partition than their time's date: rows of earlier dates don't see them`,
    );
  }
  if (notes.eventsWithoutTime > 0) {
    warnings.push(`${notes.eventsWithoutTime} events have no time and never count`);
  }
  if (notes.duplicateSnapshotRows > 0) {
    warnings.push(
      `${notes.duplicateSnapshotRows} snapshot rows repeat a key of their partition: the greatest row of each key is taken`,
    );
  }
  return warnings;
}
