/** Executors as worker threads of this process: `--master local[N]`. */
import { createRequire } from 'node:module';
import { fromErrorRecord, HindcastError } from '@hindcast/shared/errors';
import type { ExecutorOptions, Task } from '@hindcast/shared/plan/task';
import { Piscina } from 'piscina';
import type { Launcher, ResultOf } from './launcher.js';

/** Resolved, not imported: a thread gets a task and nothing else of the driver. */
const workerEntry = createRequire(import.meta.url).resolve('@hindcast/executor/worker');

type Reply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: Parameters<typeof fromErrorRecord>[0] };

export function launchThreads(executors: number, options: ExecutorOptions): Launcher {
  const pool = new Piscina({
    filename: workerEntry,
    minThreads: executors,
    maxThreads: executors,
    idleTimeout: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: 1,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.max(256, Math.floor(options.memoryBytes / 2 ** 20)),
    },
  });
  return {
    executors,
    async run<T extends Task>(task: T): Promise<ResultOf<T>> {
      const reply = (await pool.run({ task, options }).catch((error: unknown) => {
        throw workerError(error);
      })) as Reply;
      if (!reply.ok) throw fromErrorRecord(reply.error);
      return reply.result as ResultOf<T>;
    },
    close: () => pool.destroy(),
  };
}

function workerError(error: unknown): unknown {
  if ((error as { code?: string }).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new HindcastError('task', "an executor's memory is used up", {
    hint: 'Raise --memory, or lower the number of executors (--master local[N]).',
    cause: error,
  });
}
