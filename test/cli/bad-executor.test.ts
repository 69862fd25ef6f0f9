/**
 * An installation whose executor is damaged: a copy of the driver beside such a worker, while all else is what
 * other tests run.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, collect, eventsConfig } from './run-cli.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hindcast-damaged-'));
  const modules = join(root, 'node_modules');
  mkdirSync(join(modules, '@hindcast'), { recursive: true });
  const real = join(repository, 'node_modules');
  for (const name of readdirSync(real))
    if (name !== '@hindcast') symlinkSync(join(real, name), join(modules, name));
  symlinkSync(join(repository, 'packages/shared'), join(modules, '@hindcast/shared'));
  cpSync(join(repository, 'packages/driver/dist'), join(root, 'driver/dist'), { recursive: true });
  const driver = join(repository, 'packages/driver/package.json');
  cpSync(driver, join(root, 'driver/package.json'));
  const executor = join(modules, '@hindcast/executor');
  mkdirSync(executor);
  cpSync(join(repository, 'packages/executor/package.json'), join(executor, 'package.json'));
  const manifest = JSON.parse(readFileSync(join(executor, 'package.json'), 'utf8'));
  worker = join(executor, manifest.exports['./worker'].default);
  mkdirSync(dirname(worker), { recursive: true });
  mkdirSync(join(root, 'scratch'));
  writeFileSync(
    join(root, 'join.json'),
    JSON.stringify(eventsConfig({ name: 'small.v1', left: 'data.clicks', right: 'data.views' })),
  );
  for (const table of ['clicks', 'views']) {
    const folder = join(root, 'warehouse/data', table, 'ds=2023-11-15');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'part.parquet'), 'nobody gets as far as reading it');
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let worker: string;

/** Ended by a signal, it has no exit code. */
function run(...args: string[]): Promise<CliResult> {
  const child = spawn(process.execPath, [join(root, 'driver/dist/cli.js'), ...args], {
    cwd: root,
    env: {
      ...process.env,
      ...{ NO_COLOR: '1', HINDCAST_WAREHOUSE: join(root, 'warehouse') },
      TMPDIR: join(root, 'scratch'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  return collect(child);
}

const commands = [
  ['submit', 'join.json', '--master', 'local[1]'],
  ['submit', 'join.json', '--master', 'local[4]'],
  ['submit', 'join.json', '--wait', '1h', '--end-ds', '2023-11-16'],
  ['plan', 'join.json'],
  ['sql', 'SELECT 1 AS one'],
  ['explain-row', 'join.json', '--ds', '2023-11-15', '--where', 'true'],
];

test.each([
  ['damaged', '}{', /Unexpected token/],
  ['that ends at once', 'process.exit(0);', /ended with code 0/],
])('a worker %s ends each command with its code and a plain error', async (_, code, says) => {
  writeFileSync(worker, code);
  for (const args of commands) {
    const { code: exit, stdout, stderr } = await run(...args);
    expect([args, exit, stdout], stderr).toEqual([args, 1, '']);
    expect(stderr).toMatch(/^error: an executor can't load its code\n {2}found: .*worker\.js: /m);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch('hint:  Install Hindcast again');
    expect(stderr).not.toMatch(/bug in Hindcast|the config never finishes|Stopping/);
    expect(stderr.match(/^error:/gm)).toHaveLength(1);
    expect(readdirSync(join(root, 'scratch'))).toEqual([]);
  }
  const { error } = JSON.parse((await run('submit', 'join.json', '--json')).stdout);
  expect(error).toMatchObject({ kind: 'task', message: "an executor can't load its code" });
});
