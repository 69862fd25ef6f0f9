import { expect, test } from 'vitest';
import { commonType, isLong, isSummable, typeFamily } from './column-type.js';

test.each([
  ['UTINYINT', 'integer'],
  ['HUGEINT', 'integer'],
  ['FLOAT', 'fraction'],
  ['DECIMAL(18,3)', 'decimal'],
  ['VARCHAR', 'text'],
  ["ENUM('a')", 'text'],
  ['TIMESTAMP WITH TIME ZONE', 'timestamp'],
  ['DATE', 'other'],
  ['BIGINT[]', 'other'],
  ['STRUCT(a DOUBLE)', 'other'],
])('%s is of family %s', (type, family) => {
  expect(typeFamily(type)).toBe(family);
});

test.each([
  ['INTEGER', 'BIGINT', 'BIGINT'],
  ['UINTEGER', 'TINYINT', 'BIGINT'],
  ['BIGINT', 'UBIGINT', 'HUGEINT'],
  ['FLOAT', 'DOUBLE', 'DOUBLE'],
  ["ENUM('a')", 'VARCHAR', 'VARCHAR'],
  ['TIMESTAMP_NS', 'TIMESTAMP', 'TIMESTAMP'],
  ['DECIMAL(10,2)', 'DECIMAL(5,4)', 'DECIMAL(38,4)'],
  ['DATE', 'DATE', 'DATE'],
  ['BLOB', 'VARCHAR', null],
  ['BIGINT', 'DOUBLE', null],
  ['BIGINT', 'VARCHAR', null],
  ['DATE', 'TIMESTAMP', null],
  ['BIGINT[]', 'INTEGER[]', null],
])('%s and %s meet in %s', (a, b, common) => {
  expect(commonType(a, b)).toBe(common);
  expect(commonType(b, a)).toBe(common);
});

test('longs are what 64 bits with a sign hold; booleans sum, decimals do not', () => {
  const types = ['UTINYINT', 'UINTEGER', 'BIGINT', 'UBIGINT', 'HUGEINT', 'BIGINT[]'];
  expect(types.filter(isLong)).toEqual(['UTINYINT', 'UINTEGER', 'BIGINT']);
  expect(['BOOLEAN', 'FLOAT', 'INTEGER', 'DECIMAL(4,1)', 'VARCHAR'].filter(isSummable)).toEqual([
    'BOOLEAN',
    'FLOAT',
    'INTEGER',
  ]);
});
