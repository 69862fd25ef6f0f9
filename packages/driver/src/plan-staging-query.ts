/** A StagingQuery job as far as its plan: the tables that it names, what it gives, and for which dates. */
import { createHash } from 'node:crypto';
import type { StagingQuery } from '@hindcast/shared/config/model';
import { sanitize } from '@hindcast/shared/config/names';
import { HindcastError } from '@hindcast/shared/errors';
import {
  type Plan,
  type PlannedPartition,
  planVersion,
  type Step,
} from '@hindcast/shared/plan/plan';
import type { Column, QueryTable, QueryView } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { deltaType, isSameType } from '@hindcast/shared/table/delta-type';
import { readTable } from '@hindcast/shared/table/partitions';
import { dayMs, dayOf, partitionOf, partitionsOf } from '@hindcast/shared/time/partition-spec';
import { checkpointReader } from './checkpoint-reader.js';
import { inspectOutput } from './inspect-source.js';
import type { Launcher } from './launch/launcher.js';
import { missingText } from './missing-inputs.js';
import { namedTables } from './named-tables.js';
import { presentPartitions } from './plan/decide.js';
import type { RunPlace } from './plan/join.js';
import { stagingInputs } from './plan/staging-inputs.js';
import { maxDateTables, resolveMacros, stagingSteps } from './plan/staging-query.js';
import { isWaiting, type JobRequest } from './request.js';
import { refuseOtherView } from './taken-names.js';

interface Sources {
  readonly tables: readonly QueryTable[];
  readonly views: readonly QueryView[];
  /** Last partition of each table that the query asks for one. */
  readonly maxDates: ReadonlyMap<string, string | null>;
  /** Of all tables that it reads. */
  readonly lastPartition: string | null;
}

/** @throws HindcastError for a query that can't run, or a table that can't take what it gives */
export async function planStagingQuery(
  staging: StagingQuery,
  request: JobRequest,
  run: RunPlace,
  store: Store,
  launcher: Launcher,
): Promise<Plan> {
  const { metaData } = staging;
  const origin = `staging query "${metaData.name}"`;
  refuseSetups(staging, origin);
  const { partitionSpec: spec } = request;
  const sources = await sourcesOf(staging, request, store, launcher);
  if (isWaiting(request)) refuseAbsentTables(staging, sources, store.url);
  const table = `${metaData.outputNamespace ?? 'default'}.${sanitize(metaData.name)}`;
  const maker = staging.createView ? null : 'staging-query';
  const output = await inspectOutput(table, maker, store, launcher);
  if (staging.createView) await refuseOtherKind(table, output.snapshot, store, origin);
  const known = request.endDs ?? sources.lastPartition;
  // What is wrong with the query is said first.
  const end = known ?? partitionOf(Math.floor(Date.now() / dayMs), spec.format);
  dayOf(end, spec.format);
  const start = staging.createView ? end : (request.startDs ?? staging.startPartition);
  const textOf = (from: string, to: string): string =>
    resolveMacros(
      staging,
      {
        start_date: from,
        end_date: to,
        latest_date: end,
        maxDate: (name) => sources.maxDates.get(name) ?? null,
      },
      spec,
    );
  const describe = async (from: string, to: string) =>
    launcher.run({
      kind: 'describe-query',
      origin,
      sql: textOf(from, to),
      tables: sources.tables,
      views: sources.views,
    });
  const described = await describe(start ?? end, end);
  if (known === null) {
    throw new HindcastError('usage', `${origin}: nothing says up to which date it runs`, {
      hint: 'Give --end-ds.',
    });
  }
  const columns = columnsOf(described.columns, output.snapshot, spec.column, table, staging);
  const hash = createHash('sha256').update(staging.query).digest('hex').slice(0, 16);
  const partitions = staging.createView ? [] : datesOf(start, end, output.snapshot, request);
  const compute = partitions.flatMap(({ value, action }) => (action === 'compute' ? [value] : []));
  if (isWaiting(request) && (compute.length > 0 || (start === null && !staging.createView)))
    refuseMissingPartitions(staging, sources, request);
  const ranges =
    start === null || staging.createView
      ? []
      : stagingSteps(compute, request.stepDays, spec.format);
  refuseOwnRows(sources, table, ranges.length, origin);
  const steps: Step[] = [];
  const stepOf = (sql: string, range: { start: string; end: string } | null): Step => {
    const index = steps.length;
    const dates = range === null ? [] : partitionsOf(range, spec.format);
    const replaced = new Set(dates);
    const files = output.snapshot?.files ?? [];
    return {
      index,
      partitions: dates,
      stages: [
        {
          name: 'query',
          tasks: [
            {
              kind: 'staging-query',
              origin,
              sql,
              tables: sources.tables,
              views: sources.views,
              partitionColumn: spec.column,
              dateFormat: spec.format,
              range,
              columns: columns.written,
              output: `${run.folder}/step-${index}/query`,
            },
          ],
        },
      ],
      rows: null,
      replaces: files
        .filter((file) => range === null || replaced.has(file.partitionValues[spec.column] ?? ''))
        .map(({ path }) => path),
      provenance: { query: hash },
      inputs: {},
      partitionInputs: null,
    };
  };
  for (const range of ranges)
    steps.push(stepOf((await describe(range.start, range.end)).sql, range));
  // Without a start the query runs once, and its result is the table.
  if (start === null && !staging.createView) steps.push(stepOf(described.sql, null));
  return {
    version: planVersion,
    job: 'staging-query',
    leftPlace: 'in the query',
    name: metaData.name,
    windowing: request.windowing,
    range: start === null || staging.createView ? null : { start, end },
    output: {
      table,
      key: output.key,
      partitionColumn: spec.column,
      dateFormat: spec.format,
      subPartitions: [],
      columns: columns.table,
    },
    hashes: { left: '', parts: {}, bootstrap: '', derivations: null, externals: null, join: hash },
    definitions: {},
    changes: [],
    archive: null,
    partitions,
    inputs: [],
    bootstrap: null,
    missingInputs: [],
    warnings: [],
    lineage: [],
    views: null,
    view: staging.createView ? { name: table, sql: described.sql } : null,
    labels: null,
    steps,
  };
}

/** @throws HindcastError kind `missing-input` */
function refuseAbsentTables(staging: StagingQuery, { tables, views }: Sources, url: string): void {
  const there = new Set([...tables, ...views].map(({ name }) => name.toLowerCase()));
  const absent = stagingInputs(staging).filter(({ table }) => !there.has(table.toLowerCase()));
  if (absent.length === 0) return;
  throw new HindcastError(
    'missing-input',
    `staging query "${staging.metaData.name}": no such table in ${url}`,
    {
      found: [...new Set(absent.map(({ table }) => table))].join(', '),
      hint: 'If it reads no such table, set its `dependencies`.',
    },
  );
}

/** @throws HindcastError kind `missing-input` for tables without the partition of the run's last day */
function refuseMissingPartitions(
  staging: StagingQuery,
  { tables }: Sources,
  { endDs, partitionSpec: { column, format } }: JobRequest,
): void {
  if (endDs === null) return;
  const missing = stagingInputs(staging).flatMap(({ table, partitionColumn, daysBefore }) => {
    const found = tables.find(({ name }) => name.toLowerCase() === table.toLowerCase());
    if (found === undefined || daysBefore === null || (partitionColumn ?? column) !== column)
      return [];
    const value = partitionOf(dayOf(endDs, format) - daysBefore, format);
    const there = found.files.some(({ partition }) => partition === value);
    return there ? [] : [{ table, partitions: [value] }];
  });
  if (missing.length === 0) return;
  throw new HindcastError('missing-input', 'input partitions are missing', {
    found: missingText(missing),
    hint: 'Wait for them, or leave --wait out to compute without; `dependencies` says what to wait for.',
  });
}

/** What makes functions of a JVM has no meaning here. */
function refuseSetups({ setups }: StagingQuery, origin: string): void {
  const setup = setups.find((text) => text.trim() !== '');
  if (setup === undefined) return;
  throw new HindcastError('config', `${origin}: setups run in Spark's own session, and not here`, {
    found: setup,
    hint: 'Leave them out; docs/spark-sql.md lists the functions that are there.',
  });
}

/** A table and a view of one name would be read by turns. */
async function refuseOtherKind(
  table: string,
  snapshot: DeltaSnapshot | null,
  store: Store,
  origin: string,
): Promise<void> {
  if (snapshot !== null)
    throw new HindcastError('config', `${origin}: ${table} is a table already`, {
      found: 'createView',
      hint: 'Give the staging query another name.',
    });
  await refuseOtherView(table, 'query', store);
}

/** What a step commits is not there when the next one was planned. */
function refuseOwnRows({ tables }: Sources, table: string, steps: number, origin: string): void {
  if (steps < 2 || !tables.some(({ name }) => name === table)) return;
  throw new HindcastError(
    'config',
    `${origin}: it reads its own table, and a step would not see the one before`,
    {
      found: `${steps} steps over ${table}`,
      hint: 'Run one after the other: submit up to the --end-ds of each.',
    },
  );
}

async function sourcesOf(
  staging: StagingQuery,
  { partitionSpec: spec, tables: mapped }: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<Sources> {
  const readCheckpoint = checkpointReader(launcher);
  // Spark quotes names with backquotes.
  const text = staging.query.replaceAll('`', '"');
  const { tables, views } = await namedTables(text, store, spec, mapped, readCheckpoint);
  const maxDates = new Map<string, string | null>();
  for (const name of maxDateTables(staging)) {
    const mappedPath = mapped[name] ?? null;
    const state = await readTable(store, name, { spec, readCheckpoint, mappedPath });
    if (state === null) {
      throw new HindcastError(
        'config',
        `staging query "${staging.metaData.name}": ${name} is not there`,
        {
          found: `{{ max_date(table=${name}) }}`,
        },
      );
    }
    maxDates.set(name, state.partitions.at(-1)?.value ?? null);
  }
  const values = tables.flatMap(({ files }) => files.map(({ partition }) => partition));
  return { tables, views, maxDates, lastPartition: values.sort().at(-1) ?? null };
}

function datesOf(
  start: string | null,
  end: string,
  snapshot: DeltaSnapshot | null,
  { partitionSpec: { column, format }, reprocess, done }: JobRequest,
): PlannedPartition[] {
  if (start === null) return [];
  dayOf(start, format);
  if (start > end) {
    throw new HindcastError('usage', `the range begins on ${start}, after its end ${end}`, {
      hint: 'Give an --end-ds that is not before the start.',
    });
  }
  const present = presentPartitions(snapshot, column);
  return partitionsOf({ start, end }, format).map((value): PlannedPartition => {
    const again = reprocess === 'all' && !done.includes(value);
    if (present.has(value) && !again)
      return { value, action: 'skip', reason: 'exists', parts: null };
    const reason = present.has(value) ? 'requested' : 'missing';
    return { value, action: 'compute', reason, parts: null };
  });
}

/** What the query writes, and the table's columns with it: those of before stay, new ones come after. */
function columnsOf(
  described: readonly Column[],
  snapshot: DeltaSnapshot | null,
  partitionColumn: string,
  table: string,
  { metaData }: StagingQuery,
): { readonly written: readonly Column[]; readonly table: readonly Column[] } {
  const origin = `staging query "${metaData.name}"`;
  const names = described.map(({ name }) => name);
  const twice = names.find(
    (name, i) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) !== i,
  );
  if (twice !== undefined) {
    throw new HindcastError('config', `${origin}: two columns are named "${twice}"`, {
      hint: 'Give one of them an alias.',
    });
  }
  // Spark tells columns apart whatever their case.
  const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  if (!names.some((name) => isSame(name, partitionColumn))) {
    throw new HindcastError('config', `${origin}: it selects no "${partitionColumn}"`, {
      found: names.join(', '),
      hint: 'Tables are partitioned by date: select it as text.',
    });
  }
  const before =
    snapshot === null
      ? []
      : columnsOfSchema(snapshot.metaData.schemaString).filter(
          ({ name }) => name !== partitionColumn,
        );
  const written = described
    .filter(({ name }) => !isSame(name, partitionColumn))
    .map(({ name, type }) => ({
      name: before.find((column) => isSame(column.name, name))?.name ?? name,
      type,
    }));
  for (const { name, type } of written) deltaType(type, name);
  for (const { name, type } of before) {
    const now = written.find((column) => column.name === name);
    if (now === undefined || isSameType(deltaType(now.type, name), deltaType(type, name))) continue;
    throw new HindcastError('config', `${origin}: "${name}" is of another type than in ${table}`, {
      found: `${now.type}, in the table ${type}`,
      hint: 'Cast it in the query, or give the staging query another name.',
    });
  }
  const added = written.filter(({ name }) => !before.some((column) => column.name === name));
  return { written, table: [...before, ...added] };
}
