/**
 * Jobs on Kubernetes, with what goes wrong there: each ends with the table that threads compute.
 * HINDCAST_POD_KILLS kills more pods at random moments than the two of `npm run test:k8s`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { BatchV1Api, CoreV1Api, type V1Job } from '@kubernetes/client-node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CliResult, cli, entry, eventsConfig } from '../cli/run-cli.js';
import { plainRows } from '../cli/small-warehouse.js';
import { importInto, readOutput, submitJoin } from '../harness.js';
import { openSession } from '../in-process.js';
import { minioMs, type TestMinio, useMinio } from '../minio.js';
import { type FaultyStore, openProxy } from '../s3-proxy.js';
import type { ControlPlane } from './control-plane.js';
import { type Installation, install, namespace } from './installation.js';
import { writeAccountKubeconfig } from './kubeconfig.js';
import type { ProcessKubelet } from './process-kubelet.js';
import { until } from './until.js';

const config = 'join.json';
const tables = ['a', 'b', 'c', 'd', 'e', 'f'];
const root = mkdtempSync(join(tmpdir(), 'hindcast-kubernetes-'));

let minio: TestMinio;
let proxy: FaultyStore;
let installation: Installation;
let plane: ControlPlane;
let node: ProcessKubelet;
let batch: BatchV1Api;
let core: CoreV1Api;
let warehouse: string;
let store: Store;
let expected: string[];

beforeAll(async () => {
  minio = await useMinio();
  proxy = await openProxy(minio.endpoint);
  // Pods and drivers go through it; this process does not.
  warehouse = minio.newUrl('kubernetes');
  store = await openStore(warehouse);
  const session = await openSession(root);
  const file = join(root, 'rows.parquet');
  await session.run(`COPY (${plainRows}) TO '${file}' (FORMAT parquet)`);
  session.close();
  await importInto(warehouse, file, 'data.clicks');
  for (const table of tables) await importInto(warehouse, file, `data.${table}`);
  // Six tables, six segments: a stage of six tasks.
  const parts = tables.map((table) => {
    const one = eventsConfig({ name: '', left: '', right: `data.${table}` }) as {
      joinParts: [{ groupBy: object }];
    };
    return { groupBy: { ...one.joinParts[0].groupBy, metaData: { name: `${table}.v1` } } };
  });
  const join6 = (name: string): object =>
    eventsConfig({ name, left: 'data.clicks', right: '', parts });
  writeFileSync(join(root, 'local.json'), JSON.stringify(join6('local.v1')));
  writeFileSync(join(root, config), JSON.stringify(join6('pods.v1')));
  const { error } = await submitJoin(join(root, 'local.json'), warehouse, { executors: 2 });
  expect(error).toBeNull();
  expected = await rowsOf('out.local_v1');
  expect(expected).toHaveLength(40);

  installation = await install();
  ({ plane, node } = installation);
  batch = plane.config.makeApiClient(BatchV1Api);
  core = plane.config.makeApiClient(CoreV1Api);
  const stringData = Object.fromEntries(
    Object.entries(minio.env).filter(([name]) => /KEY/.test(name)),
  );
  const metadata = { name: 'hindcast-s3' };
  await core.createNamespacedSecret({ namespace, body: { metadata, stringData } });
}, minioMs);
afterAll(async () => {
  await installation?.stop();
  await proxy?.close();
  await minio?.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(async () => {
  proxy.fault = () => null;
  await store.delete(['out/pods_v1', '_hindcast']);
});

const env = (): Record<string, string> => ({
  ...minio.env,
  AWS_ENDPOINT_URL_S3: proxy.endpoint,
  KUBECONFIG: plane.kubeconfig,
});
const context = (): string => plane.config.getCurrentContext();
const submit = (...more: readonly string[]): string[] => [
  ...['submit', config, '--warehouse', warehouse, '--master', `k8s://${context()}`],
  ...['--memory', '256m', '--conf', 'executors=2', ...more],
];
const hindcast = (args: readonly string[], changes = {}): Promise<CliResult> =>
  cli(args, { cwd: root, env: { ...env(), ...changes } });

async function rowsOf(table: string): Promise<string[]> {
  const { rows } = await readOutput(warehouse, table);
  return rows.map((row) => row.map(String).join('|')).sort();
}

async function checkTable(): Promise<void> {
  expect(await rowsOf('out.pods_v1')).toEqual(expected);
}

async function onlyRun(): Promise<string> {
  const runs = await store.folders('_hindcast/runs/');
  expect(runs).toHaveLength(1);
  return runs[0]!;
}

async function jobs(): Promise<V1Job[]> {
  return (await batch.listNamespacedJob({ namespace })).items.sort((a, b) =>
    a.metadata!.name!.localeCompare(b.metadata!.name!),
  );
}

/** The same file, whose pages of one column are damaged. */
async function withoutPrices(data: Uint8Array): Promise<Uint8Array> {
  const copy = join(root, 'copy.parquet');
  writeFileSync(copy, data);
  const session = await openSession(root);
  const [chunk] = await session.rows(
    `SELECT coalesce(dictionary_page_offset, data_page_offset)::INTEGER, total_compressed_size::INTEGER
     FROM parquet_metadata('${copy}') WHERE path_in_schema = 'price'`,
  );
  session.close();
  const [from, bytes] = chunk!.map(Number) as [number, number];
  return data.map((byte, i) => (i >= from && i < from + bytes ? 0xff : byte));
}

async function keyBucketsOf(run: string): Promise<V1Job> {
  const begin = `hindcast-${run}-s0-key-buckets-`.toLowerCase();
  return (await jobs()).find(({ metadata }) => metadata!.name!.startsWith(begin))!;
}

/** Names of executors' pods whose process runs. */
function executors(): string[] {
  return node.running().filter((name) => !name.includes('-driver'));
}

function drive(args: readonly string[]): {
  process: ChildProcess;
  ended: Promise<number | null>;
  said: () => string;
} {
  const process = spawn(globalThis.process.execPath, [entry, ...args], {
    cwd: root,
    env: { ...globalThis.process.env, ...env() },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  process.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<number | null>((resolve) => process.once('close', resolve));
  return { process, ended, said: () => said };
}

test('six tasks, two at a time: one fails the first time, one pod is killed', async () => {
  // The driver reads when it plans; from its first task on it is pods that read.
  let planned = false;
  let refused = 0;
  proxy.fault = ({ method, url }) => {
    if (method === 'PUT' && url.includes('/tasks/')) planned = true;
    const isRead = planned && method === 'GET' && url.includes('/data/c/');
    return isRead && ++refused <= 1 ? { kind: 'status', status: 403, code: 'AccessDenied' } : null;
  };
  const submitted = hindcast(submit());
  const victim = await until('a pod to kill', async () => executors()[0]);
  node.kill(victim);
  const { code, stderr } = await submitted;
  expect(code, stderr).toBe(0);
  await checkTable();
  const { spec, status } = await keyBucketsOf(await onlyRun());
  expect(spec).toMatchObject({ completions: 6, parallelism: 2 });
  expect(refused).toBeGreaterThan(0);
  expect(status!.failed).toBeGreaterThanOrEqual(1);
  const logs = await hindcast(['logs', await onlyRun(), '--warehouse', warehouse]);
  expect(logs.stdout).toMatch(/task \d: bucket-source/);
});

const kills = Number(process.env['HINDCAST_POD_KILLS'] ?? 2);

test(`${kills} executors killed at random moments`, { timeout: 7_200_000 }, async () => {
  let killed = 0;
  let retried = 0;
  while (killed < kills) {
    await store.delete(['out/pods_v1', ...(killed % 2 === 0 ? ['_hindcast'] : [])]);
    let over = false;
    const submitted = hindcast(submit()).finally(() => {
      over = true;
    });
    // Three in a run at most: what is tried again has to get done.
    for (let some = 0; some < 3 && !over && killed < kills; ) {
      await new Promise((resolve) => setTimeout(resolve, 400 * Math.random()));
      const running = executors();
      if (running.length === 0) continue;
      node.kill(running[Math.floor(Math.random() * running.length)]!);
      killed++;
      some++;
    }
    const { code, stderr } = await submitted;
    expect([0, 1], stderr).toContain(code);
    if (code !== 0) {
      retried++;
      const run = [...(await store.folders('_hindcast/runs/'))].sort().at(-1)!;
      const again = await hindcast(['retry', run, '--warehouse', warehouse]);
      expect(again.code, again.stderr).toBe(0);
    }
    await checkTable();
  }
  process.stderr.write(`executors: ${killed} killed, ${retried} runs needed retry\n`);
});

test.each([
  ['in its first stage', [], 0],
  ['in its second step', ['--step-days', '2'], 1],
])(
  'a driver that dies %s: retry takes up the Job that runs, and does nothing twice',
  async (_, flags, commits) => {
    // Pods are held up until their driver is gone.
    let held = true;
    proxy.fault = ({ method, url }) =>
      held && method === 'GET' && url.includes('/tasks/') ? { kind: 'slow', ms: 2000 } : null;
    const driver = drive(submit(...flags));
    await until('as many commits', async () => {
      const log = await store.list('out/pods_v1/_delta_log/');
      return log.length >= commits;
    });
    await until('a pod that runs', async () => executors()[0]);
    driver.process.kill('SIGKILL');
    await driver.ended;
    held = false;
    const run = await onlyRun();
    const before = (await jobs()).filter(({ metadata }) =>
      metadata!.name!.includes(run.toLowerCase()),
    );
    expect(before.length).toBeGreaterThan(commits);
    const { code, stderr } = await hindcast(['retry', run, '--warehouse', warehouse]);
    expect(code, stderr).toBe(0);
    await checkTable();
    expect(await onlyRun()).toBe(run);
    const uids = (await jobs()).map(({ metadata }) => metadata!.uid);
    for (const { metadata } of before) expect(uids).toContain(metadata!.uid);
    expect(await store.list(`_hindcast/runs/${run}/step-`)).toEqual([]);
  },
);

test('--deploy-mode cluster: the driver is a pod, and the next one carries on when it is killed', async () => {
  const submitted = hindcast(submit('--deploy-mode', 'cluster'));
  await until('an executor', async () => executors()[0]);
  const driver = node.running().find((name) => name.includes('-driver'))!;
  node.kill(driver);
  const { code, stderr } = await submitted;
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch('its driver is a Job');
  await checkTable();
  // Without its driver's Job nobody would look after an executors' one.
  const run = (await onlyRun()).toLowerCase();
  const own = (await jobs()).filter(({ metadata }) => metadata!.name!.includes(run));
  const [driverJob] = own.filter(({ metadata }) => metadata!.name!.endsWith('-driver'));
  const stages = own.filter((job) => job !== driverJob);
  expect(stages.length).toBeGreaterThan(1);
  for (const { metadata } of stages)
    expect(metadata!.ownerReferences?.map(({ uid }) => uid)).toEqual([driverJob!.metadata!.uid]);
});

test('who interrupts the command that looks on leaves the run alone, and is told which one it is', async () => {
  const { process, ended, said } = drive(submit('--deploy-mode', 'cluster', '--json'));
  await until('an executor', async () => executors()[0]);
  process.kill('SIGINT');
  expect(await ended).toBe(130);
  const run = await onlyRun();
  expect(JSON.parse(said())).toEqual({ runId: run, status: 'running' });
  await until(
    'results',
    async () => (await store.get(`_hindcast/runs/${run}/run_results.json`)) ?? undefined,
  );
  // It writes its report after them.
  await until(
    'no Job that goes on',
    async () => (await jobs()).every(({ status }) => (status?.active ?? 0) === 0) || undefined,
  );
  await checkTable();
});

test('cancel ends a run and its Jobs, and what is left can be computed', async () => {
  proxy.fault = ({ url }) =>
    url.includes('/data/a/') && url.includes('.parquet') ? { kind: 'slow', ms: 20_000 } : null;
  const driver = drive(submit());
  await until('a pod that runs', async () => executors()[0]);
  const { code, stderr } = await hindcast(['cancel', await onlyRun(), '--warehouse', warehouse]);
  expect(code, stderr).toBe(0);
  expect(await driver.ended).toBe(130);
  proxy.fault = () => null;
  await until('no pod left', async () => executors().length === 0 || undefined);
  const again = await hindcast(submit());
  expect(again.code, again.stderr).toBe(0);
  await checkTable();
});

test('what is wrong with the data is said once, without another try', async () => {
  const wrong = JSON.stringify(
    eventsConfig({
      name: 'pods.v1',
      left: 'data.clicks',
      right: 'data.a',
      selects: { user: 'user', price: 'price' },
    }),
  );
  writeFileSync(join(root, 'wrong.json'), wrong);
  // Planning reads footers and times; prices are for executors.
  const [file] = await store.list('data/a/ds=2023-11-16/');
  const data = (await store.get(file!.key))!;
  await store.put(file!.key, await withoutPrices(data));
  try {
    const args = submit().map((arg) => (arg === config ? 'wrong.json' : arg));
    const { code, stderr } = await hindcast(args);
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(/data\.a: .* is no readable Parquet file/);
    const { status } = await keyBucketsOf(await onlyRun());
    expect(status).toMatchObject({ failed: 1 });
  } finally {
    await store.put(file!.key, data);
  }
});

describe('doctor', () => {
  const doctor = (changes = {}, ...more: readonly string[]): Promise<CliResult> =>
    hindcast(
      ['doctor', '--warehouse', warehouse, '--master', `k8s://${context()}`, ...more],
      changes,
    );

  test('says that a driver can do its work', async () => {
    const { code, stdout } = await doctor();
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/Kubernetes: v1\./);
    expect(stdout).toMatch('Kubernetes rights: Jobs and pods of hindcast');
  });

  test('names the rights that are missing', async () => {
    const path = join(root, 'executor.kubeconfig');
    await writeAccountKubeconfig(path, plane.config, { name: 'hindcast-executor', namespace });
    const { code, stdout } = await hindcast(
      ['doctor', '--warehouse', warehouse, '--master', 'k8s://in-cluster'],
      { KUBECONFIG: path },
    );
    expect(code, stdout).toBe(3);
    expect(stdout).toMatch('create jobs');
    expect(stdout).toMatch('infra/kubernetes/base');
  });

  test('names a context and a namespace that are not there', async () => {
    const wrong = await hindcast(
      ['doctor', '--warehouse', warehouse, '--master', 'k8s://nowhere'],
      {},
    );
    expect(wrong.stdout).toMatch('no such context');
    const { code, stdout } = await doctor({}, '--conf', 'k8sNamespace=nothing-here');
    expect(code, stdout).toBe(3);
    expect(stdout).toMatch('Kubernetes service account');
  });
});
