/** Small Jobs for tests, and how they end. */
import type {
  BatchV1Api,
  CoreV1Api,
  V1Container,
  V1Job,
  V1JobSpec,
  V1PodSpec,
} from '@kubernetes/client-node';
import { until } from './until.js';

/** One that a namespace of the restricted standard takes, with an emptyDir `scratch`. */
export function job(
  name: string,
  container: Partial<V1Container>,
  spec: Partial<V1JobSpec> = {},
  pod: Partial<V1PodSpec> = {},
): V1Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      // Of all indexes together, where each has a limit of its own.
      ...(spec.backoffLimitPerIndex === undefined ? { backoffLimit: 0 } : {}),
      ...spec,
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 1,
          serviceAccountName: 'hindcast-executor',
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          volumes: [{ name: 'scratch', emptyDir: {} }],
          ...pod,
          containers: [
            {
              name: 'work',
              image: 'none',
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              ...container,
            },
          ],
        },
      },
    },
  };
}

export interface JobEnd {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string | undefined;
  readonly failed: number | undefined;
  readonly completedIndexes: string | undefined;
  readonly failedIndexes: string | undefined;
}

export function endOfJob(batch: BatchV1Api, namespace: string, name: string): Promise<JobEnd> {
  return until(`the end of job ${name}`, async () => {
    const { status } = await batch.readNamespacedJob({ namespace, name });
    const end = status?.conditions?.find(
      ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
    );
    if (!end) return undefined;
    const { failed, completedIndexes, failedIndexes } = status!;
    const type = end.type as JobEnd['type'];
    return { type, reason: end.reason, failed, completedIndexes, failedIndexes };
  });
}

export async function podsOf(core: CoreV1Api, namespace: string, job: string) {
  const labelSelector = `batch.kubernetes.io/job-name=${job}`;
  return (await core.listNamespacedPod({ namespace, labelSelector })).items;
}
