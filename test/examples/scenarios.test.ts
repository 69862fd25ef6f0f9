/** The specification's ten scenarios: the commands of each README, in a copy of their folder. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { cli } from '../cli/run-cli.js';
import { commandsOf } from './commands.js';

const scenarios = fileURLToPath(new URL('../../examples/scenarios', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'hindcast-scenarios-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Expected {
  /** What the README's plan says. */
  readonly plan?: readonly RegExp[];
  /** What its last query gives. */
  readonly rows: readonly object[];
}

const expected: Readonly<Record<string, Expected>> = {};

const folders = readdirSync(scenarios, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && /^\d\d-/.test(entry.name))
  .map(({ name }) => name);

test('all ten are there', () => {
  expect(folders).toEqual(Object.keys(expected));
});

test.each(folders)('%s', async (name) => {
  const folder = join(root, name);
  cpSync(scenarios, folder, { recursive: true });
  const commands = commandsOf(readFileSync(join(folder, name, 'README.md'), 'utf8'));
  let plan = '';
  for (const args of commands) {
    const { code, stdout, stderr } = await cli(args, { cwd: folder });
    expect(code, `${args.join(' ')}\n${stderr}`).toBe(0);
    if (args[0] === 'plan') plan = stdout;
  }
  for (const says of expected[name]?.plan ?? []) expect(plan).toMatch(says);
  const { stdout, stderr } = await cli([...commands.at(-1)!, '--json'], { cwd: folder });
  expect(JSON.parse(stdout), stderr).toEqual(expected[name]?.rows);
});
