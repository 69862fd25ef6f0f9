/** Who runs: Hindcast in three ways, the floor, and the peers that do the same work. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { dropNewestPartition } from './drop-partition.mjs';
import { pathOf } from './node-process.mjs';
import { sqlCommand } from './sql.mjs';
import { removeOutput, submitCommand } from './submit.mjs';

/**
 * @typedef {object} Contender
 * @property {string} id
 * @property {string} name
 * @property {() => void} prepare before each run, not measured
 * @property {import('./measure.mjs').Command} command
 * @property {readonly string[]} equals ids of peers whose last output it must equal
 */

/**
 * In the order in which they run: each one is compared with peers before it.
 * @param {string} folder of W1's data
 * @param {string} twice the same with twice the rows
 * @param {string | null} python that has Polars; null leaves it out
 * @returns {Contender[]}
 */
export function contenders(folder, twice, python) {
  const peers = [
    peer('floor', 'floor', folder, sqlCommand('floor.sql', folder)),
    peer('duckdb', 'DuckDB, window query', folder, sqlCommand('duckdb_windows.sql', folder)),
  ];
  if (python !== null) {
    const env = { POLARS_MAX_THREADS: '2' };
    const command = { program: python, args: [pathOf('polars_windows.py')], cwd: folder, env };
    peers.push(peer('polars', 'Polars, as-of joins', folder, command));
  }
  return [
    ...peers,
    {
      id: 'cold',
      name: 'hindcast, cold',
      prepare: () => removeOutput(folder),
      command: submit(folder),
      equals: python === null ? ['duckdb'] : ['duckdb', 'polars'],
    },
    {
      id: 'warm',
      name: 'hindcast, one partition missing',
      prepare: () => dropNewestPartition(join(folder, 'warehouse/bench_out/bench_w1')),
      command: submit(folder),
      equals: ['duckdb'],
    },
    {
      id: 'measured',
      name: 'hindcast, cold, with statistics',
      prepare: () => removeOutput(folder),
      command: submit(folder, []),
      equals: ['duckdb'],
    },
    {
      id: 'twice',
      name: 'hindcast, cold, twice the rows',
      prepare: () => removeOutput(twice),
      command: submit(twice),
      equals: [],
    },
  ];
}

/**
 * @param {string} id also the name of its output
 * @param {string} name
 * @param {string} folder
 * @param {Contender['command']} command
 * @returns {Contender}
 */
function peer(id, name, folder, command) {
  const prepare = () => rmSync(join(folder, 'out', id), { recursive: true, force: true });
  return { id, name, prepare, command, equals: [] };
}

/**
 * @param {string} folder
 * @param {readonly string[]} flags without: what the peers do, who keep no statistics
 * @returns {Contender['command']}
 */
function submit(folder, flags = ['--conf', 'stats=off']) {
  return submitCommand(pathOf('w1.join.json'), folder, ['--windowing', 'exact', ...flags]);
}
