/** A node as the control plane sees it: registered, and alive as long as it renews its lease. */
import {
  CoordinationV1Api,
  CoreV1Api,
  type KubeConfig,
  V1MicroTime,
} from '@kubernetes/client-node';
import { strategicMerge } from './pod-status.js';

export interface NodeSize {
  readonly cpu: string;
  readonly memory: string;
}

/** @param port at which its kubelet serves */
export async function registerNode(
  config: KubeConfig,
  name: string,
  port: number,
  { cpu, memory }: NodeSize = { cpu: '4', memory: '8Gi' },
): Promise<{ silence(): void }> {
  const core = config.makeApiClient(CoreV1Api);
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' };
  await core.createNode({ body: { metadata: { name, labels } } });
  const size = { cpu, memory, 'ephemeral-storage': '100Gi', pods: '110' };
  const now = new Date();
  const status = {
    capacity: size,
    allocatable: size,
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: name },
    ],
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'pods are processes',
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      },
    ],
  };
  // A new node is tainted as not ready until the node controller reads this.
  await core.patchNodeStatus({ name, body: { status } }, strategicMerge);
  return renewLease(config, name);
}

async function renewLease(config: KubeConfig, name: string): Promise<{ silence(): void }> {
  const leases = config.makeApiClient(CoordinationV1Api);
  const namespace = 'kube-node-lease';
  const renewed = () => ({ renewTime: new V1MicroTime() });
  await leases.createNamespacedLease({
    namespace,
    body: {
      metadata: { name },
      spec: { holderIdentity: name, leaseDurationSeconds: 10, ...renewed() },
    },
  });
  const timer = setInterval(() => {
    const body = { spec: renewed() };
    // The next one is soon.
    leases.patchNamespacedLease({ name, namespace, body }, strategicMerge).catch(() => {});
  }, 2000);
  return { silence: () => clearInterval(timer) };
}
