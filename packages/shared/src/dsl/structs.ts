/** Chronon's structs as the builders give them: its compiled JSON, with enums as numbers. */
/** `'3d'`, `'12h'`, or Chronon's struct. */
export type WindowSpec = `${number}d` | `${number}h` | WindowStruct;
export interface WindowStruct {
  readonly length: number;
  readonly timeUnit: 0 | 1; // hours, days
}

export interface QueryStruct {
  readonly selects?: Readonly<Record<string, string>>; // column → Spark SQL; without, every column
  readonly wheres?: readonly string[]; // Spark SQL; all must hold
  readonly startPartition?: string; // inclusive
  readonly endPartition?: string; // inclusive
  readonly timeColumn?: string; // an expression: ms since epoch UTC, or a timestamp
  readonly setups?: readonly string[];
  readonly mutationTimeColumn?: string;
  readonly reversalColumn?: string;
  readonly partitionColumn?: string; // the table's date column where it is not the project's
}

export type SourceStruct =
  | { readonly events: EventSourceOptions }
  | { readonly entities: EntitySourceOptions }
  | { readonly joinSource: { readonly join: JoinStruct; readonly query: QueryStruct } };

export interface EventSourceOptions {
  readonly table: string; // namespace.name
  readonly topic?: string;
  readonly isCumulative?: boolean; // each partition holds all events so far
  readonly query: QueryStruct;
}
export interface EntitySourceOptions {
  readonly snapshotTable: string; // namespace.name; a partition is a whole snapshot
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
  readonly historicalBackfill?: boolean; // false: without a start, only the last partition
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
  readonly keyMapping?: Readonly<Record<string, string>>; // left column → group-by key
  readonly prefix?: string; // before every column of the part
}

export interface LabelPartStruct {
  readonly labels: readonly JoinPartStruct[];
  readonly leftStartOffset: number; // days before the label date, inclusive
  readonly leftEndOffset: number; // days before the label date, inclusive
  readonly metaData?: { readonly offlineSchedule: string };
}

export interface BootstrapPartStruct {
  readonly table: string;
  readonly query?: QueryStruct;
  readonly keyColumns?: readonly string[];
}

export interface TypeStruct {
  readonly kind: number;
  readonly params?: readonly { readonly name: string; readonly dataType: TypeStruct }[];
  readonly name?: string;
}
export interface ExternalSourceStruct {
  readonly metadata: { readonly name: string; readonly team?: string };
  readonly keySchema: TypeStruct;
  readonly valueSchema: TypeStruct;
}
export interface ExternalPartStruct {
  readonly source: ExternalSourceStruct;
  readonly keyMapping?: Readonly<Record<string, string>>; // left column → key of the source
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
