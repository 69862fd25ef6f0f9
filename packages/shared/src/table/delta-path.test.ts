import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePath, encodePath, samePath } from './delta-path.js';

const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((name) => {
  return !/[/\\\0]/.test(name) && name !== '..' && name !== '.';
});

test('what is encoded decodes to the same path', () => {
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 4 }), (parts) => {
      const path = parts.join('/');
      expect(encodePath(path)).toMatch(/^[\w.!~*'()%=/-]+$/);
      expect(decodePath(encodePath(path), 'ns/t')).toBe(path);
      expect(samePath(encodePath(path))).toBe(path);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['ds=2023-11-30/part-0.parquet', 'ds=2023-11-30/part-0.parquet'],
  ['ds=2023%2D11-30/a%20b.parquet', 'ds=2023-11-30/a b.parquet'],
  ['ds%3D2023-11-30/a.parquet', 'ds=2023-11-30/a.parquet'],
  // A folder name that is itself escaped, as Hive does with a colon, is escaped once more.
  ['t=12%253A30/a.parquet', 't=12%3A30/a.parquet'],
  ['a..b/..c/d...parquet', 'a..b/..c/d...parquet'],
])('%s is %s', (uri, path) => {
  expect(decodePath(uri, 'ns/t')).toBe(path);
});

test.each([
  '/etc/passwd',
  '%2Fetc/passwd',
  '//host/share/a.parquet',
  'file:/other/a.parquet',
  'file:///other/a.parquet',
  's3://bucket/a.parquet',
  'S3A://bucket/a.parquet',
  '../other/a.parquet',
  'ds=1/../../other/a.parquet',
  'ds=1/%2e%2E/a.parquet',
  'ds=1%2F..%2F..%2Fa.parquet',
  'ds=1/..%5C..%5Ca.parquet',
  '..',
])('%s lies outside of the table and is refused', (uri) => {
  expect(() => decodePath(uri, 'ns/t')).toThrow(
    expect.objectContaining({
      kind: 'data',
      message: "ns/t: the Delta log names a file outside of the table's folder",
      found: uri,
    }),
  );
});

test('a path that is no URI is refused', () => {
  expect(() => decodePath('ds=100%/a.parquet', 'ns/t')).toThrow(
    expect.objectContaining({ kind: 'data', found: 'ds=100%/a.parquet' }),
  );
});

test('two spellings of a path are the same', () => {
  expect(samePath('ds%3D1/a%20b')).toBe(samePath('ds=1/a b'));
  expect(samePath('100%')).toBe('100%');
});
