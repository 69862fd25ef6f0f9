/**
 * A schedule as Kubernetes manifests: for each job a CronJob like infra/kubernetes/base/front-fill.yaml, and
 * a ConfigMap with its compiled config and the project's settings. CronJobs know no dependencies: each job
 * waits for its inputs by itself.
 */
import { createHash } from 'node:crypto';
import { HindcastError } from '@hindcast/shared/errors';
import { dump } from 'js-yaml';
import type { Schedule, ScheduledJob } from './schedule.js';

export interface KubernetesPlace {
  /** A label of all objects, by which what an export no longer has is pruned, and a part of their names. */
  readonly project: string;
  readonly namespace: string;
  readonly image: string;
  readonly driverServiceAccount: string;
  readonly secret: string;
  readonly wait: string;
  /** hindcast.config.json of the jobs. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Path of a config → its JSON. */
  readonly compiled: ReadonlyMap<string, unknown>;
}

const configs = '/configs';
/** What a ConfigMap holds. */
const mostBytes = 2 ** 20 - 4096;

/** @throws HindcastError kind `config` for a config that no ConfigMap holds */
export function renderKubernetes({ jobs }: Schedule, place: KubernetesPlace): string {
  const names = cronJobNames(jobs, place.project);
  const documents = jobs.flatMap((job) => {
    const name = names.get(job)!;
    return [configMap(job, name, place), cronJob(job, name, place)];
  });
  const head = `# Written by \`hindcast export kubernetes\`: export again after a change instead of editing this file.
# Namespace, accounts and rights are those of infra/kubernetes/base.
`;
  return `${head}${documents.map((one) => `---\n${dump(one, { lineWidth: -1, noRefs: true })}`).join('')}`;
}

function metadata(job: ScheduledJob, name: string, { namespace, project }: KubernetesPlace) {
  return {
    name,
    namespace,
    labels: {
      'app.kubernetes.io/name': 'hindcast',
      'app.kubernetes.io/component': 'front-fill',
      'hindcast.dev/project': project,
    },
    annotations: { 'hindcast.dev/config': job.name, 'hindcast.dev/table': job.table },
  };
}

function configMap(job: ScheduledJob, name: string, place: KubernetesPlace): object {
  const json = JSON.stringify(place.compiled.get(job.config));
  if (Buffer.byteLength(json) > mostBytes) {
    throw new HindcastError('config', `${job.config}: the config is too large for a ConfigMap`, {
      found: `${Buffer.byteLength(json)} bytes`,
      hint: 'Put it into the image, and write its CronJob by hand: infra/kubernetes/overlays/example.',
    });
  }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(job, name, place),
    data: {
      'job.json': json,
      'hindcast.config.json': JSON.stringify(place.settings, null, 2),
    },
  };
}

function cronJob(job: ScheduledJob, name: string, place: KubernetesPlace): object {
  const { verb, dayOption, cron, onlyTry } = job;
  const args = [
    ...[verb, `${configs}/job.json`, dayOption, 'yesterday', '--wait', place.wait],
    ...['--master', 'k8s://in-cluster'],
    // Kubernetes puts variables in place of $(NAME).
  ].map((arg) => arg.split('$(').join('$$('));
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadata(job, name, place),
    spec: {
      schedule: cron,
      timeZone: 'Etc/UTC',
      // A run that takes longer is not overtaken; the next one finds all that it left.
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 21_600,
      jobTemplate: {
        spec: {
          backoffLimit: 3,
          podFailurePolicy: {
            rules: [
              {
                action: 'Ignore',
                onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }],
              },
              {
                action: 'FailJob',
                onExitCodes: { operator: 'In', values: onlyTry ? [2, 3, 4] : [2, 4] },
              },
            ],
          },
          template: {
            metadata: { labels: { 'app.kubernetes.io/component': 'driver' } },
            spec: podSpec(args, name, place),
          },
        },
      },
    },
  };
}

/** As the base's own: no root, no rights, nothing to write to but scratch. */
function podSpec(args: readonly string[], configMapName: string, place: KubernetesPlace): object {
  const ofPod = (name: string, fieldPath: string): object => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  return {
    serviceAccountName: place.driverServiceAccount,
    restartPolicy: 'Never',
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'hindcast',
        image: place.image,
        workingDir: configs,
        args,
        env: [
          { name: 'TMPDIR', value: '/scratch' },
          ofPod('HINDCAST_JOB', "metadata.labels['batch.kubernetes.io/job-name']"),
          ofPod('HINDCAST_JOB_UID', "metadata.labels['batch.kubernetes.io/controller-uid']"),
          { name: 'HINDCAST_K8S_IMAGE', value: place.image },
          ofPod('HINDCAST_K8S_NAMESPACE', 'metadata.namespace'),
        ],
        envFrom: [{ secretRef: { name: place.secret, optional: true } }],
        resources: {
          requests: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '1Gi' },
          limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '12Gi' },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'configs', mountPath: configs, readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: 'scratch', emptyDir: { sizeLimit: '10Gi' } },
      { name: 'configs', configMap: { name: configMapName } },
    ],
  };
}

/** Kubernetes adds eleven characters to name the Jobs, which have 63. */
const mostLetters = 52;

/** What a DNS label has of a text. */
function inLabel(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

function hashOf(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join(' ')).digest('hex').slice(0, 8);
}

/**
 * DNS labels, `hindcast-<project>--<job>`: nothing else has two hyphens, so that projects of one namespace
 * never have a name in common. What a label can't hold, or would be another's, has a part of a hash.
 */
export function cronJobNames(
  jobs: readonly ScheduledJob[],
  project: string,
): Map<ScheduledJob, string> {
  const own = inLabel(project);
  const ofProject = own === project ? own : [own, hashOf(project)].filter(Boolean).join('-');
  const plain = ({ id }: ScheduledJob): string => inLabel(id);
  const count = new Map<string, number>();
  for (const job of jobs) count.set(plain(job), (count.get(plain(job)) ?? 0) + 1);
  return new Map(
    jobs.map((job) => {
      const name = `hindcast-${ofProject}--${plain(job)}`;
      if (name.length <= mostLetters && count.get(plain(job)) === 1 && plain(job) !== '')
        return [job, name];
      const hash = hashOf(project, job.kind, job.name);
      return [job, `${name.slice(0, mostLetters - hash.length - 1).replace(/-+$/, '')}-${hash}`];
    }),
  );
}
