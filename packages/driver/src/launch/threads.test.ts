/** Threads whose code can't be loaded: every task says so, and nobody waits for them. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import type { Task } from '@hindcast/shared/plan/task';
import { afterAll, expect, test } from 'vitest';
import { launchThreads } from './threads.js';

const folder = mkdtempSync(join(tmpdir(), 'hindcast-threads-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function launch(code: string, executors: number) {
  const entry = join(folder, `worker-${files++}.mjs`);
  writeFileSync(entry, code);
  const options = {
    ...{ warehouse: folder, threads: 1, memoryBytes: 2 ** 28, scratch: join(folder, 'scratch') },
    ...{ mirror: join(folder, 'mirror'), mirrorBytes: 0 },
  };
  return launchThreads(executors, options, entry);
}

const task = { kind: 'query' } as Task;
const answers = `export default () => ({ ok: true, result: 'answer', use: {} });\n`;

test.each([
  ['a syntax error', '}{', /Unexpected token/],
  ['an error when it runs', `throw new Error('damaged')`, /damaged/],
  [
    'one that comes late',
    `await new Promise((r) => setTimeout(r, 300)); throw new Error('late')`,
    /late/,
  ],
  ['a thread that ends', 'process.exit(0)', /ended with code 0/],
  ['a module that is not there', `import './nowhere.mjs'`, /nowhere\.mjs/],
])('%s: all tasks are told, later ones too, and it closes', async (_, code, says) => {
  for (const executors of [1, 2]) {
    const launcher = launch(`${code};\n${answers}`, executors);
    const told = {
      name: 'HindcastError',
      kind: 'task',
      message: "an executor can't load its code",
    };
    // More than there are threads: some wait for one.
    const early = await Promise.allSettled(Array.from({ length: 5 }, () => launcher.run(task)));
    await expect(launcher.run(task)).rejects.toMatchObject(told);
    const errors = early.map((one) => (one.status === 'rejected' ? one.reason : null));
    for (const error of errors) {
      expect(error).toBeInstanceOf(HindcastError);
      expect(error).toMatchObject({ ...told, found: expect.stringMatching(says) });
    }
    await launcher.close();
  }
});

test('a task that comes when threads have ended already is told the same', async () => {
  const launcher = launch('}{', 2);
  await new Promise((done) => setTimeout(done, 1000));
  await expect(launcher.run(task)).rejects.toMatchObject({
    message: "an executor can't load its code",
    found: expect.stringMatching(/Unexpected token/),
  });
  await launcher.close();
});

test('without a task nobody needs to know', async () => {
  const launcher = launch('}{', 2);
  await launcher.close();
});

test('one of several that fails ends all; those that can end do so before it closes', async () => {
  const taken = JSON.stringify(join(folder, 'taken'));
  const done = join(folder, 'done');
  const code = `import { existsSync, openSync, writeFileSync } from 'node:fs';
let first = true;
try { openSync(${taken}, 'wx'); } catch { first = false; }
if (first) throw new Error('the first one');
export default async () => {
  await new Promise((r) => setTimeout(r, 500));
  writeFileSync(${JSON.stringify(done)}, 'done');
  return { ok: true, result: 'answer', use: {} };
};
`;
  const launcher = launch(code, 2);
  const tasks = await Promise.allSettled([1, 2, 3].map(() => launcher.run(task)));
  expect(tasks.map(({ status }) => status)).toContain('rejected');
  await launcher.close();
  expect(existsSync(done)).toBe(true);
});

test('code that loads answers', async () => {
  const launcher = launch(answers, 2);
  const given = await Promise.all([1, 2, 3, 4].map(() => launcher.run(task)));
  expect(given).toEqual(['answer', 'answer', 'answer', 'answer']);
  await launcher.close();
});
