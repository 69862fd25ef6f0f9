/** The naive answer for some rows: the kernel's numbers are worth nothing when they are wrong. */

const checkedRows = 25;

/**
 * @param {{ times: Float64Array, prices: Float64Array, user: Int32Array }} events in any order
 * @param {{ times: Float64Array, user: Int32Array }} rows
 * @param {readonly number[]} lengths of windows, ms
 * @param results SUM, COUNT and AVERAGE, each a result column per window
 */
export function checkSums(events, rows, lengths, [sums, counts, averages]) {
  const step = Math.ceil(rows.times.length / checkedRows);
  for (let row = 0; row < rows.times.length; row += step) {
    for (const [window, length] of lengths.entries()) {
      const { sum, count } = scan(events, rows.user[row], rows.times[row], length);
      check(`row ${row}: SUM`, sums[window], row, count > 0 ? sum : null);
      check(`row ${row}: COUNT`, counts[window], row, count > 0 ? count : null);
      check(`row ${row}: AVERAGE`, averages[window], row, count > 0 ? sum / count : null);
    }
  }
}

/** Of the user's events in [until − length, until). */
function scan({ times, prices, user }, wanted, until, length) {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < times.length; i++) {
    if (user[i] !== wanted || times[i] >= until || times[i] < until - length) continue;
    sum += prices[i];
    count++;
  }
  return { sum, count };
}

function check(what, { data, valid }, row, expected) {
  const found = valid[row] === 1 ? data[row] : null;
  if (found === expected) return;
  const close =
    found !== null && expected !== null && Math.abs(found - expected) <= 1e-9 * expected;
  if (!close) throw new Error(`${what} is ${found}, but the naive answer is ${expected}`);
}
