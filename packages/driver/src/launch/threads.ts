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

export function launchThreads(executors: number, options: ExecutorOptions): Launcher {
  const pool = new Piscina({
    // Resolved, not imported: a thread gets a task and nothing else of the driver.
    filename: createRequire(import.meta.url).resolve('@hindcast/executor/worker'),
    workerData: options,
    minThreads: executors,
    maxThreads: executors,
    idleTimeout: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: 1,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.max(256, Math.floor(options.memoryBytes / 2 ** 20)),
    },
  });
  const loaded = Promise.all(pool.threads.map(firstSign));
  const running = new Set<Promise<unknown>>();
  let use = noUse;
  const run = async <T extends Task>(task: T): Promise<ResultOf<T>> => {
    const answer = pool.run(task);
    running.add(answer);
    try {
      const reply = (await answer) as Reply;
      use = addUse(use, reply.use);
      if (!reply.ok) throw fromErrorRecord(reply.error);
      return reply.result as ResultOf<T>;
    } catch (error) {
      throw workerError(error);
    } finally {
      running.delete(answer);
    }
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
      await Promise.allSettled(running);
      await pool.destroy();
    },
  };
}

/** Resolves when a thread has loaded its code and says so, or has ended. */
function firstSign(thread: Piscina['threads'][number]): Promise<void> {
  return new Promise((resolve) => {
    thread.once('message', () => resolve());
    thread.once('exit', () => resolve());
  });
}

function workerError(error: unknown): unknown {
  if ((error as { code?: string }).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new HindcastError('task', "an executor's memory is used up", {
    hint: 'Raise --memory, or lower the number of executors (--master local[N]).',
    cause: error,
  });
}
