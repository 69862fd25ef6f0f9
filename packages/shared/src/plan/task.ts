/**
 * Tasks are data: everything an executor needs to run one, and nothing else. Paths are keys of the
 * warehouse's store, or absolute paths or URLs for what lies elsewhere. Expressions are Spark SQL.
 */
import type { Accuracy, Operation } from '../config/model.js';
import type { Explosion } from '../config/signatures.js';
import type { ExplainRowTask, FindRowTask, KeyEventsTask } from './explain-row.js';

export type Windowing = 'exact' | 'sawtooth';

/** A column with its DuckDB type, e.g. `{ name: 'price', type: 'DOUBLE' }`. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** A column computed from those of what lies below. */
export interface ProjectedColumn extends Column {
  /** DuckDB's SQL; null: the column of this name, as it is. */
  readonly expression: string | null;
}

/** An input file and the partition that it belongs to. */
export interface ScanFile {
  readonly path: string;
  readonly partition: string;
}

/**
 * How rows come out of a source's files. Expressions are Spark SQL, as the config has them, in a
 * describe task; it translates them, and every other task has DuckDB's SQL.
 */
export interface Scan {
  /** Where the config asks for it, for messages: `join part "x": data.purchases`. */
  readonly origin: string;
  readonly table: string;
  readonly partitionColumn: string;
  readonly dateFormat: string;
  /** Output column → expression, only what the job uses; null selects every column. The partition
   * column is never among them: it comes from the file list. */
  readonly selects: Readonly<Record<string, string>> | null;
  readonly wheres: readonly string[];
  readonly time: ScanTime;
  /** Where partitions say nothing of when events landed, each lies in the one of its time's date. */
  readonly dayOfTime: boolean;
  /** Columns that only some of the table's files have: NULL in the others. Found by describing. */
  readonly partial: readonly Column[];
  /** Further partition columns of a Delta table, with their types; absent where they are not known. */
  readonly subPartitions?: readonly Column[];
}

/** Integers and fractions are ms since epoch. */
export type TimeUnitOfColumn = 'integer' | 'fraction' | 'timestamp';

export type ScanTime =
  | {
      readonly kind: 'expression';
      readonly expression: string;
      readonly unit: TimeUnitOfColumn;
    }
  | { readonly kind: 'endOfPartition' } // the partition's last millisecond
  | { readonly kind: 'none' };

/** One share of the key space: hashes whose top `bits` bits equal `index`. */
export interface KeyBucket {
  readonly index: number;
  readonly bits: number; // 0: the whole key space
}

/** Asks for the schema of scans before anything is planned. Reads footers only. */
export interface DescribeTask {
  readonly kind: 'describe';
  readonly scans: readonly { readonly scan: Scan; readonly files: readonly ScanFile[] }[];
}

export interface DescribeResult {
  readonly scans: readonly {
    /** The selected columns, without time and partition. */
    readonly columns: readonly Column[];
    /** The scan in DuckDB's SQL, with the unit of what its time expression gives. */
    readonly scan: Scan;
    readonly rows: number; // in the files, before wheres
  }[];
}

/**
 * Asks what expressions over columns that nobody computed yet are in DuckDB's SQL, and what types they
 * give. Reads nothing.
 */
export interface DescribeDerivationsTask {
  readonly kind: 'describe-derivations';
  readonly sets: readonly DerivationSet[];
}

export interface DerivationSet {
  /** Where the config has them, for messages: `join "x"`. */
  readonly origin: string;
  /** What expressions may name, and the column that stands for it in what lies below. */
  readonly columns: readonly (Column & { readonly held: string })[];
  /** Spark SQL. */
  readonly expressions: readonly { readonly name: string; readonly expression: string }[];
}

/** Per set, its expressions in order. */
export interface DescribeDerivationsResult {
  readonly sets: readonly (readonly DerivedColumn[])[];
}

export interface DerivedColumn extends ProjectedColumn {
  readonly expression: string;
}

/** Asks how many rows each partition of the left has, and how far their times reach. */
export interface LeftRangeTask {
  readonly kind: 'left-range';
  readonly left: LeftScan;
}

/** Partitions without rows don't appear. */
export interface LeftRangeResult {
  readonly partitions: Readonly<Record<string, LeftPartition>>;
  /** Partition → rows of a left of events that have no time. */
  readonly withoutTime: Readonly<Record<string, number>>;
  /** Rows that skewKeys leave out; not in `partitions`. */
  readonly skewedRows: number;
  /** Of each bootstrap table, rows that repeat another's keys. */
  readonly duplicates: readonly number[];
}

export interface LeftPartition {
  readonly rows: number;
  /** ms since epoch, both inclusive; null for a left of entities. */
  readonly minTime: number | null;
  readonly maxTime: number | null;
  /** The rows that bootstrap tables don't cover, for each name of `BootstrapScan.covered`; those without
   * rows don't appear. */
  readonly uncovered?: Readonly<Record<string, LeftPartition>>;
}

/** Asks how many keys the sources of a group-by hold. */
export interface KeyRangeTask {
  readonly kind: 'key-range';
  readonly sources: readonly { readonly scan: Scan; readonly files: readonly ScanFile[] }[];
  readonly keys: readonly Column[];
  /** Rows without a time don't count. */
  readonly timed: boolean;
  /** Whether keys are counted partition by partition, or about how many there are in all. */
  readonly byPartition: boolean;
}

/** Keys that hold a NULL don't count. */
export interface KeyRangeResult {
  /** Partitions without keys don't appear; empty unless asked for. */
  readonly partitions: Readonly<Record<string, number>>;
  readonly keys: number; // about, where partitions are not asked for
}

/** Rows of the left as the output has them. */
export interface LeftScan {
  readonly scan: Scan;
  readonly files: readonly ScanFile[];
  /** Columns of the output that the left provides. */
  readonly columns: readonly Column[];
  /** Column → values; rows that hold one of them are left out. */
  readonly skewKeys: Readonly<Record<string, readonly string[]>>;
  /** Where rows are looked at as of another date than their own; absent otherwise. */
  readonly labels?: LabelRows;
  /** What older tables have of these rows; absent where nothing is looked up. */
  readonly bootstrap?: BootstrapScan;
}

/**
 * Rows of bootstrap tables beside the left's: those with the same keys and the same partition. The left
 * gets two kinds of columns more, which `columns` lists beside its own.
 */
export interface BootstrapScan {
  /** In order of priority. */
  readonly tables: readonly BootstrapTable[];
  /** What the tables have of a column of the output: the first value that is not NULL. */
  readonly values: readonly {
    readonly name: string;
    readonly type: string;
    /** Column of the output, and tables that have it, by position. */
    readonly of: string;
    readonly tables: readonly number[];
  }[];
  /** Whether tables with all columns of a part have a row; each list is of tables that have a column. */
  readonly covered: readonly {
    readonly name: string;
    readonly columns: readonly (readonly number[])[];
  }[];
}

export interface BootstrapTable {
  readonly scan: Scan;
  readonly files: readonly ScanFile[];
  /** Column of the left, column of the table, and the type in which the two are compared. */
  readonly keys: readonly { readonly left: string; readonly name: string; readonly type: string }[];
  readonly columns: readonly Column[];
  /** Whether no two rows have the same keys and partition, as planning has counted. */
  readonly unique: boolean;
}

/** Rows for labels: those of one identity are one, with the least keys, in the partition of the label date. */
export interface LabelRows {
  readonly labelDs: string;
  readonly day: number; // days since epoch
  /** Columns, the scan's partition column among them. */
  readonly identity: readonly string[];
}

/**
 * Scans some files of a right source into one segment: rows grouped by key in hash order, each key's
 * rows in (time, partition, values) order. Any KeyBucket is one contiguous range of a segment.
 */
export interface BucketSourceTask {
  readonly kind: 'bucket-source';
  readonly scan: Scan;
  readonly files: readonly ScanFile[];
  /** `events`: time and values as typed arrays; `rows`: whole rows, one per key and partition. */
  readonly layout: 'events' | 'rows';
  /**
   * For snapshots and mutations, the partition is one more key column: days since epoch, and so many
   * days added that it is the day of the snapshot. Null for events.
   */
  readonly partitionKey: number | null;
  /** Rows without a time never count, or, where no window asks for times, come before all others. */
  readonly untimed: 'dropped' | 'first';
  readonly keys: readonly Column[];
  readonly values: readonly Column[];
  /** One of the values is taken apart into several inputs; null where an event is one. */
  readonly explode: Explode | null;
  /** Fail when a snapshot holds several rows of one key (`--strict-inputs`). */
  readonly refuseDuplicates: boolean;
  /** Notes about these rows are another task's. */
  readonly quiet: boolean;
  /** Folder of the segment; it appears whole or not at all. */
  readonly output: string;
}

/**
 * Segments of the same rows, each with values of its own: one scan makes them all. They have the layout
 * `events` and nothing taken apart; files, keys, times and wheres are the same. Values and what is
 * selected as them, origins and outputs differ.
 */
export interface BucketSourcesTask {
  readonly kind: 'bucket-sources';
  readonly segments: readonly BucketSourceTask[];
}

/** Splits some files of the left: whole rows by the KeyBucket of each key set. */
export interface BucketLeftTask {
  readonly kind: 'bucket-left';
  readonly left: LeftScan;
  readonly keySets: readonly KeySet[];
  readonly bits: number;
  /** Row ids count from here; each task of a step has a range of its own. */
  readonly firstRowId: number;
  /** Folder; `base.parquet` and `keyset-<i>/__kb=<bucket>/*.parquet` below it. */
  readonly output: string;
}

/** The segments that a task makes, each as a task of its own. */
export function segmentTasks(task: Task): readonly BucketSourceTask[] {
  if (task.kind === 'bucket-source') return [task];
  return task.kind === 'bucket-sources' ? task.segments : [];
}

/** The task that makes these segments of the same rows: at least one. */
export function taskOfSegments(
  segments: readonly BucketSourceTask[],
): BucketSourceTask | BucketSourcesTask {
  const [first] = segments as readonly [BucketSourceTask];
  return segments.length === 1 ? first : { kind: 'bucket-sources', segments };
}

/** Row ids that one left task may give, counted from its first. */
export const rowIdSpan = 2 ** 40;

/** Left columns that some parts are keyed by, cast to the parts' key types. */
export interface KeySet {
  readonly columns: readonly Column[];
  /** Further left columns that the parts look at: what covers them. Absent: none. */
  readonly covered?: readonly string[];
  /** When every part shares one key set, its split holds whole rows and no base is written. */
  readonly wholeRows: boolean;
}

/** Positions and map keys become the value column `explodedColumn`. */
export interface Explode {
  readonly column: string;
  readonly into: Explosion;
}

export const explodedColumn = '__exploded';

/** Value columns of mutations, NULL and false in rows of a snapshot. */
export const mutationTimeColumn = '__mutation_time';
export const reversalColumn = '__reversal';
/** Tells rows apart where lists or maps are taken apart: a reversal names a whole row. */
export const rowIdentityColumn = '__of_row';

export interface AggregateSpec {
  readonly inputColumn: string;
  readonly operation: Operation;
  /** One aggregate per value of a column, in a map by these values or, by position, in a list. */
  readonly by: { readonly column: string; readonly into: 'map' | 'list' } | null;
  readonly argMap: Readonly<Record<string, string>>;
  /** One output column per window; `lengthMs` null: everything before. */
  readonly windows: readonly { readonly lengthMs: number | null; readonly column: string }[];
}

/** One join part, ready to be computed for one KeyBucket. */
export interface PartSpec {
  readonly name: string;
  readonly accuracy: Accuracy;
  /**
   * `as-of`: events before the row; `snapshot`: rows of one partition; `mutations`: these, and what
   * was changed in them up to the row's time.
   */
  readonly lookup: 'as-of' | 'snapshot' | 'mutations';
  /** Left column per key of the segments, in the segments' order. */
  readonly leftKeys: readonly Column[];
  /** Null: the row's columns as they are. */
  readonly aggregates: readonly AggregateSpec[] | null;
  /** Of all of the group-by's aggregations, which more than one spec may share. */
  readonly windows: {
    readonly any: boolean;
    /** Null when an aggregation has no window. */
    readonly longestMs: number | null;
  };
  /** Values in the segments; for rows without aggregations also their output names. */
  readonly values: readonly (Column & { readonly output: string | null })[];
  /** Column that says whether the left's key has a row (`snapshot` without aggregations); null when
   * nobody asks. */
  readonly found: string | null;
  readonly segments: readonly string[];
  /** Left column that is true for rows which nothing is computed for; null: there is none. */
  readonly covered: string | null;
  /** Partitions that the step reads (days since epoch, inclusive); sawtooth's visibility bound. */
  readonly readDays: { readonly first: number; readonly last: number };
}

export interface JoinTask {
  readonly kind: 'join';
  readonly windowing: Windowing;
  readonly leftKind: 'events' | 'entities';
  readonly left: LeftInput;
  readonly bucket: KeyBucket;
  readonly parts: readonly PartSpec[];
  readonly partitionColumn: string;
  /** Columns by which each partition is split further, in `table` mode; absent: none. */
  readonly subPartitions?: readonly string[];
  readonly dateFormat: string;
  /** Rows that have none of these columns are left out; empty: every row stays. */
  readonly onlyWithValues: readonly string[];
  /** `table`: final rows, partitioned; `columns`: `__rid` and features, for an assemble task. */
  readonly mode: 'table' | 'columns';
  /** What is computed, in order and without the partition column: with the left's columns (`table`), or
   * features alone (`columns`). */
  readonly columns: readonly Column[];
  /** Derivations over `columns`, each over what the one before gives; the last one is written. */
  readonly projections: readonly (readonly ProjectedColumn[])[];
  readonly output: string;
}

/**
 * Where a join task's left rows are: split by `bucket-left` tasks, few enough to scan at once, or the
 * keys that the parts' segments hold, once for each day (of snapshots, for their own day).
 */
export type LeftInput =
  | { readonly kind: 'keys'; readonly columns: readonly Column[]; readonly seen: KeysSeen }
  | { readonly kind: 'split'; readonly folders: readonly string[]; readonly keySet: number }
  | { readonly kind: 'scan'; readonly left: LeftScan; readonly keys: readonly Column[] };

export interface KeysSeen {
  /** Partition and the same in days since epoch. */
  readonly days: readonly { readonly value: string; readonly day: number }[];
  /** Whether segments have the day as one more key. */
  readonly snapshots: boolean;
}

/** Counts the keys of segments, to be compared with those that join tasks found in their KeyBuckets. */
export interface CountKeysTask {
  readonly kind: 'count-keys';
  readonly segments: readonly string[];
  readonly keys: number; // how many columns a key has
}

/** Puts the columns that join tasks computed beside one split of the left. */
export interface AssembleTask {
  readonly kind: 'assemble';
  /** Folder that one `bucket-left` task wrote, and its first row id. */
  readonly left: string;
  readonly firstRowId: number;
  /** Per key set, the files of columns of all of its KeyBuckets. */
  readonly keySets: readonly (readonly string[])[];
  readonly partitionColumn: string;
  readonly subPartitions?: readonly string[];
  readonly columns: readonly Column[];
  /** As a join task's. */
  readonly projections: readonly (readonly ProjectedColumn[])[];
  readonly output: string;
}

/** Runs a SQL query over tables of the warehouse for a person. */
export interface QueryTask {
  readonly kind: 'query';
  readonly sql: string;
  /** Relation name (`ns.table`) → its files; `null` partition column for a plain file. */
  readonly tables: readonly QueryTable[];
  /** Views over them, each after those that it reads; absent: none. */
  readonly views?: readonly QueryView[];
  /** Names of further tables, for "did you mean". */
  readonly otherTables: readonly string[];
  /** Write the result to this absolute path instead of returning rows. */
  readonly copyTo: { readonly path: string; readonly format: 'csv' | 'parquet' } | null;
  readonly maxRows: number | null;
}

/** Asks what a whole query in Spark SQL is in DuckDB's, and what columns it gives. Reads footers only. */
export interface DescribeQueryTask {
  readonly kind: 'describe-query';
  /** For messages: `staging query "x"`. */
  readonly origin: string;
  readonly sql: string;
  readonly tables: readonly QueryTable[];
  readonly views?: readonly QueryView[];
}

export interface DescribeQueryResult {
  readonly sql: string;
  /** In the types that tables have. */
  readonly columns: readonly Column[];
}

/** Writes a query's rows, partitioned. */
export interface StagingQueryTask {
  readonly kind: 'staging-query';
  readonly origin: string;
  /** DuckDB's SQL. */
  readonly sql: string;
  readonly tables: readonly QueryTable[];
  readonly views?: readonly QueryView[];
  readonly partitionColumn: string;
  readonly dateFormat: string;
  /** Partitions that its rows may be in, both inclusive; null: any. */
  readonly range: { readonly start: string; readonly end: string } | null;
  /** What is written, without the partition column. */
  readonly columns: readonly Column[];
  readonly output: string;
}

export interface QueryTable {
  readonly name: string;
  readonly partitionColumn: string;
  /** Further partition columns, with their types; absent: none. */
  readonly subPartitions?: readonly Column[];
  readonly files: readonly ScanFile[];
  /** Of a table without files. */
  readonly columns: readonly Column[];
}

export interface QueryView {
  readonly name: string; // namespace.name
  /** One SELECT in DuckDB's SQL. */
  readonly sql: string;
}

export interface QueryResult {
  readonly columns: readonly Column[];
  /** JSON values: bigint as string beyond 2^53, else number. */
  readonly rows: readonly (readonly unknown[])[];
  readonly rowCount: number;
}

/** Loads one CSV, JSON (an object a line) or Parquet file into staged, partitioned Parquet. */
export interface ImportTask {
  readonly kind: 'import';
  readonly file: string; // absolute
  readonly format: 'csv' | 'json' | 'parquet';
  /** The file's column of dates; in the table it is the partition column. */
  readonly dateColumn: string;
  readonly partitionColumn: string;
  readonly dateFormat: string;
  readonly output: string;
}

/** Measures each column of some partitions of a table; a row a column and partition, partitioned alike. */
export interface StatisticsTask {
  readonly kind: 'statistics';
  readonly partitions: readonly MeasuredPartition[];
  /** Without partition columns. Files may lack some: NULL. */
  readonly columns: readonly Column[];
  readonly partitionColumn: string;
  readonly output: string;
}

export interface MeasuredPartition {
  readonly value: string;
  readonly files: readonly string[]; // at least one
  readonly rows: number;
}

export type Task =
  | DescribeTask
  | DescribeDerivationsTask
  | LeftRangeTask
  | KeyRangeTask
  | CountKeysTask
  | BucketSourceTask
  | BucketSourcesTask
  | BucketLeftTask
  | JoinTask
  | AssembleTask
  | QueryTask
  | DescribeQueryTask
  | StagingQueryTask
  | ImportTask
  | StatisticsTask
  | FindRowTask
  | KeyEventsTask
  | ExplainRowTask;

/** One staged output file. */
export interface StagedFile {
  readonly path: string;
  readonly partition: string;
  /** Column → value, where partitions are split further. */
  readonly subPartitions?: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly bytes: number;
}

/** Facts that a user should hear about, added up over tasks. */
export interface DataNotes {
  readonly lateEvents: number; // landed in a later partition than their time's
  readonly earlyEvents: number; // landed before they happened
  readonly eventsWithoutTime: number; // never counted
  readonly duplicateSnapshotRows: number; // of one key in one snapshot, beyond the first
  readonly skewedRows: number; // left out by skewKeys
}

/** Where and when a task ran, staging included: by the executor's clock. */
export interface TaskRan {
  readonly executor: string; // `thread 2`, or the pod's name
  readonly from: number; // ms since epoch
  readonly to: number; // ms since epoch
}

export interface TaskResult {
  readonly kind: Task['kind'];
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly seconds: number;
  readonly files: readonly StagedFile[];
  readonly notes: DataNotes;
  /** Columns of what was written, from `import`. */
  readonly columns: readonly Column[];
  /** Where the left is keys: per partition, from `join`. */
  readonly counted: Readonly<Record<string, CountedRows>>;
  /** From executors that are threads or pods. */
  readonly ran?: TaskRan;
}

export interface CountedRows {
  readonly keys: number;
  readonly withValues: number; // rows that are to be in the output
}

export function addNotes(a: DataNotes, b: DataNotes): DataNotes {
  return {
    lateEvents: a.lateEvents + b.lateEvents,
    earlyEvents: a.earlyEvents + b.earlyEvents,
    eventsWithoutTime: a.eventsWithoutTime + b.eventsWithoutTime,
    duplicateSnapshotRows: a.duplicateSnapshotRows + b.duplicateSnapshotRows,
    skewedRows: a.skewedRows + b.skewedRows,
  };
}

export const noNotes: DataNotes = {
  lateEvents: 0,
  earlyEvents: 0,
  eventsWithoutTime: 0,
  duplicateSnapshotRows: 0,
  skewedRows: 0,
};

/** What a worker needs besides its tasks; the same for every task of a run. */
export interface ExecutorOptions {
  readonly warehouse: string; // store URL
  readonly threads: number; // DuckDB threads
  readonly memoryBytes: number;
  readonly scratch: string; // absolute folder for DuckDB's spill
  /** Absolute folder for objects of warehouses and tables that are not files here. */
  readonly mirror: string;
  readonly mirrorBytes: number; // limit of each executor
}

/** Name of the BroadcastChannel on which any message interrupts the executors of one launcher. */
export function interruptChannel({ scratch }: ExecutorOptions): string {
  return `hindcast-interrupt ${scratch}`;
}
