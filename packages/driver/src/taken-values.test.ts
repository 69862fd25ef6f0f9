import { expect, test } from 'vitest';
import { takenColumns } from './taken-values.js';

const part = { prefix: 'p', features: ['a', 'b'] };

test('the first value that is not NULL, by the order of the tables', () => {
  const taken = takenColumns(
    [
      { table: 'one', columns: { a: null } },
      { table: 'two', columns: { a: 2, b: 3, ext_x: 4 } },
    ],
    [part],
  );
  expect([...taken]).toEqual([
    ['a', { table: 'two', value: 2 }],
    ['b', { table: 'two', value: 3 }],
    ['ext_x', { table: 'two', value: 4 }],
  ]);
});

test('a NULL counts where tables have all of a part, and is computed where they lack some', () => {
  const row = { table: 'one', columns: { a: null, ext_x: null } };
  expect([...takenColumns([row], [part])]).toEqual([]);
  expect([...takenColumns([row, { table: 'two', columns: { b: null } }], [part])]).toEqual([
    ['a', { table: 'one', value: null }],
    ['b', { table: 'two', value: null }],
  ]);
});
