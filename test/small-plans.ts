/** Small states to plan from: what inspection would have found in a warehouse that isn't there. */
import type { Join } from '@hindcast/shared/config/model';
import { parseConfig } from '@hindcast/shared/config/parse';
import { semanticDefinitions, semanticHashes } from '@hindcast/shared/config/semantic-hash';
import * as dsl from '@hindcast/shared/dsl/index';
import type { Plan } from '@hindcast/shared/plan/plan';
import type { Column } from '@hindcast/shared/plan/task';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import type { TablePartition, TableState } from '@hindcast/shared/table/table';
import {
  dayMs,
  dayOf,
  defaultPartitionSpec,
  partitionsOf,
} from '@hindcast/shared/time/partition-spec';
import type { InspectedSource, JoinState } from '../packages/driver/src/join-state.js';
import { leftColumns, partColumns } from '../packages/driver/src/plan/columns.js';
import {
  decidePartitions,
  type Provenance,
  provenanceOf,
  provenanceTag,
} from '../packages/driver/src/plan/decide.js';
import { asTheyAre } from '../packages/driver/src/plan/derivations.js';
import { planJoin } from '../packages/driver/src/plan/join.js';
import { leftScan, partScans } from '../packages/driver/src/plan/sources.js';
import type { JobRequest } from '../packages/driver/src/request.js';

export const requestOf = (changes: Partial<JobRequest> = {}): JobRequest => ({
  config: 'small.ts',
  warehouse: 'warehouse',
  startDs: null,
  endDs: null,
  windowing: 'exact',
  executors: 2,
  memoryBytes: 2 ** 30,
  stepDays: null,
  parallelism: 1,
  reprocess: 'missing',
  done: [],
  strictInputs: false,
  yes: true,
  name: null,
  partitionSpec: defaultPartitionSpec,
  tables: {},
  ...changes,
});

/** A group-by of events `user`, `shop`, `price`: three days of prices by user, unless said otherwise. */
export const part = (
  changes: Partial<Parameters<typeof dsl.groupBy>[0]> = {},
  onJoin: Partial<dsl.JoinPartStruct> = {},
): dsl.JoinPartStruct =>
  dsl.joinPart({
    groupBy: dsl.groupBy({
      name: 'sales.v1',
      sources: [
        dsl.eventSource({
          table: 'data.sales',
          query: dsl.query({ selects: dsl.select('user', 'shop', 'price'), timeColumn: 'ts' }),
        }),
      ],
      keys: ['user'],
      aggregations: [dsl.sum('price', { windows: ['3d'] })],
      accuracy: 'TEMPORAL',
      ...changes,
    }),
    ...onJoin,
  });

export function joinOf(
  parts: readonly dsl.JoinPartStruct[] = [part()],
  leftQuery: dsl.QueryStruct = {},
): Join {
  const left = dsl.eventSource({
    table: 'data.visits',
    query: dsl.query({ selects: dsl.select('user', 'shop'), timeColumn: 'ts', ...leftQuery }),
  });
  const config = parseConfig(dsl.join({ name: 'small.v1', left, rightParts: parts }), '');
  return (config as { join: Join }).join;
}

export const days = (start: string, end: string): string[] => partitionsOf({ start, end });

export function tableOf(name: string, values: readonly string[], bytes = 1000): TableState {
  const partitions = values.map(
    (value): TablePartition => ({
      value,
      files: [{ path: `${name}/ds=${value}/0.parquet`, bytes, version: 'v1' }],
    }),
  );
  return { name, format: 'parquet', version: -1, partitions };
}

/** An output table with one file per partition. */
export function outputOf(partitions: Readonly<Record<string, Provenance | null>>): DeltaSnapshot {
  return {
    version: 0,
    protocol: { minReaderVersion: 1, minWriterVersion: 2 },
    metaData: {
      id: 'id',
      format: { provider: 'parquet', options: {} },
      schemaString: '{"type":"struct","fields":[]}',
      partitionColumns: ['ds'],
      configuration: {},
    },
    files: Object.entries(partitions).map(([ds, provenance]) => ({
      path: `ds=${ds}/part.parquet`,
      partitionValues: { ds },
      size: 1,
      modificationTime: 0,
      tags: provenance === null ? null : { [provenanceTag]: JSON.stringify(provenance) },
      stats: null,
    })),
    txns: new Map(),
  };
}

export interface World {
  readonly left?: TableState;
  readonly right?: TableState;
  readonly output?: DeltaSnapshot | null;
  /** Names of segments that are there. */
  readonly segments?: readonly string[];
  readonly rowsPerPartition?: number;
  readonly rightRows?: number;
}

const leftTypes: readonly Column[] = [
  { name: 'user', type: 'VARCHAR' },
  { name: 'shop', type: 'BIGINT' },
];
const rightTypes: readonly Column[] = [...leftTypes, { name: 'price', type: 'DOUBLE' }];

export function stateOf(join: Join, request: JobRequest, world: World = {}): JoinState {
  const left = world.left ?? tableOf('data.visits', days('2023-11-10', '2023-11-12'));
  const right = world.right ?? tableOf('data.sales', days('2023-11-01', '2023-11-12'));
  const spec = request.partitionSpec;
  const hashes = semanticHashes(join);
  const provenance = provenanceOf(hashes, request.windowing);
  const output = world.output ?? null;
  const rows = world.rowsPerPartition ?? 10;
  return {
    // Only when asked: some tests look at states whose parts can't be planned.
    get derived() {
      const onLeft = leftColumns(this.left);
      const features = this.parts.map((one) => asTheyAre(partColumns(one, onLeft, false).outputs));
      return { features, output: null };
    },
    hashes,
    provenance,
    definitions: { now: semanticDefinitions(join), former: {} },
    left: {
      ...leftScan(join.left, spec),
      table: left,
      columns: leftTypes,
      rows: rows * left.partitions.length,
      segments: { folder: '', present: [] },
    },
    parts: join.joinParts.map((one, i) => ({
      part: one,
      sources: one.groupBy.sources.map((source): InspectedSource => {
        const [scan] = partScans(one, source, null, spec, false);
        return {
          ...scan!,
          table: right,
          columns: rightTypes,
          rows: world.rightRows ?? 100,
          segments: { folder: `buckets/${i}`, present: world.segments ?? [] },
        };
      }),
    })),
    output: { table: 'default.small_v1', key: 'default/small_v1', snapshot: output },
    decision: decidePartitions(join, left, output, provenance, {
      ...request,
      spec,
      leftPlace: 'on the left',
      stale: new Map(),
      defaultStart: null,
    }),
    bootstrap: [],
    externals: [],
    keysSeen: null,
    labels: null,
    views: null,
    leftPlace: 'on the left',
    leftPartitions: Object.fromEntries(
      (rows === 0 ? [] : left.partitions).map(({ value }) => {
        const midnight = dayOf(value) * dayMs;
        return [value, { rows, minTime: midnight, maxTime: midnight + dayMs - 1 }];
      }),
    ),
    skewedRows: 0,
    warnings: [],
  };
}

export function planOf(
  join: Join = joinOf(),
  changes: Partial<JobRequest> = {},
  world: World = {},
): Plan {
  const request = requestOf(changes);
  const run = { runId: '20231130T120000-abcdef', folder: '_hindcast/runs/x' };
  return planJoin(join, stateOf(join, request, world), request, run);
}
