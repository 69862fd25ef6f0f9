/**
 * A label join as a join: its left are the features' rows by what identifies them, in one partition for
 * each label date; its parts are the labels, as of that date. See spec/semantics, "Labels".
 */
import type { Join, LabelPart } from '@hindcast/shared/config/model';
import { labelDsColumn, leftKeys, outputTable } from '@hindcast/shared/config/names';
import {
  type Definitions,
  definitionHash,
  semanticDefinitions,
  semanticHashes,
} from '@hindcast/shared/config/semantic-hash';
import { HindcastError } from '@hindcast/shared/errors';
import type { LabelDate, PlannedPartition } from '@hindcast/shared/plan/plan';
import type { Column, LeftScan } from '@hindcast/shared/plan/task';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import type { TableState } from '@hindcast/shared/table/table';
import {
  dayOf,
  type PartitionRange,
  type PartitionSpec,
  partitionOf,
  partitionsOf,
} from '@hindcast/shared/time/partition-spec';
import type { InspectedSource } from '../join-state.js';
import { quoteIn } from '../sql-dialect.js';
import { checkRange } from './asked-range.js';
import { type Decision, type Provenance, presentPartitions } from './decide.js';
import type { SourceScan } from './sources.js';
import { scanFiles } from './split.js';

/**
 * Hash of all that labels are computed from: the labels' own sources, what tells rows apart, and the
 * features' rows, also where they come from derivations.
 */
export function labelDefinition(join: Join, spec: PartitionSpec): string {
  return definitionHash(labelText(join, spec));
}

/** What that hash stands for, and the hashes in it. */
export function labelDefinitions(join: Join, spec: PartitionSpec): Definitions {
  const text = labelText(join, spec);
  return {
    ...semanticDefinitions(join),
    ...semanticDefinitions(joinOfLabels(join)),
    [definitionHash(text)]: text,
  };
}

function labelText(join: Join, spec: PartitionSpec): string {
  const identity = labelIdentity(join, spec);
  const keys = labelPartOf(join).labels.flatMap(leftKeys);
  const derived = join.derivations.filter(
    ({ name }) => identity.includes(name) || keys.includes(name),
  );
  const hashes = [semanticHashes(joinOfLabels(join)).join, semanticHashes(join).left];
  return JSON.stringify([...hashes, identity, derived]);
}

/** @throws HindcastError kind `config` for a join without labels */
export function labelPartOf({ labelPart, metaData }: Join): LabelPart {
  if (labelPart !== null && labelPart.labels.length > 0) return labelPart;
  throw new HindcastError('config', `join "${metaData.name}" has no labels`, {
    hint: 'Give it a labelPart: labelPart({ labels: [joinPart({ … })], leftStartOffset, leftEndOffset }).',
  });
}

/** The join that a label join is. Its left is the output of the join that has the labels. */
export function joinOfLabels(join: Join): Join {
  const { metaData } = join;
  const query = {
    selects: null,
    wheres: [],
    startPartition: null,
    endPartition: null,
    timeColumn: null,
    setups: [],
    mutationTimeColumn: null,
    reversalColumn: null,
    partitionColumn: null,
  };
  return {
    ...join,
    metaData: { ...metaData, name: `${metaData.name}_labels` },
    left: {
      kind: 'entities',
      snapshotTable: outputTable(join),
      mutationTable: null,
      mutationTopic: null,
      query,
    },
    joinParts: labelPartOf(join).labels,
    onlineExternalParts: [],
    labelPart: null,
    bootstrapParts: [],
    drift: null,
    bootstrapFromLog: false,
    derivations: [],
    skewKeys: {},
  };
}

/** Columns that tell label rows apart: row ids, else the labels' left keys; the partition column last. */
export function labelIdentity(join: Join, { column }: PartitionSpec): string[] {
  const { labels } = labelPartOf(join);
  const names = join.rowIds.length > 0 ? join.rowIds : labels.flatMap(leftKeys);
  if (names.includes(labelDsColumn)) {
    throw new HindcastError(
      'config',
      `join "${join.metaData.name}": "${labelDsColumn}" is the version of its labels`,
      {
        found: `${join.rowIds.length > 0 ? 'rowIds' : 'keys of the labels'}: ${names.join(', ')}`,
        hint: 'Select the column under another name on the left.',
      },
    );
  }
  return [...new Set(names.filter((name) => name !== column)), column];
}

/** The left: identity and keys of the features' rows. */
export function labelLeftScan(join: Join, spec: PartitionSpec): SourceScan {
  const table = outputTable(join);
  const keys = labelPartOf(join).labels.flatMap(leftKeys);
  const names = new Set([...labelIdentity(join, spec), ...keys]);
  names.delete(spec.column);
  return {
    scan: {
      origin: `features: ${table}`,
      table,
      partitionColumn: spec.column,
      dateFormat: spec.format,
      selects: Object.fromEntries([...names].map((name) => [name, quoteIn('spark', name)])),
      wheres: [],
      partial: [],
      dayOfTime: false,
      time: { kind: 'none' },
    },
    startPartition: null,
    endPartition: null,
    mutations: false,
    cumulative: false,
    writtenBy: join.metaData.name,
  };
}

/**
 * Left partitions that a label date computes labels for, both ends inclusive, never later than the date
 * itself: with offsets 30 and 3, label date 09-30 is for 09-01 to 09-28.
 */
export function labelRange(
  { leftStartOffset, leftEndOffset }: LabelPart,
  labelDs: string,
  format: string,
): PartitionRange {
  const day = dayOf(labelDs, format);
  return {
    start: partitionOf(day - (Math.max(leftStartOffset, 1) - 1), format),
    end: partitionOf(day - (Math.max(leftEndOffset, 1) - 1), format),
  };
}

/** The last label date that computes labels for a left partition. */
export function maturesOn({ leftStartOffset }: LabelPart, partition: string, format: string) {
  return partitionOf(dayOf(partition, format) + Math.max(leftStartOffset, 1) - 1, format);
}

/**
 * Label dates from `startDs` to `endDs`, both inclusive.
 * @throws HindcastError kind `usage` for dates that are none, or in the wrong order
 */
export function labelDatesOf(
  { startDs, endDs }: { readonly startDs: string; readonly endDs: string },
  format: string,
): string[] {
  checkRange({ startDs, endDs }, format);
  return partitionsOf({ start: startDs, end: endDs }, format);
}

/** The first label date after the last one that the table has before `endDs`; that one, where it has none. */
export function labelsSince(output: DeltaSnapshot | null, endDs: string, format: string): string {
  dayOf(endDs, format);
  const before = [...presentPartitions(output, labelDsColumn).keys()].filter((ds) => ds < endDs);
  const last = before.sort().at(-1);
  return last === undefined ? endDs : partitionOf(dayOf(last, format) + 1, format);
}

/** Every label date is computed, again where it is there, but those that are done. */
export function decideLabels(
  dates: readonly string[],
  output: DeltaSnapshot | null,
  provenance: Provenance,
  done: readonly string[],
): Decision {
  const present = presentPartitions(output, labelDsColumn);
  const changed = [...present.values()].some((found) => found['labels'] !== provenance['labels']);
  const kept = changed ? [...present.keys()].filter((value) => !dates.includes(value)).sort() : [];
  const planned = (value: string): PlannedPartition => {
    if (done.includes(value) && !changed)
      return { value, action: 'skip', reason: 'exists', parts: null };
    const reason = !present.has(value) ? 'missing' : changed ? 'labels changed' : 'requested';
    return { value, action: 'compute', reason, parts: null };
  };
  return {
    range: { start: dates[0]!, end: dates.at(-1)! },
    partitions: [
      ...kept.map(
        (value): PlannedPartition => ({
          value,
          action: 'skip',
          reason: 'archived only',
          parts: null,
        }),
      ),
      ...dates.map(planned),
    ],
    restart: changed ? 'labels changed' : null,
    changed: null,
    outdated: [],
  };
}

/** The features' rows of one label date: one for each identity. */
export function labelLeft(
  { scan, table }: InspectedSource,
  columns: readonly Column[],
  identity: readonly string[],
  { labelDs, partitions }: LabelDate,
): LeftScan {
  const values = new Set(partitions);
  return {
    scan,
    files: scanFiles(table.partitions.filter(({ value }) => values.has(value))),
    columns,
    skewKeys: {},
    labels: { labelDs, day: dayOf(labelDs, scan.dateFormat), identity },
  };
}

/** Whether a source can't have the labels of a label date: its query ends before, or begins after it. */
export function isClosed({ startPartition, endPartition }: SourceScan, labelDs: string): boolean {
  return (startPartition ?? labelDs) > labelDs || (endPartition ?? labelDs) < labelDs;
}

/** Whether the labels of a label date are not in a source yet: its snapshot, or events up to it. */
export function lacksLabels(
  source: SourceScan,
  { partitions }: TableState,
  events: boolean,
  labelDs: string,
): boolean {
  if (isClosed(source, labelDs)) return true;
  if (events) return (partitions.at(-1)?.value ?? '') < labelDs;
  return !partitions.some(({ value }) => value === labelDs);
}
