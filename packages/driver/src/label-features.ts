/** The partitions of the features that each label date is for, and what is missing of them. */
import type { Join, LabelPart } from '@hindcast/shared/config/model';
import { HindcastError } from '@hindcast/shared/errors';
import type { LabelDate } from '@hindcast/shared/plan/plan';
import type { PartitionRange } from '@hindcast/shared/time/partition-spec';
import { describeScans, type Inspection, inspectSource } from './inspect-source.js';
import type { InspectedSource } from './join-state.js';
import { labelLeftScan, labelRange } from './plan/labels.js';
import { leftScan } from './plan/sources.js';
import { scanFiles } from './plan/split.js';
import { summary } from './wording.js';

/** The output of the join, as the left of its label join. */
export async function inspectFeatures(
  join: Join,
  { request, tables, store, launcher }: Inspection,
): Promise<InspectedSource> {
  const scan = labelLeftScan(join, request.partitionSpec);
  const table = await tables.read(scan);
  const { scans } = await describeScans([scan], [table], launcher);
  return inspectSource(scan, table, scans[0]!, store);
}

/**
 * Partitions of the features for each label date. Those that the left lacks, too, are not missed: a left
 * ends somewhere, and some days have no rows.
 * @param dates label dates, in order
 * @throws HindcastError kind `missing-input` naming the dates that the join has to be submitted for
 */
export async function featuresOf(
  join: Join,
  labelPart: LabelPart,
  dates: readonly string[],
  features: InspectedSource,
  inspection: Inspection,
): Promise<LabelDate[]> {
  const { format } = inspection.request.partitionSpec;
  const there = features.table.partitions.map(({ value }) => value);
  const ranges = dates.map((labelDs) => labelRange(labelPart, labelDs, format));
  const all = { start: ranges[0]!.start, end: ranges.at(-1)!.end };
  const lacking = await leftWithout(join, new Set(there), all, inspection);
  const found = dates.map((labelDs, i) => ({
    labelDs,
    range: ranges[i]!,
    partitions: there.filter((ds) => isWithin(ds, ranges[i]!)),
    lacking: lacking.filter((ds) => isWithin(ds, ranges[i]!)),
  }));
  const missing = found.filter((date) => date.lacking.length > 0 || date.partitions.length === 0);
  if (missing.length === 0)
    return found.map(({ labelDs, partitions }) => ({ labelDs, partitions }));
  const needs = missing.map((date) => {
    const { start, end } = date.range;
    const whole = start === end ? start : `${start} to ${end}`;
    const what = date.lacking.length > 0 ? summary(date.lacking) : `${whole}, which the left lacks`;
    return `${date.labelDs} needs ${what}`;
  });
  throw new HindcastError(
    'missing-input',
    `${features.scan.table}: features are missing for label date ${summary(missing.map(({ labelDs }) => labelDs))}`,
    {
      found: needs.join('; '),
      hint: missing.some((date) => date.lacking.length > 0)
        ? `Submit the join "${join.metaData.name}" for these dates first.`
        : 'Choose label dates that the left has rows for.',
    },
  );
}

function isWithin(value: string, { start, end }: PartitionRange): boolean {
  return value >= start && value <= end;
}

/** Left partitions with rows that the features lack. */
async function leftWithout(
  join: Join,
  features: ReadonlySet<string>,
  range: PartitionRange,
  { request, tables, launcher }: Inspection,
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
      isWithin(value, range) &&
      value >= (startPartition ?? value) &&
      value <= (endPartition ?? value),
  );
  if (table === null || partitions.length === 0) return [];
  const { scans } = await describeScans([scan], [table], launcher);
  const files = scanFiles(partitions);
  const left = { scan: scans[0]!.scan, files, columns: scans[0]!.columns, skewKeys: join.skewKeys };
  const { partitions: counted } = await launcher.run({ kind: 'left-range', left });
  return Object.keys(counted).sort();
}
