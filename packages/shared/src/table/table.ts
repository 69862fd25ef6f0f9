/** What inspecting a table gives: pure data, no handles. */
import { createHash } from 'node:crypto';
import type { Column } from '../plan/task.js';

export interface DataFile {
  /** Key in the warehouse's store; an absolute path or a URL for tables mapped elsewhere. */
  readonly path: string;
  readonly bytes: number;
  /** Changes whenever the content does. */
  readonly version: string;
}

export interface TablePartition {
  readonly value: string; // of the partition column
  readonly files: readonly DataFile[];
}

export interface TableState {
  readonly name: string; // namespace.name
  readonly format: 'delta' | 'parquet';
  /** Delta version that was read; -1 for a plain Parquet table. */
  readonly version: number;
  /** As the Delta log has it. */
  readonly schema?: string;
  /** Further partition columns beside the one that partitions are told by, with their types. */
  readonly subPartitions?: readonly Column[];
  /** Sorted by value. Empty partitions (no file) don't appear. */
  readonly partitions: readonly TablePartition[];
}

/** Short text that differs whenever the table's files do. */
export function tableFingerprint({ format, version, partitions }: TableState): string {
  if (format === 'delta') return `delta version ${version}`;
  const files = createHash('sha256').update(JSON.stringify(partitions)).digest('hex');
  return `${partitions.length} partitions, ${files.slice(0, 16)}`;
}
