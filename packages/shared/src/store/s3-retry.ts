/** Trying again what the SDK does not by itself: bodies, and puts whose fate is unknown. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from './s3-errors.js';

export const mostTries = 6;

/** Tries again what may pass. */
export async function again<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt === mostTries || !isPassing(error)) throw error;
      await pause(attempt);
    }
  }
}

/** Longer each time, and never as long as others wait. */
export function pause(attempt: number): Promise<void> {
  return sleep(Math.random() * Math.min(5_000, 50 * 2 ** attempt));
}
