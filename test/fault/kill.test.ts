/**
 * Real drivers, killed for real at random moments: what was committed stays whole, no reader sees
 * half a partition, and submitting again gives the table that an undisturbed run gives.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quoteList, type Session } from '../../packages/executor/src/scan/duckdb.js';
import { cli, writeEventsConfig } from '../cli/run-cli.js';
import { openSession } from '../in-process.js';

const kills = Number(process.env['HINDCAST_KILLS'] ?? 10);
const root = mkdtempSync(join(tmpdir(), 'hindcast-kill-'));
const warehouse = join(root, 'warehouse');
const config = join(root, 'join.json');
const output = join(warehouse, 'out/kill_v1');
const rowsPerPartition = 500;
let session: Session;

beforeAll(async () => {
  session = await openSession(root);
  for (const table of ['clicks', 'views']) {
    mkdirSync(join(warehouse, 'data', table), { recursive: true });
    const rows = table === 'clicks' ? rowsPerPartition * 6 : 42_000;
    await session.run(
      `COPY (SELECT 'u' || (i * 7919 % 300) AS user, 1700006400000 + (i * 86400000 // ${rows / 6}) AS ts, (i * 31 % 1000) / 8 AS price,
               strftime(make_timestamp((1700006400000 + (i * 86400000 // ${rows / 6})) * 1000), '%Y-%m-%d') AS ds
             FROM range(${rows}) t(i))
       TO '${join(warehouse, 'data', table)}' (FORMAT parquet, PARTITION_BY (ds))`,
    );
  }
  writeEventsConfig(config, { name: 'kill.v1', left: 'data.clicks', right: 'data.views' });
}, 60_000);
afterAll(() => {
  session.close();
  rmSync(root, { recursive: true, force: true });
});

const submit = [
  'submit',
  config,
  '--warehouse',
  warehouse,
  '--step-days',
  '2',
  '--master',
  'local[2]',
];

test(`${kills} kills leave nothing half done`, { timeout: 1_800_000 }, async () => {
  const started = Date.now();
  expect((await cli(submit)).code).toBe(0);
  const duration = Date.now() - started;
  const reference = await checksum();
  let interrupted = 0;
  for (let kill = 0; kill < kills; kill++) {
    rmSync(output, { recursive: true, force: true });
    // Every other time the KeyBuckets are there already, so that later stages are hit, too.
    if (kill % 2 === 0) rmSync(join(warehouse, '_hindcast'), { recursive: true, force: true });
    if (await killAfter(Math.random() * duration * 1.1)) interrupted++;
    await expectWholePartitions();
    const again = await cli(submit);
    expect(again.code, again.stderr).toBe(0);
    expect(await checksum()).toEqual(reference);
  }
  process.stderr.write(`kill: ${interrupted} of ${kills} drivers died before they were done\n`);
  expect(interrupted).toBeGreaterThan(kills / 4);
});

/** True when the driver died of the signal. Looks at the folders all the while. */
function killAfter(ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['packages/driver/dist/cli.js', ...submit], {
      stdio: 'ignore',
    });
    let looking: Promise<void> = Promise.resolve();
    const watch = setInterval(() => {
      looking = looking.then(expectWholePartitions).catch(reject);
    }, 25);
    const timer = setTimeout(() => child.kill('SIGKILL'), ms);
    child.on('exit', (_, signal) => {
      clearTimeout(timer);
      clearInterval(watch);
      void looking.then(() => resolve(signal === 'SIGKILL'));
    });
  });
}

/** A reader that lists folders finds each partition whole or not at all. */
async function expectWholePartitions(): Promise<void> {
  let folders: string[];
  try {
    folders = readdirSync(output).filter((name) => name.startsWith('ds='));
  } catch {
    return;
  }
  for (const folder of folders) {
    const files = readdirSync(join(output, folder)).map((name) => join(output, folder, name));
    if (files.length === 0) continue;
    const [row] = await session.rows(
      `SELECT sum(num_rows) FROM parquet_file_metadata(${quoteList(files)})`,
    );
    expect(Number(row![0]), folder).toBe(rowsPerPartition);
  }
}

async function checksum(): Promise<unknown> {
  return session.rows(
    `SELECT count(*), count(DISTINCT ds), bit_xor(hash(t)), sum(hash(t) % 1000003) FROM read_parquet('${output}/*/*.parquet', hive_partitioning = true) t`,
  );
}
