/** The kernel in a process of its own, and its steps as rates. */
import { nodeJson, pathOf } from './node-process.mjs';
import { median } from './statistics.mjs';

/**
 * @param {number} purchases
 * @param {number} checkouts
 * @param {number} rounds
 * @param {(line: string) => void} say
 * @returns the median seconds of each step and of all, and what these get through in a second;
 *   rows are null for the steps that see events only
 */
export async function runKernel(purchases, checkouts, rounds, say) {
  say('the kernel alone');
  const shape = JSON.stringify({ purchases, checkouts, rounds });
  /** @type {Record<string, number[]>} */
  const seconds = await nodeJson('kernel.mjs', [shape], pathOf('.'));
  const { arrange, group, asOf } = seconds;
  const all = asOf.map((own, round) => own + arrange[round] + group[round]);
  return Object.entries({ arrange, group, asOf, all }).map(([step, own]) => {
    const medianSeconds = median(own);
    return {
      step,
      medianSeconds,
      eventsPerSecond: purchases / medianSeconds,
      rowsPerSecond: step === 'asOf' || step === 'all' ? checkouts / medianSeconds : null,
    };
  });
}
