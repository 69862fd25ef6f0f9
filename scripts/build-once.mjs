// A binary that one of several processes builds, while the others wait for it.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `build` unless the binary is there; only one process at a time builds below one cache folder.
 * @param {string} cache folder that is made if need be, for the lock
 * @param {string} binary path at which `build` leaves a complete binary
 * @param {() => Promise<void>} build
 */
export async function buildOnce(cache, binary, build) {
  const lock = join(cache, 'building');
  mkdirSync(cache, { recursive: true });
  while (!existsSync(binary)) {
    if (!takeLock(lock)) {
      await sleep(500);
      continue;
    }
    try {
      if (!existsSync(binary)) await build();
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
}

/** False while a process that lives holds it. */
function takeLock(lock) {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  let pid = 0;
  try {
    pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch {
    // Made this very moment, or taken away again.
    return false;
  }
  try {
    process.kill(pid, 0);
  } catch {
    rmSync(lock, { recursive: true, force: true });
  }
  return false;
}
