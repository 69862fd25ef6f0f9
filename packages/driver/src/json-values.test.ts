import { expect, test } from 'vitest';
import { withNumbers } from './json-values.js';

const converted = (type: string, value: unknown): unknown =>
  withNumbers({ columns: [{ name: 'a', type }], rows: [[value]], rowCount: 1 }).rows[0]![0];

test.each([
  ['BIGINT', '42', 42],
  ['BIGINT', '-9007199254740991', -9007199254740991],
  ['BIGINT', '9007199254740993', '9007199254740993'],
  ['HUGEINT', '7', 7],
  ['UBIGINT', null, null],
  ['VARCHAR', '42', '42'],
  ['DECIMAL(18,3)', '42.000', '42.000'],
  ['BIGINT[]', ['1', null, '9007199254740993'], [1, null, '9007199254740993']],
  ['BIGINT[3]', ['1', '2', '3'], [1, 2, 3]],
  ['BIGINT[][]', [['1'], null], [[1], null]],
  ['VARCHAR[]', ['1'], ['1']],
  ['STRUCT(a BIGINT, b VARCHAR)', { a: '1', b: '1' }, { a: 1, b: '1' }],
  [
    'STRUCT("x, ""y"" z" BIGINT[], b DECIMAL(3,1))',
    { 'x, "y" z': ['1'], b: '1.0' },
    { 'x, "y" z': [1], b: '1.0' },
  ],
  ['STRUCT(a VARCHAR)', { a: '1' }, { a: '1' }],
  ['STRUCT(a BIGINT)', { a: null }, { a: null }],
  ['STRUCT(a BIGINT)[]', [{ a: '0' }], [{ a: 0 }]],
  ['MAP(VARCHAR, BIGINT)', [{ key: '1', value: '2' }], [{ key: '1', value: 2 }]],
  [
    'MAP(BIGINT, STRUCT(a BIGINT))',
    [{ key: '1', value: { a: '2' } }],
    [{ key: 1, value: { a: 2 } }],
  ],
])('%s: %j', (type, value, expected) => {
  expect(converted(type, value)).toEqual(expected);
});
