import * as dsl from '@hindcast/shared/dsl/index';
import type { Plan } from '@hindcast/shared/plan/plan';
import {
  type BucketSourceTask,
  type JoinTask,
  segmentTasks,
  type Task,
} from '@hindcast/shared/plan/task';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  days,
  joinOf,
  outputOf,
  part,
  planOf,
  requestOf,
  stateOf,
  tableOf,
} from '../../../../test/small-plans.js';
import { planJoin } from './join.js';

const stagesOf = (plan: Plan): string[] => plan.steps[0]!.stages.map(({ name }) => name);
const tasksOf = <K extends Task['kind']>(plan: Plan, kind: K): Extract<Task, { kind: K }>[] =>
  plan.steps
    .flatMap(({ stages }) => stages.flatMap(({ tasks }) => tasks))
    .filter((task): task is Extract<Task, { kind: K }> => task.kind === kind);
const filesOf = (tasks: readonly BucketSourceTask[]): string[] =>
  tasks.flatMap(({ files }) => files.map(({ partition }) => partition)).sort();
const segmentsOf = (plan: Plan): string[] =>
  tasksOf(plan, 'bucket-source').map(({ output }) => output.split('/').at(-1)!);

const byShop = part({ name: 'shops.v1', keys: ['shop'] });

test('the same state gives the same plan', () => {
  expect(planOf()).toEqual(planOf());
});

describe('columns', () => {
  test("the left's as selected, ts, then the parts in order", () => {
    const parts = [
      part({
        aggregations: [dsl.lastK('price', 2), dsl.count('price', { windows: ['3d', '6h'] })],
      }),
      part({ name: 'b.v1' }, { prefix: 'buyer' }),
    ];
    const join = joinOf(parts, { selects: { shop: 'shop', user: 'user', ts: 'at' } });
    expect(planOf(join).output.columns).toEqual([
      { name: 'user', type: 'VARCHAR' },
      { name: 'shop', type: 'BIGINT' },
      { name: 'ts', type: 'BIGINT' },
      { name: 'sales_v1_price_last2', type: 'DOUBLE[]' },
      { name: 'sales_v1_price_count_3d', type: 'BIGINT' },
      { name: 'sales_v1_price_count_6h', type: 'BIGINT' },
      { name: 'buyer_b_v1_price_sum_3d', type: 'DOUBLE' },
    ]);
  });

  test.each<[string, dsl.JoinPartStruct, RegExp]>([
    [
      'numbers for what is no number',
      part({ aggregations: [dsl.average('user')] }),
      /"sales.v1": AVERAGE of "user" needs numbers/,
    ],
    [
      'keys of different types',
      part({}, { keyMapping: { shop: 'user' } }),
      /key "user" and the left's "shop" are of different types/,
    ],
    [
      'buckets by a number',
      part({ aggregations: [dsl.sum('price', { buckets: ['price'] })] }),
      /the bucket column "price" is no text/,
    ],
  ])('%s is refused', (_, given, says) => {
    expect(() => planOf(joinOf([given]))).toThrow(says);
  });

  test('names that differ in case alone are refused: Spark and DuckDB take them for one', () => {
    const twice = joinOf([part(), part({ name: 'SALES.v1' })]);
    expect(() => planOf(twice)).toThrow(/two columns of the output are named/);
  });
});

describe('what is read', () => {
  test('partitions that the windows reach, and no other', () => {
    expect(filesOf(tasksOf(planOf(), 'bucket-source'))).toEqual(days('2023-11-07', '2023-11-12'));
    const snapshot = planOf(joinOf([part({ accuracy: 'SNAPSHOT' })]));
    expect(filesOf(tasksOf(snapshot, 'bucket-source'))).toEqual(days('2023-11-07', '2023-11-11'));
    const unbounded = planOf(joinOf([part({ aggregations: [dsl.sum('price')] })]));
    expect(filesOf(tasksOf(unbounded, 'bucket-source'))).toEqual(days('2023-11-01', '2023-11-12'));
  });

  test('columns that are used, and no other', () => {
    const [task] = tasksOf(planOf(), 'bucket-source');
    expect(task!.keys).toEqual([{ name: 'user', type: 'VARCHAR' }]);
    expect(task!.values).toEqual([{ name: 'price', type: 'DOUBLE' }]);
  });

  test('a step makes every segment that it reads, the same one as other steps do', () => {
    const plan = planOf(joinOf(), { stepDays: 1 });
    expect(plan.steps).toHaveLength(3);
    const tasks = tasksOf(plan, 'bucket-source');
    const once = [...new Map(tasks.map((task) => [task.output, task])).values()];
    expect(tasks.length).toBeGreaterThan(once.length);
    expect(filesOf(once)).toEqual(days('2023-11-07', '2023-11-12'));
    for (const { stages } of plan.steps) {
      const made = stages[0]!.tasks as BucketSourceTask[];
      for (const task of made) expect(task).toEqual(once.find((one) => one.output === task.output));
      const [join] = stages.at(-1)!.tasks as JoinTask[];
      const outputs = made.map(({ output }) => output);
      expect(outputs.toSorted()).toEqual(join!.parts[0]!.segments.toSorted());
    }
  });

  test('segments that are there are used again, and the plan says how many partitions they hold', () => {
    const segments = segmentsOf(planOf());
    const again = planOf(joinOf(), {}, { segments });
    expect(tasksOf(again, 'bucket-source')).toEqual([]);
    expect(again.inputs[0]).toMatchObject({ partitions: 6, reused: 6 });
    expect(stagesOf(again)).toEqual(['join']);
    // A day more is scanned, in one step or in a later one.
    const left = tableOf('data.visits', days('2023-11-10', '2023-11-13'));
    const right = tableOf('data.sales', days('2023-11-01', '2023-11-13'));
    for (const stepDays of [null, 1]) {
      const longer = planOf(joinOf(), { stepDays }, { segments, left, right });
      expect(longer.inputs[0]).toMatchObject({ partitions: 7, reused: 6 });
    }
  });

  test('dates that a window reaches and that are not there', () => {
    const right = tableOf('data.sales', ['2023-11-08', '2023-11-12']);
    const plan = planOf(joinOf(), {}, { right });
    expect(plan.missingInputs).toEqual([
      {
        origin: 'join part "sales.v1": data.sales',
        table: 'data.sales',
        writtenBy: null,
        partitions: days('2023-11-09', '2023-11-11'),
      },
    ]);
  });
});

describe('snapshots', () => {
  const users = part({
    name: 'users.v1',
    sources: [
      dsl.entitySource({
        snapshotTable: 'data.users',
        query: dsl.query({ selects: dsl.select('user', 'price') }),
      }),
    ],
    aggregations: null,
    accuracy: 'SNAPSHOT',
  });

  test('those of the days before the rows, and no other', () => {
    const left = tableOf('data.visits', ['2023-11-05', '2023-11-10']);
    const right = tableOf('data.users', days('2023-11-01', '2023-11-12'));
    const plan = planOf(joinOf([users]), {}, { left, right });
    expect(filesOf(tasksOf(plan, 'bucket-source'))).toEqual(['2023-11-04', '2023-11-09']);
    const two = tableOf('data.users', ['2023-11-04', '2023-11-09']);
    expect(planOf(joinOf([users]), {}, { left, right: two }).missingInputs).toEqual([]);
  });

  test('one that is missing is missing before the first that is there, too', () => {
    for (const there of [['2023-11-11'], []]) {
      const right = tableOf('data.users', there);
      const [missing] = planOf(joinOf([users]), {}, { right }).missingInputs;
      const seen = days('2023-11-09', '2023-11-11');
      expect(missing!.partitions).toEqual(seen.filter((day) => !there.includes(day)));
    }
  });

  test('a wild time on the left is no list of millennia', () => {
    const join = joinOf([users, part()]);
    const request = requestOf();
    const state = stateOf(join, request);
    const [value] = Object.keys(state.leftPartitions);
    const wild = { rows: 2, minTime: 0, maxTime: 1_700_000_000_000_000 };
    const leftPartitions = { ...state.leftPartitions, [value!]: wild };
    const run = { runId: 'x', folder: 'x' };
    const plan = planJoin(join, { ...state, leftPartitions }, request, run);
    for (const { partitions } of plan.missingInputs) expect(partitions.length).toBeLessThan(20);
  });
});

describe('stages', () => {
  test('one key set: joins write partitions, and few KeyBuckets filter the left themselves', () => {
    const plan = planOf(joinOf([part(), part({ name: 'b.v1' })]));
    expect(stagesOf(plan)).toEqual(['key-buckets', 'join']);
    expect(tasksOf(plan, 'join').map(({ mode, left }) => [mode, left.kind])).toEqual([
      ['table', 'scan'],
    ]);
  });

  test('many KeyBuckets: the left is split once', () => {
    const plan = planOf(joinOf(), { memoryBytes: 5000 }, { rightRows: 2000 });
    expect(tasksOf(plan, 'bucket-left').length).toBeGreaterThan(0);
    expect(new Set(tasksOf(plan, 'join').map(({ left }) => left.kind))).toEqual(new Set(['split']));
  });

  test('two key sets: features by row id, put side by side at the end', () => {
    const plan = planOf(joinOf([part(), byShop]));
    expect(stagesOf(plan)).toEqual(['key-buckets', 'join', 'assemble']);
    expect(tasksOf(plan, 'join').map(({ mode }) => mode)).toEqual(['columns', 'columns']);
    expect(tasksOf(plan, 'assemble')).toHaveLength(tasksOf(plan, 'bucket-left').length);
  });

  test('no part at all: the left alone', () => {
    expect(stagesOf(planOf(joinOf([])))).toEqual(['join']);
  });

  test('KeyBuckets share out the key space, outputs are apart, inputs are made by the step itself', () => {
    const memoryBytes = fc.constantFrom(3000, 20_000, 2 ** 30);
    const parts = fc.subarray([part(), part({ name: 'b.v1' }), byShop], { minLength: 1 });
    const stepDays = fc.constantFrom(null, 1, 2);
    fc.assert(
      fc.property(memoryBytes, parts, stepDays, (memory, given, step) => {
        const plan = planOf(
          joinOf(given),
          { memoryBytes: memory, stepDays: step },
          { rightRows: 3000 },
        );
        const madeByAny = new Set<string>();
        for (const { stages } of plan.steps) {
          const made = new Set<string>();
          for (const { tasks } of stages) {
            for (const task of tasks)
              for (const input of inputsOf(task)) expect(made).toContain(input);
            for (const task of tasks) {
              const segments = segmentTasks(task);
              const outputs = segments.length > 0 ? segments : [task as { output: string }];
              for (const { output } of outputs) {
                expect(segments.length > 0 ? made : madeByAny).not.toContain(output);
                made.add(output);
                madeByAny.add(output);
              }
            }
          }
          const joins = stages.flatMap(({ tasks }) => tasks).filter((task) => task.kind === 'join');
          const setOf = ({ output }: JoinTask): string => output.split('-').at(-2)!;
          for (const name of new Set(joins.map(setOf))) {
            const set = joins.filter((task) => setOf(task) === name);
            const { bits } = set[0]!.bucket;
            expect(set.map(({ bucket }) => bucket)).toEqual(
              Array.from({ length: 1 << bits }, (_, index) => ({ index, bits })),
            );
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** Folders that a task reads and another one has to write. */
function inputsOf(task: Task): string[] {
  if (task.kind === 'assemble')
    return [task.left, ...task.keySets.flat().map((path) => path.replace('/columns.parquet', ''))];
  if (task.kind !== 'join') return [];
  const left = task.left.kind === 'split' ? task.left.folders : [];
  return [...left, ...task.parts.flatMap(({ segments }) => segments)];
}

describe('what a commit takes out and puts aside', () => {
  const { provenance } = stateOf(joinOf(), requestOf());
  const three = days('2023-11-10', '2023-11-12');
  const outputWith = (changes: object) =>
    outputOf(Object.fromEntries(three.map((value) => [value, { ...provenance, ...changes }])));

  test('a changed part: the other columns are carried over, the table is copied aside', () => {
    const name = Object.keys(provenance).find((key) => key.startsWith('part.'))!;
    const parts = [part(), part({ name: 'b.v1' })];
    const state = stateOf(joinOf(parts), requestOf());
    const output = outputOf(
      Object.fromEntries(three.map((value) => [value, { ...state.provenance, [name]: 'old' }])),
    );
    const plan = planOf(joinOf(parts), {}, { output });
    const [step] = plan.steps;
    expect(plan.archive).toMatchObject({ kind: 'copy', to: 'default/small_v1_20231130120000' });
    expect(step!.replaces).toEqual(three.map((value) => `ds=${value}/part.parquet`));
    const [join] = tasksOf(plan, 'join');
    expect(join!.parts.map((one) => one.name)).toEqual(['sales.v1']);
    expect(join!.left).toMatchObject({
      kind: 'scan',
      left: { scan: { table: 'default.small_v1' } },
    });
  });

  test('a changed left: the table is moved aside, and nothing of it is replaced', () => {
    const plan = planOf(joinOf(), {}, { output: outputWith({ left: 'old' }) });
    expect(plan.archive).toMatchObject({ kind: 'move', reason: 'left changed' });
    expect(plan.steps[0]!.replaces).toEqual([]);
  });

  test('a partition whose left rows are gone is emptied when asked, and skipped otherwise', () => {
    const gone = { rowsPerPartition: 0, output: outputWith({}) };
    expect(planOf(joinOf(), {}, gone).steps).toEqual([]);
    const plan = planOf(joinOf(), { reprocess: 'all' }, gone);
    expect(plan.steps[0]!.replaces).toHaveLength(3);
    expect(plan.steps[0]!.stages).toEqual([]);
    expect(plan.steps[0]!.rows).toEqual(Object.fromEntries(three.map((value) => [value, 0])));
  });
});
