/** All of planning's input and output for a label join: what `inspectJoin` is for a join. */
import type { Join, LabelPart } from '@hindcast/shared/config/model';
import { labelTables, outputTable } from '@hindcast/shared/config/names';
import { plainSource } from '@hindcast/shared/config/plain-source';
import { semanticHashes } from '@hindcast/shared/config/semantic-hash';
import { HindcastError } from '@hindcast/shared/errors';
import type { LabelDate, LabelViews } from '@hindcast/shared/plan/plan';
import type { Column, LeftPartition, ProjectedColumn } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { tableKey } from '@hindcast/shared/table/partitions';
import { checkpointReader } from './checkpoint-reader.js';
import { deriveFeatures } from './describe-derivations.js';
import { formerDefinitions } from './former-definitions.js';
import { describeScans, inspectOutput, inspectSource, usedColumns } from './inspect-source.js';
import type { InspectedPart, InspectedSource, JoinState } from './join-state.js';
import { labelMaturity } from './label-maturity.js';
import type { Launcher } from './launch/launcher.js';
import { leftColumns, partColumns } from './plan/columns.js';
import { formerPartitions, provenanceOfLabels } from './plan/decide.js';
import {
  decideLabels,
  joinOfLabels,
  labelDatesOf,
  labelIdentity,
  labelLeft,
  labelLeftScan,
  labelPartOf,
  labelRange,
  lacksLabels,
  maturesOn,
} from './plan/labels.js';
import { leftScan, partScans } from './plan/sources.js';
import { scanFiles } from './plan/split.js';
import type { JobRequest } from './request.js';
import { TableReader } from './table-reader.js';
import { summary } from './wording.js';

/** @returns the join that the label join is, and its state */
export async function inspectLabelJoin(
  config: Join,
  request: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<{ readonly join: Join; readonly state: JoinState }> {
  const { partitionSpec: spec } = request;
  const labelPart = labelPartOf(config);
  const join = joinOfLabels(config);
  const dates = labelDatesOf(request, spec.format);
  const tables = new TableReader(store, request, checkpointReader(launcher));
  const left = await inspectFeatures(config, tables, request, store, launcher);
  const labelDates = await featuresOf(config, labelPart, dates, left, tables, request, launcher);
  const parts = await inspectLabelParts(config, tables, request, store, launcher);
  refuseUnripe(parts, dates);
  const columns = [...leftColumns(left), { name: spec.column, type: 'VARCHAR' }];
  const identity = labelIdentity(config, spec);
  const features = await labelColumns(parts, columns, launcher);
  const output = await inspectOutput(outputTable(join), store, launcher);
  const hashes = semanticHashes(join);
  const provenance = provenanceOfLabels(hashes, identity);
  const decision = decideLabels(dates, output.snapshot, provenance, request.done);
  const views = { ...viewsNamed(config, request), labelColumns: features.flat().map(plain) };
  const asked = new Set(labelDates.flatMap(({ partitions }) => partitions));
  const maturing = left.table.partitions.map(({ value }) => ({
    partition: value,
    maturesOn: maturesOn(labelPart, value, spec.format),
  }));
  return {
    join,
    state: {
      hashes,
      provenance,
      left,
      parts,
      derived: { features, output: null },
      keysSeen: null,
      labels: {
        dates: labelDates,
        identity,
        maturity: await labelMaturity(views, maturing, asked, store, launcher),
      },
      views,
      leftPlace: 'in the features',
      output,
      decision,
      leftPartitions: await countIdentities(left, columns, identity, labelDates, launcher),
      skewedRows: 0,
      warnings: [
        ...(await formerFeatures(config, request, store, launcher)),
        ...(await formerDefinitions(
          labelPart.labels.flatMap(({ groupBy }) => groupBy.sources),
          request,
          store,
          launcher,
        )),
      ],
    },
  };
}

function plain({ name, type }: ProjectedColumn): Column {
  return { name, type };
}

/** The output of the join, as the left of its label join. */
async function inspectFeatures(
  join: Join,
  tables: TableReader,
  request: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<InspectedSource> {
  const scan = labelLeftScan(join, request.partitionSpec);
  const table = await tables.read(scan);
  const { scans } = await describeScans([scan], [table], launcher);
  return inspectSource(scan, table, scans[0]!, store);
}

/**
 * Partitions of the features for each label date. Those that the left lacks, too, are not missed: a left
 * ends somewhere, and some days have no rows.
 * @throws HindcastError kind `missing-input` naming the dates that the join has to be submitted for
 */
async function featuresOf(
  join: Join,
  labelPart: LabelPart,
  dates: readonly string[],
  features: InspectedSource,
  tables: TableReader,
  request: JobRequest,
  launcher: Launcher,
): Promise<LabelDate[]> {
  const { format } = request.partitionSpec;
  const there = features.table.partitions.map(({ value }) => value);
  const found = dates.map(
    (labelDs): LabelDate & { readonly start: string; readonly end: string } => {
      const { start, end } = labelRange(labelPart, labelDs, format);
      return { labelDs, start, end, partitions: there.filter((ds) => ds >= start && ds <= end) };
    },
  );
  const start = found[0]!.start;
  const end = found.at(-1)!.end;
  const lacking = await leftWithout(
    join,
    new Set(there),
    { start, end },
    tables,
    request,
    launcher,
  );
  const missing = found.flatMap(({ labelDs, partitions, ...range }) => {
    const of = lacking.filter((ds) => ds >= range.start && ds <= range.end);
    if (of.length > 0) return [{ labelDs, what: summary(of) }];
    return partitions.length > 0
      ? []
      : [{ labelDs, what: range.start === range.end ? start : `${range.start} to ${range.end}` }];
  });
  if (missing.length === 0)
    return found.map(({ labelDs, partitions }) => ({ labelDs, partitions }));
  throw new HindcastError(
    'missing-input',
    `${features.scan.table}: features are missing for label date ${summary(missing.map(({ labelDs }) => labelDs))}`,
    {
      found: missing.map(({ labelDs, what }) => `${labelDs} needs ${what}`).join('; '),
      hint: `Submit the join "${join.metaData.name}" for these dates first.`,
    },
  );
}

/** Left partitions with rows that the features lack. */
async function leftWithout(
  join: Join,
  features: ReadonlySet<string>,
  { start, end }: { readonly start: string; readonly end: string },
  tables: TableReader,
  request: JobRequest,
  launcher: Launcher,
): Promise<string[]> {
  const scan = leftScan(join.left, request.partitionSpec);
  const table = await tables.read(scan).catch((error: unknown) => {
    // Whoever took the left away left the features.
    if (error instanceof HindcastError) return null;
    throw error;
  });
  const { startPartition, endPartition } = scan;
  const partitions = (table?.partitions ?? []).filter(
    ({ value }) =>
      !features.has(value) &&
      value >= (startPartition ?? start) &&
      value >= start &&
      value <= (endPartition ?? end) &&
      value <= end,
  );
  if (table === null || partitions.length === 0) return [];
  const { scans } = await describeScans([scan], [table], launcher);
  const files = scanFiles(partitions);
  const left = { scan: scans[0]!.scan, files, columns: scans[0]!.columns, skewKeys: join.skewKeys };
  const { partitions: counted } = await launcher.run({ kind: 'left-range', left });
  return Object.keys(counted).sort();
}

export async function inspectLabelParts(
  join: Join,
  tables: TableReader,
  { partitionSpec: spec }: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<InspectedPart[]> {
  const parts = labelPartOf(join).labels.map((part) => ({
    part,
    scans: part.groupBy.sources.flatMap((source) =>
      partScans(part, source, usedColumns(part, spec.column), spec, false).map((scan) => ({
        ...scan,
        scan: { ...scan.scan, origin: scan.scan.origin.replace(/^join part/, 'label part') },
      })),
    ),
  }));
  const scans = parts.flatMap((part) => part.scans);
  const states = await Promise.all(scans.map((scan) => tables.read(scan)));
  const described = await describeScans(scans, states, launcher);
  const inspected = await Promise.all(
    scans.map((scan, i) => inspectSource(scan, states[i]!, described.scans[i]!, store)),
  );
  return parts.map(({ part, scans: own }) => ({ part, sources: inspected.splice(0, own.length) }));
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

/** A version without any label would hide those of before. */
function refuseUnripe(parts: readonly InspectedPart[], dates: readonly string[]): void {
  for (const { part, sources } of parts) {
    const events = plainSource(part.groupBy.sources[0]!).kind === 'events';
    const unripe = dates.filter((labelDs) =>
      sources.every((source) => lacksLabels(source, source.table, events, labelDs)),
    );
    if (unripe.length === 0) continue;
    const [{ scan, table, writtenBy }] = sources as [InspectedSource];
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

async function countIdentities(
  left: InspectedSource,
  columns: readonly Column[],
  identity: readonly string[],
  dates: readonly LabelDate[],
  launcher: Launcher,
): Promise<Record<string, LeftPartition>> {
  const counted = await Promise.all(
    dates.map((date) =>
      launcher.run({ kind: 'left-range', left: labelLeft(left, columns, identity, date) }),
    ),
  );
  return Object.assign({}, ...counted.map(({ partitions }) => partitions));
}

async function formerFeatures(
  join: Join,
  { partitionSpec: spec }: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<string[]> {
  const table = outputTable(join);
  const read = checkpointReader(launcher);
  const snapshot = await readDeltaSnapshot(store, tableKey(table), read, table);
  const former = formerPartitions(snapshot, spec.column, semanticHashes(join));
  if (former.length === 0) return [];
  return [`${table}: the join has changed since it computed ${summary(former)}: submit it first`];
}

/** @throws HindcastError kind `config` for a join without labels */
export function viewsNamed(
  join: Join,
  { partitionSpec: spec }: JobRequest,
): Omit<LabelViews, 'labelColumns'> {
  return {
    features: outputTable(join),
    labels: labelTables(join).labels,
    partitionColumn: spec.column,
    identity: labelIdentity(join, spec),
  };
}

/**
 * The views of a join, and what keeps them from having their label columns yet. Null without labels.
 * @param left columns that keys may name
 */
export async function inspectViews(
  join: Join,
  left: readonly Column[],
  tables: TableReader,
  request: JobRequest,
  store: Store,
  launcher: Launcher,
): Promise<{ readonly views: LabelViews; readonly warnings: readonly string[] } | null> {
  if (join.labelPart === null || join.labelPart.labels.length === 0) return null;
  const views = viewsNamed(join, request);
  const read = checkpointReader(launcher);
  const present = await readDeltaSnapshot(store, tableKey(views.labels), read, views.labels);
  if (present !== null) return { views: { ...views, labelColumns: [] }, warnings: [] };
  try {
    const parts = await inspectLabelParts(join, tables, request, store, launcher);
    const known = [...left, { name: request.partitionSpec.column, type: 'VARCHAR' }];
    const columns = await labelColumns(parts, known, launcher);
    return { views: { ...views, labelColumns: columns.flat().map(plain) }, warnings: [] };
  } catch (error) {
    if (!(error instanceof HindcastError)) throw error;
    const warning = `${error.message}: ${labelTables(join).labeled} has no label columns yet`;
    return { views: { ...views, labelColumns: [] }, warnings: [warning] };
  }
}
