/** The Indexed Job of a stage, as a manifest: one completion a task, Kubernetes schedules and retries. */
import { podVariables, refusedExit } from '@hindcast/shared/plan/stage-files';
import { placeOfS3 } from '@hindcast/shared/store/s3-place';
import type {
  V1EnvVar,
  V1Job,
  V1JobSpec,
  V1OwnerReference,
  V1PodSpec,
} from '@kubernetes/client-node';

/** How pods of a run are made, whatever they do. */
export interface PodForm {
  readonly namespace: string;
  readonly image: string;
  /** Without rights: executors ask nothing of Kubernetes. */
  readonly serviceAccount: string;
  /** Of S3's credentials, as the AWS SDK's variables; pods start without it, too. */
  readonly secret: string;
  readonly cpu: string;
  readonly scratch: string; // size limit, a Kubernetes quantity
}

/** Says to a process that it is the driver of a run that a Job has started. */
export const driverVariable = 'HINDCAST_DRIVER_POD';

const labels = { run: 'hindcast.dev/run', role: 'hindcast.dev/role' };

/** Finds the Jobs and pods of a run. */
export function runSelector(runId: string): string {
  return `${labels.run}=${runId.toLowerCase()}`;
}

export interface PodContainer {
  readonly name: 'driver' | 'executor';
  readonly command: readonly string[];
  readonly env: readonly V1EnvVar[];
  readonly serviceAccount: string;
  /** Of the work alone: the pod gets room for the rest of the process. */
  readonly memoryBytes: number;
  /** Whether it may ask Kubernetes something. */
  readonly token?: boolean;
}

/** In a pod, the Job that it is of, as Kubernetes labels its pods. */
export const ownerVariables = {
  HINDCAST_JOB: 'batch.kubernetes.io/job-name',
  HINDCAST_JOB_UID: 'batch.kubernetes.io/controller-uid',
} as const;

/** Tries of a task beyond the first. */
const retries = 3;
/** Jobs and their logs stay as long after they have ended. */
const keptSeconds = 86_400;
/** Node, DuckDB's code and what is on its way to the store. */
const processBytes = 256 * 2 ** 20;
const scratchPath = '/scratch';

export interface StageOfRun {
  readonly runId: string;
  /** `_hindcast/runs/<run id>/step-<n>/<stage>-<digest of its tasks>` */
  readonly folder: string;
  readonly warehouse: string;
  readonly tasks: number;
  readonly parallelism: number;
  readonly memoryBytes: number; // of an executor
}

/** The same stage has the same name, whoever drives it: a driver that takes over finds its Job. */
export function jobName({ folder }: Pick<StageOfRun, 'folder'>): string {
  const [run, step, stage] = folder.split('/').slice(-3) as [string, string, string];
  return `hindcast-${run}-${step.replace('step-', 's')}-${stage}`.toLowerCase();
}

/** @param owner with whom it goes; null: it stays until it is deleted or its time is over */
export function stageJob(
  stage: StageOfRun,
  form: PodForm,
  owner: V1OwnerReference | null = ownerOf(process.env),
): V1Job {
  const spec = {
    completionMode: 'Indexed',
    completions: stage.tasks,
    parallelism: Math.min(stage.parallelism, stage.tasks),
    backoffLimitPerIndex: retries,
    maxFailedIndexes: 0,
    podFailurePolicy: {
      rules: [
        // What is wrong with the config or the data no other try mends.
        { action: 'FailIndex', onExitCodes: { operator: 'In', values: [refusedExit] } },
        // A node that goes is not the task's fault.
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ],
    },
  };
  const job = jobOf(stage.runId, jobName(stage), spec, form, {
    name: 'executor',
    command: ['node', '/opt/hindcast/packages/executor/bundle/pod.js'],
    env: [
      { name: podVariables.warehouse, value: stage.warehouse },
      { name: podVariables.stage, value: stage.folder },
    ],
    serviceAccount: form.serviceAccount,
    memoryBytes: stage.memoryBytes,
  });
  return owner === null ? job : { ...job, metadata: { ...job.metadata, ownerReferences: [owner] } };
}

/** A Job of a run, labelled as such, with the one container that its pods have. */
export function jobOf(
  runId: string,
  name: string,
  spec: Omit<V1JobSpec, 'template'>,
  form: PodForm,
  container: PodContainer,
): V1Job {
  const own = { [labels.run]: runId.toLowerCase(), [labels.role]: container.name };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: form.namespace, labels: own },
    spec: {
      ...spec,
      ttlSecondsAfterFinished: keptSeconds,
      template: { metadata: { labels: own }, spec: podSpec(form, container) },
    },
  };
}

/** The Job of a driver that is a pod. */
function ownerOf(env: NodeJS.ProcessEnv): V1OwnerReference | null {
  const { HINDCAST_JOB: name, HINDCAST_JOB_UID: uid } = env;
  if (!name || !uid) return null;
  return { apiVersion: 'batch/v1', kind: 'Job', name, uid };
}

/** `2`, `500m` → whole cores, at least one. */
export function coresOf(cpu: string): number {
  const cores = cpu.endsWith('m') ? Number.parseFloat(cpu) / 1000 : Number.parseFloat(cpu);
  return Math.max(1, Math.floor(cores) || 1);
}

/** What every pod of ours has: no rights on its node, a scratch folder, and S3's credentials. */
function podSpec(form: PodForm, container: PodContainer): V1PodSpec {
  const memory = `${Math.ceil((container.memoryBytes + processBytes) / 2 ** 20)}Mi`;
  return {
    restartPolicy: 'Never',
    serviceAccountName: container.serviceAccount,
    automountServiceAccountToken: container.token === true,
    securityContext: {
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: container.name,
        image: form.image,
        command: [...container.command],
        env: [
          ...container.env,
          ...forwarded(),
          { name: podVariables.name, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'TMPDIR', value: scratchPath },
          { name: 'MALLOC_ARENA_MAX', value: '2' },
        ],
        envFrom: [{ secretRef: { name: form.secret, optional: true } }],
        resources: {
          requests: { cpu: form.cpu, memory },
          limits: { memory },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name: 'scratch', mountPath: scratchPath }],
      },
    ],
    volumes: [{ name: 'scratch', emptyDir: { sizeLimit: form.scratch } }],
  };
}

/** Where S3 is, as this process knows it, unless the secret says otherwise (`adoptPlace`). */
function forwarded(): V1EnvVar[] {
  return Object.entries(placeOfS3()).map(([name, value]) => ({ name, value }));
}
