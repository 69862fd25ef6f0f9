/** All of planning's input and output for a label join: what `inspectJoin` is for a join. */
import type { Join } from '@hindcast/shared/config/model';
import { labelDsColumn, outputTable } from '@hindcast/shared/config/names';
import { semanticHashes } from '@hindcast/shared/config/semantic-hash';
import type { LabelDate, LabelViews } from '@hindcast/shared/plan/plan';
import type { Column, LeftPartition, ProjectedColumn } from '@hindcast/shared/plan/task';
import type { Store } from '@hindcast/shared/store/store';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { columnsOfSchema } from '@hindcast/shared/table/delta-schema';
import { tableKey } from '@hindcast/shared/table/partitions';
import { checkpointReader } from './checkpoint-reader.js';
import { formerDefinitions } from './former-definitions.js';
import { inspectDefinitions } from './inspect-definitions.js';
import { inspectLabelParts, labelColumns, refuseUnripe } from './inspect-label-parts.js';
import { inspectOutput } from './inspect-source.js';
import { viewsNamed } from './inspect-views.js';
import type { InspectedSource, JoinState } from './join-state.js';
import { featuresOf, inspectFeatures } from './label-features.js';
import { labelMaturity } from './label-maturity.js';
import { labelViews } from './label-views-sql.js';
import type { Launcher } from './launch/launcher.js';
import { refuseWithoutTime } from './left-range.js';
import { leftColumns } from './plan/columns.js';
import { formerPartitions, provenanceOfLabels } from './plan/decide.js';
import {
  decideLabels,
  joinOfLabels,
  labelDatesOf,
  labelDefinitions,
  labelIdentity,
  labelLeft,
  labelPartOf,
  labelsSince,
  maturesOn,
} from './plan/labels.js';
import type { JobRequest } from './request.js';
import { TableReader } from './table-reader.js';
import { refuseTakenViews } from './taken-names.js';
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
  const output = await inspectOutput(outputTable(join), 'label-join', store, launcher);
  // What asks for a label join gives an end.
  const endDs = request.endDs!;
  const startDs = request.startDs ?? labelsSince(output.snapshot, endDs, spec.format);
  const dates = labelDatesOf({ startDs, endDs }, spec.format);
  const tables = new TableReader(store, request, checkpointReader(launcher));
  const inspection = { request, tables, store, launcher };
  const left = await inspectFeatures(config, inspection);
  const labelDates = await featuresOf(config, labelPart, dates, left, inspection);
  const parts = await inspectLabelParts(config, inspection);
  refuseUnripe(parts, dates);
  const columns = [...leftColumns(left), { name: spec.column, type: 'VARCHAR' }];
  const identity = labelIdentity(config, spec);
  const features = await labelColumns(parts, columns, launcher);
  const hashes = semanticHashes(join);
  const named = viewsNamed(config, request);
  await refuseTakenViews(named, store);
  const provenance = provenanceOfLabels(named.definition);
  const decision = decideLabels(dates, output.snapshot, provenance, request.done);
  const views = { ...named, labelColumns: features.flat().map(plain) };
  refuseTwiceNamed(views, left);
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
      definitions: await inspectDefinitions(
        labelDefinitions(config, spec),
        provenance,
        output.snapshot,
        labelDsColumn,
        store,
      ),
      left,
      parts,
      derived: { features, output: null },
      bootstrap: [],
      externals: [],
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

/** Before anything is computed. */
function refuseTwiceNamed(views: LabelViews, { table }: InspectedSource): void {
  // The features are a Delta table: Hindcast wrote them.
  labelViews(views, { features: columnsOfSchema(table.schema!), labels: null }, 'duckdb');
}

function plain({ name, type }: ProjectedColumn): Column {
  return { name, type };
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
  refuseWithoutTime(left, Object.assign({}, ...counted.map(({ withoutTime }) => withoutTime)));
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
