/**
 * Takes out of Chronon's JSON what does not run yet, and says what: a golden case then proves the
 * rest of its columns. What is left out is reported by the test, never passed over in silence.
 */

import { operations } from '@hindcast/shared/config/model';
import { signatures } from '@hindcast/shared/config/signatures';

interface AggregationJson {
  operation: number;
  inputColumn: string;
  buckets?: string[];
  elementWise?: number;
}
interface GroupByJson {
  metaData: { name: string };
  aggregations?: AggregationJson[];
  derivations?: unknown[];
  accuracy?: number;
  sources: {
    entities?: { mutationTopic?: string };
    events?: { query: { selects: Record<string, string> } };
  }[];
}
export interface JoinJson {
  joinParts: { groupBy: GroupByJson; prefix?: string }[];
  derivations?: { name: string; expression: string }[];
  bootstrapParts?: unknown[];
  onlineExternalParts?: unknown[];
}

/** Columns whose inputs are lists or maps can be told by their operation only; see `runs`. */
const nested = new Set(['xs', 'ss', 'mp', 'vec']);

export interface Pruned {
  readonly config: JoinJson;
  /** What was taken out, e.g. `golden.gb_ops.v1: VARIANCE of amt_l`. */
  readonly left: readonly string[];
  /** Why the whole join can't run, or null. */
  readonly refused: string | null;
}

export function prune(json: JoinJson): Pruned {
  const left: string[] = [];
  const config = structuredClone(json);
  for (const part of config.joinParts) {
    const { groupBy } = part;
    if (groupBy.aggregations === undefined) continue;
    groupBy.aggregations = groupBy.aggregations.filter((aggregation) => {
      if (runs(aggregation)) return true;
      left.push(
        `${groupBy.metaData.name}: ${operations[aggregation.operation]} of ${aggregation.inputColumn}`,
      );
      return false;
    });
  }
  config.joinParts = config.joinParts.filter(({ groupBy }) => groupBy.aggregations?.length !== 0);
  return { config, left, refused: refusal(config) };
}

function runs({ operation, buckets, inputColumn, elementWise }: AggregationJson): boolean {
  const name = operations[operation]!;
  if (!(name in signatures) || (buckets ?? []).length > 0 || elementWise) return false;
  return !nested.has(inputColumn) || /^(FIRST|LAST)/.test(name);
}

function refusal(config: JoinJson): string | null {
  if ((config.bootstrapParts ?? []).length > 0) return 'bootstrap parts';
  if ((config.onlineExternalParts ?? []).length > 0) return 'external parts';
  for (const { groupBy } of config.joinParts) {
    if (groupBy.sources.some(({ entities }) => entities) && groupBy.accuracy === 0)
      return 'temporal entities';
  }
  return null;
}
