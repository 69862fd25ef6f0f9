/** By which columns rows find each other, what of two tables is compared, and in which types. */
import { deltaType } from '@hindcast/shared/table/delta-type';
import { expect, test } from 'vitest';
import { joinOf, part } from '../../../../test/small-plans.js';
import { typeIn } from '../sql-dialect.js';
import { comparedType, isExact, measureOf } from './compared-type.js';
import { columnsInBoth, identityOf } from './comparison.js';

const join = joinOf();
const keys = [
  { name: 'user', type: 'VARCHAR' },
  { name: 'ts', type: 'BIGINT' },
];
const table = (name: string, columns: Readonly<Record<string, string>>) => ({
  name,
  columns: [...keys, ...Object.entries(columns).map(([one, type]) => ({ name: one, type }))],
});

test('rows are told apart by row ids, else by keys and time', () => {
  expect(identityOf(join)).toEqual(['user', 'ts']);
  expect(identityOf(joinOf([part(), part({ name: 'other.v1', keys: ['shop'] })]))).toEqual([
    'user',
    'shop',
    'ts',
  ]);
  expect(identityOf({ ...join, rowIds: ['id', 'id'] })).toEqual(['id']);
});

test('columns of both, in the order of ours; those of one side by name', () => {
  const ours = table('a.ours', { x: 'BIGINT', y: 'DOUBLE', z: 'VARCHAR' });
  const theirs = table('a.theirs', { q: 'VARCHAR', y: 'DECIMAL(10,2)', x: 'INTEGER' });
  const both = columnsInBoth(join, ours, theirs, null, 'ds');
  expect(both.identity.map(({ name }) => name)).toEqual(['user', 'ts']);
  expect(both.compared).toEqual([
    { name: 'x', type: 'long' },
    { name: 'y', type: 'double' },
  ]);
  expect([both.onlyOurs, both.onlyTheirs]).toEqual([['z'], ['q']]);
  const some = columnsInBoth(join, ours, theirs, ['x'], 'ds');
  expect([some.compared.length, some.onlyOurs, some.onlyTheirs]).toEqual([1, [], []]);
});

test('no key, an unknown column, types of other families', () => {
  const ours = table('a.ours', { price: 'BIGINT' });
  const keyless = { name: 'a.theirs', columns: [{ name: 'usr', type: 'VARCHAR' }] };
  expect(() => columnsInBoth(join, ours, keyless, null, 'ds')).toThrow(
    'a.theirs: no column "user", by which rows are told apart',
  );
  expect(() => columnsInBoth(join, ours, ours, ['prise'], 'ds')).toThrow(
    '--column: neither table has "prise"',
  );
  expect(() =>
    columnsInBoth(join, ours, table('a.theirs', { price: 'VARCHAR' }), null, 'ds'),
  ).toThrow(`a.theirs: "price" can't be compared with that of a.ours`);
  // A column that is not asked for may be of any type.
  const others = table('a.theirs', { price: 'VARCHAR', x: 'BIGINT' });
  const asked = columnsInBoth(
    join,
    table('a.ours', { price: 'BIGINT', x: 'BIGINT' }),
    others,
    ['x'],
    'ds',
  );
  expect(asked.compared.map(({ name }) => name)).toEqual(['x']);
});

test.each([
  ['INTEGER', 'BIGINT', 'BIGINT'],
  ['BIGINT', 'DOUBLE', 'DOUBLE'],
  ['FLOAT', 'DOUBLE', 'DOUBLE'],
  ['DECIMAL(10,2)', 'DECIMAL(12,4)', 'DECIMAL(12,4)'],
  ['DECIMAL(10,2)', 'BIGINT', 'DECIMAL(21,2)'],
  ['DECIMAL(38,0)', 'DECIMAL(38,10)', 'DOUBLE'],
  ['INTEGER[]', 'BIGINT[]', 'BIGINT[]'],
  ['MAP(VARCHAR, INTEGER)', 'MAP(VARCHAR, DOUBLE)', 'MAP(VARCHAR, DOUBLE)'],
  ['VARCHAR', 'BIGINT', null],
  ['VARCHAR', 'VARCHAR[]', null],
  ['STRUCT(x BIGINT)', 'STRUCT(y BIGINT)', null],
  ['STRUCT(x BIGINT)', 'STRUCT(x BIGINT, y BIGINT)', null],
  ['BOOLEAN', 'BIGINT', null],
  ['DATE', 'VARCHAR', null],
])('%s and %s are compared as %s', (a, b, expected) => {
  const found = comparedType(deltaType(a, 'a'), deltaType(b, 'b'));
  expect(found === null ? null : typeIn('duckdb', found)).toBe(expected);
});

test('a distance have numbers and lists; exact is what holds no fraction', () => {
  const of = (type: string) => [measureOf(deltaType(type, '')), isExact(deltaType(type, ''))];
  expect(of('BIGINT')).toEqual(['number', true]);
  expect(of('DECIMAL(10,2)')).toEqual(['number', true]);
  expect(of('DOUBLE[]')).toEqual(['list', false]);
  expect(of('VARCHAR')).toEqual(['other', true]);
  expect(of('STRUCT(x FLOAT)')).toEqual(['other', false]);
});
