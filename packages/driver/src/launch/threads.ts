/** Executors as worker threads of this process: `--master local[N]`. */
import { createRequire } from 'node:module';
import { BroadcastChannel } from 'node:worker_threads';
import { fromErrorRecord, HindcastError } from '@hindcast/shared/errors';
import { type ExecutorOptions, interruptChannel, type Task } from '@hindcast/shared/plan/task';
import { addUse, noUse, type StoreUse } from '@hindcast/shared/store/use';
import { Piscina } from 'piscina';
import { runInTurn } from './in-turn.js';
import type { Launcher, ResultOf } from './launcher.js';

type Reply = { readonly use: StoreUse } & (
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: Parameters<typeof fromErrorRecord>[0] }
);

/** @param entry the module that a thread loads, as a path */
export function launchThreads(
  executors: number,
  options: ExecutorOptions,
  // Resolved, not imported: a thread gets a task and nothing else of the driver.
  entry = createRequire(import.meta.url).resolve('@hindcast/executor/worker'),
): Launcher {
  const pool = new Piscina({
    filename: entry,
    workerData: options,
    minThreads: executors,
    maxThreads: executors,
    idleTimeout: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: 1,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.max(256, Math.floor(options.memoryBytes / 2 ** 20)),
    },
  });
  /** Why no task is taken any more: the pool leaves those that wait for a thread without an answer. */
  let failure: unknown = null;
  /** Those who wait for an answer. */
  const waiting = new Set<(why: unknown) => void>();
  const fail = (why: unknown): void => {
    failure ??= why;
    for (const refuse of waiting) refuse(failure);
  };
  const loaded = Promise.all(
    pool.threads.map((thread) => firstSign(thread, (why) => fail(notLoaded(entry, why)))),
  );
  // Of a thread without a task, and of one that takes the place of another.
  pool.on('error', (error) => fail(workerError(error)));
  const created = new Set<number>();
  pool.on('workerCreate', ({ id }: { readonly id: number }) => created.add(id));
  const running = new Set<Promise<unknown>>();
  let use = noUse;
  const run = async <T extends Task>(task: T): Promise<ResultOf<T>> => {
    if (failure !== null) throw failure;
    const answer = pool.run(task);
    running.add(answer);
    const settled = (): unknown => running.delete(answer);
    answer.then(settled, settled);
    let refuse: (why: unknown) => void = () => {};
    try {
      const reply = await new Promise<Reply>((resolve, reject) => {
        refuse = reject;
        waiting.add(refuse);
        answer.then(resolve, reject);
      });
      use = addUse(use, reply.use);
      if (!reply.ok) throw fromErrorRecord(reply.error);
      return reply.result as ResultOf<T>;
    } catch (error) {
      throw failure ?? workerError(error);
    } finally {
      waiting.delete(refuse);
    }
  };
  const allGone = async (): Promise<void> => {
    while (pool.threads.length > 0) await Promise.all(pool.threads.map(ended));
  };
  return {
    executors,
    run,
    runAll: (batch) => runInTurn(batch, executors, run),
    use: () => use,
    interrupt() {
      const channel = new BroadcastChannel(interruptChannel(options));
      channel.postMessage(null);
      channel.close();
    },
    async close() {
      // A thread that is stopped inside DuckDB, or while it loads it, takes the process along.
      await loaded;
      const replacing = pool.threads.filter(({ threadId }) => !created.has(threadId));
      await Promise.all(replacing.map((thread) => firstSign(thread, fail)));
      // What waits for a thread when there is none ends with the pool.
      await Promise.race([Promise.allSettled(running), allGone()]);
      await pool.destroy();
    },
  };
}

type Thread = Piscina['threads'][number];

/**
 * Resolves when a thread has loaded its code and says so, or has ended.
 * @param failed told at once when it ends before, and why
 */
function firstSign(thread: Thread, failed: (why: unknown) => void): Promise<void> {
  return new Promise((resolve) => {
    const ends = (code: number): void => {
      failed(new Error(`it ended with code ${code}`));
      resolve();
    };
    thread.once('message', () => {
      thread.off('error', failed);
      thread.off('exit', ends);
      resolve();
    });
    // Before the pool hears of it, which knows no more than the error.
    thread.prependOnceListener('error', failed);
    thread.once('exit', ends);
  });
}

function ended(thread: Thread): Promise<void> {
  return new Promise((resolve) => {
    thread.once('exit', () => resolve());
  });
}

function notLoaded(entry: string, why: unknown): unknown {
  const error = workerError(why);
  if (error instanceof HindcastError) return error;
  return new HindcastError('task', "an executor can't load its code", {
    found: `${entry}: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'Install Hindcast again; in a clone of its repository: npm run build.',
    cause: why,
  });
}

function workerError(error: unknown): unknown {
  if ((error as { code?: string }).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new HindcastError('task', "an executor's memory is used up", {
    hint: 'Raise --memory, or lower the number of executors (--master local[N]).',
    cause: error,
  });
}
