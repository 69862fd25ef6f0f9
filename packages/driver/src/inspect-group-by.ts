/** All of planning's input and output for a GroupBy job: what `inspectJoin` is for a join. */
import type { GroupBy, Join } from '@hindcast/shared/config/model';
import { outputTable } from '@hindcast/shared/config/names';
import { plainSource } from '@hindcast/shared/config/plain-source';
import { semanticDefinitions, semanticHashes } from '@hindcast/shared/config/semantic-hash';
import { HindcastError } from '@hindcast/shared/errors';
import type { LeftPartition } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { checkpointReader } from './checkpoint-reader.js';
import { deriveFeatures } from './describe-derivations.js';
import { formerDefinitions } from './former-definitions.js';
import { inspectDefinitions } from './inspect-definitions.js';
import { describeScans, inspectOutput, inspectSource, usedColumns } from './inspect-source.js';
import type { InspectedSource, JoinState } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import { leftColumns, partColumns } from './plan/columns.js';
import { type Decision, decidePartitions, provenanceOfGroupBy } from './plan/decide.js';
import { refusePartitionColumn } from './plan/derivations.js';
import {
  backfillStart,
  groupByOutput,
  joinOfGroupBy,
  keyReach,
  keysLeft,
  partOf,
} from './plan/group-by.js';
import { recordedInputs, seenTable, staleInputs } from './plan/inputs.js';
import { partScans } from './plan/sources.js';
import { scanFiles } from './plan/split.js';
import type { JobRequest } from './request.js';
import { TableReader } from './table-reader.js';

/** @returns the join that the job is, and its state */
export async function inspectGroupBy(
  groupBy: GroupBy,
  request: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<{ readonly join: Join; readonly state: JoinState }> {
  refuseCumulative(groupBy);
  const spec = request.partitionSpec;
  refusePartitionColumn(groupBy.derivations, spec.column, `group-by "${groupBy.metaData.name}"`);
  const defaultStart = backfillStart(groupBy, spec);
  const join = joinOfGroupBy(groupBy);
  const part = partOf(groupBy);
  const tables = new TableReader(store, request, checkpointReader(launcher));
  const scans = groupBy.sources
    .flatMap((source) => partScans(part, source, usedColumns(part, spec.column), spec, false))
    .map((source) => ({
      ...source,
      scan: { ...source.scan, origin: ownOrigin(source.scan.origin) },
    }));
  const states = await Promise.all(scans.map((scan) => tables.read(scan)));
  const described = await describeScans(scans, states, launcher);
  const sources = await Promise.all(
    scans.map((scan, i) => inspectSource(scan, states[i]!, described.scans[i]!, store)),
  );
  const left = keysLeft(groupBy, sources, spec);
  const output = await inspectOutput(outputTable(join), 'group-by', store, launcher);
  const hashes = semanticHashes(join);
  const provenance = provenanceOfGroupBy(hashes, request.windowing);
  const decision = decidePartitions(join, left.table, output.snapshot, provenance, {
    ...request,
    spec,
    stale: staleInputs(
      recordedInputs(output.snapshot, spec),
      states.map((state) => seenTable('source', state)),
      spec,
    ),
    leftPlace: 'in the source',
    defaultStart,
  });
  const parts = [{ part, sources }];
  const keys = leftColumns(left);
  const features = await deriveFeatures(
    [partColumns(parts[0]!, keys, false)],
    parts,
    () => 'all',
    launcher,
  );
  return {
    join,
    state: {
      hashes,
      provenance,
      definitions: await inspectDefinitions(
        semanticDefinitions(join),
        provenance,
        output.snapshot,
        spec.column,
        store,
      ),
      left,
      parts,
      derived: { features, output: groupByOutput(groupBy, keys, features.flat()) },
      bootstrap: [],
      externals: [],
      keysSeen: { snapshots: isEntities(groupBy) },
      labels: null,
      views: null,
      leftPlace: 'in the source',
      output,
      decision,
      leftPartitions: await countKeys(groupBy, left, sources, decision, request, launcher),
      skewedRows: 0,
      warnings: await formerDefinitions(groupBy.sources, request, store, launcher),
    },
  };
}

/** A day's keys would have to be told from those of later days, which its last partition holds, too. */
function refuseCumulative({ sources, metaData }: GroupBy): void {
  const cumulative = sources.some((source) => source.kind === 'events' && source.isCumulative);
  if (!cumulative) return;
  throw new HindcastError(
    'config',
    `group-by "${metaData.name}": a GroupBy job of a cumulative source does not run yet`,
    { hint: 'Submit a join that uses the group-by.' },
  );
}

function ownOrigin(origin: string): string {
  return origin.replace(/^join part/, 'group-by');
}

function isEntities({ sources }: GroupBy): boolean {
  return plainSource(sources[0]!).kind === 'entities';
}

/** Of snapshots the keys of each day; of events about how many there are, the same for every day. */
async function countKeys(
  groupBy: GroupBy,
  left: InspectedSource,
  sources: readonly InspectedSource[],
  { partitions }: Decision,
  request: JobRequest,
  launcher: Launcher,
): Promise<Record<string, LeftPartition>> {
  const computed = partitions.flatMap(({ value, action }) => (action === 'compute' ? [value] : []));
  if (computed.length === 0) return {};
  const byPartition = isEntities(groupBy);
  const { first, last } = keyReach(groupBy, computed, request.partitionSpec);
  const asked = new Set(computed);
  const wanted = (value: string, { startPartition, endPartition }: InspectedSource): boolean =>
    (startPartition === null || value >= startPartition) &&
    (endPartition === null || value <= endPartition) &&
    (byPartition ? asked.has(value) : value >= first && value <= last);
  const found = await launcher.run({
    kind: 'key-range',
    sources: sources.map((source) => ({
      scan: source.scan,
      files: scanFiles(source.table.partitions.filter(({ value }) => wanted(value, source))),
    })),
    keys: left.columns,
    timed: !byPartition || (groupBy.aggregations ?? []).some(({ windows }) => windows !== null),
    byPartition,
  });
  const counts = byPartition
    ? Object.entries(found.partitions)
    : computed.map((value) => [value, found.keys] as const);
  return Object.fromEntries(
    counts
      .filter(([, rows]) => rows > 0)
      .map(([value, rows]) => [value, { rows, minTime: null, maxTime: null }]),
  );
}
