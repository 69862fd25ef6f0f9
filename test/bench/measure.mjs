/** Runs one process to its end, and says how long it took and what it used. */
import { spawn } from 'node:child_process';
import { HindcastError } from '@hindcast/shared/errors';

/**
 * @typedef {object} Command a process that writes its own usage to file descriptor 3
 * @property {string} program
 * @property {string[]} args
 * @property {string} cwd
 * @property {Record<string, string>} [env] beside this process's own
 *
 * @typedef {object} Run
 * @property {number} seconds from the process's start to its end
 * @property {number} cpuSeconds of all of its threads, user and system
 * @property {number} peakBytes the most of it that was resident at a time
 */

/**
 * @param {string} name for the error
 * @param {Command} command
 * @returns {Promise<Run>}
 * @throws {HindcastError} when the process fails, with its last words
 */
export async function measure(name, { program, args, cwd, env }) {
  const started = performance.now();
  const { code, seconds, stderr, usage } = await new Promise((settle, fail) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...ownEnvironment(), ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    const texts = ['', ''];
    for (const [i, stream] of [child.stderr, child.stdio[3]].entries()) {
      stream?.on('data', (text) => {
        texts[i] += text;
      });
    }
    let seconds = 0;
    child.on('error', fail);
    child.on('exit', () => {
      seconds = (performance.now() - started) / 1000;
    });
    child.on('close', (code) => settle({ code, seconds, stderr: texts[0], usage: texts[1] }));
  });
  if (code !== 0 || usage === '') {
    throw new HindcastError('task', `${name} failed`, {
      found: stderr.trim().split('\n').slice(-12).join('\n') || `exit code ${code}`,
      hint: `Run it alone: cd ${cwd} && ${[program, ...args].join(' ')} 3>/dev/null`,
    });
  }
  return { seconds, ...JSON.parse(usage) };
}

/** Without settings of Hindcast's, which would change what is measured. */
function ownEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('HINDCAST_')),
  );
}
