import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadJson } from './load.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-load-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}

test('a module that changed is loaded as it is now, and so are those that it imports', async () => {
  const path = write('config.ts', `import { name } from './name.ts'; export default { name };`);
  write('name.ts', `export const name = 'before';`);
  expect(await loadJson(path)).toEqual({ name: 'before' });
  write('name.ts', `export const name = 'after';`);
  expect(await loadJson(path)).toEqual({ name: 'after' });
});

test('what two modules import is one module', async () => {
  write('shared.ts', 'export const shared = {};');
  write('left.ts', `export { shared } from './shared.ts';`);
  write('right.ts', `export { shared } from './shared.ts';`);
  const both = `import { shared as a } from './left.ts'; import { shared as b } from './right.ts';`;
  const path = write('both.ts', `${both} export default { same: a === b };`);
  expect(await loadJson(path)).toEqual({ same: true });
});
