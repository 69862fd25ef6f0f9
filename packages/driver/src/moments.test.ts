import { expect, test } from 'vitest';
import { duration } from './moments.js';

const day = 86_400_000;

test.each([
  [0, '0 ms'],
  [1, '1 ms'],
  [-1500, '1 s 500 ms'],
  [day + 1, '1 d 1 ms'],
  [2 * day + 3 * 3_600_000 + 12 * 60_000 + 5000, '2 d 3 h 12 min'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, '0 s'],
  [499, '0 s'],
  [1500, '2 s'],
  [59_600, '1 min'],
  [5_400_000, '1 h 30 min'],
])('%d ms are %s to the second', (ms, text) => {
  expect(duration(ms, 1000)).toBe(text);
});
