import { fileURLToPath } from 'node:url';
import { HindcastError } from '../errors.js';
import { openLocalStore } from './local.js';
import type { Store } from './store.js';

/**
 * Opens a warehouse by its URL: a path, a `file://` URL or Hadoop's `file:/path`.
 * @throws HindcastError kind `usage` for a scheme that has no store, or a URL that names no folder
 */
export async function openStore(url: string): Promise<Store> {
  if (/^file:\//i.test(url)) return openLocalStore(localFolder(url));
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return openLocalStore(url);
  const what = /^s3[an]?$/.test(scheme)
    ? 'this version has no S3 store yet'
    : 'no store for this scheme';
  throw new HindcastError('usage', `can't open warehouse "${url}": ${what}`, {
    found: `${scheme}://`,
    hint: 'Give a path, or a file:// URL.',
  });
}

function localFolder(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new HindcastError('usage', `"${url}" names no folder on this machine`, {
      found: (error as Error).message,
      hint: 'Write file:///path with three slashes, or the path alone.',
      cause: error,
    });
  }
}
