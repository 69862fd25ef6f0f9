import { fileURLToPath } from 'node:url';
import { HindcastError } from '../errors.js';
import { openLocalStore } from './local.js';
import { isS3Url } from './s3-location.js';
import type { Store } from './store.js';

/**
 * Opens a warehouse by its URL: a path, a `file://` URL, Hadoop's `file:/path`, or `s3://bucket/prefix`.
 * @throws HindcastError kind `usage` for a scheme that has no store, or a URL that names no place
 */
export async function openStore(url: string): Promise<Store> {
  if (/^file:\//i.test(url)) return openLocalStore(localFolder(url));
  if (isS3Url(url)) return (await import('./s3.js')).openS3Store(url);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return openLocalStore(url);
  throw new HindcastError('usage', `can't open warehouse "${url}": no store for this scheme`, {
    found: `${scheme}://`,
    hint: 'Give a path, a file:// URL, or s3://bucket/prefix.',
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
