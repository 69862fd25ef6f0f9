import { expect, test } from 'vitest';
import { columnsOfSchema, evolveSchema, guardedColumns, schemaString } from './delta-schema.js';

const columns = [
  { name: 'user', type: 'VARCHAR' },
  { name: 'a "quoted", name', type: 'STRUCT("x y" BIGINT[], "z" MAP(VARCHAR, DOUBLE))' },
  { name: 'price', type: 'DECIMAL(10,2)' },
  { name: 'ds', type: 'VARCHAR' },
];

/** A schema as another writer may put it. */
function schema(fields: readonly object[]): string {
  return JSON.stringify({ type: 'struct', fields });
}

test('a schema gives back the columns that it was made of', () => {
  expect(columnsOfSchema(schemaString(columns))).toEqual(columns);
});

test('a schema of the same columns stays to the letter', () => {
  const before = `{"type":"struct",  "fields":[{"name":"price","nullable":false,"metadata":{"comment":"in €"},"type":"decimal(10, 2)"},{"name":"ds","type":"date","nullable":true,"metadata":{}}]}`;
  const wanted = [
    { name: 'price', type: 'DECIMAL(10,2)' },
    { name: 'ds', type: 'VARCHAR' },
  ];
  expect(evolveSchema(before, wanted, ['ds'])).toBe(before);
});

test('columns come, go and change; what stays keeps what it says of itself', () => {
  const kept = { name: 'user', type: 'string', nullable: false, metadata: { comment: 'who' } };
  const before = schema([
    { name: 'gone', type: 'long', nullable: true, metadata: {} },
    kept,
    { name: 'price', type: 'long', nullable: false, metadata: { comment: 'cents' } },
    { name: 'ds', type: 'string', nullable: true, metadata: {} },
  ]);
  const evolved = evolveSchema(before, columns, ['ds']);
  expect(columnsOfSchema(evolved)).toEqual(columns);
  expect(JSON.parse(evolved)).toMatchObject({
    fields: [
      kept,
      { nullable: true },
      { name: 'price', type: 'decimal(10,2)', nullable: true, metadata: {} },
      { name: 'ds', type: 'string' },
    ],
  });
});

test('a column fewer is a change', () => {
  const before = schemaString(columns);
  expect(evolveSchema(before, columns.slice(1), ['ds'])).toBe(schemaString(columns.slice(1)));
});

test('a partition column keeps its type, any other takes the wanted one', () => {
  const before = schemaString([
    { name: 'day', type: 'DATE' },
    { name: 'ds', type: 'DATE' },
  ]);
  const wanted = [
    { name: 'day', type: 'VARCHAR' },
    { name: 'ds', type: 'VARCHAR' },
  ];
  expect(columnsOfSchema(evolveSchema(before, wanted, ['ds']))).toEqual([
    { name: 'day', type: 'VARCHAR' },
    { name: 'ds', type: 'DATE' },
  ]);
});

test('guarded columns are found at any depth', () => {
  const plain = { type: 'long', nullable: true, metadata: {} };
  const inner = { type: 'struct', fields: [{ ...plain, name: 'x', nullable: false }] };
  const holds = (name: string, type: object): object => ({ ...plain, name, type });
  const fields = [
    { ...plain, name: 'free' },
    holds('struct', inner),
    holds('array', { type: 'array', elementType: inner, containsNull: true }),
    holds('key', { type: 'map', keyType: inner, valueType: 'long', valueContainsNull: true }),
    holds('value', { type: 'map', keyType: 'long', valueType: inner, valueContainsNull: true }),
    holds('open', {
      type: 'array',
      elementType: { type: 'struct', fields: [{ ...plain, name: 'x' }] },
      containsNull: false,
    }),
    { ...plain, name: 'rule', metadata: { 'delta.invariants': '{"expression":"x > 0"}' } },
  ];
  expect(guardedColumns(schema(fields))).toEqual(['struct', 'array', 'key', 'value', 'rule']);
});

test.each(['', 'null', '[]', '{"type":"array"}', '{"type":"struct"}', '{"type":"struct",'])(
  'a schema that is none is refused: %s',
  (text) => {
    expect(() => columnsOfSchema(text)).toThrow(
      expect.objectContaining({
        kind: 'data',
        message: "the schema in a table's Delta log can't be parsed",
      }),
    );
  },
);
