/** SQL of this folder in a process of its own: what run-sql.mjs does, as a command and as a call. */
import { nodeJson, pathOf } from './node-process.mjs';

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
 * @returns {Promise<any[][]>} the last statement's rows; integers of 64 bits as strings
 */
export async function runSql(file, folder, variables) {
  return nodeJson('run-sql.mjs', [pathOf(file), JSON.stringify(variables)], folder);
}
