/**
 * Configuration in TypeScript. Builders give Chronon's compiled JSON as plain data, so a module and
 * its JSON are one thing: `hindcast compile` only prints it. Fields are Chronon's in camelCase.
 */
import { type Accuracy, type Operation, operations } from '../config/model.js';

/** `'3d'`, `'12h'`, or Chronon's struct. */
export type WindowSpec = `${number}d` | `${number}h` | WindowStruct;
export interface WindowStruct {
  readonly length: number;
  readonly timeUnit: 0 | 1; // hours, days
}

export interface QueryStruct {
  readonly selects?: Readonly<Record<string, string>>;
  readonly wheres?: readonly string[];
  readonly startPartition?: string; // inclusive
  readonly endPartition?: string; // inclusive
  readonly timeColumn?: string;
  readonly setups?: readonly string[];
  readonly mutationTimeColumn?: string;
  readonly reversalColumn?: string;
}

export type SourceStruct =
  | { readonly events: EventSourceOptions }
  | { readonly entities: EntitySourceOptions }
  | { readonly joinSource: { readonly join: JoinStruct; readonly query: QueryStruct } };

export interface EventSourceOptions {
  readonly table: string;
  readonly topic?: string;
  readonly isCumulative?: boolean;
  readonly query: QueryStruct;
}
export interface EntitySourceOptions {
  readonly snapshotTable: string;
  readonly mutationTable?: string;
  readonly mutationTopic?: string;
  readonly query: QueryStruct;
}

export interface AggregationStruct {
  readonly inputColumn: string;
  readonly operation: number;
  readonly argMap: Readonly<Record<string, string>>;
  readonly windows?: readonly WindowStruct[];
  readonly buckets?: readonly string[];
  readonly elementWise?: boolean;
}

export interface DerivationStruct {
  readonly name: string;
  readonly expression: string;
}

/** Fields of Chronon's MetaData that a config may set beside its name. */
export interface MetaDataOptions {
  readonly team?: string;
  readonly outputNamespace?: string;
  readonly online?: boolean;
  readonly production?: boolean;
  readonly offlineSchedule?: string;
  readonly customJson?: string;
  readonly dependencies?: readonly string[];
  readonly tableProperties?: Readonly<Record<string, string>>;
}
export interface MetaDataStruct extends MetaDataOptions {
  readonly name: string;
}

export interface GroupByStruct {
  readonly metaData: MetaDataStruct;
  readonly sources: readonly SourceStruct[];
  readonly keyColumns: readonly string[];
  readonly aggregations?: readonly AggregationStruct[];
  readonly accuracy?: 0 | 1;
  readonly backfillStartDate?: string;
  readonly derivations?: readonly DerivationStruct[];
}

export interface JoinPartStruct {
  readonly groupBy: GroupByStruct;
  readonly keyMapping?: Readonly<Record<string, string>>;
  readonly prefix?: string;
}

export interface LabelPartStruct {
  readonly labels: readonly JoinPartStruct[];
  readonly leftStartOffset: number;
  readonly leftEndOffset: number;
  readonly metaData?: { readonly offlineSchedule: string };
}

export interface BootstrapPartStruct {
  readonly table: string;
  readonly query?: QueryStruct;
  readonly keyColumns?: readonly string[];
}

export type DataTypeName = keyof typeof dataKinds;
const dataKinds = {
  BOOLEAN: 0,
  BYTE: 1,
  SHORT: 2,
  INT: 3,
  LONG: 4,
  FLOAT: 5,
  DOUBLE: 6,
  STRING: 7,
  BINARY: 8,
  DATE: 9,
  TIMESTAMP: 10,
} as const;
type Fields = readonly (readonly [name: string, type: DataTypeName])[];
interface SchemaStruct {
  readonly kind: number;
  readonly params: readonly {
    readonly name: string;
    readonly dataType: { readonly kind: number };
  }[];
  readonly name: string;
}
export interface ExternalSourceStruct {
  readonly metadata: { readonly name: string; readonly team?: string };
  readonly keySchema: SchemaStruct;
  readonly valueSchema: SchemaStruct;
}
export interface ExternalPartStruct {
  readonly source: ExternalSourceStruct;
  readonly keyMapping?: Readonly<Record<string, string>>;
  readonly prefix?: string;
}

export interface JoinStruct {
  readonly metaData: MetaDataStruct;
  readonly left: SourceStruct;
  readonly joinParts: readonly JoinPartStruct[];
  readonly onlineExternalParts?: readonly ExternalPartStruct[];
  readonly labelPart?: LabelPartStruct;
  readonly bootstrapParts?: readonly BootstrapPartStruct[];
  readonly rowIds?: readonly string[];
  readonly derivations?: readonly DerivationStruct[];
  readonly skewKeys?: Readonly<Record<string, readonly string[]>>;
}

export interface StagingQueryStruct {
  readonly metaData: MetaDataStruct;
  readonly query: string;
  readonly startPartition?: string;
  readonly setups?: readonly string[];
  readonly createView?: boolean;
}

/** Drops what was left out, so that the result is JSON with nothing to spare. */
function present<T extends object>(fields: T): T {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

export function query(options: QueryStruct): QueryStruct {
  return present({ setups: [], ...options });
}

/** `select('user_id', 'price')`, or with expressions: `select({ price: 'amount / 100' })`. */
export function select(
  ...columns: readonly (string | Readonly<Record<string, string>>)[]
): Readonly<Record<string, string>> {
  return Object.assign(
    {},
    ...columns.map((column) => (typeof column === 'string' ? { [column]: column } : column)),
  );
}

export function eventSource(options: EventSourceOptions): SourceStruct {
  return { events: present(options) };
}

export function entitySource(options: EntitySourceOptions): SourceStruct {
  return { entities: present(options) };
}

export function joinSource(options: { join: JoinStruct; query: QueryStruct }): SourceStruct {
  return { joinSource: options };
}

/** @throws TypeError for anything but a whole number of `d` or `h` */
export function window(spec: WindowSpec): WindowStruct {
  if (typeof spec !== 'string') return spec;
  const match = /^(\d+)([dh])$/.exec(spec);
  if (match === null) throw new TypeError(`"${spec}" is no window: write "3d" or "12h"`);
  return { length: Number(match[1]), timeUnit: match[2] === 'd' ? 1 : 0 };
}

export interface AggregationOptions {
  readonly windows?: readonly WindowSpec[];
  readonly buckets?: readonly string[];
  readonly elementWise?: boolean;
}

export function aggregation(
  options: AggregationOptions & {
    readonly inputColumn: string;
    readonly operation: Operation;
    readonly argMap?: Readonly<Record<string, string>>;
  },
): AggregationStruct {
  const { operation, argMap, windows, ...rest } = options;
  return present({
    ...rest,
    operation: operations.indexOf(operation),
    argMap: argMap ?? {},
    windows: windows?.map(window),
  }) as AggregationStruct;
}

type Builder = (inputColumn: string, options?: AggregationOptions) => AggregationStruct;
const plain =
  (operation: Operation): Builder =>
  (inputColumn, options = {}) =>
    aggregation({ inputColumn, operation, ...options });
type BuilderWithK = (
  inputColumn: string,
  k: number,
  options?: AggregationOptions,
) => AggregationStruct;
const bounded =
  (operation: Operation): BuilderWithK =>
  (inputColumn, k, options = {}) =>
    aggregation({ inputColumn, operation, argMap: { k: String(k) }, ...options });

export const min = plain('MIN');
export const max = plain('MAX');
export const first = plain('FIRST');
export const last = plain('LAST');
export const count = plain('COUNT');
export const sum = plain('SUM');
export const average = plain('AVERAGE');
export const variance = plain('VARIANCE');
export const skew = plain('SKEW');
export const kurtosis = plain('KURTOSIS');
export const uniqueCount = plain('UNIQUE_COUNT');
export const approxUniqueCount = plain('APPROX_UNIQUE_COUNT');
export const histogram = plain('HISTOGRAM');
export const firstK = bounded('FIRST_K');
export const lastK = bounded('LAST_K');
export const topK = bounded('TOP_K');
export const bottomK = bounded('BOTTOM_K');
export const approxHistogramK = bounded('APPROX_HISTOGRAM_K');
export const boundedUniqueCount = bounded('BOUNDED_UNIQUE_COUNT');

export function approxPercentile(
  inputColumn: string,
  percentiles: readonly number[],
  options: AggregationOptions = {},
): AggregationStruct {
  const argMap = { k: '128', percentiles: JSON.stringify(percentiles) };
  return aggregation({ inputColumn, operation: 'APPROX_PERCENTILE', argMap, ...options });
}

export function derivation(name: string, expression: string): DerivationStruct {
  return { name, expression };
}

export function groupBy(
  options: MetaDataOptions & {
    readonly name: string;
    readonly sources: readonly SourceStruct[];
    readonly keys: readonly string[];
    readonly aggregations?: readonly AggregationStruct[] | null;
    readonly accuracy?: Accuracy;
    readonly backfillStartDate?: string;
    readonly derivations?: readonly DerivationStruct[];
  },
): GroupByStruct {
  const { sources, keys, aggregations, accuracy, backfillStartDate, derivations, ...meta } =
    options;
  return present({
    metaData: present(meta),
    sources,
    keyColumns: keys,
    aggregations: aggregations ?? undefined,
    accuracy: accuracy === undefined ? undefined : accuracy === 'TEMPORAL' ? 0 : 1,
    backfillStartDate,
    derivations,
  }) as GroupByStruct;
}

export function joinPart(options: JoinPartStruct): JoinPartStruct {
  return present(options);
}

export function labelPart(options: {
  readonly labels: readonly JoinPartStruct[];
  readonly leftStartOffset: number;
  readonly leftEndOffset: number;
  readonly labelOfflineSchedule?: string;
}): LabelPartStruct {
  const { labelOfflineSchedule, ...rest } = options;
  if (labelOfflineSchedule === undefined) return rest;
  return { ...rest, metaData: { offlineSchedule: labelOfflineSchedule } };
}

export function bootstrapPart(options: BootstrapPartStruct): BootstrapPartStruct {
  return present(options);
}

function schemaOf(name: string, fields: Fields): SchemaStruct {
  const params = fields.map(([field, type]) => ({
    name: field,
    dataType: { kind: dataKinds[type] },
  }));
  return { kind: 13, params, name };
}

export function externalSource(options: {
  readonly name: string;
  readonly team?: string;
  readonly keyFields: Fields;
  readonly valueFields: Fields;
}): ExternalSourceStruct {
  const { name, team, keyFields, valueFields } = options;
  return {
    metadata: present({ name, team }) as ExternalSourceStruct['metadata'],
    keySchema: schemaOf(`ext_${name}_keys`, keyFields),
    valueSchema: schemaOf(`ext_${name}_values`, valueFields),
  };
}

/** Fields that come with each request; keys and values at once. */
export function contextualSource(fields: Fields): ExternalSourceStruct {
  return externalSource({ name: 'contextual', keyFields: fields, valueFields: fields });
}

export function externalPart(
  source: ExternalSourceStruct,
  options: Omit<ExternalPartStruct, 'source'> = {},
): ExternalPartStruct {
  return present({ source, ...options });
}

export function join(
  options: MetaDataOptions & {
    readonly name: string;
    readonly left: SourceStruct;
    readonly rightParts: readonly JoinPartStruct[];
    readonly onlineExternalParts?: readonly ExternalPartStruct[];
    readonly labelPart?: LabelPartStruct;
    readonly bootstrapParts?: readonly BootstrapPartStruct[];
    readonly bootstrapFromLog?: boolean;
    readonly rowIds?: readonly string[];
    readonly derivations?: readonly DerivationStruct[];
    readonly skewKeys?: Readonly<Record<string, readonly string[]>>;
  },
): JoinStruct {
  const {
    left,
    rightParts,
    onlineExternalParts,
    labelPart: labels,
    bootstrapParts,
    bootstrapFromLog,
    rowIds,
    derivations,
    skewKeys,
    customJson,
    ...meta
  } = options;
  const custom =
    bootstrapFromLog === undefined
      ? customJson
      : JSON.stringify({ ...JSON.parse(customJson ?? '{}'), bootstrap_from_log: bootstrapFromLog });
  return present({
    metaData: present({ ...meta, customJson: custom }),
    left,
    joinParts: rightParts,
    onlineExternalParts,
    labelPart: labels,
    bootstrapParts,
    rowIds,
    derivations,
    skewKeys,
  }) as JoinStruct;
}

export function stagingQuery(
  options: MetaDataOptions & {
    readonly name: string;
    readonly query: string;
    readonly startPartition?: string;
    readonly setups?: readonly string[];
    readonly createView?: boolean;
  },
): StagingQueryStruct {
  const { query: sql, startPartition, setups, createView, ...meta } = options;
  return present({
    metaData: present(meta),
    query: sql,
    startPartition,
    setups: setups ?? [],
    createView,
  }) as StagingQueryStruct;
}

function tableName(metaData: MetaDataStruct, fullName: boolean): string {
  const name = metaData.name.replace(/[^a-zA-Z0-9_]/g, '_');
  return fullName ? `${metaData.outputNamespace ?? 'default'}.${name}` : name;
}

/** Table that a join writes; with `fullName`, its namespace before it. */
export function getJoinOutputTableName(
  of: JoinStruct,
  options: { fullName?: boolean } = {},
): string {
  return tableName(of.metaData, options.fullName ?? false);
}

/** Table that a staging query writes; with `fullName`, its namespace before it. */
export function getStagingQueryOutputTableName(
  of: StagingQueryStruct,
  options: { fullName?: boolean } = {},
): string {
  return tableName(of.metaData, options.fullName ?? false);
}
