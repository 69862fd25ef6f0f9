/** Real drivers, interrupted in every stage and at random moments: exit 130, and what was committed stays. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, collect, entry } from '../cli/run-cli.js';
import { filesBelow, type SmallWarehouse } from '../cli/small-warehouse.js';
import { checksum, forget, openBigEnough } from './big-enough.js';

const submit = ['submit', 'join.json', '--step-days', '1', '--master', 'local[2]'];
let small: SmallWarehouse;
let reference: unknown;
let durationMs: number;
beforeAll(async () => {
  small = await openBigEnough();
  const started = Date.now();
  const { code, stderr } = await small.run(submit);
  durationMs = Date.now() - started;
  expect(code, stderr).toBe(0);
  reference = await checksum(small);
});
afterAll(() => small.close());

/** Submits, sends `signal` when `isTime` says so after an output of the driver or of its event log. */
async function interruptWhen(
  isTime: (events: string) => boolean,
  signal: NodeJS.Signals,
): Promise<CliResult> {
  forget(small, 'out', '_hindcast');
  const child = spawn(process.execPath, [entry, ...submit], {
    cwd: small.root,
    env: {
      ...process.env,
      NO_COLOR: '1',
      HINDCAST_WAREHOUSE: small.warehouse,
      TMPDIR: join(small.root, 'scratch'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watch = setInterval(() => {
    if (!isTime(eventsOf())) return;
    clearInterval(watch);
    child.kill(signal);
  }, 2);
  const result = await collect(child);
  clearInterval(watch);
  return result;
}

/** The event log of the only run, whose other files come and go. */
function eventsOf(): string {
  const runs = join(small.warehouse, '_hindcast/runs');
  const [run] = existsSync(runs) ? readdirSync(runs) : [];
  if (run === undefined) return '';
  const log = join(runs, run, 'events.jsonl');
  return existsSync(log) ? readFileSync(log, 'utf8') : '';
}

/** After an interrupt nothing lies around, and the next submit gives the table of an undisturbed one. */
async function expectResumable(): Promise<void> {
  expect(readdirSync(join(small.root, 'scratch'))).toEqual([]);
  const runs = join(small.warehouse, '_hindcast/runs');
  if (existsSync(runs)) {
    expect(filesBelow(runs).filter((name) => name.endsWith('.parquet'))).toEqual([]);
  }
  const { code, stderr } = await small.run(submit);
  expect(code, stderr).toBe(0);
  expect(await checksum(small)).toEqual(reference);
}

test.each([
  ['the first key-buckets', (log: string) => log.includes('"stage":"key-buckets"')],
  ['the first join', (log: string) => log.includes('"stage":"join"')],
  ['the second step', (log: string) => log.includes('"step-committed"')],
  ['the last step', (log: string) => log.split('"step-committed"').length > 3],
])('SIGINT in %s', async (_, isTime) => {
  const { code, stderr } = await interruptWhen(isTime, 'SIGINT');
  const committed = stderr.split(': committed 2023').length - 1;
  // The last step may be past the point where it can be stopped.
  expect(code, stderr).toBe(committed === 4 ? 0 : 130);
  if (code === 130) {
    expect(stderr).toMatch(
      /^✗ out\.small_v1: interrupted; committed: [\d,]+ rows in \d partitions/m,
    );
    expect(stderr).toMatch(
      `${(committed * 5_000).toLocaleString('en-US')} rows in ${committed} partitions`,
    );
    expect(stderr).toMatch(/not computed: 2023-11-1\d/);
    expect(stderr).toMatch(/hindcast retry \d{8}T\d{9}-[0-9a-f]{6}/);
  }
  expect(stderr).not.toMatch(/bug in Hindcast|terminate called/);
  await expectResumable();
});

test('SIGTERM is exit 143, and the run says that it was interrupted', async () => {
  const { code, stderr } = await interruptWhen((log) => log.includes('"stage":"join"'), 'SIGTERM');
  expect(code, stderr).toBe(143);
  const { stdout } = await small.run(['status', '--json']);
  expect(JSON.parse(stdout)).toMatchObject([{ status: 'interrupted', config: 'join.json' }]);
  await expectResumable();
});

test('SIGINT at random moments', { timeout: 300_000 }, async () => {
  let stopped = 0;
  for (let i = 0; i < 12; i++) {
    const at = Date.now() + Math.random() * durationMs;
    const { code, stderr } = await interruptWhen(() => Date.now() >= at, 'SIGINT');
    // Before the command is loaded, the signal itself ends the process.
    expect([0, 130, null], stderr).toContain(code);
    expect(stderr).not.toMatch(/bug in Hindcast|terminate called/);
    if (code === 130) stopped++;
    await expectResumable();
  }
  expect(stopped).toBeGreaterThan(2);
});
