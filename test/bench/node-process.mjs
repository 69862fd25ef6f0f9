/** Scripts of this folder as processes of their own, for what is not measured from outside. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HindcastError } from '@hindcast/shared/errors';

/** @param {string} name in this folder */
export function pathOf(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/**
 * @param {string} script a name in this folder
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<any>} the JSON that it prints
 * @throws {HindcastError} when it fails, with what it said
 */
export async function nodeJson(script, args, cwd) {
  const options = { cwd, maxBuffer: 2 ** 26 };
  try {
    const run = promisify(execFile)(process.execPath, [pathOf(script), ...args], options);
    return JSON.parse((await run).stdout);
  } catch (error) {
    const { stderr, message } = /** @type {Error & { stderr?: string }} */ (error);
    throw new HindcastError('task', `${script} ${args.join(' ')} failed`, {
      found: stderr?.trim() || message,
    });
  }
}
