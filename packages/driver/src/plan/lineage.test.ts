import { describe, expect, test } from 'vitest';
import { columnsIn } from './lineage.js';

describe('columnsIn', () => {
  test.each([
    ['("price" * 2)', ['price']],
    [`CASE WHEN "kind" = 'a "b" c' THEN "price" END`, ['kind', 'price']],
    [`'it''s "no" column' || "a"`, ['a']],
    ['"say ""hello"""', ['say "hello"']],
    ['LIST_TRANSFORM("xs", "x" -> "x" + "price")', ['xs', 'price']],
    ['LIST_REDUCE("xs", ("a", "b") -> "a" + "b", "first")', ['xs', 'first']],
    ['1 + 2', []],
  ])('%s', (sql, names) => {
    expect(columnsIn(sql)).toEqual(names);
  });
});
