import { canonical } from '@hindcast/shared/config/semantic-hash';
import type { FieldChange } from '@hindcast/shared/plan/plan';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldText } from '../field-text.js';
import { fieldChanges } from './field-changes.js';

const day = (length: number) => ({ length, timeUnit: 'DAYS' });
const sum = (inputColumn: string, ...windows: number[]) => ({
  inputColumn,
  operation: 'SUM',
  argMap: {},
  windows: windows.length === 0 ? null : windows.map(day),
  buckets: [],
  elementWise: false,
});
const source = (table: string, price = 'price', wheres: string[] = []) => ({
  kind: 'events',
  table,
  query: { selects: { user: 'user', price }, wheres, timeColumn: 'ts' },
});
const said = (before: object, after: object): string[] =>
  fieldChanges(before, after).map(fieldText);

describe('lists', () => {
  test.each([
    ['one is longer', [3, 7], [3, 14], ['windows[1] 7d → 14d']],
    ['one came', [3, 7], [1, 3, 7], ['windows: + 1d']],
    ['one went', [3, 7, 14], [3, 14], ['windows: − 7d']],
    ['one came and one is longer', [3, 7], [1, 3, 14], ['windows: + 1d', 'windows[2] 7d → 14d']],
    ['others of them', [1, 2], [3], ['windows[0] 1d → 3d', 'windows: − 2d']],
    ['another order', [3, 7], [7, 3], ['windows: in another order']],
    ['the same twice', [3, 3], [3], ['windows: − 3d']],
  ])('windows: %s', (_, before, after, changes) => {
    expect(said({ windows: before.map(day) }, { windows: after.map(day) })).toEqual(changes);
  });

  test('aggregations are matched by operation and input', () => {
    const before = [sum('price', 1, 7), sum('tax', 1)];
    const after = [{ ...sum('price'), operation: 'LAST' }, sum('price', 1, 14), sum('tax', 1)];
    expect(said({ aggregations: before }, { aggregations: after })).toEqual([
      'aggregations: + LAST(price)',
      'aggregations[1].windows[1] 7d → 14d',
    ]);
    expect(said({ aggregations: before }, { aggregations: [sum('tips', 1), before[1]] })).toEqual([
      'aggregations: + SUM(tips) over 1d',
      'aggregations: − SUM(price) over 1d, 7d',
    ]);
    expect(said({ aggregations: before }, { aggregations: before.toReversed() })).toEqual([
      'aggregations: in another order',
    ]);
  });

  test('of two of one operation and input the changed one is found', () => {
    const lasts = (...ks: string[]) => ({
      aggregations: ks.map((k) => ({ ...sum('price'), operation: 'LAST_K', argMap: { k } })),
    });
    expect(said(lasts('3', '10'), lasts('5', '3', '10'))).toEqual([
      'aggregations: + LAST_K(price, k=5)',
    ]);
    expect(said(lasts('3', '10'), lasts('3', '20'))).toEqual([
      'aggregations[1].argMap.k "10" → "20"',
    ]);
  });

  test('sources by table, else where they stand', () => {
    const [a, b, c] = [source('data.a'), source('data.b'), source('data.c', 'cost')];
    expect(said({ sources: [a, b] }, { sources: [b] })).toEqual(['sources: − data.a']);
    expect(said({ sources: [a, b] }, { sources: [c, b] })).toEqual([
      'sources[0].table "data.a" → "data.c"',
      'sources[0].query.selects.price "price" → "cost"',
    ]);
    expect(said({ sources: [a] }, { sources: [b, source('data.a', 'cost')] })).toEqual([
      'sources: + data.b',
      'sources[1].query.selects.price "price" → "cost"',
    ]);
  });

  test('derivations and columns by name', () => {
    const one = { name: 'a', expression: 'x + 1' };
    const other = { name: 'b', expression: 'y' };
    expect(
      said({ derivations: [one] }, { derivations: [other, { ...one, expression: 'x + 2' }] }),
    ).toEqual(['derivations: + b = "y"', 'derivations[1].expression "x + 1" → "x + 2"']);
    expect(said({ derivations: [one] }, { derivations: [{ ...one, name: 'c' }] })).toEqual([
      'derivations: + c = "x + 1"',
      'derivations: − a = "x + 1"',
    ]);
  });
});

test('wheres, selects and what is none', () => {
  const before = { left: source('data.a', 'price', ['x > 1']) };
  const query = { selects: { user: 'user', 'total price': 'p' }, wheres: ['x > 2'] };
  expect(said(before, { left: { ...before.left, query: { ...query, timeColumn: null } } })).toEqual(
    [
      'left.query.selects["total price"]: + "p"',
      'left.query.selects.price: − "price"',
      'left.query.wheres[0] "x > 1" → "x > 2"',
      'left.query.timeColumn "ts" → none',
    ],
  );
});

test('names that records have of their own', () => {
  expect(fieldChanges({}, JSON.parse('{"__proto__": 1, "constructor": 2}'))).toHaveLength(2);
});

/** Definitions that no field has twice: lists hold what can be told apart. */
const name = fc.stringMatching(/^[a-z]{1,6}$/);
const leaf = fc.oneof(fc.string(), fc.constant(null), fc.boolean(), fc.integer());
const aggregation = fc.record({
  operation: fc.constantFrom('SUM', 'LAST', 'COUNT'),
  inputColumn: name,
  argMap: fc.dictionary(name, fc.string()),
  windows: fc.option(
    fc.uniqueArray(fc.integer({ min: 1, max: 99 }).map(day), { selector: (one) => one.length }),
  ),
  elementWise: fc.boolean(),
});
const query = fc.record({
  selects: fc.option(fc.dictionary(name, fc.string())),
  wheres: fc.uniqueArray(fc.string()),
  startPartition: leaf,
});
const part = fc.record({
  sources: fc.uniqueArray(fc.record({ table: name, query }), { selector: ({ table }) => table }),
  keyColumns: fc.uniqueArray(name),
  aggregations: fc.uniqueArray(aggregation, {
    selector: ({ operation, inputColumn }) => `${operation} ${inputColumn}`,
  }),
  derivations: fc.uniqueArray(fc.record({ name, expression: fc.string() }), {
    selector: (one) => one.name,
  }),
  accuracy: fc.constantFrom('TEMPORAL', 'SNAPSHOT'),
});

/** Places of plain values that can be replaced without becoming another thing. */
function leaves(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one, i) => leaves(one, `${path}[${i}]`));
  if (typeof value !== 'object' || value === null || 'timeUnit' in value)
    return /(table|\.operation|\.inputColumn|\.name)$/.test(path) ? [] : [path];
  return Object.entries(value).flatMap(([field, inner]) =>
    leaves(inner, path === '' ? field : `${path}.${field}`),
  );
}
function steps(path: string): (string | number)[] {
  return (path.match(/[^.[\]]+/g) ?? []).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
function replaced(value: unknown, [step, ...rest]: (string | number)[], now: unknown): unknown {
  if (step === undefined) return now;
  const inner = replaced((value as Record<string, unknown>)[step], rest, now);
  return Array.isArray(value)
    ? value.with(step as number, inner)
    : { ...(value as object), [step]: inner };
}
const at = (value: unknown, path: string): unknown =>
  steps(path).reduce((inner, step) => (inner as Record<string, unknown>)[step], value);

test('random definitions: none in itself, and some in any other', () => {
  fc.assert(
    fc.property(part, part, (one, other) => {
      expect(fieldChanges(one, structuredClone(one))).toEqual([]);
      const changes = fieldChanges(one, other);
      expect(changes.length === 0).toBe(canonical(one) === canonical(other));
      // As many back: what came goes, and what changed changes.
      const count = (all: readonly FieldChange[], change: string): number =>
        all.filter((found) => found.change === change).length;
      const back = fieldChanges(other, one);
      expect(count(back, 'changed')).toBe(count(changes, 'changed'));
      expect(count(back, 'added')).toBe(count(changes, 'removed'));
      expect(count(back, 'removed')).toBe(count(changes, 'added'));
      expect(count(back, 'reordered')).toBe(count(changes, 'reordered'));
    }),
  );
});

test('random values changed: each is reported once, at its place, and nothing else is', () => {
  fc.assert(
    fc.property(part, fc.infiniteStream(fc.boolean()), (before, coins) => {
      const chosen = leaves(before).filter(() => coins.next().value);
      const after = chosen.reduce<unknown>(
        (value, path, i) => replaced(value, steps(path), `other ${i}`),
        before,
      );
      const changes = fieldChanges(before, after);
      expect(changes.map(({ path }) => path).sort()).toEqual(chosen.toSorted());
      for (const { path, change, before: was, after: is } of changes) {
        expect(change).toBe('changed');
        expect(was).toEqual(at(before, path));
        expect(is).toEqual(at(after, path));
      }
    }),
  );
});

test('random elements that come to lists and leave them: each is reported once', () => {
  fc.assert(
    fc.property(part, aggregation, fc.nat(), (before, one, place) => {
      const others = before.aggregations.filter(
        ({ operation, inputColumn }) =>
          operation !== one.operation || inputColumn !== one.inputColumn,
      );
      const without = { ...before, aggregations: others };
      const at = place % (others.length + 1);
      const having = { ...before, aggregations: others.toSpliced(at, 0, one) };
      expect(fieldChanges(without, having)).toEqual([
        { path: 'aggregations', change: 'added', after: one },
      ]);
      expect(fieldChanges(having, without)).toEqual([
        { path: 'aggregations', change: 'removed', before: one },
      ]);
    }),
  );
});
