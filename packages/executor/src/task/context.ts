/** What every task runs with. */
import { isAbsolute } from 'node:path';
import type { ExecutorOptions } from '@hindcast/shared/plan/task';
import { isS3Url, parseS3Url } from '@hindcast/shared/store/s3-location';
import type { LocalStore } from '@hindcast/shared/store/store';
import type { Session } from '../scan/duckdb.js';
import type { Read } from '../stage/reads.js';

export interface TaskContext {
  readonly session: Session;
  /** The warehouse, or its mirror on this machine. */
  readonly store: LocalStore;
  readonly options: ExecutorOptions;
  /**
   * Makes inputs readable that nobody could name before the task began: a folder has them all, a
   * mirror fetches them.
   */
  readonly bring: (reads: readonly Read[]) => Promise<void>;
}

/** Where a mirror keeps an object: below the executor's scratch folder, by bucket and key. */
export function mirrored(mirror: string, bucket: string, key: string): string {
  return `${mirror}/${bucket}/${key}`;
}

/** A path that DuckDB and node:fs can open: absolute ones as they are, keys below the warehouse. */
export function locate({ store, options }: TaskContext, path: string): string {
  if (isAbsolute(path)) return path;
  if (!isS3Url(path)) return store.localPath(path);
  const { bucket, prefix } = parseS3Url(path);
  return mirrored(options.mirror, bucket, prefix.slice(0, -1));
}
