import { HindcastError } from '@hindcast/shared/errors';
import { describe, expect, test } from 'vitest';
import { cronOf, daysDue } from './cron.js';

const place = 'join.json: metaData.offlineSchedule';

test.each([
  ['@daily', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  [' 30  6 1,15 * * ', '30 6 1,15 * *'],
  ['0 6 * * MON-FRI', '0 6 * * 1-5'],
  ['0 6 * jan,DEC sun', '0 6 * 1,12 0'],
  ['*/15 8-18/2 * * *', '*/15 8-18/2 * * *'],
  ['0 0 * * 7', '0 0 * * 0'],
  ['0 0 * * FRI-SUN', '0 0 * * 0,5,6'],
  ['0 0 * * 1-7/2', '0 0 * * 0,1,3,5'],
])('%s is %s to every scheduler', (given, cron) => {
  expect(cronOf(given, place)).toBe(cron);
});

test('@never is no schedule', () => expect(cronOf('@never', place)).toBe(null));

describe('what is no cron expression is refused, and the fields named', () => {
  test.each([
    ['61 25 * * *', 'minute "61", hour "25"', 'minute: 0-59; hour: 0-23'],
    ['0 0 0 13 8', 'day of month "0", month "13", day of week "8"', '1-31'],
    ['0 0 L * *', 'day of month "L"', '1-31'],
    ['0 0 * * 1#2', 'day of week "1#2"', 'SUN-SAT'],
    ['5-1 * * * *', 'minute "5-1"', '0-59'],
    ['*/0 * * * *', 'minute "*/0"', '0-59'],
    ['0 MON * * *', 'hour "MON"', '0-23'],
    ['daily', '1 fields', 'Write five'],
    ['0 0 * * * *', '6 fields', 'Write five'],
    ['', '0 fields', 'Write five'],
    ['@dayly', undefined, 'Did you mean "@daily"?'],
    ['@once', undefined, 'Known: @hourly'],
    ['0 0 31 2 *', undefined, 'No year'],
    ['0 0 * * *; rm -rf /', '8 fields', 'Write five'],
    ['0 0 $(x) * *', 'day of month "$(x)"', '1-31'],
  ])('%s', (given, found, hint) => {
    const error = thrownBy(() => cronOf(given, place));
    expect(error.kind).toBe('config');
    expect(error.message).toMatch(place);
    expect(error.message).toContain(JSON.stringify(given));
    expect(error.found).toBe(found);
    expect(error.hint).toContain(hint);
  });
});

test('days on which a schedule comes', () => {
  // 1970-01-01 was a Thursday.
  expect([...daysDue('0 0 * * 0', 14)]).toEqual([3, 10]);
  expect([...daysDue('59 23 * * *', 3)]).toEqual([0, 1, 2]);
  expect([...daysDue('* * * * *', 3)]).toEqual([0, 1, 2]);
});

function thrownBy(act: () => unknown): HindcastError {
  try {
    act();
  } catch (error) {
    if (error instanceof HindcastError) return error;
  }
  throw new Error('nothing was refused');
}
