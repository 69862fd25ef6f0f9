/** Paths of data files: URIs in the log, plain paths everywhere else. */
import { HindcastError } from '../errors.js';

/**
 * The path that a log entry means, relative to the table's folder.
 * @throws HindcastError kind `data` for a file that lies elsewhere (a shallow clone's), or no URI
 */
export function decodePath(uri: string, table: string): string {
  let path: string;
  try {
    path = decodeURIComponent(uri);
  } catch (error) {
    throw new HindcastError('data', `${table}: a path in the Delta log is no URI`, {
      found: uri,
      hint: 'The log is damaged: restore the table, or compute it anew under another name.',
      cause: error,
    });
  }
  const absolute = path.startsWith('/') || /^[a-z][a-z0-9+.-]*:\//i.test(uri);
  if (!absolute && !path.split(/[/\\]/).includes('..')) return path;
  throw new HindcastError(
    'data',
    `${table}: the Delta log names a file outside of the table's folder`,
    {
      found: uri,
      hint: 'A shallow clone points into another table: make it a deep clone, or read that table.',
    },
  );
}

/** As a relative URI: each name encoded, separators and the `=` of partition folders kept. */
export function encodePath(path: string): string {
  return path
    .split('/')
    .map((name) => encodeURIComponent(name).replaceAll('%3D', '='))
    .join('/');
}

/** Equal for two spellings of one path: writers differ in which characters they encode. */
export function samePath(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
