import type { DriftReference, DriftThresholds } from '../config/drift.js';
import { checkOptions, metaDataNames, type Names } from './options.js';
import { present } from './present.js';
import { checkQuery } from './source.js';
import type {
  BootstrapPartStruct,
  DerivationStruct,
  ExternalPartStruct,
  JoinPartStruct,
  JoinStruct,
  LabelPartStruct,
  MetaDataOptions,
  SourceStruct,
} from './structs.js';

/** A group-by on the right of a join. */
export function joinPart(options: JoinPartStruct): JoinPartStruct {
  return present(
    checkOptions('joinPart', options, { groupBy: true, keyMapping: true, prefix: true }),
  );
}

/** Labels of the left partitions between two offsets before a label date. */
export function labelPart(options: {
  readonly labels: readonly JoinPartStruct[];
  readonly leftStartOffset: number;
  readonly leftEndOffset: number;
  readonly labelOfflineSchedule?: string;
}): LabelPartStruct {
  const { labelOfflineSchedule, ...rest } = checkOptions('labelPart', options, {
    labels: true,
    leftStartOffset: true,
    leftEndOffset: true,
    labelOfflineSchedule: true,
  });
  if (labelOfflineSchedule === undefined) return rest;
  return { ...rest, metaData: { offlineSchedule: labelOfflineSchedule } };
}

/** A table whose values are taken instead of computing them. */
export function bootstrapPart(options: BootstrapPartStruct): BootstrapPartStruct {
  checkOptions('bootstrapPart', options, { table: true, query: true, keyColumns: true });
  if (options.query !== undefined) checkQuery(options.query);
  return present(options);
}

/** How far columns may move from some partitions to another one: docs/statistics.md. */
export interface DriftOptions {
  /** What each partition is compared with. Without, the 7 partitions before it. */
  readonly reference?: DriftReference;
  /** `before`: a step with a column beyond its threshold is not committed. Without, `after`. */
  readonly when?: 'before' | 'after';
  /** Column → greatest values; `*` in a name stands for anything, and the last name that fits counts. */
  readonly thresholds: Readonly<Record<string, DriftThresholds>>;
}

interface JoinOptions extends MetaDataOptions {
  readonly name: string;
  readonly left: SourceStruct;
  readonly rightParts: readonly JoinPartStruct[];
  readonly onlineExternalParts?: readonly ExternalPartStruct[];
  readonly labelPart?: LabelPartStruct;
  readonly bootstrapParts?: readonly BootstrapPartStruct[];
  readonly bootstrapFromLog?: boolean;
  readonly drift?: DriftOptions;
  readonly rowIds?: readonly string[];
  readonly derivations?: readonly DerivationStruct[];
  readonly skewKeys?: Readonly<Record<string, readonly string[]>>;
}

const names: Names<JoinOptions> = {
  name: true,
  left: true,
  rightParts: true,
  onlineExternalParts: true,
  labelPart: true,
  bootstrapParts: true,
  bootstrapFromLog: true,
  drift: true,
  rowIds: true,
  derivations: true,
  skewKeys: true,
  ...metaDataNames,
};

/**
 * A left, whose rows and times decide what is computed, and the group-bys beside it. `skewKeys` (left
 * column → values) leave rows out.
 */
export function join(options: JoinOptions): JoinStruct {
  const {
    left,
    rightParts,
    onlineExternalParts,
    labelPart: labels,
    bootstrapParts,
    bootstrapFromLog,
    drift,
    rowIds,
    derivations,
    skewKeys,
    customJson,
    ...meta
  } = checkOptions('join', options, names);
  const own = present({
    bootstrap_from_log: bootstrapFromLog,
    hindcast: drift === undefined ? undefined : { drift },
  });
  const custom =
    Object.keys(own).length === 0
      ? customJson
      : JSON.stringify({ ...JSON.parse(customJson ?? '{}'), ...own });
  return present({
    metaData: present({ ...meta, customJson: custom }),
    left,
    joinParts: rightParts,
    onlineExternalParts,
    labelPart: labels,
    bootstrapParts,
    rowIds,
    derivations,
    skewKeys,
  }) as JoinStruct;
}
