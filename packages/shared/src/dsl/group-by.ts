import type { Accuracy } from '../config/model.js';
import { checkOptions, indexIn, metaDataNames, type Names } from './options.js';
import { present } from './present.js';
import type {
  AggregationStruct,
  DerivationStruct,
  GroupByStruct,
  MetaDataOptions,
  SourceStruct,
} from './structs.js';

/** A column computed from others, in Spark SQL; the name `*` keeps the others. */
export function derivation(name: string, expression: string): DerivationStruct {
  return { name, expression };
}

interface GroupByOptions extends MetaDataOptions {
  readonly name: string;
  readonly sources: readonly SourceStruct[];
  readonly keys: readonly string[];
  readonly aggregations?: readonly AggregationStruct[] | null;
  readonly accuracy?: Accuracy;
  readonly backfillStartDate?: string;
  readonly derivations?: readonly DerivationStruct[];
}

const names: Names<GroupByOptions> = {
  name: true,
  sources: true,
  keys: true,
  aggregations: true,
  accuracy: true,
  backfillStartDate: true,
  derivations: true,
  ...metaDataNames,
};
const accuracies: readonly Accuracy[] = ['TEMPORAL', 'SNAPSHOT'];

/**
 * Aggregations by key; without aggregations the columns of an entity's row as they are. Without an
 * accuracy it is TEMPORAL when a source has a topic, else SNAPSHOT.
 */
export function groupBy(options: GroupByOptions): GroupByStruct {
  const { sources, keys, aggregations, accuracy, backfillStartDate, derivations, ...meta } =
    checkOptions('groupBy', options, names);
  return present({
    metaData: present(meta),
    sources,
    keyColumns: keys,
    aggregations: aggregations ?? undefined,
    accuracy: accuracy == null ? undefined : indexIn(accuracies, accuracy, 'accuracy'),
    backfillStartDate,
    derivations,
  }) as GroupByStruct;
}
