/** docs/tutorial.md from a fresh clone to the end, but for its chapter on Kubernetes: see test/kubernetes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { copyRepository, newcomersEnvironment, readPage, stepsOf, walk } from './walk.js';

const clone = mkdtempSync(join(tmpdir(), 'hindcast-tutorial-'));
afterAll(() => rmSync(clone, { recursive: true, force: true }));

test('the tutorial, as a newcomer follows it', { timeout: 900_000 }, async () => {
  await copyRepository(clone);
  const steps = stepsOf(readPage('tutorial.md'), [1, 2, 3, 4, 5, 6]);
  expect(steps.length).toBeGreaterThan(12);
  expect(await walk(steps, clone, newcomersEnvironment())).toBeNull();
});
