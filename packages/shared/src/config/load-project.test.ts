import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as dsl from '../dsl/index.js';
import { loadProject } from './load-project.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'project-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const query = dsl.stagingQuery({ name: 'a', outputNamespace: 'out', query: 'SELECT 1' });

test('a config that is linked to is one; links that lead nowhere or in a circle are none', async () => {
  writeFileSync(join(root, 'elsewhere.json'), JSON.stringify(query));
  const configs = join(root, 'configs');
  mkdirSync(configs);
  symlinkSync(join(root, 'elsewhere.json'), join(configs, 'linked.json'));
  symlinkSync(join(root, 'gone.json'), join(configs, 'broken.json'));
  symlinkSync(configs, join(configs, 'circle'));
  const found = await loadProject([configs]);
  expect(found.map(({ path }) => path)).toEqual([join(configs, 'linked.json')]);
});
