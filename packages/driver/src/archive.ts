/** Puts an output table aside under a dated name before its definition changes. */
import { linkSync, mkdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import type { Archive } from '@hindcast/shared/plan/plan';
import { explainFileError } from '@hindcast/shared/store/file-errors';
import type { Store } from '@hindcast/shared/store/store';
import { tableName } from '@hindcast/shared/table/partitions';

/** Returns where it went: under the planned name, or that with a number when it is taken. */
export async function archiveTable(
  { from, to: planned, kind }: Archive,
  store: Store,
): Promise<string> {
  const to = await freeName(planned, store);
  if ((await store.list(`${from}/_delta_log/`)).length === 0) {
    throw new HindcastError('conflict', `${tableName(from)}: another run archived it first`, {
      hint: 'Nothing was changed. Submit again when the other run has ended.',
    });
  }
  if (kind === 'move') {
    await store.move(from, to);
    return to;
  }
  // A table of its own: data files are linked, so that replacing them here leaves them there.
  const objects = await store.list(`${from}/`);
  const data = objects.filter(({ key }) => !key.startsWith(`${from}/_delta_log/`));
  const log = objects.filter(({ key }) => key.startsWith(`${from}/_delta_log/`));
  for (const { key } of [...data, ...log]) {
    const source = store.localPath(key);
    const target = store.localPath(`${to}${key.slice(from.length)}`);
    try {
      mkdirSync(dirname(target), { recursive: true });
      await linkOrCopy(source, target);
    } catch (error) {
      throw explainFileError(error, target);
    }
  }
  return to;
}

/** Some file systems have no hard links. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    linkSync(source, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'ENOTSUP') throw error;
    await copyFile(source, target);
  }
}

async function freeName(name: string, store: Store): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}_${number}`;
    if ((await store.list(`${candidate}/`)).length === 0) return candidate;
  }
}
