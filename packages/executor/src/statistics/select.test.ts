import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numbersAt } from './select.js';

test('places hold what they hold in order', () => {
  const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true }));
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 1, maxLength: 400, size: 'max' }),
      fc.array(fc.nat(), { maxLength: 25 }),
      (numbers, wanted) => {
        const plain = Float64Array.from(numbers, (one) => one + 0);
        const places = wanted.map((place) => place % plain.length).sort((a, b) => a - b);
        const found = numbersAt(plain, plain.length, places);
        const sorted = plain.slice().sort();
        expect(found).toEqual(places.map((place) => sorted[place]));
      },
    ),
    { numRuns: 300 },
  );
});
