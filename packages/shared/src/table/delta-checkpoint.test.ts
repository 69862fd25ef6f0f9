import { expect, test } from 'vitest';
import { newestCheckpoint, refuseNewerCheckpoint } from './delta-checkpoint.js';

const commit = (version: number): string => `${String(version).padStart(20, '0')}.json`;
const classic = (version: number): string =>
  `${String(version).padStart(20, '0')}.checkpoint.parquet`;
const part = (version: number, index: number, parts: number): string =>
  `${String(version).padStart(20, '0')}.checkpoint.${String(index).padStart(10, '0')}.${String(parts).padStart(10, '0')}.parquet`;
const byUuid = (version: number, end = 'parquet'): string =>
  `${String(version).padStart(20, '0')}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.${end}`;

test('a log without checkpoints has none', () => {
  expect(newestCheckpoint([])).toBeNull();
  expect(
    newestCheckpoint([commit(0), commit(1), '_last_checkpoint', '0.checkpoint.parquet']),
  ).toBeNull();
});

test('the newest classic one is taken, by number and not by place', () => {
  expect(newestCheckpoint([classic(20), classic(3), commit(21), classic(10)])).toEqual({
    version: 20,
    names: [classic(20)],
  });
});

test('a multi-part one needs every part', () => {
  const names = [part(20, 2, 3), part(20, 1, 3), classic(10)];
  expect(newestCheckpoint(names)).toEqual({ version: 10, names: [classic(10)] });
  expect(newestCheckpoint([...names, part(20, 3, 3)])).toEqual({
    version: 20,
    names: [part(20, 1, 3), part(20, 2, 3), part(20, 3, 3)],
  });
});

test('parts of two attempts at one version are not mixed', () => {
  expect(newestCheckpoint([part(20, 1, 2), part(20, 2, 3), part(20, 3, 3)])).toBeNull();
  expect(newestCheckpoint([part(20, 1, 2), part(20, 1, 1)])).toEqual({
    version: 20,
    names: [part(20, 1, 1)],
  });
});

test('a UUID-named one is passed over while the log goes on without it', () => {
  const names = [byUuid(30), classic(10)];
  expect(newestCheckpoint(names)).toEqual({ version: 10, names: [classic(10)] });
});

test.each(['parquet', 'json'])(
  'a UUID-named one that stands for missing commits is refused (%s)',
  (end) => {
    expect(() => refuseNewerCheckpoint([byUuid(30, end)], 0, 'ns/t')).toThrow(
      expect.objectContaining({
        kind: 'data',
        message: "ns/t: can't read this Delta table, its features are unknown here",
        found: `v2Checkpoint (${byUuid(30, end)})`,
      }),
    );
  },
);

test('an older UUID-named one stands for nothing that is missing', () => {
  refuseNewerCheckpoint([byUuid(5), classic(10), commit(11)], 11, 'ns/t');
  refuseNewerCheckpoint([], 0, 'ns/t');
});
