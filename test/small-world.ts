/** A small warehouse whose jobs run in this thread, with the whole line: config → plan → commit → views. */
import type { LabelMaturity, Plan } from '@hindcast/shared/plan/plan';
import { openStore } from '@hindcast/shared/store/open';
import { checkpointReader } from '../packages/driver/src/checkpoint-reader.js';
import { withNumbers } from '../packages/driver/src/json-values.js';
import { namedTables } from '../packages/driver/src/named-tables.js';
import { planJob } from '../packages/driver/src/plan-job.js';
import type { JobRequest } from '../packages/driver/src/request.js';
import type { RunResults } from '../packages/driver/src/results.js';
import { Run } from '../packages/driver/src/run.js';
import { newRunId, RunFiles } from '../packages/driver/src/run-files.js';
import { quoteName, quoteText } from '../packages/executor/src/scan/duckdb.js';
import { spec } from './harness.js';
import { launchHere, type workplace } from './in-process.js';

export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

export class SmallWorld {
  constructor(private readonly place: ReturnType<typeof workplace>) {}

  /** Rows of some partitions of a table; whole numbers are BIGINT. */
  async write(
    table: string,
    columns: Readonly<Record<string, 'VARCHAR' | 'BIGINT' | 'INTEGER' | 'DOUBLE'>>,
    rows: readonly Row[],
  ): Promise<void> {
    const days = [...new Set(rows.map(({ ds }) => String(ds)))];
    for (const ds of days) {
      const values = rows
        .filter((row) => row['ds'] === ds)
        .map(
          (row) =>
            `(${Object.keys(columns)
              .map((name) => literal(row[name] ?? null))
              .join(', ')})`,
        );
      const names = Object.keys(columns).map(quoteName);
      const cast = Object.entries(columns).map(
        ([name, type]) => `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(name)}`,
      );
      await this.place.write(
        table,
        ds,
        `SELECT ${cast.join(', ')} FROM (VALUES ${values.join(', ')}) t(${names.join(', ')})`,
      );
    }
  }

  submit(config: object, changes: Partial<JobRequest> = {}): Promise<RunResults> {
    return this.job(config, changes);
  }

  /** @param last of several label dates */
  labelJoin(config: object, first: string, last = first, changes: Partial<JobRequest> = {}) {
    return this.job(config, { labelJoin: true, startDs: first, endDs: last, ...changes });
  }

  async plan(config: object, changes: Partial<JobRequest>): Promise<Plan> {
    const { request, launcher, store } = await this.open(config, changes);
    return planJob(request, newRunId(new Date()), launcher, store);
  }

  /** Rows of a query over tables and views; BIGINT as numbers. */
  async rows(sql: string): Promise<Record<string, Value>[]> {
    const { launcher, store } = await this.open({}, {});
    const named = await namedTables(sql, store, spec, {}, checkpointReader(launcher));
    const options = { copyTo: null, maxRows: null };
    const result = await launcher.run({ kind: 'query', sql, ...named, ...options });
    const { columns, rows } = withNumbers(result);
    return rows.map((row) =>
      Object.fromEntries(columns.map(({ name }, i) => [name, (row[i] ?? null) as Value])),
    );
  }

  private async open(config: object, changes: Partial<JobRequest>) {
    const request: JobRequest = {
      config: 'labels.json',
      compiled: JSON.parse(JSON.stringify(config)),
      warehouse: this.place.root,
      startDs: null,
      endDs: null,
      windowing: 'exact',
      executors: 1,
      memoryBytes: 2 ** 29,
      stepDays: null,
      parallelism: 1,
      reprocess: 'missing',
      done: [],
      strictInputs: false,
      yes: true,
      name: null,
      partitionSpec: spec,
      tables: {},
      ...changes,
    };
    const store = await openStore(request.warehouse);
    const launcher = await launchHere(this.place.session, request.warehouse, request.executors);
    return { request, store, launcher };
  }

  async job(config: object, changes: Partial<JobRequest>): Promise<RunResults> {
    const { request, store, launcher } = await this.open(config, changes);
    const files = new RunFiles(store, newRunId(new Date()));
    const plan = await planJob(request, files.runId, launcher, store);
    const io = {
      onEvent: () => {},
      confirm: () => Promise.resolve(true),
      signal: new AbortController().signal,
    };
    const run = new Run(request, plan, files, launcher, io, Date.now(), store.use(), false, config);
    const results = await run.execute();
    const failed = results.steps.find(({ error }) => error !== null)?.error;
    if (failed) throw new Error(`${failed.message} ${failed.found ?? ''} ${failed.stack ?? ''}`);
    return results;
  }
}

function literal(value: Value): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : quoteText(value);
}

/** `partition: rows, version labeled …` */
export function maturityText(maturity: readonly LabelMaturity[]): string[] {
  return maturity.map(({ partition, rows, versions, maturesOn, matured }) =>
    [
      `${partition}: ${rows}`,
      ...versions.map(({ labelDs, labeled }) => `${labelDs} ${labeled}`),
      matured ? 'matured' : `until ${maturesOn}`,
    ].join(', '),
  );
}
