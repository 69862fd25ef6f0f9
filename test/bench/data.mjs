/** W1's data, made once per scale: `<cache>/x<scale>/warehouse/bench/{purchases,checkouts}`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from './node-process.mjs';
import { runSql } from './sql.mjs';

/**
 * @param {string} cache
 * @param {number} scale
 * @returns {{ folder: string, purchases: number, checkouts: number }} rows of each table
 */
export function dataOf(cache, scale) {
  return {
    folder: join(cache, `x${scale}`),
    purchases: Math.round(5_000_000 * scale),
    checkouts: Math.round(500_000 * scale),
  };
}

/**
 * Does nothing where the data is there already, made by the same SQL.
 * @param {ReturnType<typeof dataOf>} data
 * @param {(line: string) => void} say
 */
export async function makeData({ folder, purchases, checkouts }, say) {
  // The stamp is written last: what lacks it was not finished.
  const stamp = join(folder, 'made-by.txt');
  const wanted = createHash('sha256')
    .update(readFileSync(pathOf('w1.sql')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say(`making ${purchases} purchases and ${checkouts} checkouts`);
  rmSync(folder, { recursive: true, force: true });
  for (const needed of ['warehouse/bench', 'out']) {
    mkdirSync(join(folder, needed), { recursive: true });
  }
  await runSql('w1.sql', folder, { purchases, checkouts });
  writeFileSync(stamp, wanted);
}
