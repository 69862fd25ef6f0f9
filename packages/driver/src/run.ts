/** Carries a plan out: step after step, stage after stage, each step to its commit. */
import { resolve } from 'node:path';
import { toErrorRecord } from '@hindcast/shared/errors';
import type { DriftResults } from '@hindcast/shared/plan/drift';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import { eventVersion, type LoggedEvent, type RunEvent } from '@hindcast/shared/plan/event';
import type { Archive, Plan, Stage, Step } from '@hindcast/shared/plan/plan';
import { addNotes, noNotes, type TaskResult } from '@hindcast/shared/plan/task';
import { addUse, lessUse, type StoreUse } from '@hindcast/shared/store/use';
import { rowsOfFile } from '@hindcast/shared/table/delta-actions';
import { type DeltaSnapshot, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { tableName } from '@hindcast/shared/table/partitions';
import { archiveTable } from './archive.js';
import { checkStagedRows } from './check-rows.js';
import { checkpointReader } from './checkpoint-reader.js';
import { type CommitContext, commitStep, stepApp } from './commit.js';
import { notesOfReused, noteWarnings } from './data-notes.js';
import { keepDefinitions } from './definition-files.js';
import { engine } from './engine.js';
import type { JobIo } from './job-io.js';
import { labelMaturity } from './label-maturity.js';
import type { Launcher } from './launch/launcher.js';
import { Observer } from './observe/observer.js';
import { rangeText } from './plan/asked-range.js';
import type { JobRequest } from './request.js';
import {
  exitCodeOf,
  exitCodeWithDrift,
  interrupted,
  type RunResults,
  type StepOutcome,
  statusOf,
} from './results.js';
import { keepConfig } from './run-config.js';
import { RunDrift } from './run-drift.js';
import type { RunFiles } from './run-files.js';
import { RunStatistics } from './run-statistics.js';
import { SegmentClaims, type StageTask } from './segment-claims.js';
import { sideBySide, Turns } from './side-by-side.js';
import { withInputs } from './stage-inputs.js';
import { summary, whoWrites } from './wording.js';
import { writeView, writeViews } from './write-views.js';

export class Run {
  private readonly context: CommitContext;
  private readonly outcomes: StepOutcome[] = [];
  private readonly warnings: string[] = [];
  private archived: RunResults['archived'] = null;
  private notes = noNotes;
  private bytesRead = 0;
  private bytesWritten = 0;
  /** Whether the views were written after a commit. */
  private viewed = false;
  private readonly observer: Observer;
  private readonly commits = new Turns();
  private readonly claims = new SegmentClaims();
  private readonly statistics: RunStatistics;
  private readonly drift: RunDrift | null;
  /** Ends when the steps that have begun have ended. */
  private begun: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly request: JobRequest,
    private readonly plan: Plan,
    private readonly files: RunFiles,
    private readonly launcher: Launcher,
    private readonly io: JobIo,
    private readonly started: number, // ms since epoch
    private readonly usedBefore: StoreUse,
    /** Another driver may have done some of it. */
    private readonly resumed: boolean,
    /** The config's JSON; undefined where the driver of before has kept it. */
    private readonly compiled: unknown,
  ) {
    const { store } = files;
    this.observer = new Observer(request, plan, files.runId);
    this.context = { store, run: files, readCheckpoint: checkpointReader(launcher), engine };
    this.statistics = new RunStatistics(plan, this.context, launcher, (message) =>
      this.warn(message),
    );
    this.drift =
      plan.drift === undefined || plan.drift === null
        ? null
        : new RunDrift(plan.drift, plan.output, this.statistics, launcher, (message) =>
            this.warn(message),
          );
  }

  async execute(): Promise<RunResults> {
    try {
      return await this.steps();
    } finally {
      await this.files.flush();
    }
  }

  private async steps(): Promise<RunResults> {
    const { plan, files } = this;
    await files.mark();
    // A retry may come from another folder.
    const config = resolve(this.request.config);
    await files.writeJson('request.json', { ...this.request, config });
    await files.writeJson('plan.json', plan);
    this.announce();
    await this.keepConfig();
    for (const warning of await this.observer.started()) this.warn(warning);
    if (plan.archive !== null && !this.resumed) await this.putAside(plan.archive);
    const done = await this.committedBefore();
    if (plan.steps.length > done.size) await this.keepDefinitions();
    await sideBySide(
      plan.steps.filter(({ index }) => !done.has(index)),
      this.request.parallelism,
      (step) => {
        const earlier = this.begun;
        const done = this.runStep(step, earlier);
        this.begun = Promise.all([earlier, done]);
        return done;
      },
    );
    return this.finish();
  }

  /** A run does not need it: who asks about its rows later does. */
  private async keepConfig(): Promise<void> {
    if (this.compiled === undefined) return;
    try {
      await keepConfig(this.compiled, this.files);
    } catch (error) {
      const why = toErrorRecord(error).message;
      this.warn(`the config is not kept, and the browser can't explain rows of this run: ${why}`);
    }
  }

  /** Before files name them. What can't be kept is missed by what a later plan says, and by nothing else. */
  private async keepDefinitions(): Promise<void> {
    try {
      await keepDefinitions(this.plan.definitions, this.files.store);
    } catch (error) {
      const why = toErrorRecord(error).message;
      this.warn(`definitions are not kept, and later plans may not name what changed: ${why}`);
    }
  }

  /** Steps that a driver of before committed, as the table itself has it. */
  private async committedBefore(): Promise<ReadonlySet<number>> {
    const { store, run, readCheckpoint } = this.context;
    const { steps, output } = this.plan;
    const done = new Set<number>();
    if (!this.resumed) return done;
    const snapshot = await readDeltaSnapshot(store, output.key, readCheckpoint, output.table);
    const events = await this.files.events();
    const known = new Set(
      events.flatMap((event) => (event.type === 'step-committed' ? [event.step] : [])),
    );
    for (const { index, partitions, replaces } of steps) {
      if (!snapshot?.txns.has(stepApp(run, index))) continue;
      const { version } = snapshot;
      done.add(index);
      const rows = rowsIn(snapshot, partitions, output.partitionColumn);
      const outcome = { step: index, partitions, rows, version, error: null };
      this.outcomes.push({ ...outcome, status: 'committed' });
      // What its driver had no more time for.
      if (!known.has(index))
        this.emit({ type: 'step-committed', step: index, partitions, rows, version });
      const left = replaces.map((path) => `${output.key}/${path}`);
      await store.delete([`${this.files.folder}/step-${index}`, ...left]);
    }
    return done;
  }

  private async putAside(archive: Archive): Promise<void> {
    const { reason, kind } = archive;
    const to = await archiveTable(archive, this.files.store);
    if (kind === 'move') await this.statistics.archive(to);
    const as = tableName(to);
    this.archived = { reason, kind, as };
    this.emit({ type: 'archived', table: this.plan.output.table, ...this.archived });
  }

  private announce(): void {
    const { plan, files, request } = this;
    this.emit({ type: 'run-started', runId: files.runId, config: request.config, args: request });
    this.emit({
      type: 'planned',
      steps: plan.steps.length,
      compute: plan.partitions.filter(({ action }) => action === 'compute').length,
      skip: plan.partitions.filter(({ action }) => action === 'skip').length,
      tasks: plan.steps.flatMap(({ stages }) => stages.flatMap(({ tasks }) => tasks)).length,
      changes: plan.changes,
    });
    for (const warning of plan.warnings) this.warn(warning);
    for (const missing of plan.missingInputs) {
      const { origin, partitions } = missing;
      const which = `${summary(partitions)}${whoWrites(missing)}`;
      this.warn(`${origin}: ${partitions.length} partitions are missing: ${which}`);
    }
    if (plan.range === null && plan.job !== 'staging-query')
      this.warn(`no partition ${plan.leftPlace} ${this.askedText()}`);
    const empty = plan.partitions.filter(({ reason }) => reason === `empty ${plan.leftPlace}`);
    if (empty.length > 0)
      this.warn(`no rows ${plan.leftPlace}: ${summary(empty.map(({ value }) => value))}`);
  }

  private askedText(): string {
    const { startDs, endDs } = this.request;
    if (startDs === null && endDs === null)
      return this.plan.job === 'join'
        ? 'that its query asks for'
        : 'that its query and backfillStartDate ask for';
    return rangeText({ startDs, endDs });
  }

  /** @param earlier ends when the steps before it have ended */
  private async runStep(step: Step, earlier: Promise<unknown>): Promise<void> {
    const { partitions, index } = step;
    const outcome = { step: index, partitions, rows: 0, version: null, error: null };
    if (this.io.signal.aborted) {
      this.outcomes.push({ ...outcome, status: 'not run' });
      return;
    }
    try {
      let results: readonly TaskResult[] = [];
      for (const stage of step.stages) {
        if (stage.reads !== undefined) checkStagedRows(this.plan, step, results);
        results = await this.runStage(step, withInputs(stage, results));
      }
      const measured = await this.statistics.measure(step, results, (stage) =>
        this.runStage(step, stage),
      );
      if (this.drift?.plan.when === 'before') {
        // Partitions are compared with those that earlier steps commit.
        await earlier;
        await this.drift.beforeCommit(step, measured ?? [], this.io.signal);
      }
      const { version, rows } = await this.commits.take(async () => {
        await this.statistics.withdraw(step);
        const committed = await commitStep(this.plan, step, results, this.context);
        await this.statistics.publish(step, measured, committed.files);
        return committed;
      });
      this.outcomes.push({ ...outcome, status: 'committed', rows, version });
      this.emit({ type: 'step-committed', step: index, partitions, rows, version });
      // From its first commit on a table may have other columns than its views.
      if (!this.viewed) await this.updateViews();
      // A retry must know of it.
      await this.files.flush();
    } catch (error) {
      const record = toErrorRecord(error);
      this.outcomes.push({ ...outcome, status: 'failed', error: record });
      this.emit({ type: 'step-failed', step: index, partitions, error: record });
    } finally {
      await this.files.store.delete([`${this.files.folder}/step-${index}`]).catch(() => {});
    }
  }

  private async runStage(step: Step, stage: Stage): Promise<TaskResult[]> {
    const { tasks, name } = stage;
    const { signal } = this.io;
    this.emit({ type: 'stage-started', step: step.index, stage: name, tasks: tasks.length });
    const results = tasks.map(({ kind }) => emptyResult(kind));
    let left: readonly StageTask[] = tasks.map((task, index) => ({ task, index }));
    while (left.length > 0) {
      const { mine, settle, left: leftByOthers } = this.claims.claim(left);
      let done = false;
      try {
        await this.launcher.runAll({
          folder: `${this.files.folder}/step-${step.index}/${name}`,
          tasks: mine.map(({ task }) => task),
          onResult: (i, result) => {
            const { index } = mine[i]!;
            results[index] = result;
            this.note(step, name, index, result);
          },
          signal,
        });
        done = !signal.aborted;
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        settle(done);
      }
      if (signal.aborted) throw interrupted();
      left = await leftByOthers();
    }
    return results;
  }

  private note(step: Step, stage: string, task: number, result: TaskResult): void {
    const { seconds, rowsIn, rowsOut, bytesRead, bytesWritten } = result;
    this.notes = addNotes(this.notes, result.notes);
    this.bytesRead += bytesRead;
    this.bytesWritten += bytesWritten;
    const facts = { seconds, rowsIn, rowsOut, bytesRead, bytesWritten };
    const ran = result.ran === undefined ? {} : { ran: result.ran };
    this.emit({ type: 'task-finished', step: step.index, stage, task, ...facts, ...ran });
  }

  private async finish(): Promise<RunResults> {
    const { files, plan } = this;
    const outcomes = this.outcomes.toSorted((a, b) => a.step - b.step);
    for (const notes of await notesOfReused(plan, files.store))
      this.notes = addNotes(this.notes, notes);
    for (const warning of noteWarnings(this.notes)) this.warn(warning);
    if (!this.io.signal.aborted) await this.statistics.complete(this.io.signal);
    const drift = await this.checkDrift(outcomes);
    const views = await this.updateViews();
    const labels = await this.labels();
    const status = statusOf(outcomes, this.io.signal.aborted);
    const results: RunResults = {
      version: 1,
      runId: files.runId,
      args: this.request,
      output: plan.output.table,
      statistics: plan.statistics ?? null,
      drift,
      archived: this.archived,
      changes: plan.changes,
      status,
      exitCode: exitCodeWithDrift(
        views === null && status === 'succeeded' ? 1 : exitCodeOf(status, outcomes),
        outcomes,
        drift,
      ),
      steps: outcomes,
      views: views ?? [],
      labels,
      skipped: plan.partitions.flatMap(({ value, action, reason }) =>
        action === 'skip' ? [{ partition: value, reason }] : [],
      ),
      rows: outcomes.reduce((sum, { rows }) => sum + rows, 0),
      bytesRead: this.bytesRead,
      bytesWritten: this.bytesWritten,
      store: addUse(lessUse(files.store.use(), this.usedBefore), this.launcher.use()),
      seconds: (Date.now() - this.started) / 1000,
      notes: this.notes,
      warnings: this.warnings,
    };
    for (const warning of await this.observer.ended(results)) this.warn(warning);
    await files.writeJson('run_results.json', results).catch(() => {});
    const { exitCode, seconds } = results;
    this.emit({ type: 'run-finished', status, exitCode, seconds, notes: this.notes });
    return results;
  }

  private async checkDrift(outcomes: readonly StepOutcome[]): Promise<DriftResults | null> {
    const { drift } = this;
    if (drift === null) return null;
    const { signal } = this.io;
    if (drift.plan.when === 'after' && !signal.aborted) {
      const own = outcomes.filter(({ status }) => status === 'committed');
      const committed = [...this.request.done, ...own.flatMap(({ partitions }) => partitions)];
      await drift.afterCommits([...new Set(committed)], signal);
    }
    const results = drift.results();
    this.emit({ type: 'drift-checked', ...results });
    return results;
  }

  /** Also of a run that was interrupted: what it committed stays. Null when it failed, which a warning says. */
  private async updateViews(): Promise<readonly string[] | null> {
    const { views, view } = this.plan;
    const { store, readCheckpoint } = this.context;
    if (view !== null) return writeView(view, store);
    if (views === null) return [];
    this.viewed = true;
    try {
      return await writeViews(views, store, readCheckpoint);
    } catch (error) {
      const { message, found, hint } = toErrorRecord(error);
      const what = [message, found, hint].filter((part) => part !== undefined).join(': ');
      this.warn(`the views of ${views.features} are not up to date: ${what}`);
      return null;
    }
  }

  private async labels(): Promise<RunResults['labels']> {
    const { views, labels } = this.plan;
    // Executors that were interrupted count nothing more.
    if (labels === null || views === null || this.io.signal.aborted) return null;
    const all = labels.maturity;
    const asked = new Set(all.map(({ partition }) => partition));
    try {
      return await labelMaturity(views, all, asked, this.files.store, this.launcher);
    } catch (error) {
      this.warn(`how far labels have come is not known: ${toErrorRecord(error).message}`);
      return null;
    }
  }

  private emit(event: RunEvent): void {
    let logged: LoggedEvent;
    try {
      logged = this.files.append(event);
    } catch {
      // A full disk must not hide the error that it caused.
      logged = { v: eventVersion, at: Date.now(), ...event };
    }
    try {
      this.io.onEvent(logged);
    } catch {
      // What can't be shown must not fail what is computed.
    }
  }

  private warn(message: string): void {
    this.warnings.push(message);
    this.emit({ type: 'warning', message });
  }
}

function rowsIn(
  { files }: DeltaSnapshot,
  partitions: readonly string[],
  partitionColumn: string,
): number {
  const some = new Set(partitions);
  return files
    .filter(({ partitionValues }) => some.has(partitionValues[partitionColumn] ?? ''))
    .reduce((sum, file) => sum + rowsOfFile(file), 0);
}
