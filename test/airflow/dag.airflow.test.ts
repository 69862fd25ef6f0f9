/** `hindcast export airflow` under real Airflow: what it reads, and what its tasks would run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as dsl from '@hindcast/shared/dsl/index';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, entry } from '../cli/run-cli.js';
import { type AirflowTask, parseDags, prepareAirflow, runDag } from './airflow.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-airflow-'));
/** Says which words it was given. */
const echo = join(root, 'echo.js');
writeFileSync(echo, 'process.stdout.write(JSON.stringify(process.argv.slice(2)))');

beforeAll(async () => {
  await prepareAirflow();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function dagsOf(
  folder: string,
  configs: Readonly<Record<string, unknown>>,
  ...options: string[]
) {
  mkdirSync(folder, { recursive: true });
  for (const [name, config] of Object.entries(configs))
    writeFileSync(join(folder, name), typeof config === 'string' ? config : JSON.stringify(config));
  const file = join(root, 'dag.py');
  const command = `${process.execPath} ${echo}`;
  const args = ['export', 'airflow', '.', '--output', file, '--command', command, ...options];
  const { code, stderr } = await cli(args, { cwd: folder });
  expect(code, stderr).toBe(0);
  return read(file, '2023-11-16');
}

async function read(file: string, due: string) {
  const { errors, dags } = await parseDags(file, root, due);
  expect(errors).toEqual({});
  return dags;
}

/** What Hindcast would be given by a task. */
function wordsOf({ command }: AirflowTask): string[] {
  return JSON.parse(execFileSync('bash', ['-c', command], { encoding: 'utf8', cwd: '/' }));
}

const events = (table: string, more: object = {}) =>
  dsl.eventSource({
    table,
    query: dsl.query({ selects: dsl.select('user', 'price'), timeColumn: 'ts', ...more }),
  });

const project = `import { count, eventSource, groupBy, join, joinPart, joinSource, labelPart, query, select, stagingQuery, sum } from 'hindcast';
const events = (table: string) => eventSource({ table, query: query({ selects: select('user', 'price'), timeColumn: 'ts' }) });
export const clean = stagingQuery({ name: 'clean', outputNamespace: 'data', query: 'SELECT * FROM data.raw', startPartition: '2023-11-01' });
const views = groupBy({ name: 'views', sources: [events('data.clean')], keys: ['user'], aggregations: [sum('price', { windows: ['2d'] })], accuracy: 'TEMPORAL' });
const orders = groupBy({ name: 'orders', sources: [events('data.orders')], keys: ['user'], aggregations: [count('price', { windows: ['2d'] })] });
export const features = join({ name: 'features.v1', outputNamespace: 'out', left: events('data.visits'), rightParts: [joinPart({ groupBy: views })],
  labelPart: labelPart({ labels: [joinPart({ groupBy: orders })], leftStartOffset: 2, leftEndOffset: 2, labelOfflineSchedule: '30 6 * * MON' }) });
export const second = join({ name: 'second.v1', outputNamespace: 'out', left: joinSource({ join: features, query: query({ selects: select('user'), timeColumn: 'ts' }) }), rightParts: [joinPart({ groupBy: views })] });
`;

test('a project is a DAG for each schedule: sensors on inputs, jobs after those that they read', async () => {
  const dags = await dagsOf(join(root, 'shop'), { 'project.ts': project }, '--wait', '5h');
  expect(dags.map(({ tasks, ...dag }) => dag)).toEqual([
    {
      id: 'hindcast_shop_30_6_x_x_1',
      schedule: '30 6 * * 1',
      timeZone: 'UTC',
      catchup: false,
      maxActiveRuns: 1,
    },
    {
      id: 'hindcast_shop_daily',
      schedule: '0 0 * * *',
      timeZone: 'UTC',
      catchup: false,
      maxActiveRuns: 1,
    },
  ]);
  const [weekly, daily] = dags;
  const upstream = (tasks: readonly AirflowTask[]) =>
    Object.fromEntries(tasks.map((task) => [task.id, task.upstream]));
  expect(upstream(daily!.tasks)).toEqual({
    'wait_for.data.raw': [],
    'wait_for.data.visits': [],
    clean: ['wait_for.data.raw'],
    'features.v1': ['clean', 'wait_for.data.visits'],
    'second.v1': ['clean', 'features.v1'],
  });
  // What another DAG writes is waited for as an input is.
  expect(upstream(weekly!.tasks)).toEqual({
    'wait_for.data.orders': [],
    'wait_for.out.features_v1.1d_before': [],
    'features.v1.labels': ['wait_for.data.orders', 'wait_for.out.features_v1.1d_before'],
  });
  for (const { kind, ...task } of dags.flatMap(({ tasks }) => tasks)) {
    if (kind === 'BashOperator') expect(task).toMatchObject({ retries: 2, mode: null });
    else
      expect({ kind, ...task }).toMatchObject({
        kind: 'BashSensor',
        mode: 'reschedule',
        timeoutSeconds: 18_000,
        retryExitCode: 4,
      });
  }
  const words = Object.fromEntries(
    dags.flatMap(({ tasks }) => tasks.map((task) => [task.id, wordsOf(task)])),
  );
  // Due on the 16th, all are for the 15th.
  expect(words).toEqual({
    'wait_for.data.raw': [
      'has-partition',
      'data.raw',
      '--ds',
      '2023-11-15',
      '--partition-column',
      'ds',
    ],
    'wait_for.data.visits': [
      'has-partition',
      'data.visits',
      '--ds',
      '2023-11-15',
      '--partition-column',
      'ds',
    ],
    'wait_for.data.orders': [
      'has-partition',
      'data.orders',
      '--ds',
      '2023-11-15',
      '--partition-column',
      'ds',
    ],
    'wait_for.out.features_v1.1d_before': [
      'has-partition',
      'out.features_v1',
      '--ds',
      '2023-11-14',
      '--partition-column',
      'ds',
    ],
    clean: ['submit', 'project.ts:clean', '--end-ds', '2023-11-15', '--wait', '1m'],
    'features.v1': ['submit', 'project.ts:features', '--end-ds', '2023-11-15', '--wait', '1m'],
    'second.v1': ['submit', 'project.ts:second', '--end-ds', '2023-11-15', '--wait', '1m'],
    'features.v1.labels': [
      'label-join',
      'project.ts:features',
      '--end-ds',
      '2023-11-15',
      '--wait',
      '1m',
    ],
  });
});

test('hostile names and settings are words, to Python, to templates and to the shell', async () => {
  const nasty = `it's "odd" {{ 7 * 7 }} {% raw %} {# no #} $(touch pwned) \`touch pwned\` \\ % ü`;
  const config = dsl.join({
    name: `${nasty}\n"""`,
    outputNamespace: 'out',
    left: events('data.visits', { partitionColumn: nasty }),
    rightParts: [],
  });
  const folder = join(root, nasty.replaceAll('/', ''));
  const [dag] = await dagsOf(
    folder,
    { [`${nasty}.json`]: config },
    ...[
      '--project',
      'odd',
      '--conf',
      `partitionColumn=${nasty}`,
      '--conf',
      'dateFormat=yyyy/MM/dd',
    ],
  );
  expect(dag!.tasks.map(wordsOf)).toEqual([
    [
      'has-partition',
      'data.visits',
      '--ds',
      '2023/11/15',
      '--partition-column',
      nasty,
      '--conf',
      'dateFormat=yyyy/MM/dd',
    ],
    [
      ...['submit', `${nasty}.json`, '--end-ds', '2023/11/15', '--wait', '1m'],
      ...['--conf', `partitionColumn=${nasty}`, '--conf', 'dateFormat=yyyy/MM/dd'],
    ],
  ]);
  expect(readdirSync(folder)).toEqual([`${nasty}.json`]);
});

test('Airflow runs the quickstart’s DAG: sensors see what is there, and the job fills the table', async () => {
  const made = await cli(['quickstart', '--folder', 'quick'], { cwd: root });
  expect(made.code, made.stderr).toBe(0);
  const cwd = join(root, 'quick');
  const table = join(cwd, 'warehouse/quickstart/quickstart_training_set_v1');
  const days = (): string[] => readdirSync(table).filter((name) => name.startsWith('ds='));
  const before = days();
  rmSync(table, { recursive: true });

  const file = join(root, 'dags', 'quick.py');
  const command = ['--command', `${process.execPath} ${entry}`, '--warehouse', 'warehouse'];
  const args = ['export', 'airflow', '.', '--output', file, '--project', 'quick', ...command];
  const { code, stderr } = await cli(args, { cwd });
  expect(code, stderr).toBe(0);
  const [dag, ...more] = await read(file, '2023-12-02');
  expect(more).toEqual([]);
  expect(dag).toMatchObject({ id: 'hindcast_quick_daily', schedule: '0 0 * * *' });
  const sensors = [
    'wait_for.data.checkouts',
    'wait_for.data.purchases',
    'wait_for.data.returns',
    'wait_for.data.users.1d_before',
  ];
  const job = dag!.tasks.find(({ id }) => id === 'quickstart.training_set.v1');
  expect(job!.upstream).toEqual(sensors);
  // Due on the 2nd, none of its inputs is there.
  for (const task of dag!.tasks)
    if (task !== job)
      expect(spawnSync('bash', ['-c', task.command], { cwd: '/' }).status, task.id).toBe(4);

  expect(await runDag(file, root, '2023-12-01')).toEqual({
    state: 'success',
    tasks: Object.fromEntries([...sensors, job!.id].map((id) => [id, 'success'])),
  });
  expect(days()).toEqual(before);
});
