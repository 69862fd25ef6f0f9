/** The CronJob that `hindcast export kubernetes` writes for the quickstart, run: driver and executors as pods. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';
import type { Store } from '@hindcast/shared/store/store';
import { BatchV1Api, CoreV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../cli/run-cli.js';
import { minioMs, type TestMinio, useMinio } from '../minio.js';
import { type Installation, install, namespace } from './installation.js';
import { endOfJob, podsOf } from './jobs.js';

const root = mkdtempSync(join(tmpdir(), 'hindcast-exported-'));
const cronJob = 'hindcast-quick--quickstart-training-set-v1';
const table = 'quickstart/quickstart_training_set_v1';

let minio: TestMinio;
let installation: Installation;
let batch: BatchV1Api;
let core: CoreV1Api;
let store: Store;
let days: readonly string[];

beforeAll(async () => {
  minio = await useMinio();
  const warehouse = minio.newUrl('exported');
  store = await openStore(warehouse);
  const options = ['--folder', '.', '--warehouse', warehouse];
  const made = await cli(['quickstart', ...options], { cwd: root, env: minio.env });
  expect(made.code, made.stderr).toBe(0);
  days = await store.folders(`${table}/`);
  expect(days.length).toBeGreaterThan(0);
  await store.delete([table]);

  installation = await install();
  const { plane } = installation;
  batch = plane.config.makeApiClient(BatchV1Api);
  core = plane.config.makeApiClient(CoreV1Api);
  const file = join(root, 'jobs.yaml');
  const args = [
    'export',
    'kubernetes',
    '.',
    '--project',
    'quick',
    '--output',
    file,
    '--wait',
    '2s',
  ];
  const settings = ['--warehouse', warehouse, '--memory', '256m', '--conf', 'executors=2'];
  const written = await cli([...args, ...settings], { cwd: root, env: minio.env });
  expect(written.code, written.stderr).toBe(0);
  const applied = await plane.kubectl('apply', '--validate=strict', '-f', file);
  expect(applied).toMatchObject({ code: 0, stderr: '' });
}, minioMs);
afterAll(async () => {
  await installation?.stop();
  await minio?.close();
  rmSync(root, { recursive: true, force: true });
});

/** What the CronJob would start on that day; how it ends, and what its driver says. */
async function runOn(today: string) {
  const body = { metadata: { name: 'hindcast-s3' }, stringData: { ...minio.env } };
  body.stringData['HINDCAST_TODAY'] = today;
  await core.deleteNamespacedSecret({ namespace, name: 'hindcast-s3' }).catch(() => {});
  await core.createNamespacedSecret({ namespace, body });
  const name = `on-${today}`;
  const { plane } = installation;
  const made = await plane.kubectl(
    ...['create', 'job', name, `--from=cronjob/${cronJob}`, '-n', namespace],
  );
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const end = await endOfJob(batch, namespace, name);
  const pods = await podsOf(core, namespace, name);
  const { stdout: log } = await plane.kubectl(
    ...['logs', pods[0]!.metadata!.name!, '-n', namespace],
  );
  return { end, log, pods };
}

test('it computes the table', async () => {
  const { end, log } = await runOn('2023-12-01');
  expect(end, log).toMatchObject({ type: 'Complete' });
  expect(await store.folders(`${table}/`)).toEqual(days);
});

test('a day whose inputs do not come fails it at once, and it says for which', async () => {
  const { end, log, pods } = await runOn('2023-12-02');
  expect(end, log).toMatchObject({ type: 'Failed', reason: 'PodFailurePolicy', failed: 1 });
  expect(pods).toHaveLength(1);
  expect(log).toContain('data.checkouts: 2023-12-01');
  expect(await store.folders(`${table}/`)).toEqual(days);
});
