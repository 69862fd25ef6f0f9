/** Names of tables and columns: spec/semantics, "Names". */
import {
  type Aggregation,
  type GroupBy,
  type Join,
  type JoinPart,
  unboundedLength,
  type Window,
} from './model.js';

/** Anything but letters, digits and `_` becomes `_`. */
export function sanitize(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_');
}

/** What every column of the part begins with, without the last `_`. */
export function partPrefix(part: JoinPart): string {
  const name = sanitize(part.groupBy.metaData.name);
  return part.prefix === null || part.prefix === '' ? name : `${part.prefix}_${name}`;
}

/** Operations whose k is in the name, and how they are spelled there. */
const namedWithK: Readonly<Record<string, string>> = {
  LAST_K: 'last',
  FIRST_K: 'first',
  TOP_K: 'top',
  BOTTOM_K: 'bottom',
};

/** `<input>_<operation>[_<window>][_by_<bucket>]`, unprefixed. */
export function aggregateColumn(
  aggregation: Aggregation,
  window: Window | null,
  bucket: string | null,
): string {
  const { operation, argMap, inputColumn } = aggregation;
  const spelled = namedWithK[operation];
  const suffix = spelled === undefined ? operation.toLowerCase() : `${spelled}${argMap['k'] ?? ''}`;
  const length =
    window === null ? '' : `_${window.length}${window.timeUnit === 'DAYS' ? 'd' : 'h'}`;
  return `${inputColumn}_${suffix}${length}${bucket === null ? '' : `_by_${bucket}`}`;
}

export interface AggregateColumn {
  readonly name: string; // unprefixed
  readonly aggregation: Aggregation;
  readonly window: Window | null;
  readonly bucket: string | null;
}

/** One column per aggregation, window and bucket, in declared order. */
export function aggregateColumns(groupBy: GroupBy): AggregateColumn[] {
  return (groupBy.aggregations ?? []).flatMap((aggregation) => {
    const windows = (aggregation.windows ?? [null]).map((window) =>
      window !== null && window.length === unboundedLength ? null : window,
    );
    const buckets = aggregation.buckets.length === 0 ? [null] : aggregation.buckets;
    return buckets.flatMap((bucket) =>
      windows.map((window) => ({
        name: aggregateColumn(aggregation, window, bucket),
        aggregation,
        window,
        bucket,
      })),
    );
  });
}

/** Columns of a group-by without aggregations; null when its sources select everything. */
export function plainColumns(groupBy: GroupBy, partitionColumn = 'ds'): string[] | null {
  const selects = groupBy.sources[0]!.query.selects;
  if (selects === null) return null;
  const keys = new Set(groupBy.keyColumns);
  return Object.keys(selects).filter(
    (name) => !keys.has(name) && name !== 'ts' && name !== partitionColumn,
  );
}

/** The part's column in the join's output. */
export function featureColumn(part: JoinPart, column: string): string {
  return sanitize(`${partPrefix(part)}_${column}`);
}

/** The same before the group-by's derivations: under a name that no config can give. */
export function computedColumn(part: JoinPart, column: string): string {
  const name = featureColumn(part, column);
  return part.groupBy.derivations.length === 0 ? name : `__${name}`;
}

/** Left column for each key of the part, in the order of its keys. */
export function leftKeys(part: JoinPart): string[] {
  return part.groupBy.keyColumns.map(
    (key) => Object.entries(part.keyMapping).find(([, right]) => right === key)?.[0] ?? key,
  );
}

/** Version of a label: the partition column of label tables. */
export const labelDsColumn = 'label_ds';

/** `namespace.name` of a join's label table and of its two views. */
export function labelTables(join: Join): {
  readonly labels: string;
  readonly labeled: string;
  readonly latest: string;
} {
  const table = outputTable(join);
  return {
    labels: `${table}_labels`,
    labeled: `${table}_labeled`,
    latest: `${table}_labeled_latest`,
  };
}

/** A column of the label table in the views. */
export function labelColumn(name: string): string {
  return name.startsWith('label_') ? name : `label_${name}`;
}

/** `namespace.name` of a join's output. */
export function outputTable(join: Join): string {
  return `${join.metaData.outputNamespace ?? 'default'}.${sanitize(join.metaData.name)}`;
}
