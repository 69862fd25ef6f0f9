import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findGarbage } from './garbage.js';
import { newRunId, RunFiles } from './run-files.js';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hindcast-garbage-'));
  store = await openStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const request = { keepDays: 0, archives: true, now: Date.now() };
const noCheckpoint = async (): Promise<never> => {
  throw new Error('there is none');
};
function write(key: string, text = 'abc'): void {
  mkdirSync(dirname(join(folder, key)), { recursive: true });
  writeFileSync(join(folder, key), text);
}

test('what a run that begins meanwhile stages and places is none', async () => {
  write(
    'out/t/_delta_log/00000000000000000000.json',
    `${[
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      {
        metaData: {
          id: 'a',
          format: { provider: 'parquet' },
          schemaString: '{"type":"struct","fields":[]}',
          partitionColumns: ['ds'],
          configuration: {},
          createdTime: 0,
        },
      },
    ]
      .map((action) => JSON.stringify(action))
      .join('\n')}\n`,
  );
  const run = new RunFiles(store, newRunId(new Date()));
  let begun = false;
  const meanwhile: Store = Object.create(store, {
    list: {
      value: async (prefix: string) => {
        if (!begun) {
          begun = true;
          await run.mark();
          write(`${run.folder}/step-0/join-0/a.parquet`);
          write(`out/t/ds=2023-11-15/part-00000-${run.runId}.parquet`);
        }
        return store.list(prefix);
      },
    },
  });
  expect(await findGarbage(meanwhile, request, noCheckpoint)).toEqual([]);
  expect(begun).toBe(true);
});

test('a table of others that is named like an archive is none', async () => {
  write('out/orders/ds=2023-11-15/a.parquet');
  write('out/orders_20200101000000/ds=2023-11-15/a.parquet');
  expect(await findGarbage(store, request, noCheckpoint)).toEqual([]);
});
