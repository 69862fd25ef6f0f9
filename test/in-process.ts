/** A launcher that runs tasks in this thread: thousands of small jobs without a thread each. */
import { mkdirSync } from 'node:fs';
import type { ExecutorOptions, Task } from '@hindcast/shared/plan/task';
import type { Launcher, ResultOf } from '../packages/driver/src/launch/launcher.js';
import { openRunner } from '../packages/executor/src/runner.js';
import { Session } from '../packages/executor/src/scan/duckdb.js';

export async function openSession(scratch: string): Promise<Session> {
  return Session.open({ threads: 1, memoryBytes: 2 ** 30, scratch });
}

export async function launchHere(
  session: Session,
  warehouse: string,
  executors: number,
): Promise<Launcher> {
  const scratch = warehouse.replace(/^s3:\/\/[^/]*/, '');
  mkdirSync(scratch, { recursive: true });
  const options: ExecutorOptions = {
    warehouse,
    threads: 1,
    memoryBytes: 2 ** 30,
    scratch,
    mirror: `${scratch}-mirror`,
    mirrorBytes: 2 ** 30,
  };
  const runner = await openRunner(session, options);
  let last: Promise<unknown> = Promise.resolve();
  return {
    executors,
    // One connection: task after task.
    run<T extends Task>(task: T): Promise<ResultOf<T>> {
      const result = last.then(() => runner.run(task));
      last = result.catch(() => {});
      return result as Promise<ResultOf<T>>;
    },
    use: runner.use,
    interrupt: () => session.interrupt(),
    close: async () => {},
  };
}
