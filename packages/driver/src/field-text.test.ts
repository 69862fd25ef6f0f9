import { unboundedLength } from '@hindcast/shared/config/model';
import { expect, test } from 'vitest';
import { fieldText } from './field-text.js';

const changed = (path: string, before: unknown, after: unknown): string =>
  fieldText({ path, change: 'changed', before, after });

test('values as configs have them', () => {
  const hours = { length: 12, timeUnit: 'HOURS' };
  const ever = { length: unboundedLength, timeUnit: 'DAYS' };
  expect(changed('windows[0]', hours, ever)).toBe('windows[0] 12h → unbounded');
  expect(changed('windows', null, [hours, ever])).toBe('windows none → [12h, unbounded]');
  expect(changed('accuracy', 'TEMPORAL', 'SNAPSHOT')).toBe('accuracy TEMPORAL → SNAPSHOT');
  expect(changed('elementWise', false, true)).toBe('elementWise false → true');
  expect(changed('sources[0].join', '0123456789abcdef', 'fedcba9876543210')).toBe(
    'sources[0].join: another definition',
  );
});

test('long texts are cut to where they differ', () => {
  const long = `${'a AND '.repeat(30)}x`;
  expect(changed('wheres[0]', `${long} > 1${' OR b'.repeat(30)}`, `${long} > 2`)).toBe(
    'wheres[0] "…AND a AND a AND x > 1 OR b OR b OR b OR b OR b OR b OR b OR …" → "…AND a AND a AND x > 2"',
  );
  expect(changed('wheres[0]', 'a', 'b'.repeat(100))).toBe(`wheres[0] "a" → "${'b'.repeat(60)}…"`);
});

test('nothing in them moves a cursor or ends a line', () => {
  const text = changed('wheres[0]', 'a\u001b[2J\n\u009b1A', '\u202ea"\u200b');
  expect(text).toBe('wheres[0] "a\\u001b[2J\\n\\u009b1A" → "\\u202ea\\"\\u200b"');
});
