import { readConfig } from '@hindcast/shared/config/load';
import type { ProjectConfig } from '@hindcast/shared/config/load-project';
import * as dsl from '@hindcast/shared/dsl/index';
import { HindcastError } from '@hindcast/shared/errors';
import { defaultPartitionSpec } from '@hindcast/shared/time/partition-spec';
import { expect, test } from 'vitest';
import { renderAirflow } from './airflow.js';
import { renderKubernetes } from './kubernetes.js';
import { type Schedule, scheduleOf } from './schedule.js';

const loaded = (json: unknown, path: string): ProjectConfig => ({
  path,
  json,
  config: readConfig(json, path),
});
const schedule = (configs: Readonly<Record<string, unknown>>): Schedule =>
  scheduleOf(
    Object.entries(configs).map(([path, json]) => loaded(json, path)),
    defaultPartitionSpec,
  );
const jobsOf = (configs: Readonly<Record<string, unknown>>) => schedule(configs).jobs;

const events = (table: string, more: object = {}) =>
  dsl.eventSource({
    table,
    query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts', ...more }),
  });
const groupBy = (changes: Partial<Parameters<typeof dsl.groupBy>[0]> = {}) =>
  dsl.groupBy({
    name: 'views.v1',
    sources: [events('data.views')],
    keys: ['user'],
    aggregations: [dsl.sum('price', { windows: ['3d'] })],
    ...changes,
  });
const join = (changes: Partial<Parameters<typeof dsl.join>[0]> = {}) =>
  dsl.join({
    name: 'features.v1',
    outputNamespace: 'out',
    left: events('data.clicks'),
    rightParts: [dsl.joinPart({ groupBy: groupBy() })],
    ...changes,
  });
const staging = (name: string, query: string, changes: object = {}) =>
  dsl.stagingQuery({
    name,
    outputNamespace: 'data',
    query,
    startPartition: '2023-01-01',
    ...changes,
  });
const labels = (offset: readonly [number, number], labelOfflineSchedule?: string) =>
  dsl.labelPart({
    labels: [
      dsl.joinPart({
        groupBy: groupBy({
          name: 'bought',
          sources: [events('data.buys')],
          aggregations: [dsl.count('price', { windows: ['2d'] })],
        }),
      }),
    ],
    leftStartOffset: offset[0],
    leftEndOffset: offset[1],
    ...(labelOfflineSchedule === undefined ? {} : { labelOfflineSchedule }),
  });

test('a join without a schedule runs daily, as with Chronon, and waits for what its rows see', () => {
  const [job, ...others] = jobsOf({ 'a.json': join() });
  expect(others).toEqual([]);
  expect(job).toEqual({
    id: 'features.v1',
    kind: 'join',
    name: 'features.v1',
    config: 'a.json',
    cron: '0 0 * * *',
    verb: 'submit',
    dayOption: '--end-ds',
    onlyTry: false,
    table: 'out.features_v1',
    inputs: [
      { table: 'data.clicks', partitionColumn: 'ds', daysBefore: 0 },
      // As of the midnight before.
      { table: 'data.views', partitionColumn: 'ds', daysBefore: 1 },
    ],
    after: [],
  });
  const temporal = dsl.joinPart({ groupBy: groupBy({ accuracy: 'TEMPORAL' }) });
  expect(jobsOf({ 'a.json': join({ rightParts: [temporal] }) })[0]!.inputs).toEqual([
    { table: 'data.clicks', partitionColumn: 'ds', daysBefore: 0 },
    { table: 'data.views', partitionColumn: 'ds', daysBefore: 0 },
  ]);
});

test('partition columns are the sources’ own; a source that ends has no new day', () => {
  const part = dsl.joinPart({
    groupBy: groupBy({
      sources: [
        events('data.old', { endPartition: '2020-01-01' }),
        events('data.new', { partitionColumn: 'day' }),
      ],
    }),
  });
  expect(jobsOf({ 'a.json': join({ rightParts: [part] }) })[0]!.inputs).toEqual([
    { table: 'data.clicks', partitionColumn: 'ds', daysBefore: 0 },
    { table: 'data.new', partitionColumn: 'day', daysBefore: 1 },
  ]);
});

test('mutations are of the row’s own day, snapshots of the day before', () => {
  const part = dsl.joinPart({
    groupBy: groupBy({
      sources: [
        dsl.entitySource({
          snapshotTable: 'data.users',
          mutationTable: 'data.user_changes',
          query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts' }),
        }),
      ],
      accuracy: 'TEMPORAL',
    }),
  });
  expect(jobsOf({ 'a.json': join({ rightParts: [part] }) })[0]!.inputs).toEqual([
    { table: 'data.clicks', partitionColumn: 'ds', daysBefore: 0 },
    { table: 'data.users', partitionColumn: 'ds', daysBefore: 1 },
    { table: 'data.user_changes', partitionColumn: 'ds', daysBefore: 0 },
  ]);
});

test('@never takes a config out; a group-by is in where it asks for it', () => {
  const configs = {
    'a.json': join({ offlineSchedule: '@never' }),
    'b.json': groupBy({ name: 'part' }),
    'c.json': groupBy({ name: 'own', backfillStartDate: '2023-01-01' }),
    'd.json': groupBy({ name: 'weekly', offlineSchedule: '@weekly' }),
    'e.json': groupBy({ name: 'not', backfillStartDate: '2023-01-01', offlineSchedule: '@never' }),
  };
  expect(jobsOf(configs).map(({ id, cron }) => [id, cron])).toEqual([
    ['own', '0 0 * * *'],
    ['weekly', '0 0 * * 0'],
  ]);
});

test('staging query → join → join that reads it → its labels, whatever the order of the files', () => {
  const features = join({ left: events('data.clean_v1'), labelPart: labels([2, 2], '@daily') });
  const configs = {
    'a-second.json': join({
      name: 'second.v1',
      left: dsl.joinSource({
        join: features,
        query: dsl.query({ selects: dsl.select('user'), timeColumn: 'ts' }),
      }),
    }),
    'b-features.json': features,
    'c-clean.json': staging('clean.v1', 'SELECT * FROM data.raw'),
  };
  const { jobs, warnings } = schedule(configs);
  expect(warnings).toEqual([]);
  expect(
    jobs.map(({ id, after, inputs }) => [
      id,
      after.map(({ job }) => job),
      inputs.map(({ table }) => table),
    ]),
  ).toEqual([
    ['clean.v1', [], ['data.raw']],
    ['features.v1', ['clean.v1'], ['data.views']],
    ['second.v1', ['features.v1'], ['data.views']],
    ['features.v1.labels', ['features.v1'], ['data.buys']],
  ]);
  expect(jobs[3]).toMatchObject({
    verb: 'label-join',
    dayOption: '--end-ds',
    table: 'out.features_v1_labels',
  });
  // The last day whose features a label date needs.
  expect(jobs[3]!.after[0]!.wrote).toEqual({
    table: 'out.features_v1',
    partitionColumn: 'ds',
    daysBefore: 1,
  });
});

test('a label date of a range needs no other label date', () => {
  const [, job] = jobsOf({ 'a.json': join({ labelPart: labels([2, 2]) }) });
  expect(job).toMatchObject({ cron: '0 0 * * *', dayOption: '--end-ds' });
  const entities = dsl.labelPart({
    labels: [
      dsl.joinPart({
        groupBy: groupBy({
          name: 'fraud',
          sources: [
            dsl.entitySource({
              snapshotTable: 'data.frauds',
              query: dsl.query({ selects: dsl.select('user', 'price') }),
            }),
          ],
          aggregations: null,
        }),
      }),
    ],
    leftStartOffset: 30,
    leftEndOffset: 3,
    labelOfflineSchedule: '@weekly',
  });
  const never = { 'a.json': join({ labelPart: entities, offlineSchedule: '@never' }) };
  expect(jobsOf(never)).toMatchObject([
    {
      id: 'features.v1.labels',
      cron: '0 0 * * 0',
      dayOption: '--label-ds',
      // Nobody in the project writes the features on a schedule.
      inputs: [
        { table: 'out.features_v1', partitionColumn: 'ds', daysBefore: 2 },
        { table: 'data.frauds', partitionColumn: 'ds', daysBefore: 0 },
      ],
      after: [],
    },
  ]);
});

test('a daily job that reads a weekly one is warned of, a weekly one that reads a daily one is not', () => {
  const configs = (clean: string, features: string) => ({
    'a.json': join({ left: events('data.clean_v1'), offlineSchedule: features }),
    'b.json': staging('clean.v1', 'SELECT * FROM data.raw', { offlineSchedule: clean }),
  });
  expect(schedule(configs('@weekly', '@daily')).warnings).toEqual([
    expect.stringMatching(
      /^"features.v1" \(0 0 \* \* \*\) reads what "clean.v1" \(0 0 \* \* 0\) writes/,
    ),
  ]);
  expect(schedule(configs('@daily', '@weekly')).warnings).toEqual([]);
  expect(schedule(configs('0 3 * * *', '@daily')).warnings).toEqual([]);
});

test('what looks for drift after its commits is tried once: a second try would find nothing and end well', () => {
  const drift = (when: 'before' | 'after') => ({ when, thresholds: { price: { psi: 0.2 } } });
  const made = schedule({
    'a.json': join({ drift: drift('after') }),
    'b.json': join({ name: 'b', drift: drift('before') }),
    'c.json': join({ name: 'c' }),
  });
  expect(made.jobs.map(({ onlyTry }) => onlyTry)).toEqual([true, false, false]);
  const place = { project: 'p', command: 'hindcast', folder: '/p', options: [] };
  const dag = renderAirflow(made, {
    ...place,
    waitSeconds: 1,
    tableOptions: [],
    spec: defaultPartitionSpec,
  });
  expect(dag.match(/"retries": \d/g)).toEqual(['"retries": 0', '"retries": 2', '"retries": 2']);
  const manifests = renderKubernetes(made, {
    ...{ project: 'p', namespace: 'n', image: 'i', driverServiceAccount: 'd', secret: 's' },
    ...{ wait: '1h', settings: {}, compiled: new Map(made.jobs.map(({ config }) => [config, {}])) },
  });
  const codes = [...manifests.matchAll(/values:\n((?: +- \d\n)+)/g)];
  expect(codes.map(([, list]) => list!.match(/\d/g)!.join())).toEqual(['2,3,4', '2,4', '2,4']);
});

test('a log that jobs read is flattened by nobody, which is said', () => {
  const configs = (bootstrapFromLog: boolean) => ({
    'a.json': join({ bootstrapFromLog, rowIds: ['user'] }),
    'b.json': staging('driver.v1', 'SELECT * FROM out.features_v1_logged'),
  });
  const said =
    'out.features_v1_logged, which no config schedules: run `hindcast flatten-logs a.json` before it';
  expect(schedule(configs(false)).warnings).toEqual([`"driver.v1" reads ${said}`]);
  expect(schedule(configs(true)).warnings).toEqual([`"features.v1" and "driver.v1" read ${said}`]);
  expect(schedule({ 'a.json': join() }).warnings).toEqual([]);
});

test('a view has no partitions to wait for', () => {
  const [, reader] = jobsOf({
    'a.json': staging('clean.v1', 'SELECT * FROM data.raw', { createView: true }),
    'b.json': staging('b', 'SELECT * FROM data.clean_v1', { offlineSchedule: '0 3 * * *' }),
  });
  expect(reader).toMatchObject({ id: 'b', after: [{ job: 'clean.v1', wrote: null }] });
});

test('names that schedulers would take for one stay apart', () => {
  const ids = jobsOf({
    'a.json': join({ name: 'a b', outputNamespace: 'one' }),
    'b.json': join({ name: 'a/b', outputNamespace: 'two' }),
  }).map(({ id }) => id);
  expect(ids).toEqual(['a_b-one_a_b', 'a_b-two_a_b']);
});

test.each([
  [
    'a circle',
    {
      'a.json': staging('a', 'SELECT * FROM data.b'),
      'b.json': staging('b', 'SELECT * FROM data.c'),
      'c.json': staging('c', 'SELECT * FROM data.a'),
    },
    'configs read each other',
    '"a" (a.json) reads "b" (b.json) reads "c" (c.json) reads "a" (a.json)',
  ],
  [
    'a join of its own table',
    { 'a.json': join({ left: events('out.features_v1') }) },
    '"features.v1" (a.json) reads its own table',
    'reads',
  ],
  [
    'one name twice',
    { 'a.json': join(), 'b.json': join({ outputNamespace: 'else' }) },
    'two configs are named "features.v1"',
    'a.json and b.json',
  ],
  [
    'one table twice',
    { 'a.json': join({ name: 'a.b' }), 'b.json': join({ name: 'a_b' }) },
    'two configs write out.a_b',
    '"a.b" in a.json and "a_b" in b.json',
  ],
  [
    'no schedule at all',
    { 'a.json': join({ offlineSchedule: '@never' }), 'b.json': groupBy() },
    'nothing in these configs has a schedule',
    'a.json: @never; b.json: a part of joins',
  ],
  [
    'a label schedule that is none',
    { 'a.json': join({ labelPart: labels([2, 2], '0 24 * * *') }) },
    'a.json: labelPart.metaData.offlineSchedule: "0 24 * * *" is no cron expression',
    'hour "24"',
  ],
])('%s is refused', (_, configs, message, found) => {
  let error: unknown;
  try {
    schedule(configs);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(HindcastError);
  expect((error as HindcastError).message).toContain(message);
  expect((error as HindcastError).found).toContain(found);
  expect((error as HindcastError).hint).toMatch(/\w/);
});

test('group-bys that are parts alone may share a name, and a staging query may read what it wrote', () => {
  expect(
    jobsOf({
      'a.json': groupBy(),
      'b.json': groupBy({ keys: ['price'] }),
      'c.json': staging('grown', 'SELECT * FROM data.grown JOIN data.raw USING (user)'),
    }),
  ).toMatchObject([{ id: 'grown', inputs: [{ table: 'data.raw' }], after: [] }]);
});
