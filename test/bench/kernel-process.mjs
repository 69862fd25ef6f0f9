/** The kernel in a process of its own, and its steps as rates. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pathOf } from './sql.mjs';
import { median } from './statistics.mjs';

/**
 * @param {number} purchases
 * @param {number} checkouts
 * @param {number} rounds
 * @param {(line: string) => void} say
 * @returns the median seconds of each step, and what it gets through in a second
 */
export async function runKernel(purchases, checkouts, rounds, say) {
  say('the kernel alone');
  const shape = JSON.stringify({ purchases, checkouts, rounds });
  const { stdout } = await promisify(execFile)(process.execPath, [pathOf('kernel.mjs'), shape]);
  const seconds = JSON.parse(stdout);
  return Object.entries(seconds).map(([step, own]) => {
    const medianSeconds = median(own);
    return {
      step,
      medianSeconds,
      eventsPerSecond: purchases / medianSeconds,
      rowsPerSecond: checkouts / medianSeconds,
    };
  });
}
