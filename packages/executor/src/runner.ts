/** What runs tasks: over the warehouse's folder as it is, or over a mirror of what lies on S3. */
import type { ExecutorOptions, Task } from '@hindcast/shared/plan/task';
import { openStore } from '@hindcast/shared/store/open';
import { isS3Url } from '@hindcast/shared/store/s3-location';
import type { LocalStore } from '@hindcast/shared/store/store';
import type { StoreUse } from '@hindcast/shared/store/use';
import { runTask } from './run-task.js';
import type { Session } from './scan/duckdb.js';
import { isMirrored, readsOf } from './stage/reads.js';
import { Staging } from './stage/staging.js';

export interface Runner {
  run(task: Task): ReturnType<typeof runTask>;
  use(): StoreUse;
}

export async function openRunner(session: Session, options: ExecutorOptions): Promise<Runner> {
  if (isS3Url(options.warehouse)) {
    const staging = await Staging.open(session, options);
    return { run: (task) => staging.run(task), use: () => staging.use() };
  }
  const store = (await openStore(options.warehouse)) as LocalStore;
  const context = { session, store, options, bring: () => Promise.resolve() };
  // Tables may be mapped to S3 all the same.
  let staging: Promise<Staging> | null = null;
  let use = store.use;
  return {
    run: async (task) => {
      if (!readsOf(task).some(isMirrored)) return runTask(task, context);
      staging ??= Staging.open(session, options);
      const opened = await staging;
      use = () => opened.use();
      return opened.run(task);
    },
    use: () => use(),
  };
}
