/** Text to the file of `--output`, or to stdout. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { explainFileError } from '@hindcast/shared/store/file-errors';

/**
 * @param withFolders make those that the file's path lacks
 * @throws HindcastError kind `storage` for a file that can't be written
 */
export function writeOut(text: string, output: unknown, withFolders = false): void {
  if (typeof output !== 'string') {
    process.stdout.write(text);
    return;
  }
  try {
    if (withFolders) mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, text);
  } catch (error) {
    throw explainFileError(error, output);
  }
}
