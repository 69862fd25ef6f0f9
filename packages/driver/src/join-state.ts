/** What inspection finds, and all that planning looks at: data. */
import type { ExternalColumn } from '@hindcast/shared/config/external-columns';
import type { JoinPart } from '@hindcast/shared/config/model';
import type { Definitions } from '@hindcast/shared/config/semantic-hash';
import type { LabelPlan, LabelViews, LeftPlace, SemanticHashes } from '@hindcast/shared/plan/plan';
import type { BootstrapTable, Column, LeftPartition } from '@hindcast/shared/plan/task';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import type { TableState } from '@hindcast/shared/table/table';
import type { Decision, Provenance } from './plan/decide.js';
import type { DerivedColumns } from './plan/derivations.js';
import type { SourceScan } from './plan/sources.js';

/** A source, with what its scan gives. */
export interface InspectedSource extends SourceScan {
  readonly table: TableState;
  readonly columns: readonly Column[];
  /** In all of the table's files, before wheres. */
  readonly rows: number;
  /** Folder of this scan's segments, and the segments that are there. */
  readonly segments: { readonly folder: string; readonly present: readonly string[] };
}

export interface InspectedPart {
  readonly part: JoinPart;
  readonly sources: readonly InspectedSource[];
}

/** A bootstrap table, and what it has for the join. */
export interface InspectedBootstrap extends SourceScan {
  readonly table: TableState;
  /** Rows that repeat another's keys, in the partitions that are computed; null: not counted yet. */
  readonly duplicates: number | null;
  /** By which rows of the left find theirs, beside the partition. */
  readonly keys: BootstrapTable['keys'];
  /** Columns of the join that it fills. */
  readonly columns: readonly Column[];
}

export interface JoinState {
  readonly hashes: SemanticHashes;
  readonly provenance: Provenance;
  /** What these stand for, and what is on record of the definitions that the table's files name. */
  readonly definitions: { readonly now: Definitions; readonly former: Definitions };
  readonly left: InspectedSource;
  readonly parts: readonly InspectedPart[];
  readonly derived: DerivedColumns;
  /** In order of priority. */
  readonly bootstrap: readonly InspectedBootstrap[];
  readonly externals: readonly ExternalColumn[];
  /**
   * How a GroupBy job differs from a join: its left are the keys that its sources hold, of snapshots
   * each on its own day; rows without any value are left out of other tables. Null for a join.
   */
  readonly keysSeen: { readonly snapshots: boolean } | null;
  /** A label join: its left are the features' rows by what identifies them. Null for others. */
  readonly labels: LabelState | null;
  /** Null for a join without labels. */
  readonly views: LabelViews | null;
  readonly leftPlace: LeftPlace;
  readonly output: {
    readonly table: string;
    readonly key: string;
    readonly snapshot: DeltaSnapshot | null;
  };
  readonly decision: Decision;
  /** Rows and times of each partition that is to be computed. */
  readonly leftPartitions: Readonly<Record<string, LeftPartition>>;
  readonly skewedRows: number;
  /** What was noticed beside. */
  readonly warnings: readonly string[];
}

export interface LabelState extends LabelPlan {
  /** Columns that tell label rows apart, the features' partition column last. */
  readonly identity: readonly string[];
}
