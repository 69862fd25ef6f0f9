/** compile: a TypeScript config as the JSON that Chronon's compiler would write. */
import { loadJson } from '@hindcast/shared/config/load';
import { parseConfig } from '@hindcast/shared/config/parse';
import { validateConfig } from '@hindcast/shared/config/validate';
import type { Command } from './command.js';
import { writeOut } from './write-out.js';

export async function compileCommand({ args }: Command): Promise<number> {
  const path = String(args['module']);
  const json = await loadJson(path);
  validateConfig(parseConfig(json, path));
  writeOut(`${JSON.stringify(json, null, 2)}\n`, args['output'], true);
  return 0;
}
