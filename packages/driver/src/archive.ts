/** Puts an output table aside under a dated name before its definition changes. */
import { linkSync, mkdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Archive } from '@hindcast/shared/plan/plan';
import type { Store } from '@hindcast/shared/store/store';

export async function archiveTable({ from, to, kind }: Archive, store: Store): Promise<void> {
  if (kind === 'move') {
    await store.move(from, to);
    return;
  }
  // A table of its own: data files are linked, so that replacing them here leaves them there.
  const objects = await store.list(`${from}/`);
  const data = objects.filter(({ key }) => !key.startsWith(`${from}/_delta_log/`));
  const log = objects.filter(({ key }) => key.startsWith(`${from}/_delta_log/`));
  for (const { key } of [...data, ...log]) {
    const source = store.localPath(key);
    const target = store.localPath(`${to}${key.slice(from.length)}`);
    mkdirSync(dirname(target), { recursive: true });
    try {
      linkSync(source, target);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'ENOTSUP') throw error;
      await copyFile(source, target);
    }
  }
}
