/** Hindcast as a command that `measure` runs, with the environment that `bin/hindcast.js` asks for. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from './node-process.mjs';

/**
 * @param {string} config
 * @param {string} folder that holds `warehouse`
 * @param {readonly string[]} flags
 * @returns {import('./measure.mjs').Command}
 */
export function submitCommand(config, folder, flags = []) {
  return {
    program: process.execPath,
    args: [
      ...['--require', pathOf('report-usage.cjs'), pathOf('../../packages/driver/dist/cli.js')],
      ...['submit', config, '--warehouse', 'warehouse', '--master', 'local[2]', '--no-progress'],
      ...flags,
    ],
    cwd: folder,
    env: { MALLOC_ARENA_MAX: '2' },
  };
}

/** The output table, the KeyBuckets, and what is known of earlier runs. @param {string} folder */
export function removeOutput(folder) {
  for (const name of ['bench_out', '_hindcast'])
    rmSync(join(folder, 'warehouse', name), { recursive: true, force: true });
}
