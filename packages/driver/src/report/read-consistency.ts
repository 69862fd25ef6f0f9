/** What a run of `consistency` found, from the table that it wrote. */
import type { Plan } from '@hindcast/shared/plan/plan';
import type { Store } from '@hindcast/shared/store/store';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { checkpointReader } from '../checkpoint-reader.js';
import {
  type ColumnConsistency,
  columnConsistency,
  consistencySql,
} from '../column-consistency.js';
import { withNumbers } from '../json-values.js';
import type { Launcher } from '../launch/launcher.js';

/**
 * Columns over these days, those that differ most first; null when the table has none of the days.
 * @param days that the run committed
 */
export async function readConsistency(
  { table, key, partitionColumn }: Pick<Plan['output'], 'table' | 'key' | 'partitionColumn'>,
  days: readonly string[],
  store: Store,
  launcher: Pick<Launcher, 'run'>,
): Promise<readonly ColumnConsistency[] | null> {
  const snapshot = await readDeltaSnapshot(store, key, checkpointReader(launcher), table);
  const files = (snapshot?.files ?? []).flatMap(({ path, partitionValues }) => {
    const partition = partitionValues[partitionColumn] ?? null;
    return partition !== null && days.includes(partition)
      ? [{ path: `${key}/${path}`, partition }]
      : [];
  });
  if (files.length === 0) return null;
  const { rows } = withNumbers(
    await launcher.run({
      kind: 'query' as const,
      sql: consistencySql(table, partitionColumn, days),
      tables: [{ name: table, partitionColumn, files, columns: [] }],
      otherTables: [],
      copyTo: null,
      maxRows: null,
    }),
  );
  return rows.map(columnConsistency);
}
