/** A plan is data: what `hindcast plan` prints is what `submit` runs. */
import type { PartitionRange } from '../time/partition-spec.js';
import type { PlannedDrift } from './drift.js';
import type { Column, QueryView, Task, Windowing } from './task.js';

export const planVersion = 1;

export interface Plan {
  readonly version: number;
  readonly job: 'join' | 'group-by' | 'label-join' | 'staging-query';
  /** Where rows begin. */
  readonly leftPlace: LeftPlace;
  readonly name: string;
  readonly windowing: Windowing;
  /** Null when the left has no partition to offer. */
  readonly range: PartitionRange | null;
  readonly output: OutputTable;
  /** The table of the output's statistics: namespace.name. Null: none are kept; absent in plans of before. */
  readonly statistics?: string | null;
  /** What is checked of drift; null: nothing; absent in plans of before. */
  readonly drift?: PlannedDrift | null;
  readonly hashes: SemanticHashes;
  /** What the hashes in the steps' provenance stand for: hash → JSON. A run keeps them. */
  readonly definitions: Readonly<Record<string, string>>;
  /** How the definition differs from those that the table's partitions were computed from. */
  readonly changes: readonly DefinitionChange[];
  /** Set when the present table is put aside under `to` first. */
  readonly archive: Archive | null;
  readonly partitions: readonly PlannedPartition[];
  readonly inputs: readonly PlannedInput[];
  /** What older tables have; null for a join without bootstrap. */
  readonly bootstrap: PlannedBootstrap | null;
  /** Right partitions that windows reach and that aren't there: `table: dates`. */
  readonly missingInputs: readonly MissingInput[];
  readonly warnings: readonly string[];
  /** Where the output's columns come from, in their order; empty where that is not known. */
  readonly lineage: readonly ColumnLineage[];
  /** The views of a join with labels; null for other jobs. */
  readonly views: LabelViews | null;
  /** The view that a staging query makes in place of a table; null for other jobs. */
  readonly view: QueryView | null;
  /** Of a label join: what labels there were before it, and which dates it is for. */
  readonly labels: LabelPlan | null;
  readonly steps: readonly Step[];
}

export type LeftPlace = 'on the left' | 'in the source' | 'in the features' | 'in the query';

export interface OutputTable {
  readonly table: string; // namespace.name
  /** Folder of the table in the store. */
  readonly key: string;
  readonly partitionColumn: string;
  readonly dateFormat: string;
  /** Further partition columns, below the first: text. */
  readonly subPartitions: readonly string[];
  /** In order, without the partition columns. */
  readonly columns: readonly Column[];
}

/** What `_labeled` and `_labeled_latest` are made of: spec/semantics, "Labels". */
export interface LabelViews {
  /** Tables and views: namespace.name. */
  readonly features: string;
  readonly labels: string;
  readonly labeled: string;
  readonly latest: string;
  /** Hash of what labels are computed from. A label table of another definition has none of them. */
  readonly definition: string;
  readonly partitionColumn: string;
  /** Columns that both tables have and that tell rows apart, the partition column last. */
  readonly identity: readonly string[];
  /** What the label table will hold beside these, while it is not there. */
  readonly labelColumns: readonly Column[];
}

export interface LabelPlan {
  readonly dates: readonly LabelDate[];
  readonly maturity: readonly LabelMaturity[];
}

export interface LabelDate {
  readonly labelDs: string;
  /** Partitions of the features that get labels of that date, sorted. */
  readonly partitions: readonly string[];
}

/** How far the labels of one partition of the features have come. */
export interface LabelMaturity {
  readonly partition: string;
  readonly rows: number; // of the features
  /** Versions that it has, oldest first, with the rows whose label is not NULL in all columns. */
  readonly versions: readonly { readonly labelDs: string; readonly labeled: number }[];
  /** The last label date that computes labels for this partition. */
  readonly maturesOn: string;
  /** It has labels, and that label date or a later one has been computed. */
  readonly matured: boolean;
  /** Rows of the features that the newest version does not know: they came after it. */
  readonly lacking: number;
}

export interface SemanticHashes {
  readonly left: string;
  /** Output prefix of each part → hash of the part. */
  readonly parts: Readonly<Record<string, string>>;
  readonly bootstrap: string;
  /** Null without derivations of the join. */
  readonly derivations: string | null;
  /** Of the columns of external parts; null without. */
  readonly externals: string | null;
  readonly join: string;
}

/** One of the things that a table's provenance has a hash for. */
export interface DefinitionChange {
  readonly what:
    | 'left'
    | 'part'
    | 'bootstrap'
    | 'derivations'
    | 'externals'
    | 'labels'
    | 'group-by';
  /** Output prefix of a part; null for the others. */
  readonly part: string | null;
  readonly change: 'changed' | 'new' | 'gone';
  /** None for a part that is new or gone; null where what it was is not on record. */
  readonly fields: readonly FieldChange[] | null;
  /** Partitions that were computed from the former definition; null for all that there are. */
  readonly partitions: readonly string[] | null;
}

/** What differs at one place of a definition. */
export interface FieldChange {
  /**
   * `aggregations[0].windows[1]`, counted from 0 in lists as they are now; of what came into a list or
   * went from it, the list.
   */
  readonly path: string;
  readonly change: 'changed' | 'added' | 'removed' | 'reordered';
  /** JSON; absent of what was added or reordered. */
  readonly before?: unknown;
  /** JSON; absent of what was removed or reordered. */
  readonly after?: unknown;
}

export interface Archive {
  readonly reason: string;
  readonly from: string; // store keys of table folders
  readonly to: string;
  /** `move`: everything is computed anew; `copy`: the former version stays readable beside. */
  readonly kind: 'move' | 'copy';
}

export interface PlannedPartition {
  readonly value: string;
  readonly action: 'compute' | 'skip';
  readonly reason:
    | 'missing'
    | 'left changed'
    | 'bootstrap changed'
    | 'part changed'
    | 'derivations changed'
    | 'external parts changed'
    | 'group-by changed'
    | 'labels changed'
    | 'inputs changed'
    | 'requested'
    | 'exists'
    | `not ${LeftPlace}`
    | `empty ${LeftPlace}`
    | 'archived only'; // in the former table, outside of the range
  /** Parts whose columns are computed; null for all of them. */
  readonly parts: readonly string[] | null;
  /** Tables whose files changed since it was computed; absent: none that is known. */
  readonly stale?: readonly string[];
}

export interface PlannedInput {
  readonly origin: string;
  readonly table: string;
  readonly partitions: number;
  readonly files: number;
  readonly bytes: number;
  readonly rows: number;
  /** Partitions that KeyBuckets of an earlier run already hold. */
  readonly reused: number;
}

export interface PlannedBootstrap {
  /** In order of priority; of the partitions that are computed. */
  readonly tables: readonly {
    readonly table: string;
    readonly partitions: number;
    readonly files: number;
    readonly bytes: number;
    /** Rows that repeat another's keys. */
    readonly duplicates: number;
  }[];
  /** Of each part, rows that are computed and rows that tables have, by its output prefix. */
  readonly parts: readonly {
    readonly prefix: string;
    readonly computed: number;
    readonly covered: number;
  }[];
}

/** What a column of the output is made of. */
export interface ColumnLineage {
  readonly column: string;
  readonly from: readonly ColumnOrigin[];
}

export interface ColumnOrigin {
  readonly table: string; // namespace.name
  readonly column: string;
  /**
   * `same`: its value; `computed` and `aggregated`: something that is made of it; `key`: it decides which rows
   * are looked at, by key or time; `filter`: by a where.
   */
  readonly how: 'same' | 'computed' | 'aggregated' | 'key' | 'filter';
}

export interface MissingInput {
  readonly origin: string;
  readonly table: string;
  readonly partitions: readonly string[];
  /** Join that writes them; null for tables of others. */
  readonly writtenBy: string | null;
}

/** Some partitions that are computed and committed together. */
export interface Step {
  readonly index: number;
  readonly partitions: readonly string[];
  readonly stages: readonly Stage[];
  /** Rows that each partition must have, counted on the left; null where its tasks count them. */
  readonly rows: Readonly<Record<string, number>> | null;
  /** Files that the commit takes out of the table. */
  readonly replaces: readonly string[];
  /** Part prefix → hash, kept with every file of the step. */
  readonly provenance: Readonly<Record<string, string>>;
  /** Table → fingerprint of its files, for `commitInfo`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Of each partition, what it is computed from, kept with its files; null where nobody asks. */
  readonly partitionInputs: Readonly<Record<string, PartitionInputs>> | null;
}

/** Table → the days that rows of one partition see, since epoch and inclusive, and a hash of their files. */
export type PartitionInputs = Readonly<
  Record<string, { readonly first: number | null; readonly last: number; readonly files: string }>
>;

export type StageName = 'key-buckets' | 'join' | 'assemble' | 'query' | 'statistics';

export interface Stage {
  readonly name: StageName;
  readonly tasks: readonly Task[];
}
