/** Statistics of what a run writes: measured before a step's commit, committed after it. */
import { HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import type { Plan, Stage, Step } from '@hindcast/shared/plan/plan';
import type { StagedFile, TaskResult } from '@hindcast/shared/plan/task';
import type { AddFile } from '@hindcast/shared/table/delta-actions';
import { archiveTable } from './archive.js';
import type { CommitContext } from './commit.js';
import type { Launcher } from './launch/launcher.js';
import { measuredPartitions, statisticsTasks } from './plan/statistics.js';
import { hashesOf, StatisticsTable } from './statistics-table.js';

export class RunStatistics {
  private readonly table: StatisticsTable;
  /** Partitions whose rows this run has committed. */
  private readonly published = new Set<string>();
  /** How often lacking ones were looked for. */
  private made = 0;

  constructor(
    private readonly plan: Plan,
    private readonly context: CommitContext,
    private readonly launcher: Launcher,
    private readonly warn: (message: string) => void,
  ) {
    this.table = new StatisticsTable(plan.output, context);
  }

  private get kept(): boolean {
    return typeof this.plan.statistics === 'string';
  }

  /**
   * @param results of the step's last stage
   * @returns the staged rows; null where none are kept
   */
  async measure(
    step: Step,
    results: readonly TaskResult[],
    run: (stage: Stage) => Promise<readonly TaskResult[]>,
  ): Promise<readonly StagedFile[] | null> {
    if (!this.kept) return null;
    const partitions = measuredPartitions(results.flatMap(({ files }) => files));
    const folder = `${this.context.run.folder}/step-${step.index}`;
    const { output } = this.plan;
    const tasks = statisticsTasks(partitions, output, folder, this.launcher.executors);
    if (tasks.length === 0) return [];
    try {
      const measured = await run({ name: 'statistics', tasks });
      return measured.flatMap(({ files }) => files);
    } catch (error) {
      const { kind } = toErrorRecord(error);
      // Without them nothing is known of drift.
      if (kind === 'interrupted' || kind === 'bug' || this.plan.drift?.when === 'before')
        throw error;
      this.tell('are not there', error);
      return null;
    }
  }

  /** Before a step's commit. Also where none are kept any more: what is there must not become wrong. */
  async withdraw({ replaces, partitions, index }: Step): Promise<void> {
    if (replaces.length === 0) return;
    const app = `${this.context.run.writer}/step-${index}`;
    try {
      await this.table.withdraw(partitions, app);
    } catch (error) {
      // A table of something else has no rows of ours.
      if (!(error instanceof HindcastError && error.kind === 'data')) throw error;
    }
  }

  /** @param files of the step, as committed */
  async publish(
    step: Step,
    staged: readonly StagedFile[] | null,
    files: readonly AddFile[],
  ): Promise<void> {
    if (staged === null || staged.length === 0) return;
    const measured = hashesOf(files, this.plan.output.partitionColumn);
    const app = `${this.context.run.writer}/step-${step.index}`;
    try {
      await this.table.publish(staged, measured, app, step.index);
      for (const value of measured.keys()) this.published.add(value);
    } catch (error) {
      this.tell('are not there', error);
    }
  }

  /** Makes what the plan's partitions lack: a driver died before it could, or they are from before. */
  async complete(signal: AbortSignal): Promise<void> {
    const values = this.plan.partitions.map(({ value }) => value);
    await this.ensure(new Set(values.filter((value) => !this.published.has(value))), signal);
  }

  /** Makes what partitions of the output lack. */
  async ensure(asked: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    if (!this.kept || asked.size === 0) return;
    const made = this.made++;
    try {
      const { output } = this.plan;
      const lacking = await this.table.lacking(asked);
      if (lacking.partitions.length === 0) return;
      const folder = `${this.context.run.folder}/statistics-${made}`;
      const tasks = statisticsTasks(lacking.partitions, output, folder, this.launcher.executors);
      const staged: StagedFile[] = [];
      try {
        await this.launcher.runAll({
          folder,
          tasks,
          onResult: (_, { files }) => staged.push(...files),
          signal,
        });
        const app = `${this.context.run.writer}/statistics-${made}`;
        if (!signal.aborted) await this.table.publish(staged, lacking.hashes, app, 0);
      } finally {
        await this.context.store.delete([folder]).catch(() => {});
      }
    } catch (error) {
      this.tell('are not complete', error);
    }
  }

  /** Files with rows of these partitions, as far as there are any. */
  files(values: ReadonlySet<string>): Promise<Pick<StagedFile, 'path' | 'partition'>[]> {
    return this.table.current(values);
  }

  /** Partitions of the output that have files, sorted. */
  outputPartitions(): Promise<string[]> {
    return this.table.outputPartitions();
  }

  /**
   * They are put aside with the table that they are of, under a name that ends alike.
   * @param to the table's folder from now on
   */
  async archive(to: string): Promise<void> {
    try {
      if ((await this.table.read()) === null) return;
    } catch (error) {
      if (error instanceof HindcastError && error.kind === 'data') return;
      throw error;
    }
    const { key } = this.table;
    const aside = `${key}${to.slice(this.plan.output.key.length)}`;
    await archiveTable({ reason: '', from: key, to: aside, kind: 'move' }, this.context.store);
  }

  /** A table without statistics is better than none; the next run makes them. */
  private tell(what: string, error: unknown): void {
    const { message, found, hint } = toErrorRecord(error);
    const why = [message, found, hint].filter((part) => part !== undefined).join(': ');
    this.warn(`statistics of ${this.plan.output.table} ${what}: ${why}`);
  }
}
