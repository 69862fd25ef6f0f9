/** Which partitions of which tables a daily run of a config reads, as far as the config tells. */
import { accuracyOf, seesMutations } from '@hindcast/shared/config/accuracy';
import type { GroupBy, Join, JoinPart, Source, StagingQuery } from '@hindcast/shared/config/model';
import { outputTable } from '@hindcast/shared/config/names';
import { plainSource } from '@hindcast/shared/config/plain-source';
import type { PartitionSpec } from '@hindcast/shared/time/partition-spec';
import { labelPartOf } from '../plan/labels.js';
import { tableOf } from '../plan/sources.js';
import { stagingInputs } from '../plan/staging-inputs.js';

export interface Read {
  readonly table: string; // namespace.name
  readonly partitionColumn: string;
  /** The partition that a run for a day needs: so many days before it. Null: no certain one. */
  readonly daysBefore: number | null;
}

/** Left and parts: spec/semantics, "Windows". Bootstrap tables are read as far as they go. */
export function joinReads(join: Join, spec: PartitionSpec): Read[] {
  const events = plainSource(join.left).kind === 'events';
  return [
    ...sourceReads(join.left, 0, spec),
    ...join.joinParts.flatMap((part) => partReads(join, part, events, spec)),
    ...join.bootstrapParts
      .filter(({ table }) => table !== outputTable(join))
      .map(({ table, query }) => ({
        table,
        partitionColumn: query?.partitionColumn ?? spec.column,
        daysBefore: null,
      })),
  ];
}

function partReads(join: Join, part: JoinPart, events: boolean, spec: PartitionSpec): Read[] {
  const { groupBy } = part;
  const temporal = accuracyOf(groupBy) === 'TEMPORAL';
  return groupBy.sources.flatMap((source) => {
    const plain = plainSource(source);
    // Rows of events see the day before, but for events that count to the millisecond.
    const daysBefore = events && !(temporal && plain.kind === 'events') ? 1 : 0;
    const reads = sourceReads(source, daysBefore, spec);
    if (plain.kind === 'events' || plain.mutationTable === null) return reads;
    if (!seesMutations(join, part)) return reads;
    const [{ partitionColumn, daysBefore: before }] = sourceReads(source, 0, spec) as [Read];
    return [...reads, { table: plain.mutationTable, partitionColumn, daysBefore: before }];
  });
}

/** Values as of the end of the day: of that day's own partition. */
export function groupByReads({ sources }: GroupBy, spec: PartitionSpec): Read[] {
  return sources.flatMap((source) => sourceReads(source, 0, spec));
}

/** The features of the range's last day, and the labels of the label date. */
export function labelReads(join: Join, spec: PartitionSpec): Read[] {
  const { labels, leftEndOffset } = labelPartOf(join);
  return [
    {
      table: outputTable(join),
      partitionColumn: spec.column,
      daysBefore: Math.max(leftEndOffset, 1) - 1,
    },
    ...labels.flatMap(({ groupBy }) => groupByReads(groupBy, spec)),
  ];
}

export function stagingReads(staging: StagingQuery, spec: PartitionSpec): Read[] {
  return stagingInputs(staging).map(({ table, partitionColumn, daysBefore }) => ({
    table,
    partitionColumn: partitionColumn ?? spec.column,
    daysBefore,
  }));
}

/** What ends by its config has no new day. */
function sourceReads(source: Source, daysBefore: number, spec: PartitionSpec): Read[] {
  const plain = plainSource(source);
  const { partitionColumn, endPartition } = plain.query;
  return [
    {
      table: tableOf(plain),
      partitionColumn: partitionColumn ?? spec.column,
      daysBefore: endPartition === null ? daysBefore : null,
    },
  ];
}
