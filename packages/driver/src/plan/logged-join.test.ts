/** The join whose left is the log: which columns stand for what, and what can't be derived. */
import { defaultPartitionSpec } from '@hindcast/shared/time/partition-spec';
import { expect, test } from 'vitest';
import { joinOf, part } from '../../../../test/small-plans.js';
import { consistencyTable, loggedJoin, loggedTable } from './logged-join.js';

const log = (...names: string[]) =>
  ['user', 'ts', 'schema_hash', ...names].map((name) => ({ name, type: 'VARCHAR' }));
const feature = 'sales_v1_price_sum_3d';
const selects = ({ join }: ReturnType<typeof loggedJoin>) => join.left.query.selects;

test('keys are themselves, what was logged comes along under hidden names', () => {
  const logged = loggedJoin(joinOf(), log(feature), defaultPartitionSpec);
  expect(selects(logged)).toEqual({ user: '`user`', [`__logged_${feature}`]: `\`${feature}\`` });
  expect(logged.join.left).toMatchObject({ kind: 'events', table: loggedTable(joinOf()) });
  expect(logged.join.joinParts).toEqual(joinOf().joinParts);
  expect([loggedTable(joinOf()), consistencyTable(joinOf())]).toEqual([
    'default.small_v1_logged',
    'default.small_v1_consistency',
  ]);
});

test('the hash of the schema and the time are no features', () => {
  const names = Object.keys(selects(loggedJoin(joinOf(), log(feature), defaultPartitionSpec))!);
  expect(names.some((name) => /schema_hash|ts$/.test(name))).toBe(false);
});

test('older tables, labels and skewed keys are left out; the log is compared as it is', () => {
  const join = { ...joinOf(), bootstrapFromLog: true, rowIds: ['id'], skewKeys: { user: ['x'] } };
  expect(loggedJoin(join, log(feature), defaultPartitionSpec).join).toMatchObject({
    bootstrapParts: [],
    bootstrapFromLog: false,
    labelPart: null,
    rowIds: [],
    skewKeys: {},
  });
});

test('what is derived from a column of the left that was not logged is not compared', () => {
  const derivations = [
    { name: 'twice', expression: `${feature} * 2` },
    { name: 'by_shop', expression: `${feature} + shop` },
    { name: 'workshop_sum', expression: `${feature} + 1` },
  ];
  const join = { ...joinOf(), derivations };
  const logged = loggedJoin(join, log('twice', 'by_shop', 'workshop_sum'), defaultPartitionSpec);
  expect(logged.lacking).toEqual([{ name: 'by_shop', needs: 'shop' }]);
  expect(logged.join.derivations.map(({ name }) => name)).toEqual(['twice', 'workshop_sum']);
});

test('a log without the keys, or with one that is written otherwise', () => {
  const join = joinOf([part(), part({ name: 'other.v1', keys: ['shop'] })]);
  expect(() => loggedJoin(join, log(feature), defaultPartitionSpec)).toThrow(
    'log default.small_v1_logged: it lacks the key "shop" of join "small.v1"',
  );
  const other = [
    { name: 'usr', type: 'VARCHAR' },
    { name: 'shop', type: 'VARCHAR' },
  ];
  expect(() => loggedJoin(join, other, defaultPartitionSpec)).toThrow('it lacks the key "user"');
});
