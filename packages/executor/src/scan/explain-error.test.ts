import { HindcastError } from '@hindcast/shared/errors';
import { expect, test } from 'vitest';
import { explainError } from './explain-error.js';

const place = { origin: 'left: data.clicks', table: 'data.clicks', columns: ['user', 'ts'] };

const explained = (error: unknown, at: typeof place | null = place): HindcastError => {
  const result = explainError(error, at);
  expect(result).toBeInstanceOf(HindcastError);
  return result as HindcastError;
};

test('a column that is not there is named with its table, and the nearest one offered', () => {
  const text =
    'Binder Error: Referenced column "usr" not found in FROM clause!\nCandidate bindings: "user"';
  const { kind, message, hint } = explained(new Error(text));
  expect([kind, message, hint]).toEqual([
    'config',
    'left: data.clicks: no column "usr" in data.clicks',
    'Did you mean "user"?',
  ]);
  expect(explained(new Error(text), null).message).toBe('query: no column "usr"');
});

test.each([
  'Invalid Error: TProtocolException: Invalid data',
  "Invalid Error: don't know what type: ",
  'Invalid Error: Failed to decompress GZIP block: data error',
  'Invalid Input Error: Mismatch in parquet read for column 3, expected 10 rows, got 9',
])('a damaged file: %s', (text) => {
  const { kind, message, found } = explained(new Error(text));
  expect([kind, message, found]).toEqual([
    'data',
    'left: data.clicks: an input file is no readable Parquet file',
    text,
  ]);
});

test.each([
  "Invalid Input Error: No magic bytes found at end of file '/t/ds=1/a.parquet'",
  'Invalid Input Error: Failed to read file "/t/ds=1/a.parquet": Snappy decompression failure',
])('a damaged file that DuckDB names: %s', (text) => {
  expect(explained(new Error(text)).message).toBe(
    'left: data.clicks: /t/ds=1/a.parquet is no readable Parquet file',
  );
});

test.each([
  ['IO Error: Could not write file "/w/x": No space left on device', 'the disk is full'],
  ['IO Error: Could not write file "/w/x": File too large', 'a file grew larger'],
  ['IO Error: Cannot open file "/w/x": Permission denied', 'permission denied'],
])('%s', (text, says) => {
  const { kind, message, found, hint } = explained(new Error(text));
  expect(kind).toBe('storage');
  expect(message).toContain(says);
  expect(found).toBe(text);
  expect(hint).not.toBe(undefined);
});

test('a full disk is named: by its file, or as the task knows it', () => {
  const named = new Error('IO Error: Could not write file "/w/x": No space left on device');
  expect(explained(named).message).toBe('the disk is full: /w/x');
  const nameless = new Error('ENOSPC: no space left on device, write');
  const { message } = explainError(nameless, { ...place, full: 'the warehouse w' }) as Error;
  expect(message).toBe('the disk is full: the warehouse w');
});

test("the file system's own errors keep their path", () => {
  const error = Object.assign(new Error('ENOTDIR: not a directory'), {
    code: 'ENOTDIR',
    path: '/w/x',
  });
  const { kind, message } = explained(error);
  expect([kind, message]).toEqual(['storage', "can't write /w/x: a part of the path is a file"]);
});

test("a query's syntax is the user's", () => {
  const text =
    'Failed to extract statements: Parser Error: SELECT clause without selection list\n\nLINE 1: SELECT\n';
  const { kind, message } = explained(new Error(text), null);
  expect([kind, message]).toEqual(['config', 'query: SELECT clause without selection list']);
});

test('what only we can mend stays as it is', () => {
  for (const text of ['INTERNAL Error: Assertion triggered', 'undefined is not a function']) {
    const error = new Error(text);
    expect(explainError(error, place)).toBe(error);
  }
});
