/**
 * Every operation against SUM over the same events (W1's), against itself with all events under one
 * key, and W2, the wide join. Whole processes; medians of a few rounds. `npm run bench:operations`.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { operations } from '@hindcast/shared/config/model';
import { dataOf, makeData } from './data.mjs';
import { measure } from './measure.mjs';
import { runSql } from './sql.mjs';
import { median } from './statistics.mjs';
import { removeOutput, submitCommand } from './submit.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    cache: { type: 'string', default: '.cache/bench' },
    only: { type: 'string', default: 'relative,hot,wide' },
  },
});
const rounds = Number(values.rounds);
const scale = Number(values.scale);
const parts = values.only.split(',');
const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

const data = dataOf(values.cache, scale);
await makeData(data, say);
const { folder } = data;
for (const [name, variables] of /** @type {const} */ ([
  ['hot', { events: Math.round(1_000_000 * scale), rows: Math.round(100_000 * scale) }],
  ['wide', { events: Math.round(2_000_000 * scale), rows: Math.round(17_000 * scale) }],
])) {
  if (existsSync(join(folder, 'warehouse/bench', `${name}_rows`))) continue;
  say(`making ${name}`);
  await runSql(`${name}.sql`, folder, variables);
}

const days = [3, 14, 30].map((length) => ({ length, timeUnit: 1 }));
const text = 'CAST(CAST(floor(price / 10) AS INT) AS STRING)';

/** @param {string} operation */
function aggregationOf(operation) {
  const argMap = { k: '5', percentiles: '[0.25, 0.5, 0.99]' };
  const inputColumn = /HISTOGRAM/.test(operation) ? 'text' : 'price';
  return { inputColumn, operation: operations.indexOf(operation), argMap, windows: days };
}

/** @param {string} table @param {string} query @param {object} more */
const events = (table, query, more = {}) => ({
  events: { table, query: { selects: { [query]: query, ...more }, timeColumn: 'ts' } },
});

/** @param {string} name @param {object} left @param {object[]} groupBys */
function writeJoin(name, left, groupBys) {
  const file = join(folder, `${name}.json`);
  const metaData = { name: `bench.${name}`, outputNamespace: 'bench_out' };
  const joinParts = groupBys.map((groupBy) => ({ groupBy }));
  writeFileSync(file, JSON.stringify({ metaData, left, joinParts }));
  return file;
}

/** @param {string} config */
async function coldSubmit(config) {
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    removeOutput(folder);
    runs.push(await measure(config, submitCommand(config.slice(folder.length + 1), folder)));
  }
  const of = (/** @type {(run: (typeof runs)[number]) => number} */ pick) => median(runs.map(pick));
  return { seconds: of((r) => r.seconds), megabytes: of((r) => r.peakBytes) / 1e6 };
}

/** @param {string} operation @param {string} key */
function oneOperation(operation, key, rows = 'checkouts', right = 'purchases') {
  const groupBy = {
    metaData: { name: 'bench.one' },
    sources: [events(`bench.${right}`, key, { price: 'price', text })],
    keyColumns: [key],
    aggregations: [aggregationOf(operation)],
    accuracy: 0,
  };
  return writeJoin('one', events(`bench.${rows}`, key), [groupBy]);
}

mkdirSync(folder, { recursive: true });
if (parts.includes('relative')) {
  const sum = (await coldSubmit(oneOperation('SUM', 'user_id'))).seconds;
  console.log(`SUM                   ${sum.toFixed(2)} s`);
  for (const operation of operations.filter((each) => each !== 'SUM')) {
    const { seconds } = await coldSubmit(oneOperation(operation, 'user_id'));
    console.log(`${operation.padEnd(21)} ${(seconds / sum).toFixed(2)} × SUM`);
  }
}
if (parts.includes('hot')) {
  for (const operation of operations) {
    const keyed = async (/** @type {string} */ key) =>
      (await coldSubmit(oneOperation(operation, key, 'hot_rows', 'hot_events'))).seconds;
    const spread = await keyed('spread');
    const hot = await keyed('hot');
    console.log(`${operation.padEnd(21)} one key / 1,000 keys ${(hot / spread).toFixed(2)}`);
  }
}
if (parts.includes('wide')) {
  const windows = [1, 3, 7, 14, 30].map((length) => ({ length, timeUnit: 1 }));
  const groupBys = Array.from({ length: 40 }, (_, i) => ({
    metaData: { name: `bench.g${i}` },
    sources: [
      {
        events: {
          table: 'bench.wide_events',
          query: {
            selects: { user_id: 'user_id', v: `v${i % 5}` },
            wheres: [`kind = 'kind_${Math.floor(i / 5)}'`],
            timeColumn: 'ts',
          },
        },
      },
    ],
    keyColumns: ['user_id'],
    aggregations: ['SUM', 'COUNT', 'AVERAGE', 'MAX', 'MIN'].map((operation) => ({
      inputColumn: 'v',
      operation: operations.indexOf(/** @type {any} */ (operation)),
      argMap: {},
      windows,
    })),
    accuracy: 0,
  }));
  const { seconds, megabytes } = await coldSubmit(
    writeJoin('wide', events('bench.wide_rows', 'user_id'), groupBys),
  );
  console.log(
    `W2: 17,000 rows × 1,000 columns: ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB`,
  );
}
