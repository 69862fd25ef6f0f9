/**
 * `npm run bench`: W1 as whole processes, ours against the floor and the peers, then the kernel
 * alone. Exits with 1 when our table differs from a peer's.
 */
import { resolve } from 'node:path';
import { HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import { isEqual } from './compare.mjs';
import { contenders } from './contenders.mjs';
import { dataOf, makeData } from './data.mjs';
import { runKernel } from './kernel-process.mjs';
import { pathOf } from './node-process.mjs';
import { readOptions, usage } from './options.mjs';
import { polarsPython } from './polars.mjs';
import { renderReport } from './report.mjs';
import { runRounds } from './rounds.mjs';
import { ratiosOf, summarize } from './statistics.mjs';

const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${usage}\n`);
  else await bench(options);
} catch (error) {
  const { message, found, hint, stack } = toErrorRecord(error);
  say(error instanceof HindcastError ? `error: ${message}` : `error: ${stack}`);
  if (found !== undefined) say(`  found: ${found}`);
  if (hint !== undefined) say(`  hint:  ${hint}`);
  process.exitCode = error instanceof HindcastError ? error.exitCode : 1;
}

/** @param {import('./options.mjs').Options} options */
async function bench({ rounds, scale, withPolars, cache, json }) {
  const folder = cache === null ? pathOf('../../.cache/bench') : resolve(cache);
  const python = withPolars ? polarsPython(pathOf('../../.cache/python-bench'), say) : null;
  const once = dataOf(folder, scale);
  const twice = dataOf(folder, 2 * scale);
  for (const data of [once, twice]) await makeData(data, say);

  const list = contenders(once.folder, twice.folder, python);
  const { runs, comparisons } = await runRounds(list, rounds, say);
  const processes = list.map((contender, i) => summarize(contender, runs[i]));
  const { purchases, checkouts } = once;
  const report = {
    ...{ scale, rounds, purchases, checkouts },
    processes,
    ratios: ratiosOf(processes),
    comparisons,
    kernel: await runKernel(purchases, checkouts, rounds, say),
  };
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
  if (!comparisons.every(isEqual)) process.exitCode = 1;
}
