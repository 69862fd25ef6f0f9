import type { Derivation, Join } from '@hindcast/shared/config/model';
import * as dsl from '@hindcast/shared/dsl/index';
import type { Column, DerivedColumn, ProjectedColumn } from '@hindcast/shared/plan/task';
import { describe, expect, test } from 'vitest';
import { joinOf, part, requestOf, stateOf } from '../../../../test/small-plans.js';
import { leftColumns, partColumns } from './columns.js';
import {
  joinDerivations,
  partDerivations,
  projectFeatures,
  projectOutput,
  type RowsOfPart,
} from './derivations.js';

const left: Column[] = [
  { name: 'user', type: 'VARCHAR' },
  { name: 'ts', type: 'BIGINT' },
];
const features: Column[] = [
  { name: 'a', type: 'BIGINT' },
  { name: 'b', type: 'DOUBLE' },
];
/** As a describing task would give them: the text itself for DuckDB's SQL, a double each. */
const described = (derivations: readonly Derivation[]): DerivedColumn[] =>
  derivations
    .filter(({ name }) => name !== '*')
    .map(({ name, expression }) => ({
      name,
      type: 'DOUBLE',
      expression: /^\w+$/.test(expression) ? `"${expression}"` : expression,
    }));
const derivationsOf = (fields: Readonly<Record<string, string>>): Derivation[] =>
  Object.entries(fields).map(([name, expression]) => ({ name, expression }));
const joinWith = (fields: Readonly<Record<string, string>>): Join => ({
  ...joinOf(),
  derivations: derivationsOf(fields),
});
const text = (columns: readonly ProjectedColumn[]): string[] =>
  columns.map(({ name, expression }) => (expression === null ? name : `${name}: ${expression}`));
function output(fields: Readonly<Record<string, string>>): string[] {
  const join = joinWith(fields);
  joinDerivations(join, left, features, [], 'ds');
  return text(projectOutput(join, left, features, described(join.derivations)));
}

describe('of a join', () => {
  test.each([
    [{ c: 'a + b' }, ['user', 'ts', 'c: a + b']],
    [{ '*': '*', c: 'a + b' }, ['user', 'ts', 'a', 'b', 'c: a + b']],
    [{ c: 'a', '*': '*', d: 'a + 1' }, ['user', 'ts', 'c: "a"', 'b', 'd: a + 1']],
    [{ '*': '*', a: 'a' }, ['user', 'ts', 'b', 'a: "a"']],
    [{ a: 'a + 1' }, ['user', 'ts', 'a: a + 1']],
    [{ '*': '*', c: '`a`' }, ['user', 'ts', 'b', 'c: `a`']],
    [{ '*': '*', who: 'user' }, ['user', 'ts', 'a', 'b', 'who: "user"']],
    [{ user: 'user', c: 'ts' }, ['user', 'ts', 'c: "ts"']],
    [{ '*': '*' }, ['user', 'ts', 'a', 'b']],
  ])('%j', (fields, expected) => {
    expect(output(fields as Record<string, string>)).toEqual(expected);
  });

  test.each([
    [{ '*': '*', a: 'a + 1' }, /join "small.v1", derivation "a": there is a column of this name/],
    [{ '*': '*', A: 'b' }, /derivation "A": there is a column of this name/],
    [{ user: 'upper(user)' }, /derivation "user": there is a column of this name/],
    [{ c: 'a', C: 'b' }, /derivation "C": it is there twice/],
    [{ __c: 'a' }, /can't begin with "__"/],
    [{ c: ' ' }, /its expression is empty/],
    [{ ' ': 'a' }, /it has no name/],
  ])('%j is refused', (fields, says) => {
    expect(() => output(fields as Record<string, string>)).toThrow(says);
  });

  test('expressions see the left, the partition and features', () => {
    const set = joinDerivations(joinWith({ c: 'a' }), left, features, [], 'ds');
    expect(set.columns.map(({ name, held }) => `${name} ${held}`)).toEqual([
      'user user',
      'ts ts',
      'a a',
      'b b',
      'ds __partition',
    ]);
  });
});

describe('of a group-by', () => {
  function featuresOf(
    fields: Readonly<Record<string, string>>,
    changes: Parameters<typeof part>[0] = {},
    rows: RowsOfPart = 'some keys',
  ) {
    const derivations = derivationsOf(fields);
    const group = part({ ...changes, derivations });
    const state = stateOf(joinOf([{ ...group, prefix: 'buyer' }]), requestOf());
    const inspected = state.parts[0]!;
    const columns = partColumns(inspected, leftColumns(state.left), false);
    const set = partDerivations(inspected.part, columns);
    const held = new Map(set.columns.map((column) => [column.name, column.held]));
    const sql = described(derivations).map((column) => ({
      ...column,
      expression: column.expression.replace(/\w+/g, (name) => held.get(name) ?? name),
    }));
    return { set, columns, features: projectFeatures(inspected.part, columns, sql, rows) };
  }

  test('they see its own names and keys, and give features; what they are of has hidden names', () => {
    const {
      set,
      columns,
      features: found,
    } = featuresOf({ twice: 'price_sum_3d * 2' }, {}, 'every key');
    expect(set.columns.map(({ name, held }) => `${name} ${held}`)).toEqual([
      'price_sum_3d __buyer_sales_v1_price_sum_3d',
      'user user',
    ]);
    expect(columns.outputs.map(({ name }) => name)).toEqual(['__buyer_sales_v1_price_sum_3d']);
    expect(text(found)).toEqual([
      'buyer_sales_v1_twice: CASE WHEN "user" IS NOT NULL THEN __buyer_sales_v1_price_sum_3d * 2 END',
    ]);
  });

  test('without a row of the group-by they are NULL', () => {
    const snapshot = { accuracy: 'SNAPSHOT', aggregations: [dsl.sum('price')] } as const;
    const [first] = featuresOf({ c: '1 + 1' }, snapshot).features;
    expect(first!.expression).toBe(
      'CASE WHEN "__buyer_sales_v1_price_sum" IS NOT NULL THEN 1 + 1 END',
    );
    const [own] = featuresOf({ c: '1 + 1' }, snapshot, 'all').features;
    expect(own!.expression).toBe('1 + 1');
    const [plain] = featuresOf(
      { c: '1 + 1' },
      { aggregations: null, sources: [dsl.entitySource({ snapshotTable: 't', query: {} })] },
    ).features;
    expect(plain!.expression).toBe('CASE WHEN "__buyer_sales_v1__found" THEN 1 + 1 END');
  });

  test('a star keeps the rest, under its own name', () => {
    const aggregations = [dsl.sum('price'), dsl.count('price')];
    const { features: found } = featuresOf({ '*': '*', total: 'price_sum' }, { aggregations });
    expect(text(found)).toEqual([
      'buyer_sales_v1_price_count: "__buyer_sales_v1_price_count"',
      'buyer_sales_v1_total: "__buyer_sales_v1_price_sum"',
    ]);
    expect(() => featuresOf({ '*': '*', price_sum: '1' }, { aggregations })).toThrow(
      'join part "sales.v1", derivation "price_sum": there is a column of this name already',
    );
  });
});
