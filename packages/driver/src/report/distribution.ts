/** How a column's values are distributed, as far as 21 quantiles or the most frequent values tell. */
import type { FeatureStatistics } from './feature-statistics.js';

/**
 * The share of values at or below each edge, between quantiles by a straight line. A value that many
 * quantiles share counts as a whole at its own place.
 * @param quantiles ascending, evenly spaced from the least to the greatest value
 */
export function sharesBelow(quantiles: readonly number[], edges: readonly number[]): number[] {
  const last = quantiles.length - 1;
  return edges.map((edge) => {
    if (edge < quantiles[0]!) return 0;
    let at = 0;
    while (at < last && quantiles[at + 1]! <= edge) at++;
    if (at === last) return 1;
    const width = quantiles[at + 1]! - quantiles[at]!;
    return (at + (edge - quantiles[at]!) / width) / last;
  });
}

/**
 * Shares of values in equal bins between two values; what lies outside is in the first and the last.
 * @param from below `to`
 */
export function histogram(
  quantiles: readonly number[],
  from: number,
  to: number,
  bins: number,
): number[] {
  const inner = Array.from({ length: bins - 1 }, (_, i) => from + ((to - from) * (i + 1)) / bins);
  const below = [0, ...sharesBelow(quantiles, inner), 1];
  return Array.from({ length: bins }, (_, i) => below[i + 1]! - below[i]!);
}

/** Below this share of values a bin counts as this large: none may be empty. */
const leastShare = 0.0005;

/**
 * The population stability index of a column against another partition's: 0 for the same distribution;
 * from 0.1 on it moved, from 0.25 on a lot. NULLs are left out. Null where it can't be told: no values,
 * or neither numbers nor frequent values.
 */
export function stabilityIndex(before: FeatureStatistics, after: FeatureStatistics): number | null {
  if (before.rows === before.nulls || after.rows === after.nulls) return null;
  if (before.quantiles !== null && after.quantiles !== null)
    return indexOf(
      tenths(before.quantiles, before.quantiles),
      tenths(before.quantiles, after.quantiles),
    );
  if (before.top.length === 0 || after.top.length === 0) return null;
  return indexOf(...frequent(before, after));
}

/**
 * Shares in bins whose edges are the deciles of one distribution, each distinct one once. A value that
 * several quantiles share has a bin of its own.
 */
function tenths(reference: readonly number[], quantiles: readonly number[]): number[] {
  const last = reference.length - 1;
  const edges = new Set(
    Array.from({ length: 9 }, (_, i) => reference[Math.round(((i + 1) * last) / 10)]!),
  );
  const below = [0];
  for (const edge of edges) {
    if (reference.indexOf(edge) !== reference.lastIndexOf(edge))
      below.push(shareBefore(quantiles, edge));
    below.push(sharesBelow(quantiles, [edge])[0]!);
  }
  below.push(1);
  return below.slice(1).map((share, i) => share - below[i]!);
}

/** As `sharesBelow`, without the values that are the edge itself. */
function shareBefore(quantiles: readonly number[], edge: number): number {
  const first = quantiles.indexOf(edge);
  return first < 0 ? sharesBelow(quantiles, [edge])[0]! : first / (quantiles.length - 1);
}

/** Shares of the values that both name, and of all others. */
function frequent(before: FeatureStatistics, after: FeatureStatistics): [number[], number[]] {
  const other = new Set(after.top.map(({ value }) => value));
  const values = before.top.map(({ value }) => value).filter((value) => other.has(value));
  return [sharesOf(before, values), sharesOf(after, values)];
}

function sharesOf({ top, rows, nulls }: FeatureStatistics, values: readonly unknown[]): number[] {
  const shares = values.map(
    (value) => top.find((one) => one.value === value)!.rows / Math.max(1, rows - nulls),
  );
  return [...shares, Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0))];
}

function indexOf(expected: readonly number[], found: readonly number[]): number {
  return expected.reduce((sum, share, i) => {
    const [e, f] = [Math.max(leastShare, share), Math.max(leastShare, found[i]!)];
    return sum + (f - e) * Math.log(f / e);
  }, 0);
}
