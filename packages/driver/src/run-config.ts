/**
 * `config.json` of a run: the JSON of the config that it was made with. Who asks about the run later has its
 * definition from there, and neither runs a module nor opens a file that the warehouse names.
 */
import { readConfig } from '@hindcast/shared/config/load';
import type { Config } from '@hindcast/shared/config/model';
import { HindcastError } from '@hindcast/shared/errors';
import type { JobRequest } from './request.js';
import type { RunFiles } from './run-files.js';

const fileName = 'config.json';

export function keepConfig(json: unknown, files: RunFiles): Promise<void> {
  return files.writeJson(fileName, json);
}

/**
 * Null: the run is of a version that kept none.
 * @throws HindcastError kind `config` for JSON that is no config
 */
export async function keptConfig(request: JobRequest, files: RunFiles): Promise<Config | null> {
  const json = (await readKept(files)) ?? request.compiled ?? null;
  return json === null ? null : readConfig(json, `${fileName} of run ${files.runId}`);
}

async function readKept(files: RunFiles): Promise<unknown> {
  try {
    return await files.readJson<unknown>(fileName);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new HindcastError('config', `${fileName} of run ${files.runId} is not JSON`, {
      found: error.message,
      hint: 'Submit the config again: each run keeps its own.',
    });
  }
}
