/** Errors of the real file system, as far as any user of Linux can provoke them. */
import {
  accessSync,
  constants,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HindcastError } from '../errors.js';
import { explainFileError, isMissing } from './file-errors.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-errors-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function thrownBy(action: () => void): NodeJS.ErrnoException {
  try {
    action();
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  throw new Error('nothing was thrown');
}

test('a full disk asks for space', () => {
  const cause = thrownBy(() => writeFileSync('/dev/full', 'x'));
  expect(explainFileError(cause, '/w/t/a.parquet')).toMatchObject({
    kind: 'storage',
    message: "can't write /w/t/a.parquet: the disk is full",
    found: 'ENOSPC',
    hint: 'Free some space and submit again: finished steps are kept.',
    cause,
  });
});

test('a refused permission asks for its owner', () => {
  const file = join(root, 'plain');
  writeFileSync(file, '', { mode: 0o600 });
  // Not even root may run a file that nobody may run.
  const cause = thrownBy(() => accessSync(file, constants.X_OK));
  expect(explainFileError(cause, file, 'read')).toMatchObject({
    kind: 'storage',
    message: `can't read ${file}: permission denied`,
    found: 'EACCES',
    hint: 'Check who owns the folder, or choose another --warehouse.',
  });
});

test('links in a circle are named', () => {
  symlinkSync(join(root, 'b'), join(root, 'a'));
  symlinkSync(join(root, 'a'), join(root, 'b'));
  const cause = thrownBy(() => readFileSync(join(root, 'a')));
  expect(explainFileError(cause, 'a', 'read')).toMatchObject({
    kind: 'storage',
    message: "can't read a: its symbolic links lead in a circle",
  });
});

test.each(['write', 'read', 'delete', 'move'] as const)('it says what failed: %s', (doing) => {
  const cause = Object.assign(new Error(), { code: 'EROFS' });
  expect(explainFileError(cause, 'x', doing)).toMatchObject({
    message: `can't ${doing} x: the file system is read-only`,
    hint: 'Choose another --warehouse.',
  });
});

test('errors that are explained already, and bugs, come back as they are', () => {
  const explained = new HindcastError('storage', 'x');
  const bug = new TypeError('x is undefined');
  const unknown = Object.assign(new Error('?'), { code: 'EWHAT' });
  for (const error of [explained, bug, unknown, null, 'text']) {
    expect(explainFileError(error, 'path')).toBe(error);
  }
});

test('missing is a path that is not there, whatever is in the way', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  expect(isMissing(thrownBy(() => readFileSync(join(root, 'absent/x'))))).toBe(true);
  expect(isMissing(thrownBy(() => readFileSync(join(file, 'x'))))).toBe(true);
  expect(isMissing(thrownBy(() => readFileSync(root)))).toBe(false);
});
