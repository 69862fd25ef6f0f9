/**
 * A run as OpenLineage events: START, and COMPLETE, FAIL or ABORT, with the tables that it reads and
 * writes and where each column comes from. Pure. The format is https://openlineage.io/spec.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { ColumnOrigin, Plan, Step } from '@hindcast/shared/plan/plan';
import { tableKey } from '@hindcast/shared/table/partitions';
import { version } from '../engine.js';
import type { JobRequest } from '../request.js';
import type { RunResults } from '../results.js';

/** What both events of a run are made of. */
export interface LineageRun {
  readonly runId: string;
  readonly request: Pick<JobRequest, 'warehouse' | 'tables'>;
  readonly plan: Plan;
}

interface Dataset {
  readonly namespace: string;
  readonly name: string;
}

const producer = `urn:hindcast:${version}`;
const spec = 'https://openlineage.io/spec';

/** @param at ms since epoch */
export function startEvent(run: LineageRun, at: number): object {
  return eventOf(run, 'START', at, {}, {});
}

/** @param at ms since epoch */
export function endEvent(run: LineageRun, results: RunResults, at: number): object {
  const { status, rows, bytesWritten, steps } = results;
  const type = status === 'succeeded' ? 'COMPLETE' : status === 'interrupted' ? 'ABORT' : 'FAIL';
  const error = steps.find((step) => step.error !== null)?.error;
  const facets =
    error === null || error === undefined
      ? {}
      : {
          errorMessage: {
            ...facet('facets/1-0-1/ErrorMessageRunFacet'),
            message: [error.message, error.found, error.hint].filter(Boolean).join(': '),
            programmingLanguage: 'TYPESCRIPT',
          },
        };
  const statistics = {
    outputStatistics: {
      ...facet('facets/1-0-2/OutputStatisticsOutputDatasetFacet'),
      rowCount: rows,
      size: bytesWritten,
    },
  };
  return eventOf(run, type, at, facets, statistics);
}

function eventOf(
  run: LineageRun,
  eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT',
  at: number,
  runFacets: object,
  outputFacets: object,
): object {
  const { plan, request, runId } = run;
  const inputs = [...new Set(plan.steps.flatMap(tablesOf))].sort();
  const view = plan.view === null ? plan.output.table : plan.view.name;
  return {
    eventType,
    eventTime: new Date(at).toISOString(),
    producer,
    schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: { runId: uuidOf(runId), facets: { ...processingEngine(), ...runFacets } },
    job: {
      namespace: 'hindcast',
      name: plan.job === 'label-join' ? `${plan.name}.labels` : plan.name,
      facets: {
        jobType: {
          ...facet('facets/2-0-3/JobTypeJobFacet'),
          processingType: 'BATCH',
          integration: 'HINDCAST',
          jobType: plan.job.toUpperCase().replace('-', '_'),
        },
      },
    },
    inputs: inputs.map((table) => datasetOf(table, request)),
    outputs: [
      {
        ...datasetOf(view, request),
        facets: { ...schemaOf(plan), ...columnLineageOf(plan, request) },
        outputFacets,
      },
    ],
  };
}

/** Queries name their tables in their tasks; what a stage hands to the next one is none. */
function tablesOf({ inputs, stages }: Step): string[] {
  const queried = stages
    .filter(({ reads }) => reads === undefined)
    .flatMap(({ tasks }) => tasks)
    .flatMap((task) => (task.kind === 'staging-query' ? task.tables.map(({ name }) => name) : []));
  return [...Object.keys(inputs), ...queried];
}

function schemaOf({ output }: Plan): object {
  const columns = [
    ...output.columns,
    { name: output.partitionColumn, type: 'VARCHAR' },
    ...output.subPartitions.map((name) => ({ name, type: 'VARCHAR' })),
  ];
  const fields = columns.map(({ name, type }) => ({ name, type }));
  return { schema: { ...facet('facets/1-1-1/SchemaDatasetFacet'), fields } };
}

function columnLineageOf({ lineage }: Plan, request: LineageRun['request']): object {
  if (lineage.length === 0) return {};
  const fields = Object.fromEntries(
    lineage.map(({ column, from }) => [column, { inputFields: inputFields(from, request) }]),
  );
  return { columnLineage: { ...facet('facets/1-2-0/ColumnLineageDatasetFacet'), fields } };
}

/** A column that comes in in several ways is one input with several transformations. */
function inputFields(from: readonly ColumnOrigin[], request: LineageRun['request']): object[] {
  const byColumn = new Map<string, ColumnOrigin[]>();
  for (const origin of from) {
    const key = JSON.stringify([origin.table, origin.column]);
    byColumn.set(key, [...(byColumn.get(key) ?? []), origin]);
  }
  return [...byColumn.values()].map((ways) => ({
    ...datasetOf(ways[0]!.table, request),
    field: ways[0]!.column,
    transformations: ways.map(({ how }) => ({ ...transformations[how], masking: false })),
  }));
}

const transformations: Readonly<
  Record<ColumnOrigin['how'], { readonly type: string; readonly subtype: string }>
> = {
  same: { type: 'DIRECT', subtype: 'IDENTITY' },
  computed: { type: 'DIRECT', subtype: 'TRANSFORMATION' },
  aggregated: { type: 'DIRECT', subtype: 'AGGREGATION' },
  key: { type: 'INDIRECT', subtype: 'JOIN' },
  filter: { type: 'INDIRECT', subtype: 'FILTER' },
};

/** Named by where it lies, so that other producers' events of the same table mean the same. */
function datasetOf(table: string, { warehouse, tables }: LineageRun['request']): Dataset {
  const place = tables[table] ?? `${warehouse.replace(/\/+$/, '')}/${tableKey(table)}`;
  const s3 = /^(s3:\/\/[^/]+)\/(.*)$/.exec(place);
  if (s3 !== null) return { namespace: s3[1]!, name: s3[2]! };
  return { namespace: 'file', name: resolve(place) };
}

function processingEngine(): object {
  const about = { ...facet('facets/1-1-1/ProcessingEngineRunFacet'), name: 'Hindcast', version };
  return { processing_engine: about };
}

function facet(path: string): object {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { _producer: producer, _schemaURL: `${spec}/${path}.json#/$defs/${name}` };
}

/** OpenLineage's runs are UUIDs: one of version 5 (RFC 9562), made of our run id. */
function uuidOf(runId: string): string {
  const hash = createHash('sha1').update(`hindcast:${runId}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join('-');
}
