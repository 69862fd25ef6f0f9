/** Waits for what others bring about. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The first answer of `probe` that is neither false nor undefined; while it throws, it is asked again.
 * @param what names it in the error when the patience is over
 */
export async function until<T>(
  what: string,
  probe: () => T | false | undefined | Promise<T | false | undefined>,
  patienceMs = 60_000,
): Promise<T> {
  const end = Date.now() + patienceMs;
  let last: unknown;
  do {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  } while (Date.now() < end);
  throw new Error(`${what}: not within ${patienceMs} ms (${last})`);
}
