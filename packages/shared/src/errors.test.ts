import { expect, test } from 'vitest';
import { toErrorRecord } from './errors.js';

test("a library's own stack trace is no part of the message", () => {
  const record = toErrorRecord(
    new Error('INTERNAL Error: index 5\n\nStack Trace:\n\nlib.so(+0x1)'),
  );
  expect(record.message).toBe('INTERNAL Error: index 5');
  expect(record.stack).toContain('lib.so(+0x1)');
});
