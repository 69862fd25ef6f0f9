/** The commands of each example's README, in a copy of its folder. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../cli/run-cli.js';
import { preparePython, runPython } from '../python.js';
import { commandsOf } from './commands.js';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'hindcast-examples-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What each example's query gives: its first rows. */
const mostRows = 5;
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
  'fraud-labels': [
    {
      order_id: 'o0000',
      label_ds: '2024-03-07',
      chargebacks: null,
    },
    {
      order_id: 'o0001',
      label_ds: '2024-03-07',
      chargebacks: 1,
    },
    {
      order_id: 'o0002',
      label_ds: '2024-03-07',
      chargebacks: 2,
    },
    {
      order_id: 'o0003',
      label_ds: '2024-03-07',
      chargebacks: 1,
    },
    {
      order_id: 'o0004',
      label_ds: '2024-03-07',
      chargebacks: null,
    },
  ],
};

/** What each example's program prints. */
const printed: Record<string, RegExp> = {
  'fraud-labels': /^284 orders to learn from, 141 to look at: AUC 0\.79$/m,
};

/** The same columns under shorter names. */
const columns: Record<string, string> = {
  'key-mapping': `viewer, listing, marketplace_views_v1_viewer_count_1d AS viewed,
    viewer_marketplace_users_v1_country AS of_viewer, host_marketplace_users_v1_is_verified AS of_host`,
  'fraud-labels': 'order_id, label_ds, label_chargebacks_amount_count_7d AS chargebacks',
  'chronon-json': `"user", shop_purchases_v1_cents_sum_2d AS sum, shop_purchases_v1_cents_last2 AS last`,
};

/** The scenarios have tests of their own. */
const folders = readdirSync(examples, { withFileTypes: true }).filter(
  (entry) => entry.isDirectory() && entry.name !== 'scenarios',
);

beforeAll(preparePython, 600_000);

test.each(folders.map(({ name }) => name))('%s', async (name) => {
  const folder = join(root, name);
  cpSync(join(examples, name), folder, { recursive: true });
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const commands = commandsOf(readme);
  expect(commands.at(-1)![0]).toBe('sql');
  for (const args of commands) {
    const { code, stderr } = await cli(args, { cwd: folder });
    expect(code, stderr).toBe(0);
  }
  const programs = [...readme.matchAll(/^python3 (.*)$/gm)].map(([, args]) => args!.split(' '));
  for (const [program, ...files] of programs) {
    const paths = [program!, ...files].map((file) => join(folder, file));
    expect(await runPython(paths)).toMatch(printed[name]!);
  }
  const [, query] = commands.at(-1)!;
  const shorter = query!.replace('*', columns[name]!);
  const { stdout, stderr } = await cli(['sql', shorter, '--json'], { cwd: folder });
  const rows: object[] = JSON.parse(stdout);
  expect(rows.slice(0, mostRows), stderr).toEqual(expected[name]);
  if (rows.length > mostRows) expect(rows).toHaveLength(425);
});
