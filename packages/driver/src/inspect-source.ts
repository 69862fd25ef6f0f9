/** What planning asks of tables: how scans of them read, which segments are there, what an output holds. */
import { createHash } from 'node:crypto';
import type { JoinPart } from '@hindcast/shared/config/model';
import { plainColumns } from '@hindcast/shared/config/names';
import { inGroups } from '@hindcast/shared/groups';
import type { Column, DescribeResult, Scan } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { checkWritable } from '@hindcast/shared/table/delta-protocol';
import { tableKey } from '@hindcast/shared/table/partitions';
import type { TableState } from '@hindcast/shared/table/table';
import { checkpointReader } from './checkpoint-reader.js';
import type { InspectedSource, JoinState } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import type { SourceScan } from './plan/sources.js';
import { scanFiles } from './plan/split.js';
import type { JobRequest } from './request.js';
import { refuseForeignFiles, type TableReader } from './table-reader.js';
import { type Maker, refuseOtherMaker, refuseView } from './taken-names.js';

/** What inspection asks, and whom. */
export interface Inspection {
  readonly request: JobRequest;
  readonly tables: TableReader;
  readonly store: Store;
  readonly launcher: Launcher;
}

/**
 * @param maker who writes to it; null: nobody, for a view is to have this name
 * @throws HindcastError for a table that can't be written to, or that another kind of job made
 */
export async function inspectOutput(
  table: string,
  maker: Maker | null,
  store: Store,
  launcher: Launcher,
): Promise<JoinState['output']> {
  const key = tableKey(table);
  const snapshot = await readDeltaSnapshot(store, key, checkpointReader(launcher), table);
  if (snapshot === null) await refuseForeignFiles(store, table, key);
  else checkWritable(snapshot.protocol, snapshot.metaData, table);
  if (maker !== null) {
    if (snapshot !== null) refuseOtherMaker(table, snapshot, maker);
    await refuseView(table, store);
  }
  return { table, key, snapshot };
}

/** Columns of a part's sources that its output needs beside the keys; null for all of them. */
export function usedColumns(
  { groupBy }: JoinPart,
  partitionColumn: string,
): readonly string[] | null {
  if (groupBy.aggregations === null) return plainColumns(groupBy, partitionColumn);
  return [
    ...new Set(
      groupBy.aggregations.flatMap(({ inputColumn, buckets }) => [inputColumn, ...buckets]),
    ),
  ];
}

/** So many scans are described sooner by one executor than by two. */
const fewScans = 8;

/** @throws HindcastError for the first scan that can't be read as it is configured */
export async function describeScans(
  scans: readonly SourceScan[],
  states: readonly TableState[],
  launcher: Launcher,
): Promise<DescribeResult> {
  const wanted = scans.map(({ scan }, i) => {
    const { partitions, subPartitions = [] } = states[i]!;
    const typed = subPartitions.length === 0 ? scan : { ...scan, subPartitions };
    return { scan: typed, files: scanFiles(partitions) };
  });
  const tasks = Math.min(launcher.executors, Math.ceil(scans.length / fewScans));
  const each = Math.ceil(scans.length / tasks);
  const answers = await Promise.allSettled(
    inGroups(wanted, each).map((some) => launcher.run({ kind: 'describe', scans: some })),
  );
  return {
    scans: answers.flatMap((answer) => {
      if (answer.status === 'rejected') throw answer.reason;
      return answer.value.scans;
    }),
  };
}

export async function inspectSource(
  source: SourceScan,
  table: TableState,
  described: DescribeResult['scans'][number],
  store: Store,
): Promise<InspectedSource> {
  const { scan } = described;
  const folder = `_hindcast/keybuckets/${fingerprint(scan, described.columns)}`;
  const objects = await store.list(`${folder}/`);
  // The last of a segment's objects to come: where it is, all are.
  const names = objects
    .filter(({ key }) => key.endsWith('/notes.json'))
    .map(({ key }) => key.slice(folder.length + 1).split('/')[0]!);
  const present = [...new Set(names)].filter((name) => /^-?\d+_-?\d+_[0-9a-f]+$/.test(name));
  return {
    ...source,
    scan,
    table,
    columns: described.columns,
    rows: described.rows,
    segments: { folder, present },
  };
}

/** What a segment's rows depend on beside its files; messages don't count. */
function fingerprint(scan: Scan, columns: readonly Column[]): string {
  const text = JSON.stringify([{ ...scan, origin: '' }, columns]);
  return createHash('sha256').update(text).digest('hex').slice(0, 20);
}
