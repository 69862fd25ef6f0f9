/** Label parts as planning sees them: their sources, what they give, and whether labels have come. */
import type { Join, JoinPart } from '@hindcast/shared/config/model';
import { plainSource } from '@hindcast/shared/config/plain-source';
import { HindcastError } from '@hindcast/shared/errors';
import type { Column, ProjectedColumn } from '@hindcast/shared/plan/task';
import { deriveFeatures } from './describe-derivations.js';
import { describeScans, type Inspection, inspectSource, usedColumns } from './inspect-source.js';
import type { InspectedPart, InspectedSource } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import { partColumns } from './plan/columns.js';
import { isClosed, labelPartOf, lacksLabels } from './plan/labels.js';
import { partScans, type SourceScan } from './plan/sources.js';
import { summary } from './wording.js';

/** Scans of each part, in order. */
function scansOf(
  parts: readonly JoinPart[],
  what: 'join part' | 'label part',
  { partitionSpec: spec }: Inspection['request'],
): SourceScan[][] {
  return parts.map((part) =>
    part.groupBy.sources.flatMap((source) =>
      partScans(part, source, usedColumns(part, spec.column), spec, false).map((scan) => ({
        ...scan,
        scan: { ...scan.scan, origin: scan.scan.origin.replace(/^join part/, what) },
      })),
    ),
  );
}

export function labelScans(join: Join, request: Inspection['request']): SourceScan[][] {
  return scansOf(labelPartOf(join).labels, 'label part', request);
}

export function inspectLabelParts(join: Join, inspection: Inspection): Promise<InspectedPart[]> {
  return inspectParts(labelPartOf(join).labels, 'label part', inspection);
}

/**
 * Parts apart from a left.
 * @throws HindcastError for sources that are not there, or can't be read as they are configured
 */
export async function inspectParts(
  parts: readonly JoinPart[],
  what: 'join part' | 'label part',
  { request, tables, store, launcher }: Inspection,
): Promise<InspectedPart[]> {
  const own = scansOf(parts, what, request);
  const scans = own.flat();
  const states = await Promise.all(scans.map((scan) => tables.read(scan)));
  const described = await describeScans(scans, states, launcher);
  const inspected = await Promise.all(
    scans.map((scan, i) => inspectSource(scan, states[i]!, described.scans[i]!, store)),
  );
  return parts.map((part, i) => ({ part, sources: inspected.splice(0, own[i]!.length) }));
}

/**
 * What the label table holds of each part.
 * @param left columns that keys may name
 */
export function labelColumns(
  parts: readonly InspectedPart[],
  left: readonly Column[],
  launcher: Launcher,
): Promise<readonly (readonly ProjectedColumn[])[]> {
  const columns = parts.map((part) => partColumns(part, left, false));
  return deriveFeatures(columns, parts, () => 'some keys', launcher);
}

/**
 * A version without any label would hide those of before.
 * @throws HindcastError kind `missing-input`, or `config` where a part's queries exclude a label date
 */
export function refuseUnripe(parts: readonly InspectedPart[], dates: readonly string[]): void {
  for (const { part, sources } of parts) {
    const closed = dates.filter((labelDs) => sources.every((source) => isClosed(source, labelDs)));
    if (closed.length > 0) throw excluded(sources, closed);
    const events = plainSource(part.groupBy.sources[0]!).kind === 'events';
    const unripe = dates.filter((labelDs) =>
      sources.every((source) => lacksLabels(source, source.table, events, labelDs)),
    );
    if (unripe.length === 0) continue;
    const { scan, table, writtenBy } = sources.find((source) => !isClosed(source, unripe[0]!))!;
    throw new HindcastError(
      'missing-input',
      `${scan.origin}: no labels yet for label date ${summary(unripe)}`,
      {
        found: `partitions up to ${table.partitions.at(-1)?.value ?? 'none'}`,
        hint:
          writtenBy === null
            ? 'Try again when these partitions are there.'
            : `Submit the join "${writtenBy}" first.`,
      },
    );
  }
}

function excluded(sources: readonly InspectedSource[], dates: readonly string[]): HindcastError {
  const { scan } = sources[0]!;
  const bounds = sources.map(
    ({ startPartition, endPartition }) => `${startPartition ?? '…'} to ${endPartition ?? '…'}`,
  );
  return new HindcastError(
    'config',
    `${scan.origin}: its queries leave out label date ${summary(dates)}`,
    {
      found: `startPartition to endPartition: ${bounds.join('; ')}`,
      hint: 'Change the query, or compute labels of a date that it has.',
    },
  );
}
