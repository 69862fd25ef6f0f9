import { driftCheckIn } from '@hindcast/shared/config/drift';
import { expect, test } from 'vitest';
import { planDrift } from './drift.js';

const columns = [
  { name: 'user', type: 'VARCHAR' },
  { name: 'ts', type: 'BIGINT' },
  { name: 'sales_sum_1d', type: 'DOUBLE' },
  { name: 'sales_sum_7d', type: 'DOUBLE' },
  { name: 'last_sale', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'a.b', type: 'BIGINT[]' },
  { name: 'a*b', type: 'BOOLEAN' },
];
const planned = (thresholds: object, reference?: object) => {
  const drift = driftCheckIn({ drift: { thresholds, reference } }, '');
  const metaData = { name: 'j' } as Parameters<typeof planDrift>[0]['metaData'];
  return planDrift({ drift, metaData }, columns, 'yyyy-MM-dd');
};
const checked = (thresholds: object) =>
  Object.fromEntries(planned(thresholds)!.columns.map((one) => [one.column, one.thresholds]));

test('a star stands for anything but times; the last name that fits counts', () => {
  expect(
    checked({ '*': { psi: 0.2, ks: 0.1 }, '*_7d': { ks: 0.3 }, user: {}, last_sale: { psi: 1 } }),
  ).toEqual({
    sales_sum_1d: { psi: 0.2, ks: 0.1 },
    sales_sum_7d: { ks: 0.3 },
    last_sale: { psi: 1 },
    'a.b': { psi: 0.2, ks: 0.1 },
    'a*b': { psi: 0.2 },
  });
  expect(checked({ ts: { ks: 1 }, '*': { psi: 1 } })['ts']).toEqual({ ks: 1 });
});

test('names are taken as they are', () => {
  expect(checked({ 'a.b': { psi: 1 } })).toEqual({ 'a.b': { psi: 1 } });
  // A column of that very name.
  expect(checked({ 'a*b': { psi: 1 } })).toEqual({ 'a*b': { psi: 1 } });
  expect(() => planned({ 'a?b': { psi: 1 } })).toThrow('no column "a?b"');
  expect(() => planned({ 'sales.*': { psi: 1 } })).toThrow('no column "sales.*"');
});

test('what can not be checked', () => {
  expect(() => planned({ user: { ks: 0.1 } })).toThrow('"user" has no KS');
  expect(() => planned({ '*': {} })).toThrow('no threshold for any column');
  expect(() => planned({ 'us*': { ks: 0.1 } })).toThrow('no threshold for any column');
  const range = (startPartition: string, endPartition: string) =>
    planned({ '*': { psi: 1 } }, { startPartition, endPartition });
  expect(() => range('2023-02-30', '2023-03-01')).toThrow('startPartition is not a date');
  expect(() => range('2023-03-02', '2023-03-01')).toThrow('ends before it begins');
  expect(range('2023-03-01', '2023-03-01')!.when).toBe('after');
});
