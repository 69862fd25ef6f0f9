/** The property: any random join, cut up in any way, gives the table that the oracle gives. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import type { Session } from '../../packages/executor/src/scan/duckdb.js';
import { openSession } from '../in-process.js';
import { joinCase } from '../oracle/arbitrary.js';
import { oracleJoin } from '../oracle/join.js';
import { checkCase, cutting, type Oracle } from './check-join.js';

/** A session remembers what it read of every file. */
const casesPerSession = 200;

/**
 * How fast-check runs: HINDCAST_PROPERTY_SCALE multiplies the number of cases.
 * HINDCAST_PROPERTY_SEED makes them the same every time, other ones in each half.
 * HINDCAST_PROPERTY_REPLAY=<seed>/<path>, as fast-check prints them, runs a failed case again.
 */
export function runsOf(cases: number, half: 1 | 2 = 1) {
  const [seed, path] = process.env['HINDCAST_PROPERTY_REPLAY']?.split('/') ?? [];
  const always = process.env['HINDCAST_PROPERTY_SEED'];
  return {
    ...(always === undefined ? {} : { seed: Number(always) + half }),
    ...(seed === undefined || path === undefined ? {} : { seed: Number(seed), path }),
    numRuns: cases * Number(process.env['HINDCAST_PROPERTY_SCALE'] ?? 1),
    interruptAfterTimeLimit: 3_500_000,
    markInterruptAsFailure: true,
  };
}

/** For thousands of small tables: memory, where the system has a folder for that. */
export const placeOfSmallTables = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** The engine against the oracle. */
export function testRandomJoins(
  windowing: 'exact' | 'sawtooth',
  cases: number,
  half: 1 | 2 = 1,
  oracle: Oracle = oracleJoin,
): void {
  const root = mkdtempSync(join(placeOfSmallTables, 'hindcast-'));
  const runs = runsOf(cases, half);
  let session: Session;
  let warehouses = 0;

  beforeAll(async () => {
    session = await openSession(root);
  });
  afterAll(() => {
    session.close();
    rmSync(root, { recursive: true, force: true });
  });

  test(`${runs.numRuns} random joins with ${windowing} windows equal the oracle`, {
    timeout: 3_600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(joinCase(windowing), cutting, async (given, cut) => {
        if (++warehouses % casesPerSession === 0) {
          session.close();
          session = await openSession(root);
        }
        await checkCase(given, cut, join(root, `w${warehouses}`), session, oracle);
      }),
      runs,
    );
  });
}
