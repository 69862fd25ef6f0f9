/**
 * The validated configuration that both front doors (the TypeScript DSL and Chronon's compiled JSON)
 * lead to. Field names are Chronon's thrift names in camelCase. Everything is immutable; what a
 * config leaves out is `null` (or an empty list or record), never `undefined`.
 */

import type { DriftCheck } from './drift.js';

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
  /** Spark SQL conditions; a row counts when all hold. */
  readonly wheres: readonly string[];
  readonly startPartition: string | null; // inclusive
  readonly endPartition: string | null; // inclusive
  /** Spark SQL expression giving ms since the epoch, or a timestamp. */
  readonly timeColumn: string | null;
  /** Statements for Spark; not run here. */
  readonly setups: readonly string[];
  /** Of a mutation table; default `mutation_ts`. */
  readonly mutationTimeColumn: string | null;
  /** Of a mutation table: whether a row takes a former one away; default `is_before`. */
  readonly reversalColumn: string | null;
  /** The table's date column where it is not the project's. */
  readonly partitionColumn: string | null;
}

/** A table of events: each row happened once. */
export interface EventSource {
  readonly kind: 'events';
  readonly table: string; // namespace.name
  /** For serving; not read here. */
  readonly topic: string | null;
  /** Each partition holds all events so far: the last one is read. */
  readonly isCumulative: boolean;
  readonly query: Query;
}

/** A table of daily snapshots: each partition holds every entity as it was at the day's end. */
export interface EntitySource {
  readonly kind: 'entities';
  readonly snapshotTable: string; // namespace.name
  /** Changes within the day, for TEMPORAL accuracy: namespace.name. */
  readonly mutationTable: string | null;
  /** For serving; not read here. */
  readonly mutationTopic: string | null;
  readonly query: Query;
}

/** The output of another join, read from its table. */
export interface JoinSource {
  readonly kind: 'joinSource';
  readonly join: Join;
  readonly query: Query;
}

export type Source = EventSource | EntitySource | JoinSource;

export interface Aggregation {
  /** A column of the selects. */
  readonly inputColumn: string;
  /** See the table of operations. */
  readonly operation: Operation;
  /** Arguments as Chronon passes them, e.g. `{ k: "10" }`. */
  readonly argMap: Readonly<Record<string, string>>;
  /** null: one unwindowed aggregate. */
  readonly windows: readonly Window[] | null;
  /** Columns: a map of one aggregate for each of their values. */
  readonly buckets: readonly string[];
  /** Of a list: one aggregate for each position. */
  readonly elementWise: boolean;
}

export interface Derivation {
  readonly name: string; // "*" keeps everything else
  readonly expression: string; // Spark SQL over the other columns
}

export interface MetaData {
  /** With dots; the output table has underscores in their place. */
  readonly name: string;
  readonly team: string | null;
  /** Namespace of the output table; default `default`. */
  readonly outputNamespace: string | null;
  /** For serving; not read here. */
  readonly online: boolean;
  /** For serving; not read here. */
  readonly production: boolean;
  /** When a scheduler runs it: `@daily`, `@never`, a cron expression. */
  readonly offlineSchedule: string | null;
  /** JSON that is kept as it is. */
  readonly customJson: string | null;
  /** For other schedulers; not read here. */
  readonly dependencies: readonly string[];
  /** For tables of Spark; not read here. */
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
  /** First partition of a GroupBy job. */
  readonly backfillStartDate: string | null;
  readonly derivations: readonly Derivation[];
}

export interface JoinPart {
  readonly groupBy: GroupBy;
  /** Left column → group-by key. */
  readonly keyMapping: Readonly<Record<string, string>>;
  /** Before the part's columns, e.g. to tell two parts with one group-by apart. */
  readonly prefix: string | null;
}

export interface LabelPart {
  readonly labels: readonly JoinPart[];
  /** Days: labels of a label date are for left dates from so many days before it, its own day counted. */
  readonly leftStartOffset: number;
  /** Days: up to so many days before it. */
  readonly leftEndOffset: number;
  /** When a scheduler runs the label job. */
  readonly labelOfflineSchedule: string | null;
}

export interface BootstrapPart {
  readonly metaData: MetaData | null;
  readonly table: string; // namespace.name
  /** Selects columns under the names of the output. */
  readonly query: Query | null;
  /** By which its rows belong to rows of the left; default: the join's row ids. */
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
  /** How far its columns may move. In compiled JSON it is `hindcast.drift` of `metaData.customJson`. */
  readonly drift: DriftCheck | null;
  /** The rows of the output: who, and when. */
  readonly left: Source;
  /** `rightParts` in the builders. */
  readonly joinParts: readonly JoinPart[];
  /** Columns of services, filled by bootstrap alone. */
  readonly onlineExternalParts: readonly ExternalPart[];
  readonly labelPart: LabelPart | null;
  /** Tables that hold values already, in order of priority. */
  readonly bootstrapParts: readonly BootstrapPart[];
  /** The flattened log of the join's requests is the last of them. */
  readonly bootstrapFromLog: boolean;
  /** Columns that tell rows apart. */
  readonly rowIds: readonly string[];
  readonly derivations: readonly Derivation[];
  /** Left column → key values that are skewed; rows with such keys are left out. */
  readonly skewKeys: Readonly<Record<string, readonly string[]>>;
}

export interface StagingQuery {
  readonly metaData: MetaData;
  /** Spark SQL with `{{ start_date }}` and the like. */
  readonly query: string;
  /** First partition that is computed. */
  readonly startPartition: string | null;
  /** Statements for Spark; refused when there are some. */
  readonly setups: readonly string[];
  /** A view instead of a table. */
  readonly createView: boolean;
}

export type Config =
  | { readonly kind: 'join'; readonly join: Join }
  | { readonly kind: 'groupBy'; readonly groupBy: GroupBy }
  | { readonly kind: 'stagingQuery'; readonly stagingQuery: StagingQuery };
