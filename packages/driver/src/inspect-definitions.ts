/** What a job's provenance stands for, and what is on record of that of the table's partitions. */
import type { Definitions } from '@hindcast/shared/config/semantic-hash';
import type { Store } from '@hindcast/shared/store/store';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { hashesIn, pickDefinitions, tryReadDefinitions } from './definition-files.js';
import type { JoinState } from './join-state.js';
import { type Provenance, presentPartitions } from './plan/decide.js';

/** @param all definitions among which are those of the job; only what the table will name is kept */
export async function inspectDefinitions(
  all: Definitions,
  provenance: Provenance,
  output: DeltaSnapshot | null,
  partitionColumn: string,
  store: Store,
): Promise<JoinState['definitions']> {
  const now = await pickDefinitions(hashesIn(provenance), all);
  const found = [...presentPartitions(output, partitionColumn).values()].flatMap(hashesIn);
  const former = await tryReadDefinitions(
    found.filter((hash) => now[hash] === undefined),
    store,
  );
  return { now, former };
}
