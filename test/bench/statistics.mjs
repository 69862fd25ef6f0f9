/** From runs to the numbers that are reported. */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {readonly import('./measure.mjs').Run[]} runs of one contender
 * @returns seconds at least and in the middle, CPU seconds in the middle, memory at most
 */
export function summarize(runs) {
  const seconds = runs.map((run) => run.seconds);
  return {
    minSeconds: Math.min(...seconds),
    medianSeconds: median(seconds),
    medianCpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
  };
}

/** What is divided by what; `over` and `under` are ids of contenders. */
const ratios = [
  { name: 'hindcast / floor', over: 'cold', under: 'floor' },
  { name: 'DuckDB / hindcast', over: 'duckdb', under: 'cold' },
  { name: 'Polars / hindcast', over: 'polars', under: 'cold' },
  { name: 'one partition missing / cold', over: 'warm', under: 'cold' },
  { name: 'twice the rows / once', over: 'twice', under: 'cold' },
];

/** @param {ReadonlyMap<string, ReturnType<typeof summarize>>} summaries by contender */
export function ratiosOf(summaries) {
  return ratios.flatMap(({ name, over, under }) => {
    const a = summaries.get(over);
    const b = summaries.get(under);
    if (a === undefined || b === undefined) return [];
    return {
      name,
      ofMedians: a.medianSeconds / b.medianSeconds,
      ofMinima: a.minSeconds / b.minSeconds,
      ofPeaks: a.peakBytes / b.peakBytes,
    };
  });
}
