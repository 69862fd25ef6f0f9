/** `hindcast compare` of a join's output with the table that Chronon wrote: nothing differs but what is open. */
import { basename } from 'node:path';
import { loadConfig } from '@hindcast/shared/config/load';
import { outputTable } from '@hindcast/shared/config/names';
import { openStore } from '@hindcast/shared/store/open';
import { expect } from 'vitest';
import {
  type ColumnComparison,
  compareTables,
  isEqual,
  type TableComparison,
} from '../../packages/driver/src/compare-tables.js';
import type { Session } from '../../packages/executor/src/scan/duckdb.js';
import { importInto } from '../harness.js';
import { launchHere } from '../in-process.js';
import { requestOf } from '../small-plans.js';
import type { GoldenOutput } from './run-case.js';

/** Approximate in Chronon, or with a choice among equally frequent values (golden/README). */
const sketched = /_(approx_\w+|histogram)(_\d+[dh])?$/;
/** Chronon checks a mutation against the window of the first row after it, and never again that day. */
const mutated = /d_mut_temporal.*_rating_count_1d$/;

export const compared = { tables: 0, cells: 0 };

/** Chronon's table under a name of its own in the warehouse, against the join's output; null for other tables. */
export async function compareWithGolden(
  { config, warehouse, table, file, days }: GoldenOutput,
  session: Session,
): Promise<TableComparison | null> {
  const loaded = await loadConfig(config);
  if (loaded.kind !== 'join' || outputTable(loaded.join) !== table) return null;
  const against = `chronon.${basename(file, '.parquet').replace(/\W/g, '_')}`;
  await importInto(warehouse, file, against);
  const store = await openStore(warehouse);
  const launcher = await launchHere(session, warehouse, 1);
  const wanted = { against, columns: null, tolerance: 1e-8, limit: 3, flags: [] };
  const request = requestOf({ config, warehouse, windowing: 'sawtooth', ...days });
  return compareTables(loaded.join, request, wanted, store, launcher);
}

export async function checkCompare(output: GoldenOutput, session: Session): Promise<void> {
  const comparison = await compareWithGolden(output, session);
  if (comparison === null) return;
  const { rows, columns, columnsOnlyOurs, columnsOnlyTheirs, warnings } = comparison;
  expect({ columnsOnlyOurs, columnsOnlyTheirs, warnings }).toEqual({
    columnsOnlyOurs: [],
    columnsOnlyTheirs: [],
    warnings: [],
  });
  expect([rows.onlyOurs.count, rows.onlyTheirs.count]).toEqual([0, 0]);
  expect(rows.paired).toBeGreaterThan(0);
  const differing = columns.filter((column) => !isAllowed(column, output));
  expect(differing.map(({ name, worst }) => ({ name, worst }))).toEqual([]);
  for (const { equal, bothNull, mismatched, onlyOurs, onlyTheirs } of columns)
    expect(equal + bothNull + mismatched + onlyOurs + onlyTheirs).toBe(rows.paired);
  compared.tables++;
  compared.cells += columns.length * rows.paired;
}

/** What the comparison of the golden test allows, too. */
function isAllowed(column: ColumnComparison, { table, open, openRows, covered }: GoldenOutput) {
  const { name, mismatched, onlyOurs, onlyTheirs } = column;
  if (isEqual(column) || sketched.test(name)) return true;
  if (open(name)) return mismatched + onlyOurs + onlyTheirs <= openRows;
  if (mutated.test(`${table} ${name}`)) return mismatched + onlyOurs + onlyTheirs <= 1;
  // Chronon fills a covered column from another row's computation.
  return covered && name.startsWith('golden_gb_') && mismatched + onlyOurs === 0;
}
