/**
 * All of planning's input and output: partitions, Delta logs, schemas, row counts, KeyBuckets that
 * are there already. What comes back is data; planning itself reads nothing.
 */
import { seesMutations } from '@hindcast/shared/config/accuracy';
import { externalColumns } from '@hindcast/shared/config/external-columns';
import type { Join, Source } from '@hindcast/shared/config/model';
import { outputTable } from '@hindcast/shared/config/names';
import { semanticDefinitions, semanticHashes } from '@hindcast/shared/config/semantic-hash';
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { checkpointReader } from './checkpoint-reader.js';
import { describeDerivations } from './describe-derivations.js';
import { formerDefinitions } from './former-definitions.js';
import { inspectBootstrap } from './inspect-bootstrap.js';
import { inspectDefinitions } from './inspect-definitions.js';
import { describeScans, inspectOutput, inspectSource, usedColumns } from './inspect-source.js';
import { inspectViews } from './inspect-views.js';
import type { InspectedSource, JoinState } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import { leftRange } from './left-range.js';
import { Bootstrap, coveredParts } from './plan/bootstrap.js';
import { leftColumns } from './plan/columns.js';
import { decidePartitions, provenanceOf } from './plan/decide.js';
import type { DerivedColumns } from './plan/derivations.js';
import { recordedInputs, seenTable, staleInputs } from './plan/inputs.js';
import { bootstrapScan, leftScan, partScans } from './plan/sources.js';
import type { JobRequest } from './request.js';
import { TableReader } from './table-reader.js';

export async function inspectJoin(
  join: Join,
  request: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<JoinState> {
  const spec = request.partitionSpec;
  const tables = new TableReader(store, request, checkpointReader(launcher));
  const ofLeft = leftScan(join.left, spec);
  const parts = join.joinParts.map((part) => ({
    part,
    scans: part.groupBy.sources.flatMap((source) =>
      partScans(part, source, usedColumns(part, spec.column), spec, seesMutations(join, part)),
    ),
  }));
  const scans = [ofLeft, ...parts.flatMap(({ scans: own }) => own)];
  const states = await Promise.all(scans.map((scan) => tables.read(scan)));
  const described = await describeScans(scans, states, launcher);
  const inspected = await Promise.all(
    scans.map((scan, i) => inspectSource(scan, states[i]!, described.scans[i]!, store)),
  );
  refuseUnknownSkewKeys(join, inspected[0]!);
  const output = await inspectOutput(outputTable(join), 'join', store, launcher);
  const hashes = semanticHashes(join);
  const provenance = provenanceOf(hashes, request.windowing);
  const older = await Promise.all(
    join.bootstrapParts.map((part) => tables.read(bootstrapScan(part, spec))),
  );
  const seen = [
    seenTable('left', states[0]!),
    ...states.slice(1).map((state) => seenTable('source', state)),
    ...older.map((state) => seenTable('bootstrap', state)),
  ];
  const decision = decidePartitions(join, states[0]!, output.snapshot, provenance, {
    ...request,
    spec,
    stale: staleInputs(recordedInputs(output.snapshot, spec), seen, spec),
    leftPlace: 'on the left',
    defaultStart: null,
  });
  let next = 1;
  const withSources = parts.map(({ part, scans: own }) => {
    const sources = inspected.slice(next, next + own.length);
    next += own.length;
    return { part, sources };
  });
  const left = leftColumns(inspected[0]!);
  const externals = externalColumns(join);
  const derived = await describeDerivations(join, inspected[0]!, withSources, externals, launcher);
  const inspection = { request, tables, store, launcher };
  const columns = { left, filled: filledColumns(derived, externals) };
  const bootstrap = await inspectBootstrap(join, columns, inspection);
  const features = [
    ...(derived.output ?? [...left, ...derived.features.flat(), ...externals]),
    { name: spec.column, type: 'VARCHAR' },
  ];
  const labeled = await inspectViews(join, left, features, inspection);
  const reading = new Bootstrap(bootstrap, coveredParts(join, derived), externals);
  const range = await leftRange(join, inspected[0]!, output.snapshot, decision, reading, launcher);
  return {
    hashes,
    provenance,
    definitions: await inspectDefinitions(
      semanticDefinitions(join),
      provenance,
      output.snapshot,
      spec.column,
      store,
    ),
    left: inspected[0]!,
    parts: withSources,
    derived,
    bootstrap: bootstrap.map((table, i) => ({ ...table, duplicates: range.duplicates[i] ?? 0 })),
    externals,
    output,
    keysSeen: null,
    labels: null,
    views: labeled?.views ?? null,
    leftPlace: 'on the left',
    decision,
    leftPartitions: range.partitions,
    skewedRows: range.skewedRows,
    warnings: [
      ...(await formerDefinitions(sourcesOf(join), request, store, launcher)),
      ...(labeled?.warnings ?? []),
      ...bootstrap.flatMap(({ scan }, i) => repeatedRows(scan.origin, range.duplicates[i] ?? 0)),
    ],
  };
}

function sourcesOf({ left, joinParts }: Join): Source[] {
  return [left, ...joinParts.flatMap(({ groupBy }) => groupBy.sources)];
}

/** What bootstrap tables may fill: features, external and derived columns. */
function filledColumns(
  { features, output }: DerivedColumns,
  externals: readonly Column[],
): readonly Column[] {
  return [...(output ?? []), ...features.flat(), ...externals];
}

function repeatedRows(origin: string, duplicates: number): string[] {
  if (duplicates === 0) return [];
  return [`${origin}: ${duplicates} rows repeat a key: the greatest row of each key is taken`];
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
