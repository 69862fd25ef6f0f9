/**
 * `<join>_logged`: a log of served requests, one column for each key and value. Fields come and go with the
 * schema of the requests: a column of before stays, and is NULL where a request has no such field.
 */

import { externalColumns } from '@hindcast/shared/config/external-columns';
import type { Join } from '@hindcast/shared/config/model';
import { leftKeys, outputTable } from '@hindcast/shared/config/names';
import { HindcastError } from '@hindcast/shared/errors';
import {
  type Plan,
  type PlannedPartition,
  planVersion,
  type Step,
} from '@hindcast/shared/plan/plan';
import type { Column, QueryTable } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import type { PartitionRange } from '@hindcast/shared/time/partition-spec';
import { checkpointReader } from './checkpoint-reader.js';
import { deriveFeatures } from './describe-derivations.js';
import { inspectParts } from './inspect-label-parts.js';
import {
  type Field,
  fieldsOf,
  type Log,
  openLog,
  ownColumns,
  readSql,
  refuseMisfits,
} from './inspect-log.js';
import { inspectOutput } from './inspect-source.js';
import type { Launcher } from './launch/launcher.js';
import { partColumns, typedColumn } from './plan/columns.js';
import { presentPartitions } from './plan/decide.js';
import type { RunPlace } from './plan/join.js';
import { stagingSteps } from './plan/staging-query.js';
import type { JobRequest } from './request.js';
import { quoteIn, quoteTable } from './sql-dialect.js';
import { TableReader } from './table-reader.js';

/** @throws HindcastError for a log that is not there, or lacks what a log has */
export async function planFlattenLog(
  join: Join,
  log: string,
  request: JobRequest,
  run: RunPlace,
  store: Store,
  launcher: Launcher,
): Promise<Plan> {
  const { partitionSpec: spec } = request;
  const table = `${outputTable(join)}_logged`;
  const output = await inspectOutput(table, 'flatten-logs', store, launcher);
  const found = await openLog(log, join, request, store, launcher);
  const partitions = daysOf(found.table, output.snapshot, request);
  const compute = partitions.flatMap(({ value, action }) => (action === 'compute' ? [value] : []));
  const read = withDays(found.table, (value) => compute.includes(value));
  const days = { ...found, table: read };
  const origin = `log ${log}`;
  const fields = compute.length === 0 ? [] : await fieldsOf(days, launcher, spec.column, origin);
  const known = await knownColumns(join, output.snapshot, request, store, launcher);
  const columns = fields.map((field) => typed(field, known, origin));
  await refuseMisfits(days, fields, columns, known.ofTable, table, launcher, origin);
  const sql = flattenSql(found, fields, columns, spec.column);
  const step = (range: PartitionRange, index: number): Step => {
    const isOf = (value: string): boolean => value >= range.start && value <= range.end;
    return {
      index,
      partitions: compute.filter(isOf),
      stages: [
        {
          name: 'query',
          tasks: [
            {
              kind: 'staging-query',
              origin,
              sql,
              tables: [withDays(read, isOf)],
              partitionColumn: spec.column,
              dateFormat: spec.format,
              range,
              columns: [...columns, ...ownColumns],
              output: `${run.folder}/step-${index}/query`,
            },
          ],
        },
      ],
      rows: null,
      replaces: (output.snapshot?.files ?? [])
        .filter(({ partitionValues }) => isOf(partitionValues[spec.column] ?? ''))
        .map(({ path }) => path),
      provenance: { query: 'log' },
      inputs: {},
      partitionInputs: null,
    };
  };
  return {
    version: planVersion,
    job: 'staging-query',
    leftPlace: 'in the query',
    name: `${join.metaData.name}_logged`,
    windowing: request.windowing,
    range: null,
    output: {
      table,
      key: output.key,
      partitionColumn: spec.column,
      dateFormat: spec.format,
      subPartitions: [],
      columns: withNew(known.ofTable, [...columns, ...ownColumns]),
    },
    hashes: { left: '', parts: {}, bootstrap: '', derivations: null, externals: null, join: 'log' },
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
    view: null,
    labels: null,
    steps: stagingSteps(compute, request.stepDays, spec.format).map(step),
  };
}

/** Columns of before, and those that are new behind them. */
function withNew(before: readonly Column[], now: readonly Column[]): Column[] {
  const known = new Set(before.map(({ name }) => name));
  return [...before, ...now.filter(({ name }) => !known.has(name))];
}

function withDays(table: QueryTable, keep: (partition: string) => boolean): QueryTable {
  return { ...table, files: table.files.filter(({ partition }) => keep(partition)) };
}

function daysOf(
  { files }: QueryTable,
  snapshot: DeltaSnapshot | null,
  { startDs, endDs, reprocess, done, partitionSpec }: JobRequest,
): PlannedPartition[] {
  const present = presentPartitions(snapshot, partitionSpec.column);
  return [...new Set(files.map(({ partition }) => partition))]
    .sort()
    .filter((value) => value >= (startDs ?? value) && value <= (endDs ?? value))
    .map((value): PlannedPartition => {
      const again = reprocess === 'all' && !done.includes(value);
      if (present.has(value) && !again)
        return { value, action: 'skip', reason: 'exists', parts: null };
      const reason = present.has(value) ? 'requested' : 'missing';
      return { value, action: 'compute', reason, parts: null };
    });
}

interface Known {
  /** The flattened log's, without the partition column. */
  readonly ofTable: readonly Column[];
  /** What the join says of its keys and columns. */
  readonly ofJoin: ReadonlyMap<string, string>;
}

/** The left need not be there: the log may be what it is made of. */
async function knownColumns(
  join: Join,
  snapshot: DeltaSnapshot | null,
  request: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<Known> {
  const { column } = request.partitionSpec;
  const ofTable =
    snapshot === null
      ? []
      : columnsOfSchema(snapshot.metaData.schemaString).filter(({ name }) => name !== column);
  const tables = new TableReader(store, request, checkpointReader(launcher));
  const inspection = { request, tables, store, launcher };
  const parts = await inspectParts(join.joinParts, 'join part', inspection);
  const keys = parts.flatMap(({ part, sources }) =>
    leftKeys(part).map((name, i) => ({
      name,
      type: typedColumn(part, sources, part.groupBy.keyColumns[i]!).type,
    })),
  );
  const columns = parts.map((part) => partColumns(part, keys, false));
  const features = await deriveFeatures(columns, parts, () => 'some keys', launcher);
  const externals = externalColumns(join);
  const fields = externals.flatMap(({ contextual, type }) =>
    contextual === null ? [] : [{ name: contextual, type }],
  );
  const all = [...fields, ...externals, ...features.flat(), ...keys];
  return { ofTable, ofJoin: new Map(all.map(({ name, type }) => [name, type])) };
}

/**
 * The table's own type, the join's, or what the JSON of fields of before looks like.
 * @throws HindcastError kind `data` for a name of before in another case
 */
function typed(
  { name, jsonTypes, isWide }: Field,
  { ofTable, ofJoin }: Known,
  origin: string,
): Column {
  const type = ofTable.find((column) => column.name === name)?.type ?? ofJoin.get(name);
  if (type !== undefined) return { name, type };
  const other = [...ofTable.map((column) => column.name), ...ofJoin.keys()].find(
    (known) => known.toLowerCase() === name.toLowerCase(),
  );
  if (other !== undefined) {
    throw new HindcastError('data', `${origin}: two fields differ in case alone`, {
      found: `"${name}", and "${other}" of before or of the join`,
      hint: 'Columns are told apart whatever their case: rename one of them.',
    });
  }
  if (isWide) return { name, type: 'VARCHAR' };
  if (jsonTypes.every((one) => /^U?BIGINT$/.test(one))) return { name, type: 'BIGINT' };
  if (jsonTypes.every((one) => /^(U?BIGINT|DOUBLE)$/.test(one))) return { name, type: 'DOUBLE' };
  if (jsonTypes.every((one) => one === 'BOOLEAN')) return { name, type: 'BOOLEAN' };
  return { name, type: 'VARCHAR' };
}

function flattenSql(
  log: Log,
  fields: readonly Field[],
  columns: readonly Column[],
  partitionColumn: string,
): string {
  const selected = fields.map((field, i) => {
    const { type } = columns[i]!;
    return `CAST(${readSql(field, type, `__${field.in}`)} AS ${type}) AS ${quoteIn('duckdb', field.name)}`;
  });
  const partition = quoteIn('duckdb', partitionColumn);
  const rows = `SELECT ${log.key} AS __key, ${log.value} AS __value, ${log.ts} AS ts, ${log.schemaHash} AS schema_hash, ${partition}
    FROM ${quoteTable('duckdb', log.table.name)} WHERE ${log.where}`;
  return `SELECT ${[...selected, 'ts', 'schema_hash', partition].join(', ')} FROM (${rows})`;
}
