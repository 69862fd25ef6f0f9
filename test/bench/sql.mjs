/** SQL of this folder in a process of its own: what run-sql.mjs does, as a command and as a call. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** @param {string} name */
export function pathOf(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/**
 * @param {string} file a name in this folder
 * @param {string} folder where the SQL's relative paths begin
 * @returns {import('./measure.mjs').Command}
 */
export function sqlCommand(file, folder) {
  return {
    program: process.execPath,
    args: ['--require', pathOf('report-usage.cjs'), pathOf('run-sql.mjs'), pathOf(file)],
    cwd: folder,
  };
}

/**
 * @param {string} file a name in this folder
 * @param {string} folder where the SQL's relative paths begin
 * @param {Record<string, string | number>} variables
 * @returns {Promise<unknown[][]>} the last statement's rows; integers of 64 bits as strings
 */
export async function runSql(file, folder, variables) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [pathOf('run-sql.mjs'), pathOf(file), JSON.stringify(variables)],
    { cwd: folder, maxBuffer: 2 ** 26 },
  );
  return JSON.parse(stdout);
}
