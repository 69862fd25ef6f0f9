import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HindcastError } from '../errors.js';
import { dayOf, partitionOf, partitionsOf, tryDayOf } from './partition-spec.js';

const day = fc.integer({ min: -719_000, max: 2_900_000 }); // the years 2 to 9909
const format = fc.constantFrom('yyyy-MM-dd', 'yyyyMMdd', 'dd.MM.yyyy', 'yyyy/MM/dd', 'MM-dd-yyyy');

test('a day and its partition value lead to each other', () => {
  fc.assert(
    fc.property(day, format, (given, as) => {
      const value = partitionOf(given, as);
      expect(value).toHaveLength(as.length);
      expect(dayOf(value, as)).toBe(given);
    }),
  );
});

test('days that are known', () => {
  expect(dayOf('1970-01-01')).toBe(0);
  expect(dayOf('1969-12-31')).toBe(-1);
  expect(dayOf('20231130', 'yyyyMMdd')).toBe(19_691);
  expect(partitionOf(11_016, 'dd.MM.yyyy')).toBe('29.02.2000');
});

test.each([
  '',
  '2023',
  '2023-2-1',
  '2023-02-30',
  '2023-02-29',
  '2023-13-01',
  '2023-00-10',
  '2023-01-00',
  '2023_01_01',
  '20230101',
  '2023-01-011',
  ' 2023-01-1',
  '２０２３-01-01',
])('%j is no date', (value) => {
  expect(tryDayOf(value)).toBeNull();
  expect(() => dayOf(value)).toThrow(`"${value}" is not a date`);
});

test.each([
  ['20230230', 'yyyyMMdd', '20231130'],
  ['2023-11-30', 'yyyyMMdd', '20231130'],
  ['30.2.2023', 'dd.MM.yyyy', '30.11.2023'],
  ['31.04.2023', 'dd.MM.yyyy', '30.11.2023'],
])('%j is no date in %s, and the error shows one', (value, as, example) => {
  expect(tryDayOf(value, as)).toBeNull();
  const hint = `Write it as ${as}, for example ${example}.`;
  const error = new HindcastError('usage', `"${value}" is not a date`, { hint });
  expect(() => dayOf(value, as)).toThrow(error);
});

test('a range has both of its ends', () => {
  expect(partitionsOf({ start: '2023-02-27', end: '2023-03-01' })).toEqual([
    '2023-02-27',
    '2023-02-28',
    '2023-03-01',
  ]);
  expect(partitionsOf({ start: '2024-02-28', end: '2024-03-01' })).toHaveLength(3);
  expect(partitionsOf({ start: '20231231', end: '20240101' }, 'yyyyMMdd')).toEqual([
    '20231231',
    '20240101',
  ]);
  expect(partitionsOf({ start: '2023-01-02', end: '2023-01-02' })).toEqual(['2023-01-02']);
  expect(partitionsOf({ start: '2023-01-02', end: '2023-01-01' })).toEqual([]);
});
