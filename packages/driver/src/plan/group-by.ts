/**
 * A GroupBy job as a join: the left are the keys that the group-by's sources hold, a row for each on
 * each day; its one part is the group-by. What follows is the join's own line.
 */
import type { GroupBy, Join, JoinPart } from '@hindcast/shared/config/model';
import { featureColumn } from '@hindcast/shared/config/names';
import { plainSource } from '@hindcast/shared/config/plain-source';
import { HindcastError } from '@hindcast/shared/errors';
import type { Column, ProjectedColumn } from '@hindcast/shared/plan/task';
import type { TablePartition, TableState } from '@hindcast/shared/table/table';
import {
  dayOf,
  type PartitionSpec,
  partitionOf,
  tryDayOf,
} from '@hindcast/shared/time/partition-spec';
import { windowMs } from '@hindcast/shared/time/window';
import type { InspectedSource } from '../join-state.js';
import { quoteIn } from '../sql-dialect.js';
import { typedColumn } from './columns.js';
import { asTheyAre } from './derivations.js';

const dayMs = 86_400_000;

export function partOf(groupBy: GroupBy): JoinPart {
  return { groupBy, keyMapping: {}, prefix: null };
}

/** The join that a GroupBy job is. Its left has no table of its own: see `keysLeft`. */
export function joinOfGroupBy(groupBy: GroupBy): Join {
  const [first] = groupBy.sources;
  const bounds = groupBy.sources.map(({ query }) => query);
  const starts = bounds.map(({ startPartition }) => startPartition);
  const ends = bounds.map(({ endPartition }) => endPartition);
  const query = {
    ...first!.query,
    startPartition: starts.includes(null) ? null : (starts as string[]).sort()[0]!,
    endPartition: ends.includes(null) ? null : (ends as string[]).sort().at(-1)!,
  };
  return {
    metaData: groupBy.metaData,
    left: {
      kind: 'entities',
      snapshotTable: '',
      mutationTable: null,
      mutationTopic: null,
      query,
    },
    joinParts: [partOf(groupBy)],
    onlineExternalParts: [],
    labelPart: null,
    bootstrapParts: [],
    drift: null,
    bootstrapFromLog: false,
    rowIds: [],
    derivations: [],
    skewKeys: {},
  };
}

/** The left as inspection would have found it, were it a table: keys, and the sources' partitions. */
export function keysLeft(
  groupBy: GroupBy,
  sources: readonly InspectedSource[],
  spec: PartitionSpec,
): InspectedSource {
  const part = partOf(groupBy);
  const [first] = sources;
  return {
    ...first!,
    scan: {
      ...first!.scan,
      origin: `group-by "${groupBy.metaData.name}"`,
      partitionColumn: spec.column,
      selects: null,
      wheres: [],
      time: { kind: 'none' },
    },
    table: unionOf(sources),
    columns: groupBy.keyColumns.map((key) => typedColumn(part, sources, key)),
  };
}

/** Partitions that any source has within its bounds. */
function unionOf(sources: readonly InspectedSource[]): TableState {
  const values = new Set(
    sources.flatMap(({ table, startPartition, endPartition }) =>
      table.partitions
        .map(({ value }) => value)
        .filter((value) => startPartition === null || value >= startPartition)
        .filter((value) => endPartition === null || value <= endPartition),
    ),
  );
  const partitions = [...values].sort().map((value): TablePartition => ({ value, files: [] }));
  return { ...sources[0]!.table, partitions };
}

/** Where a range begins for which nobody gives a start: the group-by's own date; null without one. */
export function backfillStart({ backfillStartDate, metaData }: GroupBy, spec: PartitionSpec) {
  if (backfillStartDate === null || tryDayOf(backfillStartDate, spec.format) !== null)
    return backfillStartDate;
  throw new HindcastError('config', `group-by "${metaData.name}": backfillStartDate is no date`, {
    found: backfillStartDate,
    hint: `Write it as ${spec.format}, as the warehouse's partitions.`,
  });
}

/** The partitions whose keys some row of the computed ones may be, both inclusive. */
export function keyReach(
  groupBy: GroupBy,
  computed: readonly string[],
  { format }: PartitionSpec,
): { readonly first: string; readonly last: string } {
  const [first, last] = [computed[0]!, computed.at(-1)!];
  if (plainSource(groupBy.sources[0]!).kind === 'entities') return { first, last };
  const lengths = (groupBy.aggregations ?? []).flatMap(({ windows }) =>
    windows === null ? [Number.POSITIVE_INFINITY] : windows.map(windowMs),
  );
  const days = Math.ceil(Math.max(...lengths) / dayMs);
  if (!Number.isFinite(days)) return { first: '', last };
  return { first: partitionOf(dayOf(first, format) + 1 - days, format), last };
}

/** The table's columns: keys, and features under the group-by's own names. */
export function groupByOutput(
  groupBy: GroupBy,
  keys: readonly Column[],
  features: readonly Column[],
): ProjectedColumn[] {
  const part = partOf(groupBy);
  const prefix = featureColumn(part, '');
  // A derivation that passes a key on says what is so anyway.
  const passed = new Set(
    groupBy.derivations
      .filter(({ name, expression }) => name === expression && groupBy.keyColumns.includes(name))
      .map(({ name }) => featureColumn(part, name)),
  );
  const own = features
    .filter(({ name }) => !passed.has(name))
    .map(({ name, type }) => ({
      name: name.slice(prefix.length),
      type,
      expression: quoteIn('duckdb', name),
    }));
  return [...asTheyAre(keys), ...own];
}
