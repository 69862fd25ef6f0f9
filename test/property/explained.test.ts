/** The property: rows of any random join are explained as a submit computes them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainRow } from '../../packages/driver/src/explain-row.js';
import type { Explanation } from '../../packages/driver/src/explanation.js';
import { launchHere, workplace } from '../in-process.js';
import { type JoinCase, joinCase } from '../oracle/arbitrary.js';
import { checkExplanation } from './check-explanation.js';
import { type Cutting, cutting, requestOf, run, writeTables } from './check-join.js';
import { placeOfSmallTables, runsOf } from './random-joins.js';

const work = workplace('property', placeOfSmallTables);
let warehouses = 0;
let explained = 0;
let features = 0;

const runs = runsOf(10);
const { numRuns } = runs;

test.each(['exact', 'sawtooth'] as const)(
  `${numRuns} random joins with %s windows`,
  {
    timeout: 3_600_000,
  },
  async (windowing) => {
    await fc.assert(
      fc.asyncProperty(joinCase(windowing), cutting, async (given, cut) => {
        const warehouse = join(work.root, `w${++warehouses}`);
        try {
          await checkExplained(given, cut, warehouse);
        } finally {
          rmSync(warehouse, { recursive: true, force: true });
        }
      }),
      // Shrinking ends with it, too.
      { ...runs, interruptAfterTimeLimit: 300_000 * (numRuns / 10) },
    );
    expect(explained).toBeGreaterThan(numRuns / 2);
    expect(features).toBeGreaterThan(numRuns);
  },
);

async function checkExplained(given: JoinCase, cut: Cutting, warehouse: string): Promise<void> {
  await writeTables(given, cut, warehouse, work.session);
  // In sawtooth windowing values depend on the steps: a row is explained as of its partition's.
  const request = { ...requestOf(given, cut, warehouse), stepDays: 1 };
  const { startDs, endDs } = given.options;
  await run(work.session, given.join, { ...request, startDs, endDs });
  const launcher = await launchHere(work.session, warehouse, 1);
  const store = await openStore(warehouse);
  const lefts = given.tables.get('data.lefts')!.rows;
  const { startPartition, endPartition } = given.join.left.query;
  const days = [...new Set(lefts.map((row) => String(row['ds'])))].filter(
    (ds) =>
      ds >= startDs && ds <= endDs && ds >= (startPartition ?? ds) && ds <= (endPartition ?? ds),
  );
  for (const partition of days.slice(0, 2)) {
    const rows = lefts.filter((row) => row['ds'] === partition).length;
    for (const row of new Set([1, rows])) {
      const wanted = { where: 'true', partition, row, columns: null, limit: 1000 };
      let explanation: Explanation;
      try {
        explanation = await explainRow(given.join, request, wanted, store, launcher);
      } catch (error) {
        // A row that the left's wheres or skewKeys leave out.
        if (error instanceof HindcastError && /^no row|^--row/.test(error.message)) continue;
        throw error;
      }
      features += checkExplanation(explanation);
      explained++;
    }
  }
}
