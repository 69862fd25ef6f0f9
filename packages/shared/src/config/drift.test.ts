import { expect, test } from 'vitest';
import { HindcastError } from '../errors.js';
import { driftCheckIn } from './drift.js';

const thresholds = { price: { psi: 0.2 } };
const checkOf = (drift: unknown) => driftCheckIn({ drift }, 'join "j"');

test('what is left out', () => {
  expect(driftCheckIn(undefined, '')).toBeNull();
  expect(driftCheckIn({}, '')).toBeNull();
  expect(checkOf(null)).toBeNull();
  expect(checkOf({ thresholds })).toEqual({
    reference: { previous: 7 },
    when: 'after',
    thresholds,
  });
});

test('all of it', () => {
  const whole = {
    reference: { startPartition: '2023-11-01', endPartition: '2023-11-07' },
    when: 'before',
    thresholds: { '*': { psi: 0, ks: 1, nullShare: 0.5 }, user: {} },
  };
  expect(checkOf(whole)).toEqual(whole);
});

test.each([
  [5, 'hindcast.drift must be an object'],
  [{}, 'hindcast.drift.thresholds is missing'],
  [{ thresholds: {} }, 'hindcast.drift.thresholds must name a column'],
  [{ thresholds: { a: 3 } }, 'hindcast.drift.thresholds.a must be an object'],
  [{ thresholds: { 'a*': { ks: '1' } } }, 'hindcast.drift.thresholds["a*"].ks must be a number'],
  [{ thresholds: { a: { psi: -1 } } }, 'hindcast.drift.thresholds.a.psi must not be negative'],
  [{ thresholds: { a: { nullShare: 2 } } }, /nullShare is 1 at most/],
  [{ thresholds, when: 'now' }, 'hindcast.drift.when must be "before" or "after"'],
  [{ thresholds, reference: { previous: 0 } }, /reference\.previous must be at least 1/],
  [{ thresholds, reference: { previous: 1.5 } }, /must be a whole number of partitions/],
  [{ thresholds, reference: {} }, /must have previous alone, or startPartition and endPartition/],
  [
    { thresholds, reference: { previous: 1, startPartition: '2023-11-01' } },
    /must have previous alone, or startPartition and endPartition/,
  ],
])('%j', (drift, message) => {
  expect(() => checkOf(drift)).toThrow(message);
});

test.each([
  [{ drift: { treshold: thresholds } }, 'drift.treshold is not known', 'thresholds'],
  [{ drift: { thresholds: { a: { kss: 1 } } } }, 'thresholds.a.kss is not known', 'ks'],
  [{ drift: { thresholds, reference: { previos: 1 } } }, 'previos is not known', 'previous'],
  [{ drfit: { thresholds } }, 'hindcast.drfit is not known', 'drift'],
])('a wrong name: %j', (hindcast, message, meant) => {
  try {
    driftCheckIn(hindcast, 'join "j"');
  } catch (error) {
    expect(error).toBeInstanceOf(HindcastError);
    const { kind, message: said, hint } = error as HindcastError;
    expect(kind).toBe('config');
    expect(said).toMatch(message);
    expect(hint).toBe(`Did you mean "${meant}"?`);
    return;
  }
  expect.unreachable();
});
