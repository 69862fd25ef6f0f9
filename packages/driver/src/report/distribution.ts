/** How a column's numbers are distributed, as far as 21 quantiles tell. */

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
