/**
 * The as-of engine alone, on W1's shape and without any I/O: events are put in key and time order
 * (arrange), brought together by the left's keys (group), and swept (as-of: ranges and results).
 * `node kernel.mjs {"purchases":…,"checkouts":…,"rounds":…}` prints the seconds of each step.
 */
import { ColumnIndex } from '../../packages/executor/dist/aggregate/column-index.js';
import { operationTable } from '../../packages/executor/dist/aggregate/operations.js';
import { PlacedRows } from '../../packages/executor/dist/keys/arrange.js';
import { groupEvents } from '../../packages/executor/dist/keys/group.js';
import { groupRows, identity } from '../../packages/executor/dist/keys/order.js';
import { forEachRange } from '../../packages/executor/dist/window/ranges.js';
import { chunksOf, makeCheckouts, makePurchases, users } from './kernel-data.mjs';
import { checkSums } from './kernel-oracle.mjs';

const day = 86_400_000;
const lengths = [3 * day, 14 * day, 30 * day];
const operations = ['SUM', 'COUNT', 'AVERAGE'];

const { purchases, checkouts, rounds } = JSON.parse(process.argv[2]);
const events = makePurchases(purchases);
const rows = makeCheckouts(checkouts);
const steps = { arrange: [], group: [], asOf: [] };
for (let round = 0; round < rounds; round++) {
  const chunks = chunksOf(events); // new ones, since arranging overwrites them
  const arranged = timed('arrange', () => arrangeEvents(chunks));
  const grouped = timed('group', () => groupByKey(arranged));
  const results = timed('asOf', () => sweep(grouped));
  if (round === 0) checkSums(events, rows, lengths, results);
}
process.stdout.write(JSON.stringify(steps));

function timed(step, work) {
  const started = performance.now();
  const result = work();
  steps[step].push((performance.now() - started) / 1000);
  return result;
}

/** As when a segment is made of what DuckDB hands over. */
function arrangeEvents(chunks) {
  const ranks = Int32Array.from({ length: users }, (_, run) => run);
  return new PlacedRows(chunks, ranks).arrange([{ index: 0, kind: 'double' }]);
}

/** As when a join task reads its KeyBucket: keys are those that the left asks for. */
function groupByKey({ starts, times, values }) {
  const keyOfRun = new Int32Array(users).fill(-1);
  const keyOfRow = new Int32Array(rows.user.length);
  let keys = 0;
  for (let row = 0; row < keyOfRow.length; row++) {
    const user = rows.user[row];
    if (keyOfRun[user] < 0) keyOfRun[user] = keys++;
    keyOfRow[row] = keyOfRun[user];
  }
  const range = {
    runs: starts,
    misplaced: false,
    columns: values.map(({ encoding }) => ({ encoding, hasNulls: false })),
    times: () => times,
    values: (c) => values[c],
  };
  return {
    keys,
    keyOfRow,
    events: groupEvents([{ range, keyOfRun, ordinals: [null] }], keys, 1, null),
  };
}

/** All results, by operation and then window. */
function sweep({ keys, keyOfRow, events: grouped }) {
  const count = rows.times.length;
  const { order, starts } = groupRows(keyOfRow, keys, identity(count));
  const lastDay = Int32Array.from(rows.times, (time) => Math.floor(time / day));
  const results = operations.map((operation) =>
    lengths.map(() => operationTable[operation].result('double', count)),
  );
  const asOf = { order, starts, until: rows.times, lastDay };
  forEachRange(grouped, asOf, { lengths, start: 'exact' }, ([column], ranges) => {
    const index = new ColumnIndex(column, ranges);
    for (const [o, operation] of operations.entries()) {
      for (const window of lengths.keys()) {
        operationTable[operation].fill(index, window, results[o][window], {});
      }
    }
  });
  return results;
}
