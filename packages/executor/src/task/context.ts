/** What every task runs with. */
import { isAbsolute } from 'node:path';
import type { ExecutorOptions } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import type { Session } from '../scan/duckdb.js';

export interface TaskContext {
  readonly session: Session;
  readonly store: Store;
  readonly options: ExecutorOptions;
}

/** A path that DuckDB and node:fs can open: absolute paths as they are, keys below the warehouse. */
export function locate(context: TaskContext, path: string): string {
  return isAbsolute(path) ? path : context.store.localPath(path);
}
