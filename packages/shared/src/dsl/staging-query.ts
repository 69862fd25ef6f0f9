import { present } from './present.js';
import type { MetaDataOptions, StagingQueryStruct } from './structs.js';

/** A table made by a query, partition by partition. */
export function stagingQuery(
  options: MetaDataOptions & {
    readonly name: string;
    readonly query: string;
    readonly startPartition?: string;
    readonly setups?: readonly string[];
    readonly createView?: boolean;
  },
): StagingQueryStruct {
  const { query: sql, startPartition, setups, createView, ...meta } = options;
  return present({
    metaData: present(meta),
    query: sql,
    startPartition,
    setups: setups ?? [],
    createView,
  }) as StagingQueryStruct;
}
