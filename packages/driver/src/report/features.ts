/** Columns of an output table over its partitions, from statistics: grouped by the part that gives them. */
import { type Drift, driftOf } from '../drift/measures.js';
import type { FeatureStatistics } from './feature-statistics.js';

export interface FeatureGroup {
  /** Output prefix of a part; null for columns that no part gives. */
  readonly part: string | null;
  readonly features: readonly Feature[];
}

export interface Feature {
  readonly name: string;
  /** Without the part's prefix. */
  readonly label: string;
  readonly type: string;
  /** Values are times of rows, in ms since epoch. */
  readonly timed: boolean;
  /** Values are lengths of lists or maps. */
  readonly lengths: boolean;
  /** One for each partition of the table that has statistics of any column. */
  readonly days: readonly FeatureDay[];
  /** Of the newest partition that has the column. */
  readonly latest: FeatureStatistics;
  readonly greatestDrift: number | null;
  readonly shape: FeatureShape;
}

export interface FeatureDay {
  readonly partition: string;
  /** Null: the partition has no such column. */
  readonly own: FeatureStatistics | null;
  /** Against the partitions before that have the column; null where nothing is to be compared. */
  readonly drift: Drift | null;
}

/** `numbers`: quantiles; `values`: shares of the most frequent values; `counts`: neither is known. */
export type FeatureShape =
  | { readonly kind: 'numbers'; readonly from: number; readonly to: number }
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'counts' };

/** How many partitions before stand for what a column was like: as many as a check takes by default. */
export const comparedPartitions = 7;

/** Times of rows. */
const timeColumn = 'ts';

/** How many of the most frequent values a chart tells apart. A number that has no more is shown like text. */
const shownValues = 4;

/** @param parts output prefixes */
export function featureGroups(
  statistics: readonly FeatureStatistics[],
  parts: readonly string[],
): FeatureGroup[] {
  const partitions = [...new Set(statistics.map(({ partition }) => partition))].sort();
  const columns = new Map<string, Map<string, FeatureStatistics>>();
  for (const one of statistics) {
    const own = columns.get(one.column) ?? new Map<string, FeatureStatistics>();
    columns.set(one.column, own.set(one.partition, one));
  }
  const longest = parts.toSorted((a, b) => b.length - a.length);
  const groups = new Map<string | null, Feature[]>(parts.map((part) => [part, []]));
  for (const [name, byPartition] of columns) {
    const part = longest.find((prefix) => name.startsWith(`${prefix}_`)) ?? null;
    const label = part === null ? name : name.slice(part.length + 1);
    groups.set(part, [
      ...(groups.get(part) ?? []),
      featureOf(name, label, partitions, byPartition),
    ]);
  }
  return [...groups].flatMap(([part, features]) =>
    features.length === 0 ? [] : [{ part, features }],
  );
}

function featureOf(
  name: string,
  label: string,
  partitions: readonly string[],
  byPartition: ReadonlyMap<string, FeatureStatistics>,
): Feature {
  const known = partitions.flatMap((partition) => byPartition.get(partition) ?? []);
  const latest = known.at(-1)!;
  const { type } = latest;
  // They move on with their partition, which is no drift.
  const isTime = name === timeColumn || /^(DATE|TIME)/.test(type);
  const past: FeatureStatistics[] = [];
  const days = partitions.map((partition): FeatureDay => {
    const own = byPartition.get(partition) ?? null;
    const before = past.slice(-comparedPartitions);
    if (own === null) return { partition, own, drift: null };
    past.push(own);
    const told = before.length > 0 && !isTime;
    return { partition, own, drift: told ? driftOf(own, before) : null };
  });
  const drifts = days.flatMap(({ drift }) => drift?.psi ?? []);
  const greatestDrift = drifts.length === 0 ? null : Math.max(...drifts);
  const timed = name === timeColumn && type === 'BIGINT';
  const lengths = /\[\d*\]$|^MAP\(/.test(type);
  const shape = shapeOf(known);
  return { name, label, type, timed, lengths, days, latest, greatestDrift, shape };
}

function shapeOf(known: readonly FeatureStatistics[]): FeatureShape {
  const numbers = known.flatMap(({ quantiles }) => (quantiles === null ? [] : [quantiles]));
  const values = frequentValues(known);
  const few =
    values.length <= shownValues &&
    known.every(({ distinct }) => distinct !== null && distinct <= values.length);
  if (numbers.length > 0 && !few) return { kind: 'numbers', ...domain(numbers) };
  return values.length === 0
    ? { kind: 'counts' }
    : { kind: 'values', values: values.slice(0, shownValues) };
}

/** From the least 5th percentile to the greatest 95th, and a little more. */
function domain(all: readonly (readonly number[])[]): { from: number; to: number } {
  const at = (quantiles: readonly number[], share: number): number =>
    quantiles[Math.round(share * (quantiles.length - 1))]!;
  const low = Math.min(...all.map((quantiles) => at(quantiles, 0.05)));
  const high = Math.max(...all.map((quantiles) => at(quantiles, 0.95)));
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
  return { from: low - margin, to: high + margin };
}

/** Over all partitions, most frequent first. */
function frequentValues(known: readonly FeatureStatistics[]): string[] {
  const rows = new Map<string, number>();
  for (const { top } of known)
    for (const { value, rows: own } of top) rows.set(value, (rows.get(value) ?? 0) + own);
  return [...rows].sort(([, a], [, b]) => b - a).map(([value]) => value);
}
