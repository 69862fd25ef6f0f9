/** The control plane and the nodes that other tests stand on: Jobs, pods, logs, and who may do what. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatchV1Api, CoreV1Api, KubeConfig, type V1Container } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ControlPlane } from './control-plane.js';
import { type Installation, install, namespace } from './installation.js';
import { endOfJob, job, podsOf } from './jobs.js';
import { writeAccountKubeconfig } from './kubeconfig.js';
import type { ProcessKubelet } from './process-kubelet.js';
import { until } from './until.js';
import { openWorkFolder, type WorkFolder } from './work-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

let installation: Installation;
let plane: ControlPlane;
let node: ProcessKubelet;
let work: WorkFolder;
let batch: BatchV1Api;
let core: CoreV1Api;

beforeAll(async () => {
  work = openWorkFolder('kubernetes-test');
  installation = await install();
  ({ plane, node } = installation);
  batch = plane.config.makeApiClient(BatchV1Api);
  core = plane.config.makeApiClient(CoreV1Api);
});
afterAll(async () => {
  await installation?.stop();
  await work?.remove();
});

async function run(name: string, container: Partial<V1Container>, spec = {}, pod = {}) {
  await batch.createNamespacedJob({ namespace, body: job(name, container, spec, pod) });
  return endOfJob(batch, namespace, name);
}

async function logOf(jobName: string): Promise<string> {
  const [pod] = await podsOf(core, namespace, jobName);
  return core.readNamespacedPodLog({ namespace, name: pod!.metadata!.name! });
}

const shell = (script: string): Partial<V1Container> => ({ command: ['/bin/sh', '-c', script] });
const indexed = { completionMode: 'Indexed', completions: 3, parallelism: 2 };

describe('an Indexed Job', () => {
  test('tries an index again that failed', async () => {
    const mark = join(work.path, 'failed-once');
    const ended = await run(
      'again',
      shell(
        `echo "index $JOB_COMPLETION_INDEX"
         [ "$JOB_COMPLETION_INDEX" != 1 ] || [ -e ${mark} ] || { touch ${mark}; exit 7; }`,
      ),
      { ...indexed, backoffLimitPerIndex: 2 },
    );
    expect(ended).toMatchObject({ type: 'Complete', completedIndexes: '0-2', failed: 1 });
    const pods = await podsOf(core, namespace, 'again');
    const exits = pods.map(({ status }) => status!.containerStatuses![0]!.state!.terminated!);
    expect(exits.map(({ exitCode }) => exitCode).sort()).toEqual([0, 0, 0, 7]);
    const logs = await Promise.all(
      pods.map(({ metadata }) => core.readNamespacedPodLog({ namespace, name: metadata!.name! })),
    );
    expect(logs.sort()).toEqual(['index 0\n', 'index 1\n', 'index 1\n', 'index 2\n']);
  });

  test('gives an index up at once by its exit code', async () => {
    const ended = await run('policy', shell('[ "$JOB_COMPLETION_INDEX" != 1 ] || exit 42'), {
      ...indexed,
      backoffLimitPerIndex: 5,
      podFailurePolicy: {
        rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [42] } }],
      },
    });
    expect(ended).toMatchObject({
      type: 'Failed',
      completedIndexes: '0,2',
      failedIndexes: '1',
      failed: 1,
    });
  });

  test('replaces a pod that was killed', async () => {
    const gate = join(work.path, 'gate');
    const waits = shell(`until [ -e ${gate} ]; do sleep 0.1; done`);
    const ended = run('killed', waits, { ...indexed, backoffLimitPerIndex: 1 });
    const [victim, other] = await until('two pods', () => {
      const running = node.running();
      return running.length === 2 && running;
    });
    node.kill(victim!);
    const replacement = await until('its replacement', () =>
      node.running().find((name) => name !== victim && name !== other),
    );
    expect(replacement.slice(0, 8)).toBe(victim!.slice(0, 8));
    await core.readNamespacedPod({ namespace, name: victim! }).then(({ status }) => {
      expect(status!.containerStatuses![0]!.state!.terminated!.exitCode).toBe(137);
    });
    await run('gate', shell(`touch ${gate}`));
    expect(await ended).toMatchObject({ type: 'Complete', completedIndexes: '0-2', failed: 1 });
  });
});

describe('a pod', () => {
  test('has the environment of its spec, and folders of its own', async () => {
    await core.createNamespacedSecret({
      namespace,
      body: { metadata: { name: 'keys' }, stringData: { KEY: 'secret' } },
    });
    await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'words' }, data: { WORD: 'hello' } },
    });
    const fieldRef = { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" };
    const ended = await run('environment', {
      command: ['node', '-e', 'console.log(JSON.stringify(process.env))'],
      env: [
        { name: 'JOB', valueFrom: { fieldRef } },
        { name: 'ONE_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'KEY' } } },
        { name: 'TMPDIR', value: '/scratch' },
        { name: 'BOTH', value: '$(WORD) $(ONE_KEY) $$(WORD)' },
        { name: 'CODE', value: '/opt/hindcast/packages' },
      ],
      envFrom: [
        { configMapRef: { name: 'words' } },
        { secretRef: { name: 'no-such', optional: true } },
        { secretRef: { name: 'keys' } },
      ],
      volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
    });
    expect(ended.type).toBe('Complete');
    const env = JSON.parse(await logOf('environment'));
    expect(env).toMatchObject({
      JOB: 'environment',
      KEY: 'secret',
      ONE_KEY: 'secret',
      BOTH: 'hello secret $(WORD)',
      CODE: `${root}/packages`,
    });
    expect(env.TMPDIR).toMatch(/volumes\/scratch$/);
    expect(existsSync(env.TMPDIR)).toBe(false);
    expect(env).not.toHaveProperty('KUBECONFIG');
  });

  test('has the files of a ConfigMap', async () => {
    const body = { metadata: { name: 'files' }, data: { 'job.ts': 'export default 1;' } };
    await core.createNamespacedConfigMap({ namespace, body });
    const volumeMounts = [{ name: 'files', mountPath: '/files' }];
    const reads = { command: ['cat', '/files/job.ts'], volumeMounts };
    const volumes = [{ name: 'files', configMap: { name: 'files' } }];
    expect((await run('reader', reads, {}, { volumes })).type).toBe('Complete');
    expect(await logOf('reader')).toBe('export default 1;');
  });

  test('is told to end when it is deleted, and killed after its grace', async () => {
    const told = join(work.path, 'told');
    const script = `trap 'echo told >> ${told}' TERM; while :; do sleep 0.1; done`;
    await batch.createNamespacedJob({ namespace, body: job('stubborn', shell(script)) });
    const name = await until('the pod', () =>
      node.running().find((pod) => pod.startsWith('stubborn')),
    );
    const start = Date.now();
    await batch.deleteNamespacedJob({
      namespace,
      name: 'stubborn',
      propagationPolicy: 'Foreground',
    });
    await until('the end of the pod', () => !node.running().includes(name));
    expect(Date.now() - start).toBeGreaterThan(900);
    expect(existsSync(told)).toBe(true);
    await until('the end of its log', () =>
      core.readNamespacedPod({ namespace, name }).then(
        () => false,
        (error) => error.code === 404,
      ),
    );
  });

  test('is heard while it runs', async () => {
    const gate = join(work.path, 'heard');
    const script = `echo one; echo two; until [ -e ${gate} ]; do sleep 0.1; done; echo three`;
    const ended = run('talker', shell(script));
    const name = await until('both lines', async () => {
      const [pod] = await podsOf(core, namespace, 'talker');
      return (await logOf('talker')) === 'one\ntwo\n' && pod!.metadata!.name!;
    });
    expect(await core.readNamespacedPodLog({ namespace, name, tailLines: 1 })).toBe('two\n');
    const followed = plane.kubectl('logs', '-f', '-n', namespace, name);
    writeFileSync(gate, '');
    expect((await ended).type).toBe('Complete');
    expect(await followed).toEqual({ code: 0, stdout: 'one\ntwo\nthree\n', stderr: '' });
  });

  test('that waits for a Secret runs once it is there', async () => {
    const needy = { ...shell('echo $KEY'), envFrom: [{ secretRef: { name: 'late' } }] };
    const ended = run('needy', needy);
    await until('the reason', async () => {
      const [pod] = await podsOf(core, namespace, 'needy');
      return pod?.status?.containerStatuses?.[0]?.state?.waiting?.message?.includes('late');
    });
    const body = { metadata: { name: 'late' }, stringData: { KEY: 'there' } };
    await core.createNamespacedSecret({ namespace, body });
    expect((await ended).type).toBe('Complete');
    expect(await logOf('needy')).toBe('there\n');
  });

  test('of which the namespace disapproves is not made', async () => {
    const pod = job('root', shell('true')).spec!.template;
    pod.spec!.securityContext = {};
    const body = { metadata: { name: 'root' }, spec: pod.spec! };
    await expect(core.createNamespacedPod({ namespace, body })).rejects.toMatchObject({
      code: 403,
      body: expect.stringContaining('restricted'),
    });
  });
});

describe('rights', () => {
  async function actAs(account: string): Promise<BatchV1Api> {
    const path = join(work.path, `${account}.kubeconfig`);
    await writeAccountKubeconfig(path, plane.config, { name: account, namespace });
    const config = new KubeConfig();
    config.loadFromFile(path);
    return config.makeApiClient(BatchV1Api);
  }

  test('an executor may not make a Job', async () => {
    const executor = await actAs('hindcast-executor');
    const body = job('refused', shell('true'));
    await expect(executor.createNamespacedJob({ namespace, body })).rejects.toMatchObject({
      code: 403,
    });
  });

  test('a driver may, in its own namespace alone', async () => {
    const driver = await actAs('hindcast-driver');
    const body = job('allowed', shell('true'));
    await driver.createNamespacedJob({ namespace, body });
    expect((await endOfJob(driver, namespace, 'allowed')).type).toBe('Complete');
    await expect(
      driver.createNamespacedJob({ namespace: 'default', body: job('outside', shell('true')) }),
    ).rejects.toMatchObject({ code: 403 });
  });

  test('a pod has those of its service account', async () => {
    const asks = (verb: string) => ({
      command: ['/opt/kubectl/control-plane', 'kubectl', 'auth', 'can-i', verb, 'jobs'],
    });
    const driver = { serviceAccountName: 'hindcast-driver' };
    expect((await run('may-create', asks('create'), {}, driver)).type).toBe('Complete');
    expect((await run('may-update', asks('update'), {}, driver)).type).toBe('Failed');
    expect(await logOf('may-create')).toBe('yes\n');
    expect(await logOf('may-update')).toBe('no\n');
  });
});

test('the front-fill runs as its CronJob says, and a wrong config ends it at once', async () => {
  const made = await plane.kubectl(
    ...['create', 'job', 'by-hand', '--from=cronjob/front-fill', '-n', namespace],
  );
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const ended = await endOfJob(batch, namespace, 'by-hand');
  expect(ended).toMatchObject({ type: 'Failed', reason: 'PodFailurePolicy', failed: 1 });
  expect(await logOf('by-hand')).toMatch(/^error: /m);
});
