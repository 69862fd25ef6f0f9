/** Nothing of a test outlives it, however it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { until } from './until.js';

const module = fileURLToPath(new URL('work-folder.ts', import.meta.url));
/** Holds a folder and a process that minds no signal, which has a child; says where and who. */
const script = `
  import { spawn } from 'node:child_process';
  import { createJiti } from 'jiti';
  const { openWorkFolder } = await createJiti(import.meta.url).import('${module}');
  const work = openWorkFolder('left-behind');
  const child = spawn('/bin/sh', ['-c', 'trap "" TERM HUP INT; sleep 1000 & echo $!; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  work.enlist(child);
  child.stdout.on('data', (grandchild) => console.log(work.path, child.pid, String(grandchild)));`;

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('after %s', async (signal) => {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../../packages/shared', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = await once(holder.stdout, 'data');
  const [path, ...pids] = String(text).trim().split(' ');
  expect(existsSync(path!)).toBe(true);
  for (const pid of pids) expect(lives(Number(pid))).toBe(true);
  holder.kill(signal);
  await until('the end of its processes', () => !pids.some((pid) => lives(Number(pid))));
  await until('the end of its folder', () => !existsSync(path!));
});

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
