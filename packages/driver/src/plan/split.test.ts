import type { TablePartition } from '@hindcast/shared/table/table';
import { partitionOf } from '@hindcast/shared/time/partition-spec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, coverBySegments, keyBucketBits, maxBits, pack, splitSteps } from './split.js';

const memory = fc.integer({ min: 1000, max: 2 ** 33 });
const rows = fc.integer({ min: 0, max: 10 ** 9 });
const columns = fc.integer({ min: 0, max: 40 });
const executors = fc.integer({ min: 1, max: 64 });

/** Partitions of consecutive days, sized as given. */
const partitionsOf = (sizes: readonly number[], first = 19_000): TablePartition[] =>
  sizes.map((bytes, i) => {
    const value = partitionOf(first + i);
    return { value, files: [{ path: `t/ds=${value}/0`, bytes, version: 'v' }] };
  });
const bytes = (partition: TablePartition): number => bytesOf([partition]);
const sizes = fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 1, maxLength: 60 });

test('more rows and less memory never make fewer KeyBuckets', () => {
  fc.assert(
    fc.property(rows, columns, executors, memory, (count, width, cores, memoryBytes) => {
      const bits = keyBucketBits(count, width, { executors: cores, memoryBytes });
      expect(bits).toBeGreaterThanOrEqual(0);
      expect(bits).toBeLessThanOrEqual(maxBits);
      const half = { executors: cores, memoryBytes: memoryBytes / 2 };
      expect(keyBucketBits(count, width, half)).toBeGreaterThanOrEqual(bits);
      const sizing = { executors: cores, memoryBytes };
      expect(keyBucketBits(count * 2, width, sizing)).toBeGreaterThanOrEqual(bits);
    }),
  );
});

test('half the memory makes twice the KeyBuckets of what does not fit', () => {
  const many = fc.integer({ min: 10 ** 8, max: 10 ** 9 });
  fc.assert(
    fc.property(
      many,
      columns,
      fc.integer({ min: 10 ** 6, max: 10 ** 9 }),
      (count, width, bytes) => {
        const bitsIn = (memoryBytes: number): number =>
          keyBucketBits(count, width, { executors: 1, memoryBytes });
        expect(bitsIn(bytes)).toBeGreaterThan(0);
        expect(bitsIn(bytes / 2)).toBe(Math.min(maxBits, bitsIn(bytes) + 1));
      },
    ),
  );
});

test('a small job is one KeyBucket, a large one keeps every executor busy', () => {
  const sizing = { executors: 8, memoryBytes: 2 ** 33 };
  expect(keyBucketBits(1000, 3, sizing)).toBe(0);
  expect(keyBucketBits(10 ** 6, 3, sizing)).toBe(3);
});

test('packing keeps every partition once and in order, and no group is empty', () => {
  fc.assert(
    fc.property(sizes, rows, executors, memory, (given, count, cores, memoryBytes) => {
      const partitions = partitionsOf(given);
      const groups = pack(partitions, bytes, count, 3, { executors: cores, memoryBytes });
      expect(groups.flat()).toEqual(partitions);
      expect(groups.every((group) => group.length > 0)).toBe(true);
    }),
  );
});

test('groups shrink with the memory, down to one partition', () => {
  const partitions = partitionsOf(Array.from({ length: 64 }, () => 1000));
  const groupsIn = (memoryBytes: number): number =>
    pack(partitions, bytes, 10 ** 7, 1, { executors: 1, memoryBytes }).length;
  const counts = [2 ** 40, 2 ** 29, 2 ** 28, 2 ** 27, 1000].map(groupsIn);
  expect(counts.toSorted((a, b) => a - b)).toEqual(counts);
  expect(new Set(counts).size).toBe(counts.length);
  expect([counts[0], counts.at(-1)]).toEqual([1, 64]);
});

test('groups are of about equal bytes', () => {
  fc.assert(
    fc.property(sizes, executors, (given, cores) => {
      const partitions = partitionsOf(given);
      const sizing = { executors: cores, memoryBytes: 2 ** 33 };
      const groups = pack(partitions, bytes, 10 ** 7, 1, sizing);
      const target = bytesOf(partitions) / Math.min(cores, partitions.length);
      for (const group of groups)
        expect(bytesOf(group)).toBeLessThanOrEqual(target + Math.max(...given) * 1.5);
    }),
  );
});

const options = {
  rows: 10 ** 6,
  columns: 1,
  sizing: { executors: 2, memoryBytes: 2 ** 30 },
  dateFormat: 'yyyy-MM-dd',
  nonce: 'keys and values',
};

test('segments hold each needed partition once, and those of before are found again', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }));
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 6 }), (ranges) => {
      const all = partitionsOf(Array.from({ length: 31 }, (_, i) => 10 + i));
      const present: string[] = [];
      for (const [a, b] of ranges) {
        const needed = all.slice(Math.min(a, b), Math.max(a, b) + 1);
        const { reused, fresh } = coverBySegments(needed, all, present, options);
        const held = [...reused, ...fresh].flatMap(({ partitions }) => partitions);
        const values = held.map(({ value }) => value);
        expect(new Set(values).size).toBe(values.length);
        for (const { value } of needed) expect(values).toContain(value);
        const wanted = new Set(needed.map(({ value }) => value));
        for (const { partitions } of fresh)
          for (const { value } of partitions) expect(wanted).toContain(value);
        for (const { name } of reused) expect(present).toContain(name);
        for (const { partitions } of reused)
          expect(partitions.some(({ value }) => wanted.has(value))).toBe(true);
        for (const { name } of fresh) expect(present).not.toContain(name);
        present.push(...fresh.map(({ name }) => name));
        expect(coverBySegments(needed, all, present, options).fresh).toEqual([]);
      }
    }),
  );
});

test('segments of runs at the same time overlap: the largest counts, no partition twice', () => {
  const all = partitionsOf(Array.from({ length: 9 }, () => 1));
  const made = (from: number, to: number) =>
    coverBySegments(all.slice(from, to), all, [], { ...options, rows: 1 }).fresh;
  const [few, most] = [made(0, 4), made(3, 9)];
  const present = [...few, ...most].map(({ name }) => name);
  const { reused, fresh } = coverBySegments(all, all, present, { ...options, rows: 1 });
  expect(reused).toEqual(most);
  expect(fresh.flatMap(({ partitions }) => partitions)).toEqual(all.slice(0, 3));
});

test('a file that changed, came or went, and another layout, ask for a new segment', () => {
  const all = partitionsOf([1, 1, 1]);
  const { name } = coverBySegments(all, all, [], { ...options, rows: 1 }).fresh[0]!;
  const freshWith = (table: TablePartition[], changes: object = {}): number =>
    coverBySegments(table, table, [name], { ...options, rows: 1, ...changes }).fresh.length;
  const withFiles = (files: TablePartition['files']): TablePartition[] => [
    all[0]!,
    { ...all[1]!, files },
    all[2]!,
  ];
  const [file] = all[1]!.files;
  expect(freshWith(all)).toBe(0);
  expect(freshWith(withFiles([{ ...file!, version: 'v2' }]))).toBe(1);
  expect(freshWith(withFiles([{ ...file!, path: 'moved' }]))).toBe(1);
  expect(freshWith(withFiles([file!, { ...file!, path: 'more' }]))).toBe(1);
  expect(freshWith([all[0]!, all[2]!])).toBe(1);
  expect(freshWith(all, { nonce: 'other values' })).toBe(1);
});

test('steps of calendar days, or of 30 partitions', () => {
  const values = ['2023-11-01', '2023-11-02', '2023-11-04', '2023-11-10'];
  const steps = (stepDays: number | null) => splitSteps(values, stepDays, 'yyyy-MM-dd');
  expect(steps(2)).toEqual([['2023-11-01', '2023-11-02'], ['2023-11-04'], ['2023-11-10']]);
  expect(steps(4)).toEqual([['2023-11-01', '2023-11-02', '2023-11-04'], ['2023-11-10']]);
  expect(steps(1)).toHaveLength(4);
  expect(steps(null)).toEqual([values]);
  const many = partitionsOf(Array.from({ length: 61 }, () => 1)).map(({ value }) => value);
  expect(splitSteps(many, null, 'yyyy-MM-dd').map(({ length }) => length)).toEqual([30, 30, 1]);
  expect(splitSteps([], 1, 'yyyy-MM-dd')).toEqual([]);
});
