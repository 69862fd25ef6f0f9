/** What the file system refuses, in the user's terms. */
import { HindcastError } from '../errors.js';

const anotherWarehouse = 'Choose another --warehouse, or move what is in the way.';
const freeSpace = 'Free some space and submit again: finished steps are kept.';
const owner = 'Check who owns the folder, or choose another --warehouse.';

const causes: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ['the disk is full', freeSpace],
  EDQUOT: ['the disk quota is used up', freeSpace],
  EFBIG: [
    'the file grew larger than this system lets it',
    'Raise the limit (ulimit -f), or choose a --warehouse on another file system.',
  ],
  EACCES: ['permission denied', owner],
  EPERM: ['permission denied', owner],
  EROFS: ['the file system is read-only', 'Choose another --warehouse.'],
  ENOTDIR: ['a part of the path is a file', anotherWarehouse],
  EISDIR: ['it is a folder', anotherWarehouse],
  EEXIST: ['something is there already', anotherWarehouse],
  ENOTEMPTY: ['something is there already', anotherWarehouse],
  ENOENT: ['it is not there', 'Check that nothing else deletes or moves files of the warehouse.'],
  ENAMETOOLONG: ['the path is too long', 'Choose a --warehouse with a shorter path.'],
  ELOOP: ['its symbolic links lead in a circle', 'Take the links out of the warehouse.'],
  EXDEV: ['it lies on another file system', 'Keep the whole warehouse on one file system.'],
  EMFILE: ['too many open files', 'Raise the limit of open files (ulimit -n).'],
  ENFILE: ['too many open files', 'Raise the limit of open files of the system.'],
  EIO: ['the disk fails', 'Check the disk, or choose another --warehouse.'],
};

/**
 * A HindcastError kind `storage` for errors of the file system; any other error comes back as it is.
 * @param doing what failed, for the message: `can't write <path>: the disk is full`
 */
export function explainFileError(
  error: unknown,
  path: string,
  doing: 'read' | 'write' | 'delete' | 'move' = 'write',
): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const cause = causes[code];
  if (error instanceof HindcastError || cause === undefined) return error;
  return new HindcastError('storage', `can't ${doing} ${path}: ${cause[0]}`, {
    found: code,
    hint: cause[1],
    cause: error,
  });
}

/** Nothing is at the path, be it that a folder above it is missing or is a file. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
