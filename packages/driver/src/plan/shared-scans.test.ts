import {
  type BucketSourceTask,
  rowIdentityColumn,
  type Scan,
  segmentTasks,
} from '@hindcast/shared/plan/task';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareScans } from './shared-scans.js';
import { columnsAtOnce, executorsFor } from './split.js';

const scan: Scan = {
  origin: 'join part "a": data.sales',
  table: 'data.sales',
  partitionColumn: 'ds',
  dateFormat: 'yyyy-MM-dd',
  selects: { user: '"user"', price: '"price"' },
  wheres: ['"price" > 0'],
  time: { kind: 'expression', expression: '"ts"', unit: 'integer' },
  dayOfTime: false,
  partial: [],
};
const task: BucketSourceTask = {
  kind: 'bucket-source',
  scan,
  files: [{ path: 'data.sales/ds=2023-11-01/0.parquet', partition: '2023-11-01' }],
  layout: 'events',
  partitionKey: null,
  untimed: 'dropped',
  keys: [{ name: 'user', type: 'VARCHAR' }],
  values: [{ name: 'price', type: 'DOUBLE' }],
  explode: null,
  refuseDuplicates: false,
  quiet: false,
  output: 'buckets/a/1',
};
const other: BucketSourceTask = {
  ...task,
  scan: {
    ...scan,
    origin: 'join part "b": data.sales',
    selects: { user: '"user"', shop: '"shop"' },
  },
  values: [{ name: 'shop', type: 'VARCHAR' }],
  output: 'buckets/b/1',
};
const sizing = { executors: 1, memoryBytes: 2 ** 30 };
const shared = (...tasks: readonly BucketSourceTask[]): readonly string[][] =>
  shareScans(
    tasks.map((each) => ({ task: each, rows: 1000 })),
    sizing,
  ).map((each) => segmentTasks(each).map(({ output }) => output));

test('segments of the same rows are made by one scan, whatever their values', () => {
  expect(shared(task, other)).toEqual([['buckets/a/1', 'buckets/b/1']]);
  const twice = { ...scan, selects: { ...scan.selects, price: '2 * "price"' } };
  expect(shared(task, { ...task, scan: twice, output: 'buckets/c/1' })).toHaveLength(1);
  expect(shareScans([{ task, rows: 1000 }], sizing)).toEqual([task]);
});

test.each<[string, Partial<BucketSourceTask>]>([
  ['other files', { files: [{ path: 'data.sales/ds=2023-11-02/0', partition: '2023-11-02' }] }],
  ['other rows', { scan: { ...other.scan, wheres: [] } }],
  ['another table', { scan: { ...other.scan, table: 'data.returns' } }],
  [
    'another time',
    { scan: { ...other.scan, time: { kind: 'expression', expression: '"at"', unit: 'integer' } } },
  ],
  [
    'another key by the same name',
    { scan: { ...other.scan, selects: { user: '"buyer"', shop: '"s"' } } },
  ],
  ['every column', { scan: { ...other.scan, selects: null } }],
  ['another key', { keys: [{ name: 'shop', type: 'VARCHAR' }] }],
  ['a key of another type', { keys: [{ name: 'user', type: 'BIGINT' }] }],
  ['a list taken apart', { explode: { column: 'shop', into: 'elements' } }],
  ['whole rows', { layout: 'rows' }],
  ['the identity of rows', { values: [{ name: rowIdentityColumn, type: 'BIGINT' }] }],
  ['rows without a time', { untimed: 'first' }],
])('%s: a scan of its own', (_, changes) => {
  expect(shared(task, { ...other, ...changes })).toHaveLength(2);
});

test('every segment is made once, within the memory, by as many tasks as there are executors', () => {
  const widths = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(
      widths,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 10_000_000 }),
      (given, executors, rows) => {
        const segments = given.map((width, i) => ({
          rows,
          task: {
            ...task,
            values: Array.from({ length: width }, (_, v) => ({ name: `v${v}`, type: 'DOUBLE' })),
            output: `buckets/${i}/1`,
          },
        }));
        const limits = { executors, memoryBytes: 2 ** 30 };
        const tasks = shareScans(segments, limits).map(segmentTasks);
        expect(tasks.flat()).toEqual(segments.map((segment) => segment.task));
        const most = columnsAtOnce(rows, limits);
        for (const group of tasks.filter(({ length }) => length > 1)) {
          const columns = group.reduce((sum, { values }) => sum + Math.max(1, values.length), 0);
          expect(columns).toBeLessThanOrEqual(most + 5);
        }
        if (given.every((width) => width === 1) && most >= given.length)
          expect(tasks).toHaveLength(
            Math.min(given.length, Math.max(1, executorsFor(rows * given.length, executors))),
          );
      },
    ),
  );
});
