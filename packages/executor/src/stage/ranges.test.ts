import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesIn, minus, type Ranges, requestsFor, union } from './ranges.js';

const range = fc
  .tuple(fc.nat({ max: 60 }), fc.nat({ max: 12 }))
  .map(([from, length]) => ({ from, to: from + length }));
const ranges = fc.array(range, { maxLength: 8 });

const bytes = (some: Ranges): Set<number> =>
  new Set(some.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)));

test('union and minus are those of the bytes', () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      const together = union([...a, ...b]);
      expect(bytes(together)).toEqual(bytes([...a, ...b]));
      expect(bytesIn(together)).toBe(bytes(together).size);
      const rest = minus(a, b);
      const without = bytes(b);
      expect(bytes(rest)).toEqual(new Set([...bytes(a)].filter((byte) => !without.has(byte))));
      expect(bytesIn(rest)).toBe(bytes(rest).size);
    }),
  );
});

test('requests cover what is wanted, are no longer than asked, and fill small gaps only', () => {
  fc.assert(
    fc.property(ranges, fc.nat({ max: 5 }), fc.integer({ min: 1, max: 9 }), (some, gap, most) => {
      const requests = requestsFor(some, gap, most);
      const wanted = bytes(some);
      const read = bytes(requests);
      for (const byte of wanted) expect(read.has(byte)).toBe(true);
      for (const { from, to } of requests) expect(to - from).toBeLessThanOrEqual(most);
      for (const hole of minus(requests, some))
        expect(hole.to - hole.from).toBeLessThanOrEqual(gap);
      expect(bytesIn(requests)).toBe(read.size);
    }),
  );
});
