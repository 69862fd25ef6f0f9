import type { ReadCheckpoint } from '@hindcast/shared/table/delta-log';
import type { Launcher } from './launch/launcher.js';

/** Delta checkpoints are Parquet: an executor reads them. */
export function checkpointReader(launcher: Launcher): ReadCheckpoint {
  return async (paths) => {
    const result = await launcher.run({
      kind: 'query',
      sql: `SELECT to_json(c) FROM read_parquet([${paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')}], union_by_name = true) c`,
      tables: [],
      otherTables: [],
      copyTo: null,
      maxRows: null,
    });
    return result.rows.map(([text]) => JSON.parse(String(text)) as object);
  };
}
