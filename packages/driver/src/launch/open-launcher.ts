/** The launcher that a request asks for. */
import { rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import type { JobRequest } from '../request.js';
import type { Launcher } from './launcher.js';
import { launchThreads } from './threads.js';

export const defaultMirrorBytes = 8 * 2 ** 30;

/** Executors spill into a folder outside of the warehouse, which goes when the launcher is closed. */
export function openLauncher(
  request: Pick<JobRequest, 'executors' | 'memoryBytes' | 'mirrorBytes' | 'warehouse'>,
  name: string,
): Launcher {
  const scratch = `${tmpdir()}/hindcast-${name}-${process.pid}`;
  const launcher = launchThreads(request.executors, {
    warehouse: request.warehouse,
    threads: Math.max(1, Math.floor(availableParallelism() / request.executors)),
    memoryBytes: request.memoryBytes,
    scratch,
    mirror: `${scratch}/objects`,
    mirrorBytes: request.mirrorBytes ?? defaultMirrorBytes,
  });
  return {
    ...launcher,
    close: async () => {
      await launcher.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
