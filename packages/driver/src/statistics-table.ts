/**
 * The table of statistics beside an output table. A row there never speaks of files that the output has
 * no more: what is replaced loses its statistics before its own commit, and has new ones after it. What
 * a driver that died in between left out, the next run makes.
 */
import { HindcastError } from '@hindcast/shared/errors';
import type { OutputTable } from '@hindcast/shared/plan/plan';
import { statisticsColumns, statisticsOf } from '@hindcast/shared/plan/statistics';
import type { MeasuredPartition, StagedFile } from '@hindcast/shared/plan/task';
import { type AddFile, rowsOfFile } from '@hindcast/shared/table/delta-actions';
import { type DeltaSnapshot, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { type CommitContext, deliver } from './commit.js';
import { filesHash, measuredPartitions, statisticsTag } from './plan/statistics.js';
import { refuseForeignFiles } from './table-reader.js';

export interface Lacking {
  readonly partitions: readonly MeasuredPartition[];
  readonly hashes: ReadonlyMap<string, string>;
}

/** Other runs may commit to it at the same time. */
const mostTries = 5;

export class StatisticsTable {
  readonly table: string;
  readonly key: string;

  constructor(
    private readonly output: OutputTable,
    private readonly context: CommitContext,
  ) {
    this.table = statisticsOf(output.table);
    this.key = statisticsOf(output.key);
  }

  /**
   * @returns null while there is none
   * @throws HindcastError kind `data` for a table of that name that something else wrote
   */
  async read(): Promise<DeltaSnapshot | null> {
    const { store, readCheckpoint } = this.context;
    const snapshot = await readDeltaSnapshot(store, this.key, readCheckpoint, this.table);
    if (snapshot === null) await refuseForeignFiles(store, this.table, this.key);
    else if (snapshot.metaData.configuration[statisticsTag] === undefined) {
      throw new HindcastError('data', `${this.table}: something else wrote this table`, {
        hint: 'Move it away, or leave statistics out: --conf stats=off.',
      });
    }
    return snapshot;
  }

  /** Takes rows of partitions away that are about to be replaced. */
  async withdraw(partitions: readonly string[], app: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      const snapshot = await this.read();
      const replaces = this.filesOf(snapshot, new Set(partitions));
      if (replaces.length === 0) return;
      try {
        await this.commit({ partitions, staged: [], replaces, tagsOf: {} }, `${app}/withdrawn`, 0);
        return;
      } catch (error) {
        if (!isConflict(error) || tries === mostTries) throw error;
      }
    }
  }

  /**
   * Commits rows, in place of those that are there, as far as the output still has the files that they
   * are of.
   * @param measured paths in the table's folder, by partition
   */
  async publish(
    staged: readonly StagedFile[],
    measured: ReadonlyMap<string, string>,
    app: string,
    appVersion: number,
  ): Promise<void> {
    const now = await this.outputFiles();
    const still = [...measured.keys()].filter((value) => now.get(value) === measured.get(value));
    if (still.length === 0) return;
    const partitions = new Set(still);
    const replaces = this.filesOf(await this.read(), partitions);
    const tagsOf = Object.fromEntries(
      still.map((value) => [value, { [statisticsTag]: measured.get(value)! }]),
    );
    const some = staged.filter(({ partition }) => partitions.has(partition));
    await this.commit({ partitions: still, staged: some, replaces, tagsOf }, app, appVersion);
  }

  /** Files with rows of these partitions, as far as they are of what the output has now. */
  async current(values: ReadonlySet<string>): Promise<Pick<StagedFile, 'path' | 'partition'>[]> {
    const [own, now] = await Promise.all([this.read(), this.outputFiles()]);
    return (own?.files ?? []).flatMap(({ path, partitionValues, tags }) => {
      const partition = partitionValues[this.output.partitionColumn] ?? '';
      if (!values.has(partition) || tags?.[statisticsTag] !== now.get(partition)) return [];
      return [{ path: `${this.key}/${path}`, partition }];
    });
  }

  /** Partitions of the output that have files, sorted. */
  async outputPartitions(): Promise<string[]> {
    return [...(await this.outputFiles()).keys()].sort();
  }

  /** Partitions of the output among these whose rows are missing or of other files, and what these are. */
  async lacking(values: ReadonlySet<string>): Promise<Lacking> {
    const { store, readCheckpoint } = this.context;
    const { key, partitionColumn } = this.output;
    const [snapshot, own] = await Promise.all([
      readDeltaSnapshot(store, key, readCheckpoint, this.output.table),
      this.read(),
    ]);
    const files = (snapshot?.files ?? []).filter((file) =>
      values.has(file.partitionValues[partitionColumn] ?? ''),
    );
    const known = new Map(
      (own?.files ?? []).map(({ partitionValues, tags }) => [
        partitionValues[partitionColumn],
        tags?.[statisticsTag],
      ]),
    );
    const hashes = hashesOf(files, partitionColumn);
    const lacking = files.filter((file) => {
      const value = file.partitionValues[partitionColumn]!;
      return known.get(value) !== hashes.get(value);
    });
    const partitions = measuredPartitions(
      lacking.map((file) => ({
        path: `${key}/${file.path}`,
        partition: file.partitionValues[partitionColumn]!,
        rows: rowsOfFile(file),
      })),
    );
    return {
      partitions,
      hashes: new Map(partitions.map(({ value }) => [value, hashes.get(value)!])),
    };
  }

  /** Partition → hash of its files, as the output is now. */
  private async outputFiles(): Promise<ReadonlyMap<string, string>> {
    const { store, readCheckpoint } = this.context;
    const { key, table, partitionColumn } = this.output;
    const snapshot = await readDeltaSnapshot(store, key, readCheckpoint, table);
    return hashesOf(snapshot?.files ?? [], partitionColumn);
  }

  private filesOf(snapshot: DeltaSnapshot | null, partitions: ReadonlySet<string>): string[] {
    const { partitionColumn } = this.output;
    return (snapshot?.files ?? [])
      .filter((file) => partitions.has(file.partitionValues[partitionColumn] ?? ''))
      .map(({ path }) => path);
  }

  private async commit(
    what: {
      readonly partitions: readonly string[];
      readonly staged: readonly StagedFile[];
      readonly replaces: readonly string[];
      readonly tagsOf: Readonly<Record<string, Readonly<Record<string, string>>>>;
    },
    app: string,
    appVersion: number,
  ): Promise<void> {
    await deliver(
      {
        ...what,
        app,
        appVersion,
        tableKey: this.key,
        partitionColumn: this.output.partitionColumn,
        columns: statisticsColumns,
        configuration: { [statisticsTag]: this.output.table },
        tags: null,
        commitInfo: {},
      },
      this.context,
    );
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof HindcastError && error.kind === 'conflict';
}

export function hashesOf(
  files: readonly Pick<AddFile, 'path' | 'partitionValues'>[],
  partitionColumn: string,
): Map<string, string> {
  const paths = new Map<string, string[]>();
  for (const { path, partitionValues } of files) {
    const value = partitionValues[partitionColumn] ?? '';
    paths.set(value, [...(paths.get(value) ?? []), path]);
  }
  return new Map([...paths].map(([value, some]) => [value, filesHash(some)]));
}
