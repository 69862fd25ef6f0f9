/** Entry of a worker thread: one DuckDB session, opened at once, then task after task. */
import { BroadcastChannel, workerData } from 'node:worker_threads';
import { type ErrorRecord, toErrorRecord } from '@hindcast/shared/errors';
import { type ExecutorOptions, interruptChannel, type Task } from '@hindcast/shared/plan/task';
import { openStore } from '@hindcast/shared/store/open';
import { runTask } from './run-task.js';
import { Session } from './scan/duckdb.js';
import type { TaskContext } from './task/context.js';

async function open(options: ExecutorOptions): Promise<TaskContext> {
  const session = await Session.open(options);
  const channel = new BroadcastChannel(interruptChannel(options));
  channel.onmessage = () => session.interrupt();
  channel.unref();
  return { session, store: await openStore(options.warehouse), options };
}

const context = open(workerData as ExecutorOptions);
// A thread says that it is ready when this module is there: it must not be stopped inside DuckDB. What
// goes wrong is told by the first task.
await context.catch(() => {});

export type WorkerReply =
  | { readonly ok: true; readonly result: Awaited<ReturnType<typeof runTask>> }
  | { readonly ok: false; readonly error: ErrorRecord };

/** Errors come back as data: an error class does not survive the way between threads. */
export default async function work(task: Task): Promise<WorkerReply> {
  try {
    return { ok: true, result: await runTask(task, await context) };
  } catch (error) {
    return { ok: false, error: toErrorRecord(error) };
  }
}
