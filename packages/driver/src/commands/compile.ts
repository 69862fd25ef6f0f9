/** compile: a TypeScript config as the JSON that Chronon's compiler would write. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadJson } from '@hindcast/shared/config/load';
import { parseConfig } from '@hindcast/shared/config/parse';
import { validateConfig } from '@hindcast/shared/config/validate';
import { explainFileError } from '@hindcast/shared/store/file-errors';
import type { Command } from './command.js';

export async function compileCommand({ args }: Command): Promise<number> {
  const path = String(args['module']);
  const json = await loadJson(path);
  validateConfig(parseConfig(json, path));
  const text = `${JSON.stringify(json, null, 2)}\n`;
  const output = args['output'] as string | undefined;
  if (output === undefined) process.stdout.write(text);
  else {
    try {
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, text);
    } catch (error) {
      throw explainFileError(error, output);
    }
  }
  return 0;
}
