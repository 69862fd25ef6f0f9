/** The report for people. */

/** @param report as run.mjs builds it, and prints with --json */
export function renderReport({
  scale,
  rounds,
  purchases,
  checkouts,
  processes,
  ratios,
  comparisons,
  kernel,
}) {
  const rows = `${whole(purchases)} purchases, ${whole(checkouts)} checkouts`;
  return [
    `W1 × ${scale}: ${rows}, ${rounds} rounds, two threads each`,
    '',
    ...table(
      ['whole process', 'min s', 'median s', 'CPU s', 'peak MB'],
      processes.map(({ name, minSeconds, medianSeconds, medianCpuSeconds, peakBytes }) => [
        name,
        ...[minSeconds, medianSeconds, medianCpuSeconds].map((seconds) => seconds.toFixed(2)),
        whole(peakBytes / 1e6),
      ]),
    ),
    '',
    ...table(
      ['ratio', 'of medians', 'of minima', 'of CPU', 'of peaks'],
      ratios.map(({ name, ofMedians, ofMinima, ofCpu, ofPeaks }) => [
        name,
        ...[ofMedians, ofMinima, ofCpu, ofPeaks].map((ratio) => ratio.toFixed(2)),
      ]),
    ),
    '',
    ...comparisons.map(renderComparison),
    '',
    ...table(
      ['kernel alone', 'median s', 'events/s', 'rows/s'],
      kernel.map(({ step, medianSeconds, eventsPerSecond, rowsPerSecond }) => [
        step,
        medianSeconds.toFixed(3),
        whole(eventsPerSecond),
        rowsPerSecond === null ? '' : whole(rowsPerSecond),
      ]),
    ),
    '',
  ].join('\n');
}

/** @param {import('./compare.mjs').Comparison} comparison */
function renderComparison({ table, peer, tolerance, rows, peerRows, differing, example }) {
  const what = `${table} against ${peer}: ${whole(rows)} rows`;
  if (rows === peerRows && differing === 0)
    return `${what}, all equal (within ${tolerance.toExponential()})`;
  return `${what}, ${whole(peerRows)} of theirs, ${whole(differing)} DIFFER, the first: ${example}`;
}

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} body */
function table(head, body) {
  const all = [head, ...body];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  return all.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
}

/** @param {number} value */
function whole(value) {
  return Math.round(value).toLocaleString('en-US');
}
