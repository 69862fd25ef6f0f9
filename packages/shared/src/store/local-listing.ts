/** What is in a local folder, as a store's keys. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { isMissing } from './file-errors.js';
import type { ObjectInfo } from './store.js';

/** Name of an object that is still being written; never listed. */
export function temporaryName(unique: string): string {
  return `.${unique}.tmp`;
}

function isTemporary(name: string): boolean {
  return /^\.[0-9a-f]{16}\.tmp$/.test(name);
}

/** Every file below `base` whose key begins with `prefix`, sorted by key. */
export async function listObjects(base: string, prefix: string): Promise<ObjectInfo[]> {
  // The prefix may end inside a name: its last whole folder is what can be listed.
  const end = prefix.lastIndexOf('/') + 1;
  const folder = posix.normalize(`./${prefix.slice(0, end)}`).replace(/^\.\/$/, '');
  const found: ObjectInfo[] = [];
  await visit(base, folder, folder + prefix.slice(end), [], found);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** @param linked real paths of the links to folders that led here */
async function visit(
  base: string,
  below: string,
  prefix: string,
  linked: readonly string[],
  found: ObjectInfo[],
): Promise<void> {
  const entries = await entriesOf(join(base, below));
  await Promise.all(
    entries.map(async (entry) => {
      const key = `${below}${entry.name}`;
      if (isTemporary(entry.name)) return;
      if (entry.isDirectory()) {
        if (`${key}/`.startsWith(prefix)) await visit(base, `${key}/`, prefix, linked, found);
        return;
      }
      if (!key.startsWith(prefix) && !`${key}/`.startsWith(prefix)) return;
      // What vanishes between listing and looking is not there.
      const info = await stat(join(base, key)).catch(() => null);
      if (info === null) return;
      if (info.isDirectory()) {
        const next = await followLink(base, key, linked);
        if (next !== null) await visit(base, `${key}/`, prefix, next, found);
      } else if (info.isFile() && key.startsWith(prefix)) {
        found.push({ key, bytes: info.size, version: `${info.size}-${info.mtimeMs}` });
      }
    }),
  );
}

/** Null for a link that leads back to a folder on the way to it. */
async function followLink(
  base: string,
  key: string,
  linked: readonly string[],
): Promise<string[] | null> {
  const target = await realpath(join(base, key));
  const parent = await realpath(join(base, posix.dirname(key)));
  const circular = linked.includes(target) || `${parent}${sep}`.startsWith(`${target}${sep}`);
  return circular ? null : [...linked, target];
}

/** Names of the folders right below `path`, sorted. */
export async function listFolders(path: string): Promise<string[]> {
  const entries = await entriesOf(path);
  const names = await Promise.all(
    entries.map(async (entry) => {
      if (entry.isDirectory()) return entry.name;
      if (!entry.isSymbolicLink()) return null;
      const info = await stat(join(path, entry.name)).catch(() => null);
      return info?.isDirectory() === true ? entry.name : null;
    }),
  );
  return names.filter((name) => name !== null).sort();
}

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
