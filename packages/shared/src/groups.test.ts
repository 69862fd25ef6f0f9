import { expect, test } from 'vitest';
import { inGroups } from './groups.js';

test('each item once, in order, and only the last group is smaller', () => {
  expect(inGroups([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inGroups([1, 2, 3, 4], 2)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(inGroups([1, 2], 9)).toEqual([[1, 2]]);
  expect(inGroups([], 3)).toEqual([]);
});
