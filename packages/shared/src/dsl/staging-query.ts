import { checkOptions, metaDataNames, type Names } from './options.js';
import { present } from './present.js';
import type { MetaDataOptions, StagingQueryStruct } from './structs.js';

interface StagingQueryOptions extends MetaDataOptions {
  readonly name: string;
  readonly query: string;
  readonly startPartition?: string;
  readonly setups?: readonly string[];
  readonly createView?: boolean;
}

const names: Names<StagingQueryOptions> = {
  name: true,
  query: true,
  startPartition: true,
  setups: true,
  createView: true,
  ...metaDataNames,
};

/** A table made by a query, partition by partition. */
export function stagingQuery(options: StagingQueryOptions): StagingQueryStruct {
  const {
    query: sql,
    startPartition,
    setups,
    createView,
    ...meta
  } = checkOptions('stagingQuery', options, names);
  return present({
    metaData: present(meta),
    query: sql,
    startPartition,
    setups: setups ?? [],
    createView,
  }) as StagingQueryStruct;
}
