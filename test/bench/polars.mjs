/** The Python that runs Polars, in an environment of its own that is made once. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';

const requirements = ['polars==2.1.0', 'polars-runtime-32==2.1.0'];

/**
 * @param {string} folder of the environment
 * @param {(line: string) => void} say
 * @returns {string} path of the interpreter
 * @throws {HindcastError} when Python or the packages cannot be had
 */
export function polarsPython(folder, say) {
  const python = join(folder, 'bin', 'python');
  // The stamp is written last: what lacks it, or has another one, was not finished or is outdated.
  const stamp = join(folder, 'installed.txt');
  const wanted = requirements.join('\n');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  say(`installing ${requirements[0]}`);
  run('python3', ['-m', 'venv', '--clear', folder]);
  const install = ['-m', 'pip', '--disable-pip-version-check', 'install', '--quiet'];
  run(python, [...install, '--no-deps', '--only-binary=:all:', ...requirements]);
  writeFileSync(stamp, wanted);
  return python;
}

/** @param {string} program @param {string[]} args */
function run(program, args) {
  try {
    execFileSync(program, args, { stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    const { stderr, code, message } = /** @type {Record<string, string>} */ (error);
    const words = code === 'ENOENT' ? `no ${program} on the PATH` : stderr || message;
    throw new HindcastError('task', `Polars cannot be installed: ${program} failed`, {
      found: words.trim().split('\n').slice(-4).join('\n'),
      hint: 'Polars needs python3 with venv and pip on the PATH, and PyPI. --without-polars leaves it out.',
    });
  }
}
