/** From runs to the numbers that are reported. */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {import('./contenders.mjs').Contender} contender
 * @param {readonly import('./measure.mjs').Run[]} runs
 * @returns seconds at least and in the middle, CPU seconds in the middle, memory at most
 */
export function summarize({ id, name }, runs) {
  const seconds = runs.map((run) => run.seconds);
  return {
    id,
    name,
    minSeconds: Math.min(...seconds),
    medianSeconds: median(seconds),
    medianCpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
    runs,
  };
}

/** What is divided by what: ids of contenders. */
const ratios = [
  { name: 'hindcast / floor', of: 'cold', to: 'floor' },
  { name: 'DuckDB / hindcast', of: 'duckdb', to: 'cold' },
  { name: 'Polars / hindcast', of: 'polars', to: 'cold' },
  { name: 'one partition missing / cold', of: 'warm', to: 'cold' },
  { name: 'twice the rows / once', of: 'twice', to: 'cold' },
];

/** @param {readonly ReturnType<typeof summarize>[]} processes */
export function ratiosOf(processes) {
  return ratios.flatMap(({ name, of, to }) => {
    const a = processes.find(({ id }) => id === of);
    const b = processes.find(({ id }) => id === to);
    if (a === undefined || b === undefined) return [];
    return {
      name,
      ofMedians: a.medianSeconds / b.medianSeconds,
      ofMinima: a.minSeconds / b.minSeconds,
      ofCpu: a.medianCpuSeconds / b.medianCpuSeconds,
      ofPeaks: a.peakBytes / b.peakBytes,
    };
  });
}
