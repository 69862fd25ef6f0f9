/** Drift of what a run writes, by its statistics: before each step's commit, or after all of them. */
import { HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import type {
  ComparedPartition,
  DriftFinding,
  DriftResults,
  PlannedDrift,
} from '@hindcast/shared/plan/drift';
import type { OutputTable, Step } from '@hindcast/shared/plan/plan';
import type { StagedFile } from '@hindcast/shared/plan/task';
import { findingsOf, referencesOf } from './drift/check.js';
import { findingLines } from './drift/words.js';
import type { Launcher } from './launch/launcher.js';
import { readSummaries } from './read-summaries.js';
import type { RunStatistics } from './run-statistics.js';
import { summary } from './wording.js';

const mostInError = 5;

export class RunDrift {
  private readonly partitions: ComparedPartition[] = [];
  private readonly findings: DriftFinding[] = [];
  private readonly unchecked: string[] = [];

  constructor(
    readonly plan: PlannedDrift,
    private readonly output: OutputTable,
    private readonly statistics: RunStatistics,
    private readonly launcher: Launcher,
    private readonly warn: (message: string) => void,
  ) {}

  results(): DriftResults {
    const { partitions, findings, unchecked } = this;
    const { when } = this.plan;
    return { when, partitions, findings, unchecked };
  }

  /**
   * @param staged statistics of what the step is about to commit
   * @throws HindcastError kind `data` for columns beyond their thresholds, `task` where that can't be told
   */
  async beforeCommit(
    step: Step,
    staged: readonly StagedFile[],
    signal: AbortSignal,
  ): Promise<void> {
    // A step without rows has nothing that could be compared.
    if (staged.length === 0) return;
    const found = await this.compare(step.partitions, staged, signal);
    if (found.findings.length === 0) {
      if (found.lacking.length === 0) return;
      throw new HindcastError(
        'task',
        `${this.output.table}: drift can't be told, and nothing of step ${step.index} was committed`,
        {
          found: `no statistics of ${summary(found.lacking)}`,
          hint: 'A warning says why they could not be made. To commit it unchecked, submit with --conf drift=off.',
        },
      );
    }
    const columns = new Set(found.findings.map(({ column }) => column)).size;
    throw new HindcastError(
      'data',
      `${this.output.table}: ${columns === 1 ? 'a column' : `${columns} columns`} drifted too far, and nothing of step ${step.index} was committed`,
      {
        found: findingLines(found, mostInError).join('; '),
        hint: 'Look at what the inputs hold. To commit it as it is, raise the thresholds in the config, or submit with --conf drift=off.',
      },
    );
  }

  /** @param partitions that were committed */
  async afterCommits(partitions: readonly string[], signal: AbortSignal): Promise<void> {
    if (partitions.length === 0) return;
    let why = 'they have no statistics';
    try {
      await this.compare(partitions, [], signal);
    } catch (error) {
      why = toErrorRecord(error).message;
      this.unchecked.push(...partitions);
    }
    if (this.unchecked.length > 0)
      this.warn(`drift is not checked of ${summary(this.unchecked)}: ${why}`);
  }

  /** @param staged statistics in place of those that the table has of these partitions */
  private async compare(
    partitions: readonly string[],
    staged: readonly StagedFile[],
    signal: AbortSignal,
  ): Promise<
    Pick<DriftResults, 'partitions' | 'findings'> & { readonly lacking: readonly string[] }
  > {
    const { reference } = this.plan;
    const replaced = new Set(staged.length === 0 ? [] : partitions);
    const kept = (await this.statistics.outputPartitions()).filter((value) => !replaced.has(value));
    const known = [...new Set([...kept, ...staged.map(({ partition }) => partition)])].sort();
    const asked = partitions
      .filter((value) => known.includes(value))
      .sort()
      .flatMap((partition) => {
        const against = referencesOf(reference, partition, known);
        return against === null ? [] : [{ partition, against }];
      });
    const wanted = new Set(asked.flatMap(({ partition, against }) => [partition, ...against]));
    for (const value of replaced) wanted.delete(value);
    await this.statistics.ensure(wanted, signal);
    const files = [...(await this.statistics.files(wanted)), ...staged];
    const summaries = await readSummaries(files, this.output.partitionColumn, this.launcher);
    const compared = asked
      .filter(({ partition }) => summaries.has(partition))
      .map(({ partition, against }) => ({
        partition,
        against: against.filter((value) => summaries.has(value)),
      }));
    const findings = compared.flatMap((one) => findingsOf(this.plan, one, summaries));
    this.partitions.push(...compared);
    this.findings.push(...findings);
    // Against some of them only, all could be within their thresholds.
    for (const { partition, against } of asked)
      if (![partition, ...against].every((value) => summaries.has(value)))
        this.unchecked.push(partition);
    const needed = new Set(asked.flatMap(({ partition, against }) => [partition, ...against]));
    const lacking = [...needed].filter((value) => !summaries.has(value)).sort();
    return { partitions: compared, findings, lacking };
  }
}
