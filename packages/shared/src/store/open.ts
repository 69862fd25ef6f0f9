import { fileURLToPath } from 'node:url';
import { HindcastError } from '../errors.js';
import { openLocalStore } from './local.js';
import type { Store } from './store.js';

/**
 * Opens a warehouse by its URL: a path or `file://` URL.
 * @throws HindcastError kind `usage` for a scheme that has no store
 */
export async function openStore(url: string): Promise<Store> {
  if (url.startsWith('file://')) return openLocalStore(fileURLToPath(url));
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1];
  if (scheme === undefined) return openLocalStore(url);
  throw new HindcastError('usage', `no store for warehouse "${url}"`, {
    found: `${scheme}://`,
    hint: 'This version runs on local folders: give a path, or a file:// URL.',
  });
}
