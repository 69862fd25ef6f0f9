/** The commands of each example's README, in a copy of its folder. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { cli } from '../cli/run-cli.js';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'hindcast-examples-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What each example's query gives. */
const expected: Record<string, readonly object[]> = {
  'key-mapping': [
    { viewer: 'ann', listing: 'loft', viewed: null, of_viewer: null, of_host: null },
    { viewer: 'cem', listing: 'loft', viewed: 1, of_viewer: null, of_host: null },
    { viewer: 'ann', listing: 'barn', viewed: null, of_viewer: null, of_host: null },
    { viewer: 'cem', listing: 'loft', viewed: 2, of_viewer: 'TR', of_host: null },
    // The view at 1709290800000 is one millisecond more than a day ago.
    { viewer: 'ann', listing: 'loft', viewed: 1, of_viewer: 'DE', of_host: 0 },
  ],
  'chronon-json': [
    { user: 'ann', sum: 800, last: [300, 500] },
    { user: 'ann', sum: 1200, last: [700, 200] },
    { user: 'bob', sum: null, last: null },
  ],
};

/** The same columns under shorter names. */
const columns: Record<string, string> = {
  'key-mapping': `viewer, listing, marketplace_views_v1_viewer_count_1d AS viewed,
    viewer_marketplace_users_v1_country AS of_viewer, host_marketplace_users_v1_is_verified AS of_host`,
  'chronon-json': `"user", shop_purchases_v1_cents_sum_2d AS sum, shop_purchases_v1_cents_last2 AS last`,
};

const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
);

test.each(folders.map(({ name }) => name))('%s', async (name) => {
  const folder = join(root, name);
  cpSync(join(examples, name), folder, { recursive: true });
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const commands = [...readme.matchAll(/^npx hindcast (.*)$/gm)].map(([, command]) =>
    wordsOf(command!),
  );
  expect(commands.map(([verb]) => verb)).toEqual(['import', 'import', 'submit', 'sql']);
  for (const args of commands) {
    const { code, stderr } = await cli(args, { cwd: folder });
    expect(code, stderr).toBe(0);
  }
  const [, query] = commands.at(-1)!;
  const shorter = query!.replace('*', columns[name]!);
  const { stdout, stderr } = await cli(['sql', shorter, '--json'], { cwd: folder });
  expect(JSON.parse(stdout), stderr).toEqual(expected[name]);
});

function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}
