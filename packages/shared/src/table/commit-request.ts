import type { Column } from '../plan/task.js';
import type { AddFile, CommitInfo } from './delta-actions.js';
import type { DeltaSnapshot } from './delta-log.js';

/** What a commit puts into a table, and what it was planned on. */
export interface CommitRequest {
  /** Id under which a repeated commit is recognised, and its running number, which only grows. */
  readonly appId: string;
  readonly appVersion: number;
  /** What the commit was planned on; null: the table is created. */
  readonly snapshot: DeltaSnapshot | null;
  readonly partitionColumn: string;
  /** Further partition columns, text as the first; absent: none. */
  readonly subPartitions?: readonly string[];
  /** The whole schema, without the partition columns, which come last. */
  readonly columns: readonly Column[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly add: readonly AddFile[];
  /** Paths of files that are taken out, as the snapshot has them. */
  readonly remove: readonly string[];
  /** Partitions that the commit defines: added, replaced or emptied. */
  readonly partitions: readonly string[];
  /** `runId` in it is what a loser is told of the winner. */
  readonly commitInfo: CommitInfo;
  readonly now: number; // ms since epoch
}

/** All partition columns of a table, in order. */
export function partitionColumnsOf({
  partitionColumn,
  subPartitions = [],
}: Pick<CommitRequest, 'partitionColumn' | 'subPartitions'>): string[] {
  return [partitionColumn, ...subPartitions];
}
