/**
 * All of planning's input and output: partitions, Delta logs, schemas, row counts, KeyBuckets that
 * are there already. What comes back is data; planning itself reads nothing.
 */
import { createHash } from 'node:crypto';
import { seesMutations } from '@hindcast/shared/config/accuracy';
import type { Join, JoinPart, Source } from '@hindcast/shared/config/model';
import { outputTable, plainColumns } from '@hindcast/shared/config/names';
import { semanticHashes } from '@hindcast/shared/config/semantic-hash';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { Column, DescribeResult, Scan } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { checkWritable } from '@hindcast/shared/table/delta-protocol';
import { tableKey } from '@hindcast/shared/table/partitions';
import type { TableState } from '@hindcast/shared/table/table';
import { checkpointReader } from './checkpoint-reader.js';
import { describeDerivations } from './describe-derivations.js';
import { formerDefinitions } from './former-definitions.js';
import type { InspectedSource, JoinState } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import { leftRange } from './left-range.js';
import { decidePartitions, provenanceOf } from './plan/decide.js';
import { leftScan, partScans, type SourceScan } from './plan/sources.js';
import { scanFiles } from './plan/split.js';
import type { JobRequest } from './request.js';
import { refuseForeignFiles, TableReader } from './table-reader.js';

export async function inspectJoin(
  join: Join,
  request: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<JoinState> {
  refuseWhatDoesNotRun(join);
  const spec = request.partitionSpec;
  const tables = new TableReader(store, request, checkpointReader(launcher));
  const left = leftScan(join.left, spec);
  const parts = join.joinParts.map((part) => ({
    part,
    scans: part.groupBy.sources.flatMap((source) =>
      partScans(part, source, usedColumns(part, spec.column), spec, seesMutations(join, part)),
    ),
  }));
  const scans = [left, ...parts.flatMap(({ scans: own }) => own)];
  const states = await Promise.all(scans.map((scan) => tables.read(scan)));
  const described = await describeScans(scans, states, launcher);
  const inspected = await Promise.all(
    scans.map((scan, i) => inspectSource(scan, states[i]!, described.scans[i]!, store)),
  );
  refuseUnknownSkewKeys(join, inspected[0]!);
  const output = await inspectOutput(outputTable(join), store, launcher);
  const hashes = semanticHashes(join);
  const provenance = provenanceOf(hashes, request.windowing);
  const decision = decidePartitions(join, states[0]!, output.snapshot, provenance, {
    ...request,
    spec,
    leftPlace: 'on the left',
    defaultStart: null,
  });
  let next = 1;
  const withSources = parts.map(({ part, scans: own }) => {
    const sources = inspected.slice(next, next + own.length);
    next += own.length;
    return { part, sources };
  });
  const derived = await describeDerivations(join, inspected[0]!, withSources, launcher);
  const range = await leftRange(join, inspected[0]!, output.snapshot, decision, launcher);
  return {
    hashes,
    provenance,
    left: inspected[0]!,
    parts: withSources,
    derived,
    output,
    keysSeen: null,
    leftPlace: 'on the left',
    decision,
    leftPartitions: range.partitions,
    skewedRows: range.skewedRows,
    warnings: await formerDefinitions(sourcesOf(join), request, store, launcher),
  };
}

/** @throws HindcastError for a table that can't be written to */
export async function inspectOutput(
  table: string,
  store: Store,
  launcher: Launcher,
): Promise<JoinState['output']> {
  const key = tableKey(table);
  const snapshot = await readDeltaSnapshot(store, key, checkpointReader(launcher), table);
  if (snapshot === null) await refuseForeignFiles(store, table, key);
  else checkWritable(snapshot.protocol, snapshot.metaData, table);
  return { table, key, snapshot };
}

function sourcesOf({ left, joinParts }: Join): Source[] {
  return [left, ...joinParts.flatMap(({ groupBy }) => groupBy.sources)];
}

/** Structs that parse and validate, whose jobs come later, say so instead of being ignored. */
function refuseWhatDoesNotRun(join: Join): void {
  const refuse = (what: string): never => {
    throw new HindcastError('config', `join "${join.metaData.name}": ${what} do not run yet`, {
      hint: 'Take them out of the config to compute the rest.',
    });
  };
  if (join.bootstrapParts.length > 0 || join.bootstrapFromLog) refuse('bootstrap parts');
  if (join.onlineExternalParts.length > 0) refuse('external parts');
}

/** A name that the left lacks would leave every row in, and say nothing. */
function refuseUnknownSkewKeys({ metaData, skewKeys }: Join, { columns }: InspectedSource): void {
  const names = columns.map(({ name }) => name);
  const unknown = Object.keys(skewKeys).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new HindcastError(
    'config',
    `join "${metaData.name}": skewKeys names "${unknown}", which the left has not`,
    { found: names.join(', '), hint: didYouMean(unknown, names) },
  );
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
  const wanted = scans.map(({ scan }, i) => ({ scan, files: scanFiles(states[i]!.partitions) }));
  const tasks = Math.min(launcher.executors, Math.ceil(scans.length / fewScans));
  const each = Math.ceil(scans.length / tasks);
  const answers = await Promise.allSettled(
    Array.from({ length: tasks }, (_, i) =>
      launcher.run({ kind: 'describe', scans: wanted.slice(i * each, (i + 1) * each) }),
    ),
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
