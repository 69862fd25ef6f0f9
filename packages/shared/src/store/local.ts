/**
 * A store in a local folder. Symbolic links inside it are followed: whoever can make them can write
 * there anyway. Keys themselves never lead out.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, renameSync, rmdirSync, statSync } from 'node:fs';
import { copyFile, link, lstat, mkdir, open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { HindcastError } from '../errors.js';
import { explainFileError, isMissing } from './file-errors.js';
import { listFolders, listObjects, temporaryName } from './local-listing.js';
import type { LocalStore, PlacedObject } from './store.js';
import { noUse } from './use.js';

export { explainFileError };

/**
 * Opens `root`, which need not exist yet; the first write creates it.
 * All methods reject with HindcastError kind `storage` when a key leads out of the root or the file
 * system refuses.
 */
export function openLocalStore(root: string): LocalStore {
  const base = resolve(root);

  const localPath = (key: string): string => {
    checkInside(key, root);
    return resolve(base, key);
  };

  /** As `localPath`, for what is about to change: never the root itself. */
  const objectPath = (key: string): string => {
    const path = localPath(key);
    if (path !== base) return path;
    throw new HindcastError('storage', `"${key}" is no object but the whole warehouse ${root}`);
  };

  const guarded = async <T>(
    doing: 'read' | 'write' | 'delete' | 'move',
    key: string,
    action: (path: string) => Promise<T>,
  ): Promise<T> => {
    const path = doing === 'read' ? localPath(key) : objectPath(key);
    try {
      return await action(path);
    } catch (error) {
      throw explainFileError(error, join(root, key), doing);
    }
  };

  return {
    url: root,
    localPath,
    list: (prefix) => guarded('read', prefix, () => listObjects(base, prefix)),
    folders: (prefix) => guarded('read', prefix, (path) => listFolders(path)),
    get: (key) =>
      guarded('read', key, async (path) => {
        try {
          return await readFile(path);
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      }),
    put: (key, data) =>
      guarded('write', key, (path) =>
        writeBeside(path, data, (temporary) => rename(temporary, path)),
      ),
    putIfAbsent: (key, data) =>
      guarded('write', key, (path) =>
        writeBeside(path, data, (temporary) => linkIfAbsent(temporary, path)),
      ),
    delete: async (keys) => {
      for (const key of keys) {
        await guarded('delete', key, (path) =>
          rm(path, { recursive: true, force: true }).catch((error) => {
            if (!isMissing(error)) throw error;
          }),
        );
      }
    },
    move: async (from, to) => {
      const source = objectPath(from);
      await guarded('move', to, async (target) => {
        await checkFree(target, join(root, to));
        await makeFolder(dirname(target));
        await rename(source, target);
      });
    },
    copy: async (from, to) => {
      const source = objectPath(from);
      await guarded('write', to, async (target) => {
        await makeFolder(dirname(target));
        await linkOrCopy(source, target);
      });
    },
    place: async (folder, files, gathering) => {
      const sources = files.map(({ from, name }) => ({ from: objectPath(from), name }));
      const gathered = objectPath(gathering);
      await guarded('write', folder, async (target) => {
        await mkdir(gathered, { recursive: true });
        await mkdir(dirname(target), { recursive: true });
        placeTogether(sources, gathered, target);
      });
    },
    appender: (key) => {
      const path = objectPath(key);
      return {
        append: (text) => {
          mkdirSync(dirname(path), { recursive: true });
          appendFileSync(path, text);
        },
        flush: () => Promise.resolve(),
      };
    },
    address: localPath,
    checkRoot: async () => {
      if (statSync(base, { throwIfNoEntry: false })?.isFile() !== true) return;
      throw new HindcastError('storage', `the warehouse ${root} is a file`, {
        hint: 'Name a folder with --warehouse.',
      });
    },
    use: () => noUse,
  };
}

/** In one rename, so that who lists folders sees all of it or nothing; else file by file. */
function placeTogether(files: readonly PlacedObject[], gathered: string, target: string): void {
  for (const { from, name } of files) renameSync(from, `${gathered}/${name}`);
  try {
    renameSync(gathered, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    for (const { name } of files) renameSync(`${gathered}/${name}`, `${target}/${name}`);
    rmdirSync(gathered);
  }
}

/** Some file systems have no hard links. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'ENOTSUP') throw error;
    await copyFile(source, target);
  }
}

function checkInside(key: string, root: string): void {
  if (!isAbsolute(key) && !key.includes('\0') && !key.split(/[/\\]/).includes('..')) return;
  throw new HindcastError('storage', `${JSON.stringify(key)} leads out of the warehouse ${root}`, {
    hint: 'Keys are paths below the warehouse, without "..".',
  });
}

/** Writes the whole object beside its place, then lets `settle` give it its name. */
async function writeBeside<T>(
  path: string,
  data: Uint8Array | string,
  settle: (temporary: string) => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  await makeFolder(folder);
  const temporary = join(folder, temporaryName(randomBytes(8).toString('hex')));
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    const result = await settle(temporary);
    await syncFolder(folder);
    return result;
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Level by level: below /proc the recursive mkdir of Node.js never ends. */
async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = path; !(await isThere(folder)); folder = dirname(folder)) missing.push(folder);
  for (const folder of missing.reverse()) {
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}

/** A link, unlike a rename, never replaces what is there. */
async function linkIfAbsent(temporary: string, path: string): Promise<'created' | 'exists'> {
  try {
    await link(temporary, path);
    return 'created';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return 'exists';
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    throw new HindcastError('storage', `can't write ${path}: no hard links on this file system`, {
      found: code,
      hint: 'Commits need them to be atomic. Choose a --warehouse on another file system.',
      cause: error,
    });
  } finally {
    await unlink(temporary);
  }
}

/** Makes a new name outlive a power cut, where folders can be synced at all. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Some file systems sync no folders; the object itself is written.
  }
}

async function checkFree(target: string, shown: string): Promise<void> {
  if (!(await isThere(target))) return;
  throw new HindcastError('storage', `can't move to ${shown}: something is there already`, {
    hint: 'Move it away first.',
  });
}
