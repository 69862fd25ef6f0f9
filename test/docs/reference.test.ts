/** docs/reference is what the code says now. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';

test('docs/reference is written from the code as it is (npm run docs)', () => {
  const script = fileURLToPath(new URL('../../scripts/write-reference.mjs', import.meta.url));
  execFileSync(process.execPath, [script, '--check'], { stdio: ['ignore', 'ignore', 'pipe'] });
});
