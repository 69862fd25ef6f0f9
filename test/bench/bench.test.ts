/** The benchmark at a thousandth of its size, so that it cannot rot; what it measures is not looked at. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const cache = mkdtempSync(join(tmpdir(), 'hindcast-bench-'));
const data = join(cache, 'x0.001');

interface Report {
  readonly processes: readonly { readonly id: string; readonly peakBytes: number }[];
  readonly ratios: readonly { readonly name: string; readonly ofMedians: number }[];
  readonly comparisons: readonly object[];
  readonly kernel: readonly { readonly step: string; readonly eventsPerSecond: number }[];
}
let report: Report;

beforeAll(async () => {
  const options = ['--scale', '0.001', '--rounds', '1', '--without-polars', '--json'];
  report = JSON.parse(await node('run.mjs', ...options, '--cache', cache));
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));

test('our table equals the peer’s, computed whole, with one partition missing, with statistics', () => {
  const equal = { peer: 'duckdb', rows: 500, peerRows: 500, differing: 0, example: null };
  expect(report.comparisons).toMatchObject([
    { table: 'hindcast, cold', ...equal },
    { table: 'hindcast, one partition missing', ...equal },
    { table: 'hindcast, cold, with statistics', ...equal },
  ]);
});

test('everything is measured', () => {
  const ids = ['floor', 'duckdb', 'cold', 'warm', 'measured', 'twice'];
  expect(report.processes.map(({ id }) => id)).toEqual(ids);
  for (const { peakBytes } of report.processes) expect(peakBytes).toBeGreaterThan(2 ** 24);
  expect(report.ratios).toHaveLength(4);
  for (const { ofMedians } of report.ratios) expect(ofMedians).toBeGreaterThan(0);
  expect(report.kernel.map(({ step }) => step)).toEqual(['arrange', 'group', 'asOf', 'all']);
  for (const { eventsPerSecond } of report.kernel) expect(eventsPerSecond).toBeGreaterThan(0);
});

test('a wrong sum, a wrong count and a missing row are noticed', async () => {
  const wrong = join(cache, 'wrong.sql');
  writeFileSync(
    wrong,
    `CREATE TABLE peer AS FROM read_parquet('out/duckdb/*/*.parquet', hive_partitioning = true);
     CREATE TABLE seen AS SELECT checkout_id FROM peer WHERE c30 > 0 ORDER BY ALL LIMIT 2;
     UPDATE peer SET s30 = s30 * (1 + 1e-8) WHERE checkout_id = (SELECT min(checkout_id) FROM seen);
     UPDATE peer SET c30 = c30 + 1 WHERE checkout_id = (SELECT max(checkout_id) FROM seen);
     DELETE FROM peer WHERE checkout_id = 499;
     COPY peer TO 'out/wrong' (FORMAT parquet, PARTITION_BY (ds));`,
  );
  await node('run-sql.mjs', wrong);
  const variables = JSON.stringify({ peer: 'out/wrong/*/*.parquet', tolerance: 1e-9 });
  const compared = await node('run-sql.mjs', pathOf('compare.sql'), variables);
  expect(JSON.parse(compared)).toEqual([[500, 499, 3, expect.stringContaining('checkout_id')]]);
});

async function node(script: string, ...args: readonly string[]): Promise<string> {
  const options = { cwd: script === 'run.mjs' ? cache : data, maxBuffer: 2 ** 24 };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [pathOf(script), ...args],
    options,
  );
  return stdout;
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
