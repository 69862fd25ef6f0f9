/** The launcher that a request asks for. */
import { rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import type { JobRequest } from '../request.js';
import type { Launcher } from './launcher.js';
import { launchThreads } from './threads.js';

/** Of the one executor that answers planning's questions, which a driver's pod must hold. */
const planningBytes = 512 * 2 ** 20;
export const defaultMirrorBytes = 8 * 2 ** 30;

/**
 * Executors of this process: all of them, or, where executors are pods, the one that answers planning's
 * questions. They spill into a folder outside of the warehouse, which goes when the launcher is closed.
 */
export function openLauncher(
  request: Pick<
    JobRequest,
    'executors' | 'memoryBytes' | 'mirrorBytes' | 'warehouse' | 'kubernetes'
  >,
  name: string,
): Launcher {
  const scratch = `${tmpdir()}/hindcast-${name}-${process.pid}`;
  const clear = (): void => rmSync(scratch, { recursive: true, force: true });
  // A process may end before it closes what it opened: a config that never finishes loading.
  process.once('exit', clear);
  const pods = (request.kubernetes ?? null) !== null;
  const executors = pods ? 1 : request.executors;
  const launcher = launchThreads(executors, {
    warehouse: request.warehouse,
    threads: Math.max(1, Math.floor(availableParallelism() / executors)),
    memoryBytes: pods ? Math.min(request.memoryBytes, planningBytes) : request.memoryBytes,
    scratch,
    mirror: `${scratch}/objects`,
    mirrorBytes: request.mirrorBytes ?? defaultMirrorBytes,
  });
  return {
    ...launcher,
    close: async () => {
      await launcher.close();
      clear();
      process.off('exit', clear);
    },
  };
}
