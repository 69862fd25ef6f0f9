import { expect, test } from 'vitest';
import { type TableState, tableFingerprint } from './table.js';

function parquet(version: string, path = 'ns/t/ds=2023-12-01/a.parquet'): TableState {
  const partitions = [{ value: '2023-12-01', files: [{ path, bytes: 1, version }] }];
  return { name: 'ns.t', format: 'parquet', version: -1, partitions };
}

test('a fingerprint changes with the files, and with nothing else', () => {
  expect(tableFingerprint(parquet('1'))).toMatch(/^1 partitions, [0-9a-f]{16}$/);
  expect(tableFingerprint(parquet('1'))).toBe(tableFingerprint(parquet('1')));
  expect(tableFingerprint(parquet('1'))).not.toBe(tableFingerprint(parquet('2')));
  expect(tableFingerprint(parquet('1'))).not.toBe(tableFingerprint(parquet('1', 'b.parquet')));
});

test('a Delta table is told by its version', () => {
  expect(tableFingerprint({ ...parquet('1'), format: 'delta', version: 7 })).toBe(
    'delta version 7',
  );
});
