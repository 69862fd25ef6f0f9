/** A pod's status as a kubelet reports it. */
import {
  type CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1ContainerState,
  type V1Pod,
} from '@kubernetes/client-node';

export const strategicMerge = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** @param state null for a container that never was */
export async function reportPod(
  core: CoreV1Api,
  pod: V1Pod,
  phase: Phase,
  state: V1ContainerState | null,
): Promise<void> {
  const { name, namespace, uid } = pod.metadata!;
  const { name: container, image = '' } = pod.spec!.containers[0]!;
  const runs = phase === 'Running';
  const is = (type: string, value: boolean) => ({
    type,
    status: value ? 'True' : 'False',
    lastTransitionTime: new Date(),
  });
  const status = {
    phase,
    hostIP: '127.0.0.1',
    podIP: '127.0.0.1',
    ...(runs ? { startTime: new Date() } : {}),
    conditions: [is('Initialized', true), is('ContainersReady', runs), is('Ready', runs)],
    containerStatuses: state && [
      {
        name: container,
        image,
        imageID: '',
        containerID: state.waiting ? '' : `process://${uid}`,
        ready: runs,
        started: runs,
        restartCount: 0,
        state,
      },
    ],
  };
  const body = { metadata: { uid }, status };
  await core.patchNamespacedPodStatus({ name: name!, namespace: namespace!, body }, strategicMerge);
}
