import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactStart, floorTo, hopMs, sawtoothStart, windowMs } from './window.js';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

test('hours and days', () => {
  expect(windowMs({ length: 3, timeUnit: 'HOURS' })).toBe(3 * hour);
  expect(windowMs({ length: 30, timeUnit: 'DAYS' })).toBe(30 * day);
});

test('rounding down goes down, before 1970 too', () => {
  expect([-1, 0, day - 1, day].map((time) => floorTo(time, day))).toEqual([-day, 0, 0, day]);
});

test.each([
  [12 * day, day],
  [12 * day - 1, hour],
  [12 * hour, hour],
  [12 * hour - 1, 5 * minute],
  [hour, 5 * minute],
])('the tail of %i ms moves by %i ms', (length, hop) => {
  expect(hopMs(length)).toBe(hop);
});

test("the specification's row", () => {
  const time = Date.parse('2023-12-20T12:01:01.923Z');
  expect(new Date(exactStart(time, 10 * day)).toISOString()).toBe('2023-12-10T12:01:01.923Z');
  expect(new Date(sawtoothStart(time, 10 * day)).toISOString()).toBe('2023-12-10T12:00:00.000Z');
  expect(new Date(sawtoothStart(time, 14 * day)).toISOString()).toBe('2023-12-06T00:00:00.000Z');
});

test('starts of any length, by counting back to a border', () => {
  const time = fc.integer({ min: -(2 ** 42), max: 2 ** 42 });
  const length = fc.integer({ min: 1, max: 40 * day });
  const backTo = (from: number, unit: number): number => from - (((from % unit) + unit) % unit);
  fc.assert(
    fc.property(time, length, (at, ms) => {
      const unit = ms < 12 * hour ? 5 * minute : ms < 12 * day ? hour : day;
      expect(sawtoothStart(at, ms)).toBe(backTo(backTo(at, 5 * minute) - ms, unit));
      expect(exactStart(at, ms) + ms).toBe(at);
    }),
  );
});

test('a sawtooth window holds the exact one, and at most a hop and five minutes more', () => {
  const time = fc.integer({ min: -(2 ** 42), max: 2 ** 42 });
  const length = fc.integer({ min: 1, max: 800 }).map((hours) => hours * hour);
  fc.assert(
    fc.property(time, length, (at, ms) => {
      const start = sawtoothStart(at, ms);
      expect(start % hopMs(ms)).toBeCloseTo(0);
      expect(start).toBeLessThanOrEqual(exactStart(at, ms));
      expect(exactStart(at, ms) - start).toBeLessThan(hopMs(ms) + 5 * minute);
    }),
  );
});
