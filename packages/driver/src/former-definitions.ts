/** Whether tables of joins that are sources here were computed by the joins as they are now. */
import type { Source } from '@hindcast/shared/config/model';
import { outputTable } from '@hindcast/shared/config/names';
import { semanticHashes } from '@hindcast/shared/config/semantic-hash';
import type { Store } from '@hindcast/shared/store/store';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { tableKey } from '@hindcast/shared/table/partitions';
import { checkpointReader } from './checkpoint-reader.js';
import type { Launcher } from './launch/launcher.js';
import { formerPartitions } from './plan/decide.js';
import type { JobRequest } from './request.js';
import { summary } from './wording.js';

/** A warning for each such table that was not; tables that live elsewhere are nobody's to judge. */
export async function formerDefinitions(
  sources: readonly Source[],
  request: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<string[]> {
  const warnings = new Set<string>();
  for (const source of sources) {
    if (source.kind !== 'joinSource') continue;
    const { join } = source;
    const table = outputTable(join);
    if (request.tables[table] !== undefined) continue;
    const read = checkpointReader(launcher);
    const snapshot = await readDeltaSnapshot(store, tableKey(table), read, table);
    const { column } = request.partitionSpec;
    const former = formerPartitions(snapshot, column, semanticHashes(join));
    if (former.length === 0) continue;
    warnings.add(
      `${table}: the join "${join.metaData.name}" has changed since it computed ${summary(former)}: submit it first`,
    );
  }
  return [...warnings];
}
