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

const expected: Readonly<Record<string, Expected>> = {
  '01-new-feature-set': {
    plan: [/skip: exists +2024-03-01, .*2024-03-04\n/, /compute: missing +2024-03-05\n/],
    rows: [
      { ds: '2024-03-01', n: 2, paid: 210 },
      { ds: '2024-03-02', n: 2, paid: 452 },
      { ds: '2024-03-03', n: 2, paid: 454 },
      { ds: '2024-03-04', n: 2, paid: 481 },
      { ds: '2024-03-05', n: 2, paid: 484 },
    ],
  },
  '02-log-based-refresh': {
    plan: [/payments: 6 rows are there, 9 rows to compute/, /shop.payments: 3 partitions/],
    rows: [
      { ds: '2024-03-01', n: 3, paid: 95 },
      { ds: '2024-03-02', n: 3, paid: 187 },
      { ds: '2024-03-03', n: 3, paid: 182 },
      { ds: '2024-03-04', n: 3, paid: 100 },
      { ds: '2024-03-05', n: 3, paid: -1 },
    ],
  },
  '03-improved-feature-set': {
    plan: [
      /payments: 15 rows are there, nothing to compute/,
      /typical: 15 rows to compute/,
      /join part "typical"/,
    ],
    rows: [{ n: 15, paid: 15, typical: 15 }],
  },
  '04-more-drivers': {
    plan: [/payments: 15 rows are there, 15 rows to compute/],
    rows: [
      { kind: 'e', n: 15, paid: 15 },
      { kind: 'v', n: 15, paid: 15 },
    ],
  },
  '05-same-drivers': {
    plan: [/payments: 15 rows are there, nothing to compute\n\nSteps/, /tasks: join 1$/m],
    rows: [{ n: 15, paid: 2993 }],
  },
  '06-external-features': {
    rows: [
      { ds: '2024-03-01', countries: 0, phones: 0, ids: 3 },
      { ds: '2024-03-02', countries: 2, phones: 0, ids: 3 },
      { ds: '2024-03-03', countries: 2, phones: 0, ids: 3 },
      { ds: '2024-03-04', countries: 2, phones: 0, ids: 3 },
      { ds: '2024-03-05', countries: 0, phones: 0, ids: 3 },
    ],
  },
  '07-legacy-pipeline': {
    plan: [/legacy.features: 2 partitions/, /payments: 6 rows are there, 9 rows to compute/],
    rows: [
      { ds: '2024-03-01', least: 50, most: 50 },
      { ds: '2024-03-02', least: 50, most: 50 },
      { ds: '2024-03-03', least: 182, most: 253 },
      { ds: '2024-03-04', least: 204, most: 252 },
      { ds: '2024-03-05', least: 170, most: 269 },
    ],
  },
  '08-wrong-log': {
    plan: [/eight.backfill_v1: 1 partitions .*\n +eight.model_v1_logged: 2 partitions/],
    rows: [
      { ds: '2024-03-04', least: 100 },
      { ds: '2024-03-05', least: 170 },
    ],
  },
  '09-labels': {
    plan: [/2024-03-05: features of 2024-03-01, 2024-03-02, 2024-03-03, 2024-03-04/],
    rows: [
      { ds: '2024-03-01', label_ds: '2024-03-05', labels: 3 },
      { ds: '2024-03-02', label_ds: '2024-03-06', labels: 3 },
      { ds: '2024-03-03', label_ds: '2024-03-06', labels: 3 },
      { ds: '2024-03-04', label_ds: '2024-03-06', labels: 3 },
      { ds: '2024-03-05', label_ds: '2024-03-06', labels: 3 },
    ],
  },
  '10-aggregated-labels': {
    rows: [
      { ds: '2024-03-01', user: 'ann', label: null },
      { ds: '2024-03-01', user: 'bob', label: 40 },
      { ds: '2024-03-01', user: 'cem', label: null },
      { ds: '2024-03-02', user: 'ann', label: null },
      { ds: '2024-03-02', user: 'bob', label: 40 },
      { ds: '2024-03-02', user: 'cem', label: 9 },
    ],
  },
};

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
