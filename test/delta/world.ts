/** A warehouse with clicks and views of three days, a join of the two, and ways to look at tables. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import { type DeltaSnapshot, readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { tableKey } from '@hindcast/shared/table/partitions';
import { expect } from 'vitest';
import { checkpointReader } from '../../packages/driver/src/checkpoint-reader.js';
import type { JobRequest } from '../../packages/driver/src/request.js';
import type { RunResults } from '../../packages/driver/src/results.js';
import { quoteList, quoteText, type Session } from '../../packages/executor/src/scan/duckdb.js';
import { type EventsConfig, eventsConfig } from '../cli/run-cli.js';
import { submitJoin } from '../harness.js';
import { launchHere, openSession } from '../in-process.js';

export const days = ['2023-11-15', '2023-11-16', '2023-11-17'] as const;

/** Columns of both tables beside `ds`, of row `i` of a day that begins at `start` (ms). */
const columns = `'u' || (i * 7 % 5) AS user, start + i * 3600000 AS ts, (i * 31 % 100) / 8 AS price`;

/** One row an hour, as a relation; `extra` columns see `i` and `ds`, too. */
export function rowsOf(partitions: readonly string[], extra = ''): string {
  const starts = `SELECT unnest([${partitions.map(quoteText).join(', ')}]) AS ds`;
  return `(SELECT ${columns}${extra}, ds FROM (SELECT ds, epoch_ms(ds::TIMESTAMP) AS start FROM (${starts})), range(24) t(i))`;
}

export class World {
  private copies = 0;

  private constructor(
    readonly root: string,
    readonly warehouse: string,
    readonly session: Session,
  ) {}

  static async open(): Promise<World> {
    const root = mkdtempSync(join(tmpdir(), 'hindcast-delta-'));
    const warehouse = join(root, 'warehouse');
    mkdirSync(warehouse);
    return new World(root, warehouse, await openSession(root));
  }

  close(): void {
    this.session.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  folder(table: string): string {
    return join(this.warehouse, tableKey(table));
  }

  /** A table of plain Parquet files. */
  async write(table: string, relation: string): Promise<void> {
    mkdirSync(this.folder(table), { recursive: true });
    await this.session.run(
      `COPY ${relation} TO ${quoteText(this.folder(table))} (FORMAT parquet, PARTITION_BY (ds), OVERWRITE_OR_IGNORE)`,
    );
  }

  /** @returns the config's path */
  config(options: EventsConfig): string {
    const path = join(this.root, `${options.name}.json`);
    writeFileSync(path, JSON.stringify(eventsConfig(options)));
    return path;
  }

  /** Submits a join that must succeed. */
  async submit(config: string, options: Partial<JobRequest> = {}): Promise<RunResults> {
    const { results, error } = await submitJoin(config, this.warehouse, options);
    expect(error).toBeNull();
    return results!;
  }

  /** A path for a file that doesn't exist yet. */
  newFile(): string {
    return join(this.root, `copy${this.copies++}.parquet`);
  }

  async snapshot(table: string): Promise<DeltaSnapshot> {
    const launcher = await launchHere(this.session, this.warehouse, 1);
    const store = await openStore(this.warehouse);
    const read = checkpointReader(launcher);
    return (await readDeltaSnapshot(store, tableKey(table), read))!;
  }

  /** The rows of the files that a table's log names, as DuckDB reads them. */
  async relation(table: string): Promise<string> {
    const { files } = await this.snapshot(table);
    const branches = files.map(({ path, partitionValues }) => {
      const file = join(this.folder(table), path);
      return `SELECT *, ${quoteText(partitionValues['ds']!)} AS ds FROM read_parquet(${quoteList([file])}, hive_partitioning = false)`;
    });
    return `(${branches.join(' UNION ALL BY NAME ')})`;
  }

  /** Both hold the same rows, each as often. */
  async expectSameRows(a: string, b: string, select = '*'): Promise<void> {
    const [left, right] = [`SELECT ${select} FROM ${a}`, `SELECT ${select} FROM ${b}`];
    const [counts] = await this.session.rows(
      `SELECT (SELECT count(*) FROM (${left} EXCEPT ALL ${right})), (SELECT count(*) FROM (${right} EXCEPT ALL ${left})), (SELECT count(*) > 0 FROM (${left}))`,
    );
    expect(counts).toEqual(['0', '0', true]);
  }
}

/** A Parquet file as a relation. */
export function fileRelation(path: string): string {
  return `read_parquet(${quoteList([path])}, hive_partitioning = false)`;
}

/** What a run computed, in order. */
export function computed({ steps }: RunResults): string[] {
  return steps.flatMap(({ partitions }) => [...partitions]);
}
