/** Help says what there is, and needs next to nothing to say it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cli } from './run-cli.js';

const verbs = [
  'submit',
  'plan',
  'import',
  'sql',
  'compile',
  'status',
  'retry',
  'doctor',
  'quickstart',
  'config',
];

test('hindcast --help names every verb', async () => {
  const { code, stdout, stderr } = await cli(['--help']);
  expect([code, stderr]).toEqual([0, '']);
  for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^ {2}${verb} .*\\w`, 'm'));
  expect(stdout).toMatch('--warehouse');
});

test.each(verbs)('hindcast %s --help says what it takes, and runs nothing', async (verb) => {
  const { code, stdout, stderr } = await cli([verb, '--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(new RegExp(`^Usage: hindcast ${verb}`));
  // Every option of every verb has a line that says what it is for.
  for (const line of stdout.split('\n').filter((text) => /^ +(-\w, )?--/.test(text)))
    expect(line).toMatch(/--[\w-]+(, --[\w-]+)*( <[^>]+>)? {2,}\S/);
});

test('submit --help has the options that jobs share', async () => {
  const { stdout } = await cli(['submit', '--help']);
  for (const option of [
    '--start, --start-ds',
    '--end, --end-ds',
    '--master',
    '--memory',
    '--windowing',
    '--step-days',
    '--strict-inputs',
    '--reprocess',
    '--conf',
    '--yes',
    '--dry-run',
    '--log-format',
  ])
    expect(stdout).toMatch(option);
});

test('hindcast --version', async () => {
  const { code, stdout } = await cli(['--version']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('help loads neither the engine nor the commands', async () => {
  const { stderr } = await cli(['--help'], { env: { NODE_DEBUG: 'module,esm' } });
  expect(stderr).toMatch('node_modules/commander');
  for (const name of [
    'piscina',
    '@duckdb',
    'valibot',
    'jiti',
    'cli-progress',
    'dist/commands',
    'packages/executor',
  ])
    expect(stderr).not.toMatch(name);
});

test('the command that npm links is there before anything is built', () => {
  const folder = fileURLToPath(new URL('../../packages/driver', import.meta.url));
  const { bin, files, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const [home] = bin.hindcast.split('/');
  expect(home).not.toBe('dist');
  expect(files).toContain(home);
  expect(String(execFileSync(`${folder}/${bin.hindcast}`, ['--version']))).toBe(`${version}\n`);
});
