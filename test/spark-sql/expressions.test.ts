/** Every expression of the corpus gives Spark's values in Spark's type, or is refused at plan. */
import { HindcastError } from '@hindcast/shared/errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus, type Expected, Warehouse } from './corpus.js';
import { duckdbType, plainType, sameValue, sparkValue } from './spark-values.js';

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await Warehouse.make();
});

afterAll(() => warehouse.close());

async function expectEqual({ table, expression, type, values }: Expected): Promise<void> {
  const answer = await warehouse.answer(table, expression);
  const found = answer.values.map((value) => sparkValue(value, type!));
  const same = found.every((value, row) => sameValue(value, values![row]!, type!));
  if (!same) expect(found).toEqual(values);
  expect(plainType(answer.type)).toBe(plainType(duckdbType(type!)));
}

async function expectRefused({ table, expression, refused }: Expected): Promise<void> {
  const refusal = await warehouse.plan(table, expression).then(
    ({ scan }) => `nothing: it became ${scan.selects!['value']}`,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(HindcastError);
  const { kind, message, found, hint } = refusal as HindcastError;
  expect(kind).toBe('config');
  expect(message).toContain(expression);
  expect(`${found}\n${hint}`).toContain(refused!);
}

const groups = new Set(corpus.expressions.map(({ group }) => group));

for (const name of groups) {
  const rows = corpus.expressions.filter(({ group }) => group === name);
  const equal = rows.filter(({ refused }) => refused === undefined);
  const refused = rows.filter(({ refused }) => refused !== undefined);
  describe(name, () => {
    if (equal.length > 0) test.each(equal)('$expression', expectEqual);
    if (refused.length > 0) test.each(refused)('refused: $expression', expectRefused);
  });
}
