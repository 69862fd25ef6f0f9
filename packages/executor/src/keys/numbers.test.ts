import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areInline, KeyNumbers, type KeyWords } from './numbers.js';

/** A few distinct words, so that keys repeat and differ in one word only. */
const word = fc.oneof(fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)), fc.integer());

function rows(width: KeyWords): fc.Arbitrary<number[][]> {
  return fc.array(fc.array(word, { minLength: width, maxLength: width }), {
    maxLength: 6000,
    size: 'max',
  });
}

for (const width of [2, 4] as const) {
  test(`keys of ${width} words are numbered by first appearance`, () => {
    fc.assert(
      fc.property(rows(width), fc.func(fc.integer({ min: 0, max: 3 })), (keys, chance) => {
        const numbers = new KeyNumbers(width);
        const expected = new Map<string, number>();
        for (let from = 0; from < keys.length; from += 2048) {
          const chunk = keys.slice(from, from + 2048);
          const validity = new Uint8Array(2048 / 8);
          chunk.forEach((_, i) => {
            if (chance(from + i) > 0) validity[i >> 3]! |= 1 << (i & 7);
          });
          const found = numbers.number(Int32Array.from(chunk.flat()), chunk.length, validity);
          chunk.forEach((key, i) => {
            if (chance(from + i) === 0) {
              expect(found[i]).toBe(-1);
              return;
            }
            const text = key.join();
            if (!expected.has(text)) expected.set(text, expected.size);
            expect(found[i]).toBe(expected.get(text));
          });
        }
        expect(numbers.size).toBe(expected.size);
        const distinct = [...expected.keys()].flatMap((text) => text.split(',').map(Number));
        expect([...numbers.words()]).toEqual(distinct);
        const looked = numbers.find(Int32Array.from(keys.flat()), keys.length);
        keys.forEach((key, i) => {
          expect(looked[i]).toBe(expected.get(key.join()) ?? -1);
        });
      }),
      { numRuns: 8 },
    );
  });
}

test('ranks follow the unsigned order of 64-bit hashes', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 300 }),
      (hashes) => {
        const numbers = new KeyNumbers(2);
        numbers.number(new Int32Array(BigUint64Array.from(hashes).buffer), hashes.length, null);
        const sorted = hashes.toSorted((a, b) => (a < b ? -1 : 1));
        expect([...numbers.ranks()]).toEqual(hashes.map((hash) => sorted.indexOf(hash)));
      },
    ),
  );
});

test('strings of more than 12 bytes are not their words', () => {
  const words = Int32Array.of(12, 1, 2, 3, 13, 1, 2, 3);
  expect(areInline(words, 1, 4)).toBe(true);
  expect(areInline(words, 2, 4)).toBe(false);
});
