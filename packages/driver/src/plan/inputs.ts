/**
 * What each partition of an output was computed from, as a note of its files: which days of which tables
 * its rows could see, and a hash of the files that were there. So planning knows what changed since,
 * without reading a row.
 */
import { createHash } from 'node:crypto';
import type { PartitionInputs } from '@hindcast/shared/plan/plan';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import type { TablePartition, TableState } from '@hindcast/shared/table/table';
import { dayOf, type PartitionSpec } from '@hindcast/shared/time/partition-spec';
import type { DayRange } from './reach.js';

export const inputsTag = 'hindcast.inputs';

/** A table that rows see, by days. */
export interface SeenTable {
  /** The left and bootstrap tables are told apart from the same table as a source of a part. */
  readonly role: 'left' | 'bootstrap' | 'source';
  readonly name: string;
  readonly partitions: readonly TablePartition[];
}

export function seenTable(role: SeenTable['role'], { name, partitions }: TableState): SeenTable {
  return { role, name, partitions };
}

function keyOf({ role, name }: SeenTable): string {
  return role === 'source' ? name : `${role} ${name}`;
}

/** Collects what the rows of one partition see; of a table seen twice, the days from first to last. */
export class InputsOfPartition {
  private readonly seen = new Map<string, { table: SeenTable; first: number; last: number }>();

  constructor(private readonly format: string) {}

  add(table: SeenTable, { first, last }: DayRange): void {
    if (first > last) return;
    const before = this.seen.get(keyOf(table));
    this.seen.set(keyOf(table), {
      table,
      first: Math.min(first, before?.first ?? first),
      last: Math.max(last, before?.last ?? last),
    });
  }

  /**
   * @param former of the partition, whose other columns are carried over: they see what they saw, and
   * what has changed for them stays changed
   */
  done(former: PartitionInputs | null): PartitionInputs {
    const now = [...this.seen].map(([key, { table, first, last }]) => {
      const { partitions } = table;
      const before = former?.[key];
      if (before === undefined) return [key, this.seenFiles(partitions, first, last)] as const;
      const since = before.first ?? Number.NEGATIVE_INFINITY;
      if (filesHash(partitions, since, before.last, this.format) !== before.files)
        return [key, before] as const;
      const both = { first: Math.min(first, since), last: Math.max(last, before.last) };
      return [key, this.seenFiles(partitions, both.first, both.last)] as const;
    });
    return { ...former, ...Object.fromEntries(now) };
  }

  private seenFiles(
    partitions: readonly TablePartition[],
    first: number,
    last: number,
  ): PartitionInputs[string] {
    return {
      first: Number.isFinite(first) ? first : null,
      last,
      files: filesHash(partitions, first, last, this.format),
    };
  }
}

function filesHash(
  partitions: readonly TablePartition[],
  first: number,
  last: number,
  format: string,
): string {
  const hash = createHash('sha256');
  for (const { value, files } of partitions) {
    const day = dayOf(value, format);
    if (day < first || day > last) continue;
    hash.update(`\n${value}`);
    for (const { path, version } of files) hash.update(`\n${path}\t${version}`);
  }
  return hash.digest('hex').slice(0, 12);
}

/** What the files of each partition say of their inputs; partitions of before, which don't, are left out. */
export function recordedInputs(
  output: DeltaSnapshot | null,
  { column }: PartitionSpec,
): Map<string, PartitionInputs> {
  const recorded = new Map<string, PartitionInputs>();
  for (const { partitionValues, tags } of output?.files ?? []) {
    const text = tags?.[inputsTag];
    const value = partitionValues[column];
    if (text !== undefined && typeof value === 'string')
      recorded.set(value, JSON.parse(text) as PartitionInputs);
  }
  return recorded;
}

/** Partition → names of tables whose files changed since it was computed. */
export function staleInputs(
  recorded: ReadonlyMap<string, PartitionInputs>,
  tables: readonly SeenTable[],
  { format }: PartitionSpec,
): Map<string, string[]> {
  const known = new Map(tables.map((table) => [keyOf(table), table]));
  const stale = new Map<string, string[]>();
  for (const [value, inputs] of recorded) {
    const changed = Object.entries(inputs).flatMap(([key, { first, last, files }]) => {
      const table = known.get(key);
      // What the join does not read any more can't be stale.
      if (table === undefined) return [];
      const from = first ?? Number.NEGATIVE_INFINITY;
      return filesHash(table.partitions, from, last, format) === files ? [] : [table.name];
    });
    if (changed.length > 0) stale.set(value, [...new Set(changed)]);
  }
  return stale;
}
