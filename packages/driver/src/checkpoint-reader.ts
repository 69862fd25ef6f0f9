import type { ReadCheckpoint } from '@hindcast/shared/table/delta-log';
import type { Launcher } from './launch/launcher.js';

/** Delta checkpoints are Parquet: an executor reads them. */
export function checkpointReader(launcher: Pick<Launcher, 'run'>): ReadCheckpoint {
  return async (addresses) => {
    const files = addresses.map((path) => ({ path, partition: '' }));
    const result = await launcher.run({
      kind: 'query',
      sql: 'SELECT to_json(c) FROM delta_log.checkpoint c',
      tables: [{ name: 'delta_log.checkpoint', partitionColumn: '__part', files, columns: [] }],
      otherTables: [],
      copyTo: null,
      maxRows: null,
    });
    return result.rows.map(([text]) => JSON.parse(String(text)) as object);
  };
}
