/** `hindcast export kubernetes`, as a real API server takes it; and what of it goes with its config. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as dsl from '@hindcast/shared/dsl/index';
import type { V1ConfigMap, V1CronJob, V1CronJobSpec } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../cli/run-cli.js';
import { type ControlPlane, startControlPlane } from './control-plane.js';

const base = fileURLToPath(new URL('../../infra/kubernetes/base', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'hindcast-export-'));
const project = join(root, 'project');
const file = join(root, 'jobs.yaml');

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
  const made = await plane.kubectl('apply', '-k', base);
  expect(made).toMatchObject({ code: 0, stderr: '' });
});
afterAll(async () => {
  await plane?.stop();
  rmSync(root, { recursive: true });
});

const nasty = `it's "odd": {{ x }} $(HINDCAST_JOB) & *a !b # \\ %\n--- ü`;
const events = dsl.eventSource({
  table: 'data.visits',
  query: dsl.query({ selects: dsl.select('user'), timeColumn: 'ts' }),
});
const large = dsl.join({
  name: 'shop.large.v1',
  outputNamespace: 'out',
  left: dsl.eventSource({
    table: 'data.visits',
    query: dsl.query({ selects: { user: `'${'x'.repeat(300_000)}'` }, timeColumn: 'ts' }),
  }),
  rightParts: [],
});
const configs: Readonly<Record<string, object>> = {
  'plain.json': dsl.join({
    name: 'shop.plain.v1',
    outputNamespace: 'out',
    left: events,
    rightParts: [],
  }),
  'odd.json': dsl.join({
    name: nasty,
    outputNamespace: 'out',
    left: events,
    rightParts: [],
    offlineSchedule: '*/20 1-5 * * SAT,SUN',
  }),
  'long.json': dsl.join({
    name: `${'very_'.repeat(20)}long`,
    outputNamespace: 'out',
    left: events,
    rightParts: [],
  }),
  'longer.json': dsl.join({
    name: `${'very_'.repeat(20)}longer`,
    outputNamespace: 'out',
    left: events,
    rightParts: [],
  }),
};

async function exported(names: readonly string[]): Promise<void> {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project);
  for (const name of names)
    writeFileSync(join(project, name), JSON.stringify(configs[name] ?? large));
  const args = ['export', 'kubernetes', '.', '--output', file, '--project', 'shop'];
  const options = ['--warehouse', 's3://bucket/warehouse', '--conf', `partitionColumn=${nasty}`];
  const { code, stderr } = await cli([...args, ...options], { cwd: project });
  expect(code, stderr).toBe(0);
}

async function get<T>(kind: string): Promise<T[]> {
  const args = ['get', kind, '-n', 'hindcast', '-l', 'hindcast.dev/project=shop', '-o', 'json'];
  const { code, stdout, stderr } = await plane.kubectl(...args);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout).items;
}

function configOf({ metadata }: V1CronJob): string {
  return metadata!.annotations!['hindcast.dev/config']!;
}

function podOf({ jobTemplate }: V1CronJobSpec) {
  return jobTemplate.spec!.template.spec!;
}

test('every manifest is accepted, with every field known', async () => {
  await exported(Object.keys(configs));
  const args = ['apply', '--dry-run=server', '--validate=strict', '-f', file];
  const { code, stdout, stderr } = await plane.kubectl(...args);
  // Warnings, as of pods that the namespace would refuse, come on stderr.
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/^cronjob.batch/gm)).toHaveLength(4);
  expect(stdout.match(/^configmap/gm)).toHaveLength(4);
  const text = readFileSync(file, 'utf8');
  for (const field of ['schedule', 'backoffLimit', 'args', 'readOnlyRootFilesystem']) {
    const typo = join(root, 'typo.yaml');
    writeFileSync(typo, text.replaceAll(new RegExp(`^( *)(- )?${field}:`, 'gm'), `$1$2${field}x:`));
    const refused = await plane.kubectl(
      'apply',
      '--dry-run=server',
      '--validate=strict',
      '-f',
      typo,
    );
    expect({ field, code: refused.code }).toEqual({ field, code: 1 });
    expect(refused.stderr).toContain(`${field}x`);
  }
});

test('a config that is too large for kubectl’s own note of it is applied by the server', async () => {
  await exported(['large.json']);
  const refused = await plane.kubectl('apply', '--dry-run=server', '-f', file);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('annotations: Too long');
  const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', file];
  const { code, stderr } = await plane.kubectl(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('a config that is gone takes its CronJob with it; pods have no more rights than the base’s', async () => {
  const apply = async (): Promise<void> => {
    const labels = ['--prune', '-l', 'hindcast.dev/project=shop'];
    const { code, stderr } = await plane.kubectl('apply', ...labels, '-f', file);
    expect(code, stderr).toBe(0);
  };
  await exported(Object.keys(configs));
  await apply();
  const jobs = await get<V1CronJob>('cronjob');
  expect(new Set(jobs.map(({ metadata }) => metadata!.name)).size).toBe(4);
  const byName = new Map(jobs.map((job) => [configOf(job), job]));
  expect([...byName.keys()].toSorted()).toEqual(
    Object.values(configs)
      .map((config) => (config as { metaData: { name: string } }).metaData.name)
      .toSorted(),
  );
  const plain = byName.get('shop.plain.v1')!;
  expect(plain.metadata!.name).toBe('hindcast-shop--shop-plain-v1');
  expect(plain.spec).toMatchObject({ schedule: '0 0 * * *', timeZone: 'Etc/UTC' });
  expect(byName.get(nasty)!.spec!.schedule).toBe('*/20 1-5 * * 6,0');

  // But for what it runs, on which config and when, a job is the base's own.
  const shown = await plane.kubectl('get', 'cronjob', 'front-fill', '-n', 'hindcast', '-o', 'json');
  const own = (JSON.parse(shown.stdout) as V1CronJob).spec!;
  const bare = (spec: V1CronJobSpec) => {
    const { schedule: _, suspend: __, ...copy } = structuredClone(spec);
    const pod = copy.jobTemplate.spec!.template.spec!;
    delete pod.containers[0]!.args;
    delete pod.containers[0]!.workingDir;
    for (const volume of pod.volumes!) delete volume.configMap;
    return copy;
  };
  expect(bare(plain.spec!)).toEqual(bare(own));
  const [container] = podOf(plain.spec!).containers;
  expect(container!.args).toEqual([
    ...['submit', '/configs/job.json', '--end-ds', 'yesterday', '--wait', '20h'],
    ...['--master', 'k8s://in-cluster'],
  ]);
  const maps = await get<V1ConfigMap>('configmap');
  const map = maps.find(({ metadata }) => metadata!.name === plain.metadata!.name)!;
  expect(JSON.parse(map.data!['job.json']!)).toEqual(configs['plain.json']);
  expect(JSON.parse(map.data!['hindcast.config.json']!)).toEqual({
    warehouse: 's3://bucket/warehouse',
    partitionColumn: nasty,
  });

  await exported(['plain.json', 'long.json']);
  await apply();
  expect((await get<V1CronJob>('cronjob')).map(configOf).toSorted()).toEqual(
    ['plain.json', 'long.json']
      .map((name) => (configs[name] as { metaData: { name: string } }).metaData.name)
      .toSorted(),
  );
  expect(await get('configmap')).toHaveLength(2);
});
