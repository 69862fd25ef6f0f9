import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { readDeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Delivery, deliver } from './commit.js';
import { provenanceTag } from './plan/decide.js';
import { newRunId, RunFiles } from './run-files.js';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hindcast-commit-'));
  store = await openStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const readCheckpoint = async (): Promise<never> => {
  throw new Error('there is none');
};

/** A partition of `out.t`, of a run of its own. */
async function commit(provenance: object | null, partition: string) {
  const run = new RunFiles(store, newRunId(new Date()));
  const path = `${run.folder}/step-0/${partition}.parquet`;
  await store.put(path, 'data');
  const delivery: Delivery = {
    appVersion: 0,
    tableKey: 'out/t',
    partitionColumn: 'ds',
    columns: [{ name: 'n', type: 'BIGINT' }],
    partitions: [partition],
    staged: [{ path, partition, rows: 1, bytes: 4 }],
    replaces: [],
    configuration: provenance === null ? {} : { [provenanceTag]: JSON.stringify(provenance) },
    tags: null,
    commitInfo: {},
  };
  return deliver(delivery, { store, run, readCheckpoint, engine: 'hindcast/0' });
}

test('a table of another kind of job that came since the plan is not written to', async () => {
  await commit({ left: 'a', bootstrap: 'b' }, '2023-11-15');
  await expect(commit({ labels: 'c' }, '2023-11-16')).rejects.toMatchObject({
    kind: 'config',
    message: 'out.t: another table has this name',
    found: 'the output of a join, where the labels of a join would be',
  });
  await commit({ left: 'd', bootstrap: 'b' }, '2023-11-17');
  // What is imported says nothing of a job.
  await commit(null, '2023-11-18');
  const { files } = (await readDeltaSnapshot(store, 'out/t', readCheckpoint))!;
  expect(files.map(({ partitionValues }) => partitionValues['ds'])).toEqual([
    '2023-11-15',
    '2023-11-17',
    '2023-11-18',
  ]);
  const placed = await store.list('out/t/ds=2023-11-16/');
  expect(placed).toEqual([]);
});
