/** Every query of the corpus gives Spark's rows in Spark's types, or is refused. */
import { HindcastError } from '@hindcast/shared/errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus, type ExpectedQuery, Warehouse } from './corpus.js';
import { duckdbType, type Json, plainType, sameValue, sparkValue } from './spark-values.js';

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await Warehouse.make();
});

afterAll(() => warehouse.close());

/** Rows have no order. */
function sorted(rows: readonly (readonly Json[])[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

async function expectEqual({ query, columns, rows }: ExpectedQuery): Promise<void> {
  const found = await warehouse.rows(query);
  const typesOf = (some: readonly { name: string; type: string }[]): string[] =>
    some.map(({ name, type }) => `${name} ${plainType(type)}`);
  const wanted = columns!.map(([name, type]) => ({ name, type: duckdbType(type) }));
  expect(typesOf(found.columns)).toEqual(typesOf(wanted));
  const values = found.rows.map((row) => row.map((value, i) => sparkValue(value, columns![i]![1])));
  // By their texts first: doubles differ in their last digits.
  const [mine, sparks] = [sorted(values), sorted(rows!)];
  expect(mine.length).toBe(sparks.length);
  const same = mine.every((row, i) =>
    JSON.parse(row).every((value: Json, j: number) =>
      sameValue(value, JSON.parse(sparks[i]!)[j], columns![j]![1]),
    ),
  );
  if (!same) expect(mine).toEqual(sparks);
}

async function expectRefused({ query, refused }: ExpectedQuery): Promise<void> {
  const error = await warehouse.rows(query).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HindcastError);
  expect((error as HindcastError).kind).toBe('config');
  expect((error as HindcastError).message).toContain(refused);
}

describe('queries', () => {
  const known = corpus.queries.filter(({ refused }) => refused === undefined);
  test.each(known)('$query', expectEqual);
  test.each(corpus.queries.filter(({ refused }) => refused !== undefined))(
    'refused: $query',
    expectRefused,
  );
});
