/** Every query of the corpus gives Spark's rows in Spark's types, or is refused. */
import { HindcastError } from '@hindcast/shared/errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus, type ExpectedQuery, Warehouse } from './corpus.js';
import { duckdbType, type Json, sparkValue } from './spark-values.js';

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
  expect(found.columns).toEqual(columns!.map(([name, type]) => ({ name, type: duckdbType(type) })));
  const values = found.rows.map((row) => row.map((value, i) => sparkValue(value, columns![i]![1])));
  expect(sorted(values)).toEqual(sorted(rows!));
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
