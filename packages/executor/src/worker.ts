/** Entry of a worker thread: one DuckDB session, opened at once, then task after task. */
import { BroadcastChannel, threadId, workerData } from 'node:worker_threads';
import { type ErrorRecord, toErrorRecord } from '@hindcast/shared/errors';
import { type ExecutorOptions, interruptChannel, type Task } from '@hindcast/shared/plan/task';
import { lessUse, noUse, type StoreUse } from '@hindcast/shared/store/use';
import type { runTask } from './run-task.js';
import { runTimed } from './run-timed.js';
import { openRunner, type Runner } from './runner.js';
import { Session } from './scan/duckdb.js';

async function open(options: ExecutorOptions): Promise<Runner> {
  const session = await Session.open(options);
  const channel = new BroadcastChannel(interruptChannel(options));
  channel.onmessage = () => session.interrupt();
  channel.unref();
  return openRunner(session, options);
}

const runner = open(workerData as ExecutorOptions);
// A thread says that it is ready when this module is there: it must not be stopped inside DuckDB. What
// goes wrong is told by the first task.
await runner.catch(() => {});

/** With what the task asked of the store. */
export type WorkerReply = { readonly use: StoreUse } & (
  | { readonly ok: true; readonly result: Awaited<ReturnType<typeof runTask>> }
  | { readonly ok: false; readonly error: ErrorRecord }
);

/** Errors come back as data: an error class does not survive the way between threads. */
export default async function work(task: Task): Promise<WorkerReply> {
  let used = (): StoreUse => noUse;
  let before = noUse;
  try {
    const opened = await runner;
    used = opened.use;
    before = used();
    const result = await runTimed(opened, task, `thread ${threadId}`);
    return { ok: true, result, use: lessUse(used(), before) };
  } catch (error) {
    return { ok: false, error: toErrorRecord(error), use: lessUse(used(), before) };
  }
}
