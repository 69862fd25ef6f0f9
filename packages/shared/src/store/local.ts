/** A store in a local folder. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { HindcastError } from '../errors.js';
import type { ObjectInfo, Store } from './store.js';


/** Opens `root`, which need not exist yet. */
export function openLocalStore(root: string): Store {
  const base = resolve(root);

  const localPath = (key: string): string => {
    const path = resolve(base, key);
    if (isAbsolute(key) || (path !== base && !path.startsWith(base + sep))) {
      throw new HindcastError('storage', `"${key}" leads out of the warehouse ${root}`);
    }
    return path;
  };

  /** Writes beside the target first: no reader ever sees half an object. */
  const writeBeside = async (path: string, data: Uint8Array | string): Promise<string> => {
    await mkdir(dirname(path), { recursive: true });
    const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`);
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    return temporary;
  };

  const guarded = async <T>(key: string, action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw explainFileError(error, join(root, key));
    }
  };

  return {
    url: root,
    localPath,
    list: (prefix) => guarded(prefix, () => listBelow(base, prefix)),
    get: (key) =>
      guarded(key, async () => {
        try {
          return await readFile(localPath(key));
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      }),
    put: (key, data) =>
      guarded(key, async () => {
        const path = localPath(key);
        await rename(await writeBeside(path, data), path);
      }),
    putIfAbsent: (key, data) =>
      guarded(key, async () => {
        const path = localPath(key);
        const temporary = await writeBeside(path, data);
        try {
          await link(temporary, path);
          return 'created' as const;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists' as const;
          throw error;
        } finally {
          await unlink(temporary);
        }
      }),
    delete: async (keys) => {
      for (const key of keys) await guarded(key, () => rm(localPath(key), { recursive: true, force: true }));
    },
    move: (from, to) =>
      guarded(to, async () => {
        const target = localPath(to);
        await mkdir(dirname(target), { recursive: true });
        await rename(localPath(from), target);
      }),
  };
}

async function listBelow(base: string, prefix: string): Promise<ObjectInfo[]> {
  // A prefix may end inside a name; its folder is what can be listed.
  const folder = prefix.endsWith('/') || prefix === '' ? prefix : `${dirname(prefix)}/`;
  const found: ObjectInfo[] = [];
  const visit = async (below: string): Promise<void> => {
    const entries = await readdir(join(base, below), { withFileTypes: true }).catch((error) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const entry of entries) {
      const key = below === '' || below === './' ? entry.name : `${below}${entry.name}`;
      if (entry.isDirectory()) {
        if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) await visit(`${key}/`);
      } else if (key.startsWith(prefix) && !entry.name.endsWith('.tmp')) {
        const info = await stat(join(base, key)).catch(() => null);
        if (info === null) continue;
        found.push({ key, bytes: info.size, version: `${info.size}-${info.mtimeMs}` });
      }
    }
  };
  await visit(folder === './' ? '' : folder);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

const causes: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space and submit again: finished steps are kept.'],
  EDQUOT: ['the disk quota is used up', 'Free some space and submit again: finished steps are kept.'],
  EACCES: ['permission denied', 'Check who owns the folder, or choose another --warehouse.'],
  EPERM: ['permission denied', 'Check who owns the folder, or choose another --warehouse.'],
  EROFS: ['the file system is read-only', 'Choose another --warehouse.'],
  ENOTDIR: ['a part of the path is a file', 'Choose another --warehouse.'],
  EMFILE: ['too many open files', 'Raise the limit of open files (ulimit -n).'],
};

/** File-system errors in the user's terms; others pass through unchanged. */
export function explainFileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const cause = causes[code];
  if (error instanceof HindcastError || cause === undefined) return error;
  return new HindcastError('storage', `${path}: ${cause[0]}`, {
    found: code,
    hint: cause[1],
    cause: error,
  });
}
