import type { Stage } from '@hindcast/shared/plan/plan';
import {
  type AssembleTask,
  type BucketLeftTask,
  type Column,
  type JoinTask,
  rowIdSpan,
  type Task,
} from '@hindcast/shared/plan/task';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { days, joinOf, requestOf, stateOf } from '../../../../test/small-plans.js';
import { joinStages, type StepPart, type StepWork } from './stages.js';

const user: Column = { name: 'user', type: 'VARCHAR' };
const shop: Column = { name: 'shop', type: 'BIGINT' };

/** A part that gives one column, of its own name. */
const partOf = (name: string, ...leftKeys: readonly Column[]): StepPart => ({
  specs: [
    {
      name,
      accuracy: 'TEMPORAL',
      lookup: 'as-of',
      leftKeys,
      aggregates: null,
      values: [],
      found: null,
      segments: [`buckets/${name}`],
      covered: null,
      readDays: { first: 0, last: 0 },
      windows: { any: false, longestMs: null },
    },
  ],
  outputs: [{ name, type: 'DOUBLE' }],
  features: [{ name, type: 'DOUBLE', expression: null }],
});

const form = {
  windowing: 'exact',
  partitionColumn: 'ds',
  dateFormat: 'yyyy-MM-dd',
  columns: [user, shop, { name: 'a', type: 'DOUBLE' }],
  base: null,
  derived: null,
} as const;
const sizing = { executors: 2, memoryBytes: 2 ** 30 };
const three = days('2023-11-10', '2023-11-12');

/** A step of three partitions, two files and ten rows in each. */
function workOf(parts: readonly StepPart[], bits: number, fresh: readonly Task[] = []): StepWork {
  const { left } = stateOf(joinOf(), requestOf());
  const files = three.flatMap((partition) =>
    ['0', '1'].map((name) => ({ path: `data.visits/ds=${partition}/${name}`, partition })),
  );
  const rows = { rows: 10, minTime: 0, maxTime: 0 };
  return {
    folder: 'run/step-0',
    left: { scan: left.scan, files, columns: [user, shop], skewKeys: { user: ['nobody'] } },
    leftKind: 'events',
    leftRows: Object.fromEntries(three.map((value) => [value, rows])),
    seen: null,
    parts,
    bits,
    fresh,
  };
}

const all = (stages: readonly Stage[]): Task[] => stages.flatMap(({ tasks }) => tasks);
const joinsOf = (stages: readonly Stage[]): JoinTask[] =>
  all(stages).filter((task) => task.kind === 'join');
const splitsOf = (stages: readonly Stage[]): BucketLeftTask[] =>
  all(stages).filter((task) => task.kind === 'bucket-left');
const assemblesOf = (stages: readonly Stage[]): AssembleTask[] =>
  all(stages).filter((task) => task.kind === 'assemble');
const fresh: Task = {
  kind: 'bucket-source',
  scan: workOf([], 0).left.scan,
  files: [],
  layout: 'events',
  partitionKey: null,
  untimed: 'dropped',
  keys: [user],
  values: [],
  explode: null,
  quiet: false,
  refuseDuplicates: false,
  output: 'buckets/a',
};

describe('stages that fold away', () => {
  const one = [partOf('a', user), partOf('b', user)];
  const two = [partOf('a', user), partOf('b', shop)];
  test.each<[string, StepWork, string[]]>([
    ['one key set, segments there', workOf(one, 2), ['join']],
    ['one key set, segments to make', workOf(one, 2, [fresh]), ['key-buckets', 'join']],
    ['one key set, many KeyBuckets', workOf(one, 3), ['key-buckets', 'join']],
    ['two key sets', workOf(two, 0), ['key-buckets', 'join', 'assemble']],
    ['no part', workOf([], 0), ['join']],
  ])('%s', (_, work, names) => {
    const stages = joinStages(work, sizing, form);
    expect(stages.map(({ name }) => name)).toEqual(names);
    expect(all(stages).filter((task) => task === fresh)).toEqual(work.fresh);
  });
});

test('four KeyBuckets filter the left themselves and write the whole output', () => {
  const work = workOf([partOf('a', user), partOf('b', user)], 2);
  const joins = joinsOf(joinStages(work, sizing, form));
  expect(joins.map(({ bucket }) => bucket.index)).toEqual([0, 1, 2, 3]);
  for (const join of joins) {
    expect(join.left).toEqual({ kind: 'scan', left: work.left, keys: [user] });
    expect(join.parts.map(({ name }) => name)).toEqual(['a', 'b']);
    expect([join.mode, join.columns]).toEqual(['table', form.columns]);
  }
});

test('for eight the left is split once, whole rows by the one key set', () => {
  const stages = joinStages(workOf([partOf('a', user)], 3), sizing, form);
  const splits = splitsOf(stages);
  expect(splits.map(({ keySets }) => keySets)).toEqual([[{ columns: [user], wholeRows: true }]]);
  const folders = splits.map(({ output }) => output);
  for (const join of joinsOf(stages)) {
    expect(join.left).toEqual({ kind: 'split', folders, keySet: 0 });
    expect([join.mode, join.columns]).toEqual(['table', form.columns]);
  }
});

test('parts of one key set are joined together, in the order of their first one', () => {
  const parts = [partOf('a', shop, user), partOf('b', user), partOf('c', shop, user)];
  const stages = joinStages(workOf(parts, 1), sizing, form);
  const columns = [[shop, user], [user]];
  for (const { keySets } of splitsOf(stages))
    expect(keySets).toEqual(columns.map((set) => ({ columns: set, wholeRows: false })));
  const said = joinsOf(stages).map(({ left, parts: own, mode, columns: outputs, bucket }) => [
    left.kind === 'split' && left.keySet,
    bucket.index,
    own.map(({ name }) => name).join(),
    mode,
    outputs.map(({ name }) => name).join(),
  ]);
  expect(said).toEqual([
    [0, 0, 'a,c', 'columns', 'a,c'],
    [0, 1, 'a,c', 'columns', 'a,c'],
    [1, 0, 'b', 'columns', 'b'],
    [1, 1, 'b', 'columns', 'b'],
  ]);
});

test('what is left to a later task is there, and nothing is written, read or lost twice', () => {
  const keys = fc.constantFrom([user], [shop], [user, shop]);
  const parts = fc
    .array(keys, { maxLength: 5 })
    .map((given) => given.map((columns, i) => partOf(`p${i}`, ...columns)));
  const bits = fc.integer({ min: 0, max: 4 });
  const memory = fc.constantFrom(200, 3000, 2 ** 30);
  fc.assert(
    fc.property(parts, bits, memory, (given, depth, memoryBytes) => {
      const work = workOf(given, depth);
      const stages = joinStages(work, { executors: 2, memoryBytes }, form);
      const made = new Set(given.flatMap(({ specs }) => specs.flatMap(({ segments }) => segments)));
      for (const { tasks } of stages) {
        for (const input of tasks.flatMap(inputsOf)) expect(made).toContain(input);
        for (const task of tasks) {
          const { output } = task as JoinTask;
          expect(made).not.toContain(output);
          made.add(output);
        }
      }
      const splits = splitsOf(stages);
      expect(splits.map(({ firstRowId }) => firstRowId)).toEqual(
        splits.map((_, i) => i * rowIdSpan),
      );
      if (splits.length > 0)
        expect(splits.flatMap(({ left }) => left.files)).toEqual(work.left.files);
      const joined = joinsOf(stages).flatMap(({ parts: own, bucket }) =>
        own.map(({ name }) => `${name} ${bucket.index}`),
      );
      const expected = given.flatMap(({ specs: [spec] }) =>
        Array.from({ length: 2 ** depth }, (_, index) => `${spec!.name} ${index}`),
      );
      expect(joined.sort()).toEqual(expected.sort());
      for (const assemble of assemblesOf(stages)) {
        const split = splits.find(({ output }) => output === assemble.left)!;
        expect(assemble.firstRowId).toBe(split.firstRowId);
        const outputs = joinsOf(stages).map(({ output }) => `${output}/columns.parquet`);
        expect(assemble.keySets.flat()).toEqual(outputs);
        expect(assemble.keySets.map(({ length }) => length)).toEqual(
          split.keySets.map(() => 2 ** depth),
        );
      }
      if (new Set(given.map(({ specs: [spec] }) => JSON.stringify(spec!.leftKeys))).size > 1)
        expect(assemblesOf(stages)).toHaveLength(splits.length);
    }),
  );
});

/** Folders that a task reads and another one has to write. */
function inputsOf(task: Task): string[] {
  if (task.kind === 'assemble')
    return [task.left, ...task.keySets.flat().map((path) => path.replace('/columns.parquet', ''))];
  if (task.kind !== 'join') return [];
  const split = task.left.kind === 'split' ? task.left.folders : [];
  return [...split, ...task.parts.flatMap(({ segments }) => segments)];
}
