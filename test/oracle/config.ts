/** Complete configs from the few fields that a case is about. */
import type {
  Accuracy,
  Aggregation,
  EntitySource,
  EventSource,
  GroupBy,
  Join,
  JoinPart,
  MetaData,
  Operation,
  Query,
  Source,
  Window,
} from '@hindcast/shared/config/model';

/** `{ a: 'a', b: 'b' }` */
export function identity(columns: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map((column) => [column, column]));
}

export function events(
  table: string,
  query: Partial<Query> = {},
  topic: string | null = null,
): EventSource {
  return { kind: 'events', table, topic, isCumulative: false, query: completeQuery(query) };
}

export function entities(snapshotTable: string, query: Partial<Query> = {}): EntitySource {
  return {
    kind: 'entities',
    snapshotTable,
    mutationTable: null,
    mutationTopic: null,
    query: completeQuery(query),
  };
}

function completeQuery(query: Partial<Query>): Query {
  return {
    selects: null,
    wheres: [],
    startPartition: null,
    endPartition: null,
    timeColumn: null,
    setups: [],
    mutationTimeColumn: null,
    reversalColumn: null,
    partitionColumn: null,
    ...query,
  };
}

/** `k` is for FIRST_K and LAST_K. */
export function aggregation(
  inputColumn: string,
  operation: Operation,
  windows: readonly Window[] | null = null,
  k: number | null = null,
): Aggregation {
  const argMap: Record<string, string> = k === null ? {} : { k: String(k) };
  return { inputColumn, operation, argMap, windows, buckets: [], elementWise: false };
}

export function days(length: number): Window {
  return { length, timeUnit: 'DAYS' };
}

export function hours(length: number): Window {
  return { length, timeUnit: 'HOURS' };
}

export function groupBy(
  name: string,
  sources: readonly Source[],
  keyColumns: readonly string[],
  aggregations: readonly Aggregation[] | null,
  accuracy: Accuracy | null = null,
): GroupBy {
  return {
    metaData: metaData(name),
    sources,
    keyColumns,
    aggregations,
    accuracy,
    backfillStartDate: null,
    derivations: [],
  };
}

export function part(
  group: GroupBy,
  prefix: string | null = null,
  keyMapping: Readonly<Record<string, string>> = {},
): JoinPart {
  return { groupBy: group, prefix, keyMapping };
}

export function join(left: Source, joinParts: readonly JoinPart[]): Join {
  return {
    metaData: metaData('oracle.case.v1'),
    left,
    joinParts,
    onlineExternalParts: [],
    labelPart: null,
    bootstrapParts: [],
    drift: null,
    bootstrapFromLog: false,
    rowIds: [],
    derivations: [],
    skewKeys: {},
  };
}

function metaData(name: string): MetaData {
  return {
    name,
    team: null,
    outputNamespace: 'out',
    online: false,
    production: false,
    offlineSchedule: null,
    customJson: null,
    dependencies: [],
    tableProperties: {},
    historicalBackfill: true,
  };
}
