/**
 * The validated configuration that both front doors (the TypeScript DSL and Chronon's compiled JSON)
 * lead to. Field names are Chronon's thrift names in camelCase. Everything is immutable; what a
 * config leaves out is `null` (or an empty list or record), never `undefined`.
 */

export const operations = [
  'MIN',
  'MAX',
  'FIRST',
  'LAST',
  'UNIQUE_COUNT',
  'APPROX_UNIQUE_COUNT',
  'COUNT',
  'SUM',
  'AVERAGE',
  'VARIANCE',
  'SKEW',
  'KURTOSIS',
  'APPROX_PERCENTILE',
  'LAST_K',
  'FIRST_K',
  'TOP_K',
  'BOTTOM_K',
  'HISTOGRAM',
  'APPROX_HISTOGRAM_K',
  'BOUNDED_UNIQUE_COUNT',
] as const;
export type Operation = (typeof operations)[number];

export type TimeUnit = 'HOURS' | 'DAYS';
export interface Window {
  readonly length: number; // ≥ 1; `unboundedLength` reaches back to the first event
  readonly timeUnit: TimeUnit;
}

/** Java's Integer.MAX_VALUE: Chronon's way to write a window without a start. */
export const unboundedLength = 2_147_483_647;

export type Accuracy = 'TEMPORAL' | 'SNAPSHOT';

export interface Query {
  /** Output column → Spark SQL expression, in declared order; null selects every column. */
  readonly selects: Readonly<Record<string, string>> | null;
  readonly wheres: readonly string[];
  readonly startPartition: string | null; // inclusive
  readonly endPartition: string | null; // inclusive
  /** Spark SQL expression giving ms since the epoch, or a timestamp. */
  readonly timeColumn: string | null;
  readonly setups: readonly string[];
  readonly mutationTimeColumn: string | null;
  readonly reversalColumn: string | null;
  /** The table's date column where it is not the project's. */
  readonly partitionColumn: string | null;
}

export interface EventSource {
  readonly kind: 'events';
  readonly table: string; // namespace.name
  readonly topic: string | null;
  readonly isCumulative: boolean;
  readonly query: Query;
}

export interface EntitySource {
  readonly kind: 'entities';
  readonly snapshotTable: string;
  readonly mutationTable: string | null;
  readonly mutationTopic: string | null;
  readonly query: Query;
}

export interface JoinSource {
  readonly kind: 'joinSource';
  readonly join: Join;
  readonly query: Query;
}

export type Source = EventSource | EntitySource | JoinSource;

export interface Aggregation {
  readonly inputColumn: string;
  readonly operation: Operation;
  /** Arguments as Chronon passes them, e.g. `{ k: "10" }`. */
  readonly argMap: Readonly<Record<string, string>>;
  /** null: one unwindowed aggregate. */
  readonly windows: readonly Window[] | null;
  readonly buckets: readonly string[];
  readonly elementWise: boolean;
}

export interface Derivation {
  readonly name: string; // "*" keeps everything else
  readonly expression: string;
}

export interface MetaData {
  readonly name: string;
  readonly team: string | null;
  readonly outputNamespace: string | null;
  readonly online: boolean;
  readonly production: boolean;
  readonly offlineSchedule: string | null;
  readonly customJson: string | null;
  readonly dependencies: readonly string[];
  readonly tableProperties: Readonly<Record<string, string>>;
  /** False: without a start, only the last partition is computed. */
  readonly historicalBackfill: boolean;
}

export interface GroupBy {
  readonly metaData: MetaData;
  readonly sources: readonly Source[]; // ≥ 1
  readonly keyColumns: readonly string[]; // ≥ 1
  readonly aggregations: readonly Aggregation[] | null; // null: the row's columns as they are
  readonly accuracy: Accuracy | null; // null: inferred, see `accuracyOf`
  readonly backfillStartDate: string | null;
  readonly derivations: readonly Derivation[];
}

export interface JoinPart {
  readonly groupBy: GroupBy;
  /** Left column → group-by key. */
  readonly keyMapping: Readonly<Record<string, string>>;
  readonly prefix: string | null;
}

export interface LabelPart {
  readonly labels: readonly JoinPart[];
  readonly leftStartOffset: number;
  readonly leftEndOffset: number;
  readonly labelOfflineSchedule: string | null;
}

export interface BootstrapPart {
  readonly metaData: MetaData | null;
  readonly table: string;
  readonly query: Query | null;
  readonly keyColumns: readonly string[];
}

/** A field of an external source; `type` is the thrift DataType as the config has it. */
export interface ExternalField {
  readonly name: string;
  readonly type: DataType;
}

/** Chronon's DataKind, in the order of its numbers. */
export const dataKinds = [
  'BOOLEAN',
  'BYTE',
  'SHORT',
  'INT',
  'LONG',
  'FLOAT',
  'DOUBLE',
  'STRING',
  'BINARY',
  'DATE',
  'TIMESTAMP',
  'MAP',
  'LIST',
  'STRUCT',
] as const;
export type DataKind = (typeof dataKinds)[number];

export interface DataType {
  readonly kind: DataKind;
  /** A map's key and value, a list's element, a struct's fields. */
  readonly params: readonly DataType[];
}

export interface ExternalPart {
  readonly source: {
    readonly name: string; // "contextual" for a ContextualSource
    readonly team: string | null;
    readonly keyFields: readonly ExternalField[];
    readonly valueFields: readonly ExternalField[];
  };
  readonly keyMapping: Readonly<Record<string, string>>;
  readonly prefix: string | null;
}

export interface Join {
  readonly metaData: MetaData;
  readonly left: Source;
  readonly joinParts: readonly JoinPart[];
  readonly onlineExternalParts: readonly ExternalPart[];
  readonly labelPart: LabelPart | null;
  readonly bootstrapParts: readonly BootstrapPart[];
  readonly bootstrapFromLog: boolean;
  readonly rowIds: readonly string[];
  readonly derivations: readonly Derivation[];
  /** Left column → key values that are skewed; rows with such keys are left out. */
  readonly skewKeys: Readonly<Record<string, readonly string[]>>;
}

export interface StagingQuery {
  readonly metaData: MetaData;
  readonly query: string;
  readonly startPartition: string | null;
  readonly setups: readonly string[];
  readonly createView: boolean;
}

export type Config =
  | { readonly kind: 'join'; readonly join: Join }
  | { readonly kind: 'groupBy'; readonly groupBy: GroupBy }
  | { readonly kind: 'stagingQuery'; readonly stagingQuery: StagingQuery };
