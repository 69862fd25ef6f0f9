import type { LoggedEvent, RunEvent } from '@hindcast/shared/plan/event';
import type { Plan } from '@hindcast/shared/plan/plan';
import { describe, expect, test } from 'vitest';
import { joinOf, part, planOf, requestOf } from '../../../../test/small-plans.js';
import type { ColumnConsistency } from '../column-consistency.js';
import { renderReport } from './render-report.js';
import { reportModel } from './report-model.js';
import type { RunRecord } from './run-record.js';
import { skewOf } from './skew.js';
import { sourcesOf } from './sources.js';

/** Rows enough that the key space is split. */
const split = planOf(joinOf(), {}, { rowsPerPartition: 20_000_000, rightRows: 60_000_000 });

/** What every task of a plan says; rows by task. */
function finished(plan: Plan, rows: (stage: string, task: number) => number): LoggedEvent[] {
  return plan.steps.flatMap(({ index, stages }) =>
    stages.flatMap(({ name, tasks }) =>
      tasks.map((_, task) =>
        logged({
          ...{ type: 'task-finished', step: index, stage: name, task, seconds: 1 },
          ...{ rowsIn: rows(name, task), rowsOut: 1, bytesRead: 10, bytesWritten: 1 },
        }),
      ),
    ),
  );
}

function logged(event: RunEvent, at = 1_700_000_000_000): LoggedEvent {
  return { v: 1, at, ...event };
}

function record(
  plan: Plan | null,
  events: readonly LoggedEvent[],
  changes: Partial<RunRecord> = {},
): RunRecord {
  return {
    ...{ runId: '20231130T120000000-abcdef', state: 'running', now: 0, request: requestOf() },
    ...{ plan, events, results: null, statistics: null, consistency: null },
    ...changes,
  };
}

describe('skew', () => {
  test('rows of each KeyBucket by key set, over all steps', () => {
    const joins = split.steps.flatMap(
      ({ stages }) => stages.find(({ name }) => name === 'join')!.tasks,
    );
    const count = joins.length / split.steps.length;
    expect(count).toBeGreaterThan(2);
    const [skew, ...others] = skewOf(
      split,
      finished(split, (_, task) => (task === 1 ? 40 : 10)),
    );
    expect(others).toEqual([]);
    expect(skew).toMatchObject({ keys: ['user'], median: 10 * split.steps.length, ratio: 4 });
    expect(skew!.buckets.map(({ index }) => index)).toEqual([...Array(count).keys()]);
    expect(skew!.buckets[1]).toMatchObject({
      rows: 40 * split.steps.length,
      bytes: 10 * split.steps.length,
    });
  });

  test('two key sets are told apart', () => {
    const byShop = part({ name: 'shops.v1', keys: ['shop'] });
    const plan = planOf(
      joinOf([part(), byShop]),
      {},
      { rowsPerPartition: 20_000_000, rightRows: 60_000_000 },
    );
    expect(
      skewOf(
        plan,
        finished(plan, () => 1),
      ).map(({ keys }) => keys),
    ).toEqual([['user'], ['shop']]);
  });

  test('a key space that is not split has none, nor have tasks that nobody finished', () => {
    const small = planOf();
    expect(
      skewOf(
        small,
        finished(small, () => 1),
      ),
    ).toEqual([]);
    expect(skewOf(split, [])).toEqual([]);
  });
});

describe('sources', () => {
  test('are the left and what the plan reads, with the rows that tasks took in', () => {
    const plan = planOf();
    const used = sourcesOf(
      plan,
      finished(plan, (stage) => (stage === 'join' ? 30 : 7)),
    );
    expect(used).toEqual([
      {
        ...{ origin: 'left: data.visits', partitions: 3, reused: 0, files: 3 },
        ...{ bytes: null, rows: 30, scanned: 30, seconds: null },
      },
      { ...plan.inputs[0]!, table: undefined, scanned: 7, seconds: 1 },
    ]);
  });

  test('of a run that read nothing yet have no rows', () => {
    expect(sourcesOf(planOf(), []).map(({ scanned }) => scanned)).toEqual([null, null]);
  });
});

describe('a run without results', () => {
  const plan = planOf(joinOf(), { stepDays: 1 });
  const events = [
    logged({ type: 'stage-started', step: 0, stage: 'join', tasks: 1 }),
    logged({ type: 'step-committed', step: 0, partitions: ['2023-11-10'], rows: 10, version: 4 }),
    logged({
      type: 'step-failed',
      step: 1,
      partitions: ['2023-11-11'],
      error: { kind: 'task', message: 'full' },
    }),
    logged({ type: 'stage-started', step: 2, stage: 'join', tasks: 1 }),
    logged({ type: 'warning', message: 'twice' }),
    logged({ type: 'warning', message: 'twice' }),
  ];

  test('is told by its events', () => {
    const model = reportModel(record(plan, events));
    expect(model.steps.map(({ status, rows, version }) => [status, rows, version])).toEqual([
      ['committed', 10, 4],
      ['failed', 0, null],
      ['running', 0, null],
    ]);
    expect(model.partitions.map(({ value, outcome }) => [value, outcome])).toEqual([
      ['2023-11-10', 'computed'],
      ['2023-11-11', 'failed'],
      ['2023-11-12', 'open'],
    ]);
    expect(model).toMatchObject({ rows: 10, seconds: null, warnings: ['twice'], notes: null });
  });

  test('that died runs no step any more', () => {
    const { steps } = reportModel(record(plan, events, { state: 'died' }));
    expect(steps[2]!.status).toBe('not run');
  });

  test('and without a plan has a name all the same', () => {
    const model = reportModel(record(null, []));
    expect(model).toMatchObject({ name: 'small.ts', output: null, steps: [], timeline: null });
    expect(reportModel(record(null, [], { request: null })).name).toBe('20231130T120000000-abcdef');
  });
});

test('what changed in definitions is said field by field', () => {
  const plan: Plan = {
    ...planOf(),
    changes: [
      {
        what: 'part',
        part: 'sales_v1',
        change: 'changed',
        fields: [
          { path: 'keyColumns[0]', change: 'changed', before: 'user', after: '<b>shop</b>' },
        ],
        partitions: null,
      },
    ],
  };
  const model = reportModel(record(plan, []));
  expect(model.changes).toEqual([expect.stringMatching(/^part sales_v1: keyColumns\[0\]/)]);
  expect(renderReport(model)).toMatch('&lt;b&gt;shop&lt;/b&gt;');
});

test('partitions that are treated alike are one decision', () => {
  const plan: Plan = {
    ...planOf(),
    partitions: [
      { value: 'a', action: 'compute', reason: 'missing', parts: null },
      { value: 'b', action: 'compute', reason: 'part changed', parts: ['sales_v1'] },
      { value: 'c', action: 'compute', reason: 'missing', parts: null },
      {
        value: 'd',
        action: 'compute',
        reason: 'inputs changed',
        parts: null,
        stale: ['data.sales'],
      },
    ],
  };
  expect(
    reportModel(record(plan, [])).decisions.map(({ reason, partitions, stale }) => [
      reason,
      partitions,
      stale,
    ]),
  ).toEqual([
    ['missing', ['a', 'c'], []],
    ['part changed', ['b'], []],
    ['inputs changed', ['d'], ['data.sales']],
  ]);
});

describe('a check of drift', () => {
  const planned = {
    when: 'before' as const,
    reference: { previous: 7 },
    columns: [{ column: 'sales_v1_price_sum', thresholds: { psi: 0.25 } }],
  };
  const found = {
    when: 'before' as const,
    partitions: [
      { partition: '2023-11-10', against: [] },
      { partition: '2023-11-11', against: ['2023-11-10'] },
    ],
    findings: [
      {
        ...{ partition: '2023-11-11', column: 'sales_v1_price_sum', measure: 'psi' as const },
        ...{ found: 9.52, threshold: 0.25 },
      },
    ],
    unchecked: ['2023-11-12'],
  };
  const plan: Plan = { ...planOf(), drift: planned };
  const words = (events: readonly LoggedEvent[], own = plan): string =>
    renderReport(reportModel(record(own, events)))
      .replace(/<(style|script)>.*?<\/\1>/gs, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');

  test('says what it found, against what', () => {
    const text = words([logged({ type: 'drift-checked', ...found })]);
    expect(text).toMatch(
      'sales_v1_price_sum 2023-11-11 PSI 9.52 0.25 2023-11-10 1 partition had nothing to be compared with. Not looked at, for want of statistics: 2023-11-12.',
    );
    expect(text).toMatch('PSI ≤ 0.25: sales_v1_price_sum');
  });

  test('says that nothing is beyond, and that it did not look yet', () => {
    const within = { ...found, findings: [], unchecked: [] };
    expect(words([logged({ type: 'drift-checked', ...within })])).toMatch(
      'No column is beyond its threshold, in 1 partition.',
    );
    expect(words([])).toMatch('Nothing was looked at yet.');
  });

  test('that there is none is not said', () => {
    expect(words([], planOf())).not.toMatch('Drift check');
  });
});

describe('a comparison of a log', () => {
  const base = {
    ...{ rows: 40, equal: 40, both_null: 0, mismatched: 0, logged_only: 0, computed_only: 0 },
    ...{ mean_absolute_error: 0, mean_relative_error: 0, mean_edit_distance: null, off: [] },
  };
  const [first, second, third] = ['2023-11-10', '2023-11-11', '2023-11-12'] as const;
  const columns: ColumnConsistency[] = [
    { ...base, column_name: 'same' },
    {
      ...{ ...base, column_name: 'last', equal: 30, both_null: 7, mismatched: 3 },
      ...{ mean_absolute_error: null, mean_relative_error: null, mean_edit_distance: 0.091 },
      off: [{ partition: second, rows: 3 }],
    },
    {
      ...{ ...base, column_name: '<b>sum', equal: 32, mismatched: 1, logged_only: 2 },
      ...{ computed_only: 5, mean_absolute_error: 12.5, mean_relative_error: 0.0333 },
      off: [
        { partition: first, rows: 2 },
        { partition: second, rows: 6 },
      ],
    },
  ];
  const plan: Plan = { ...planOf(), job: 'consistency' };
  const committed = (...partitions: string[]): LoggedEvent =>
    logged({ type: 'step-committed', step: 0, partitions, rows: 3, version: 0 });
  const request = { ...requestOf(), consistency: { tolerance: 1e-9 } };
  const recordWith = (found: readonly ColumnConsistency[] | null, ...days: string[]): RunRecord =>
    record(plan, days.length === 0 ? [] : [committed(...days)], { consistency: found, request });
  const page = (found: readonly ColumnConsistency[] | null, ...days: string[]): string =>
    renderReport(reportModel(recordWith(found, ...days)));
  const words = (text: string): string =>
    text
      .replace(/<(style|script)>.*?<\/\1>/gs, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');

  test('is columns, the worst first, and days', () => {
    const { consistency } = reportModel(recordWith(columns, second, first));
    expect(consistency).toMatchObject({ tolerance: 1e-9, days: [first, second] });
    expect(consistency!.found).toMatchObject({
      rows: 40,
      different: [{ column_name: '<b>sum' }, { column_name: 'last' }],
      equal: ['same'],
      days: [
        { day: first, columns: 1, values: 2, most: '<b>sum' },
        { day: second, columns: 2, values: 9, most: '<b>sum' },
      ],
    });
  });

  test('says what differs, in numbers and escaped', () => {
    const text = words(page(columns, first, second, third));
    expect(text).toMatch(
      '40 rows of the log, 3 columns, on 3 days: 2023-11-10, 2023-11-11, 2023-11-12. Fractions count as equal within 1e-9 of the greater one. 2 of 3 columns differ , on 2 days.',
    );
    expect(text).toMatch('&lt;b&gt;sum 8 (20 %) 1 2 5 32 0 12.5 0.0333 – 2023-11-10, 2023-11-11');
    expect(text).toMatch('last 3 (7.5 %) 3 0 0 30 7 – – 0.091 2023-11-11');
    expect(text).toMatch('2023-11-11 2 9 &lt;b&gt;sum');
    expect(text).toMatch('The same in every row: same .');
  });

  test('says that all is equal, that nothing was compared, that it is not known', () => {
    expect(words(page(columns.slice(0, 1), first))).toMatch(
      'equal What was served is what is computed, in every row of every column.',
    );
    expect(words(page(null))).toMatch('Consistency Nothing was compared yet.');
    expect(words(page(null, first))).toMatch(`${first}: what was found can't be read here.`);
  });

  test('of many columns and days names those that matter', () => {
    const many = Array.from(
      { length: 500 },
      (_, i): ColumnConsistency => ({
        ...base,
        column_name: `c${i}`,
        mismatched: i % 2 === 0 ? i + 1 : 0,
        off: i % 2 === 0 ? [{ partition: `day ${String(i).padStart(3, '0')}`, rows: i + 1 }] : [],
      }),
    );
    const text = words(page(many, first));
    expect(text).toMatch('Columns that differ, the worst first, the first 200 of 250');
    expect(text).toMatch('Days with differences, the last 60 of 250');
    expect(text).toMatch(/The same in every row: c1 , c3 .* and 190 more\./);
  });

  test('is of a comparison alone', () => {
    const { consistency } = reportModel(record(planOf(), [committed(first)]));
    expect(consistency).toBeNull();
  });
});

test('a query has no keys, a table of measures no features', () => {
  const page = (job: Plan['job']): string =>
    renderReport(reportModel(record({ ...split, job }, [])));
  const sections = (text: string): string[] =>
    [...text.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id!);
  expect(sections(page('join'))).toEqual(expect.arrayContaining(['keybuckets', 'features']));
  expect(sections(page('staging-query'))).not.toContain('keybuckets');
  expect(sections(page('consistency'))).not.toContain('features');
  const view = { name: 'out.v', sql: 'SELECT 1' };
  const ofView = record({ ...split, job: 'staging-query', view }, []);
  expect(sections(renderReport(reportModel(ofView)))).not.toContain('features');
  expect(page('consistency')).toMatch('<p class="eyebrow">Consistency of a log');
});
