import type { PartitionInputs } from '@hindcast/shared/plan/plan';
import type { TablePartition } from '@hindcast/shared/table/table';
import { expect, test } from 'vitest';
import { InputsOfPartition, type SeenTable, staleInputs } from './inputs.js';

const spec = { column: 'ds', format: 'yyyy-MM-dd' };
const files = (versions: Readonly<Record<string, string>>): TablePartition[] =>
  Object.entries(versions).map(([value, version]) => ({
    value,
    files: [{ path: `ds=${value}/a.parquet`, bytes: 1, version }],
  }));
const views = (versions: Readonly<Record<string, string>>): SeenTable => ({
  role: 'source',
  name: 'data.views',
  partitions: files(versions),
});
const inputs = (
  table: SeenTable,
  first: number,
  last: number,
  former: PartitionInputs | null = null,
) => {
  const seen = new InputsOfPartition(spec.format);
  seen.add(table, { first, last });
  return seen.done(former);
};
const staleWith = (noted: ReturnType<typeof inputs>, table: SeenTable): string[] =>
  staleInputs(new Map([['1970-01-05', noted]]), [table], spec).get('1970-01-05') ?? [];

const before = { '1970-01-02': 'a', '1970-01-03': 'b', '1970-01-04': 'c' };
const later = { ...before, '1970-01-02': 'late' };

test('columns that are carried over see what they saw, beside what is computed anew', () => {
  const noted = inputs(views(before), 1, 3);
  const both = inputs(views(before), 3, 3, noted);
  expect(both).toEqual(noted);
  expect(staleWith(both, views(before))).toEqual([]);
  expect(staleWith(both, views(later))).toEqual(['data.views']);
});

test('what had changed for them stays changed', () => {
  const noted = inputs(views(before), 1, 3);
  const both = inputs(views(later), 0, 4, noted);
  expect(staleWith(both, views(later))).toEqual(['data.views']);
  expect(staleWith(inputs(views(later), 0, 4), views(later))).toEqual([]);
});

test('a part that sees everything before is noted so', () => {
  const noted = inputs(views(before), 3, 3);
  const both = inputs(views(before), Number.NEGATIVE_INFINITY, 3, noted);
  expect(both['data.views']).toMatchObject({ first: null, last: 3 });
  expect(staleWith(both, views(later))).toEqual(['data.views']);
});
