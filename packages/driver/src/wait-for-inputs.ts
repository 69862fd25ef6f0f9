/** Planning, again and again while input partitions are missing: `--wait`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HindcastError } from '@hindcast/shared/errors';
import type { RunEvent } from '@hindcast/shared/plan/event';
import { duration } from './moments.js';
import type { JobRequest } from './request.js';
import { interrupted } from './results.js';

const leastMs = 1000;
const mostMs = 300_000;
/** What is missing is said again after so long, when nothing of it has come. */
const repeatMs = 600_000;

export interface Waiting {
  readonly note: (event: RunEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * @param attempt throws kind `missing-input` while something is missing
 * @throws HindcastError kind `missing-input` when the time is over, `interrupted` as soon as the signal comes
 */
export async function whenInputsAreThere<T>(
  { waitMs }: Pick<JobRequest, 'waitMs'>,
  attempt: () => Promise<T>,
  { note, signal }: Waiting,
): Promise<T> {
  if (typeof waitMs !== 'number') return attempt();
  // It begins with the first look at what is missing, however long that took.
  let begin = Number.NaN;
  let said = { text: '', at: Number.NEGATIVE_INFINITY };
  for (;;) {
    const missing = await attempt().then(
      (value) => ({ value }),
      (error: unknown) => {
        if (error instanceof HindcastError && error.kind === 'missing-input') return error;
        throw error;
      },
    );
    if (signal.aborted) throw interrupted();
    const now = Date.now();
    if (Number.isNaN(begin)) begin = now;
    const untilMs = begin + waitMs;
    const seconds = Math.round((now - begin) / 1000);
    if (!(missing instanceof HindcastError)) {
      if (said.text !== '') note({ type: 'waiting', missing: null, seconds, untilMs });
      return missing.value;
    }
    if (now >= untilMs) throw givenUp(missing, waitMs);
    const text = [missing.message, missing.found].filter((part) => part !== undefined).join(': ');
    if (said.text !== text || now - said.at >= repeatMs) {
      note({ type: 'waiting', missing: text, seconds, untilMs });
      said = { text, at: now };
    }
    await sleep(pauseMs(now - begin, untilMs - now), undefined, { signal }).catch(() => {
      throw interrupted();
    });
  }
}

/** It looks again after a twentieth of the time that it has waited, and once more at the end. */
export function pauseMs(waitedMs: number, leftMs: number): number {
  return Math.min(Math.max(waitedMs / 20, leastMs), mostMs, Math.max(leftMs, 1));
}

function givenUp({ message, found, hint }: HindcastError, waitMs: number): HindcastError {
  return new HindcastError('missing-input', `waited ${duration(waitMs, 1000)}: ${message}`, {
    found,
    hint: hint?.replace(/^Wait for them,/, 'Submit again when they are there,'),
  });
}
