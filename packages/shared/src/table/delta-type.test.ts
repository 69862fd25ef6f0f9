import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DeltaType, deltaType, duckdbType, isSameType, storedType } from './delta-type.js';

const scalar = fc.constantFrom(
  'boolean',
  'byte',
  'short',
  'integer',
  'long',
  'float',
  'double',
  'string',
  'binary',
  'date',
  'timestamp',
  'decimal(10,0)',
  'decimal(38,18)',
);

/** Every Delta type as it is written here: all of it nullable, without metadata. */
const types = fc.letrec<{ type: DeltaType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    tie('type').map((elementType) => ({ type: 'array' as const, elementType, containsNull: true })),
    fc.tuple(tie('type'), tie('type')).map(([keyType, valueType]) => ({
      type: 'map' as const,
      keyType,
      valueType,
      valueContainsNull: true,
    })),
    fc
      .array(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), tie('type')), {
        minLength: 1,
        maxLength: 4,
      })
      .map((members) => ({
        type: 'struct' as const,
        fields: members.map(([name, type]) => ({ name, type, nullable: true, metadata: {} })),
      })),
  ),
})).type;

test('every type survives the way to DuckDB and back', () => {
  fc.assert(
    fc.property(types, (type) => {
      expect(deltaType(duckdbType(type, 'c'), 'c')).toEqual(type);
    }),
    { numRuns: 2000 },
  );
});

test('two types are the same when they read the same', () => {
  fc.assert(
    fc.property(types, types, (a, b) => {
      expect(isSameType(a, a)).toBe(true);
      expect(isSameType(a, b)).toBe(duckdbType(a, 'c') === duckdbType(b, 'c'));
    }),
  );
});

test('nullability and metadata make no other type', () => {
  const field = (nullable: boolean, metadata: Record<string, unknown>): DeltaType => ({
    type: 'struct',
    fields: [{ name: 'a', type: 'decimal(10, 2)', nullable, metadata }],
  });
  expect(isSameType(field(true, {}), field(false, { comment: 'x' }))).toBe(true);
  expect(isSameType('decimal(10, 2)', 'decimal(10,2)')).toBe(true);
  const array = (containsNull: boolean): DeltaType => ({
    type: 'array',
    elementType: 'long',
    containsNull,
  });
  expect(isSameType(array(true), array(false))).toBe(true);
});

/** As DuckDB's DESCRIBE spells them. */
test.each<[string, DeltaType]>([
  ['UTINYINT', 'short'],
  ['UINTEGER', 'long'],
  ["ENUM('a, b', 'c)')", 'string'],
  ['TIMESTAMP WITH TIME ZONE', 'timestamp'],
  ['DECIMAL(18,3)', 'decimal(18,3)'],
  [
    'INTEGER[3][]',
    {
      type: 'array',
      containsNull: true,
      elementType: { type: 'array', elementType: 'integer', containsNull: true },
    },
  ],
  [
    'STRUCT(a INTEGER, "b, (c" DECIMAL(4,1)[], "say ""hi""" MAP(VARCHAR, STRUCT(x DATE)))',
    {
      type: 'struct',
      fields: [
        { name: 'a', type: 'integer', nullable: true, metadata: {} },
        {
          name: 'b, (c',
          type: { type: 'array', elementType: 'decimal(4,1)', containsNull: true },
          nullable: true,
          metadata: {},
        },
        {
          name: 'say "hi"',
          type: {
            type: 'map',
            keyType: 'string',
            valueType: {
              type: 'struct',
              fields: [{ name: 'x', type: 'date', nullable: true, metadata: {} }],
            },
            valueContainsNull: true,
          },
          nullable: true,
          metadata: {},
        },
      ],
    },
  ],
])('%s', (duckdb, delta) => {
  expect(deltaType(duckdb, 'c')).toEqual(delta);
});

test.each([
  ['HUGEINT', 'DECIMAL(38, 0), or BIGINT if it fits'],
  ['UBIGINT', 'DECIMAL(20, 0)'],
  ['TIME', 'STRING'],
  ['UUID', 'STRING'],
  ['INTERVAL', 'STRING'],
  ['BIT', 'BIGINT, DOUBLE or STRING'],
  ['UNION(a INTEGER, b VARCHAR)', 'BIGINT, DOUBLE or STRING'],
  ['STRUCT(INTEGER, VARCHAR)', 'BIGINT, DOUBLE or STRING'],
])('%s has no place in a table', (type, cast) => {
  expect(() => deltaType(type, 'the column')).toThrow(
    expect.objectContaining({
      kind: 'config',
      message: `column "the column": a Delta table can't hold its type`,
      found: type,
      hint: `Cast it in the selects, for example to ${cast}.`,
    }),
  );
});

test('a type within a type is named where it has no place', () => {
  expect(() => deltaType('STRUCT(a MAP(VARCHAR, HUGEINT[]))', 'c')).toThrow(
    expect.objectContaining({ kind: 'config', found: 'HUGEINT' }),
  );
});

test('a Delta type of tomorrow is named', () => {
  expect(() => duckdbType('variant', 'c')).toThrow(
    expect.objectContaining({
      kind: 'data',
      message: 'column "c": its Delta type is unknown here',
      found: 'variant',
    }),
  );
  expect(() =>
    duckdbType({ type: 'array', elementType: 'variant', containsNull: true }, 'c'),
  ).toThrow(expect.objectContaining({ kind: 'data', found: 'variant' }));
});

test('files hold nanoseconds as microseconds, at any depth, and everything else as it is', () => {
  expect(storedType('TIMESTAMP_NS')).toBe('TIMESTAMP');
  expect(storedType('STRUCT("TIMESTAMP_NS" TIMESTAMP_NS[], "a""TIMESTAMP_NS" INTEGER)')).toBe(
    'STRUCT("TIMESTAMP_NS" TIMESTAMP[], "a""TIMESTAMP_NS" INTEGER)',
  );
  for (const type of ['UTINYINT', 'TIMESTAMP WITH TIME ZONE', 'DECIMAL(10,2)[]']) {
    expect(storedType(type)).toBe(type);
  }
});
