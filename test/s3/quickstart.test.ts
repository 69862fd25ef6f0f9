/** The quickstart on MinIO, as `npm run quickstart -- --s3` runs it: twice, the second time on what is there. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { type CliResult, collect } from '../cli/run-cli.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-quickstart-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function quickstart(...args: string[]): Promise<CliResult> {
  const script = fileURLToPath(new URL('../../scripts/quickstart.mjs', import.meta.url));
  return collect(
    spawn(process.execPath, [script, '--s3', ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', XDG_CONFIG_HOME: root },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

test('shows what was known at a checkout', async () => {
  const { code, stdout, stderr } = await quickstart();
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^user_id +\| 24$/m);
  expect(stdout).toMatch(/^quickstart_purchases_v1_purchase_price_sum_14d +\| 1574$/m);
  expect(stderr).toMatch('s3://hindcast-quickstart/warehouse');
}, 600_000);

test('a second one finds everything there', async () => {
  const { code, stdout, stderr } = await quickstart('--json');
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch('nothing to do');
  expect(JSON.parse(stdout)[0]).toMatchObject({ user_id: 24 });
});
