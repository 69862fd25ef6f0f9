/** Deletes the newest partition of a Delta table as another writer would, and its files as VACUUM. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} table folder of a table without checkpoints */
export function dropNewestPartition(table) {
  const log = join(table, '_delta_log');
  const commits = readdirSync(log)
    .filter((name) => /^\d{20}\.json$/.test(name))
    .sort();
  /** @type {Map<string, string>} */
  const partitionOf = new Map();
  for (const name of commits) {
    for (const line of readFileSync(join(log, name), 'utf8').trim().split('\n')) {
      const { add, remove } = JSON.parse(line);
      if (add !== undefined) partitionOf.set(add.path, add.partitionValues.ds);
      if (remove !== undefined) partitionOf.delete(remove.path);
    }
  }
  const newest = [...partitionOf.values()].sort().at(-1);
  const paths = [...partitionOf].flatMap(([path, ds]) => (ds === newest ? [path] : []));
  const timestamp = Date.now();
  const actions = [
    { commitInfo: { timestamp, operation: 'DELETE', operationParameters: {} } },
    ...paths.map((path) => ({ remove: { path, deletionTimestamp: timestamp, dataChange: true } })),
  ];
  const next = String(Number(commits.at(-1)?.slice(0, 20)) + 1).padStart(20, '0');
  const lines = actions.map((action) => `${JSON.stringify(action)}\n`);
  writeFileSync(join(log, `${next}.json`), lines.join(''), { flag: 'wx' });
  for (const path of paths) rmSync(join(table, decodeURIComponent(path)));
}
