/**
 * A node whose pods are processes of this machine. It runs the one container of each pod that the scheduler
 * gives it, reports how it ends, serves its log, and ends it when the pod is deleted. It knows emptyDirs,
 * ConfigMaps and Secrets, and service accounts (as a KUBECONFIG with a context `in-cluster`), but no images,
 * limits, probes, init containers, or restarts.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CoreV1Api,
  type Informer,
  makeInformer,
  type V1ContainerState,
  type V1Pod,
} from '@kubernetes/client-node';
import type { ControlPlane } from './control-plane.js';
import { writeAccountKubeconfig } from './kubeconfig.js';
import { serveLogs } from './kubelet-logs.js';
import { type NodeSize, registerNode } from './node.js';
import { type Environment, podEnvironment } from './pod-environment.js';
import { type Image, type PodInputs, type PodProcess, startPodProcess } from './pod-process.js';
import { type Phase, reportPod } from './pod-status.js';
import { podVolumes } from './pod-volumes.js';
import { openWorkFolder, signal, type WorkFolder } from './work-folder.js';

export interface KubeletOptions extends Image {
  /** Of the node; `node` without. */
  readonly name?: string;
  /** What the scheduler may put on it; 4 CPUs and 8Gi without. */
  readonly size?: NodeSize;
}

/** A pod that this node has begun to run. */
interface Entry {
  readonly pod: V1Pod;
  readonly folder: string;
  process?: PodProcess;
  deleted: boolean;
  /** When its container has ended and that is reported. */
  done: Promise<void>;
}

export class ProcessKubelet {
  private readonly core: CoreV1Api;
  private readonly entries = new Map<string, Entry>();
  private readonly informer: Informer<V1Pod>;
  private readonly work: WorkFolder = openWorkFolder('kubelet');
  private readonly ends: (() => unknown)[] = [];
  private stopped = false;

  private constructor(
    private readonly plane: ControlPlane,
    private readonly options: KubeletOptions,
    private readonly node: string,
  ) {
    this.core = plane.config.makeApiClient(CoreV1Api);
    const fieldSelector = `spec.nodeName=${node}`;
    this.informer = makeInformer<V1Pod>(
      plane.config,
      `/api/v1/pods?fieldSelector=${encodeURIComponent(fieldSelector)}`,
      () => this.core.listPodForAllNamespaces({ fieldSelector }),
    );
  }

  static async start(plane: ControlPlane, options: KubeletOptions = {}): Promise<ProcessKubelet> {
    const name = options.name ?? 'node';
    const kubelet = new ProcessKubelet(plane, options, name);
    const logs = await serveLogs(plane.serving, (...pod) => kubelet.logOf(...pod));
    const node = await registerNode(plane.config, name, logs.port, options.size);
    kubelet.ends.push(logs.close, node.silence);
    await kubelet.watch();
    return kubelet;
  }

  /** Names of pods whose process runs, those begun first in front. */
  running(): string[] {
    return [...this.entries.values()].filter(runs).map(({ pod }) => pod.metadata!.name!);
  }

  /** The process of a pod that runs, and all that it started, killed: its exit code becomes 137. */
  kill(podName: string): void {
    const entry = [...this.entries.values()].find(
      (candidate) => runs(candidate) && candidate.pod.metadata!.name === podName,
    );
    if (!entry) throw new Error(`no pod ${podName} runs here, but ${this.running().join(', ')}`);
    signal(-entry.process!.child.pid!, 'SIGKILL');
  }

  /** Kills its pods and says nothing more, like a node that lost its power. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const end of this.ends) end();
    await this.informer.stop();
    for (const { process } of this.entries.values()) if (process) this.work.dismiss(process.child);
    await Promise.all([...this.entries.values()].map(({ done }) => done));
    await this.work.remove();
  }

  private async watch(): Promise<void> {
    this.informer.on('add', (pod) => this.seen(pod));
    this.informer.on('update', (pod) => this.seen(pod));
    this.informer.on('delete', ({ metadata }) => this.gone(metadata!.uid!));
    this.informer.on('error', () => {
      if (!this.stopped) setTimeout(() => void this.informer.start(), 200);
    });
    await this.informer.start();
  }

  private seen(pod: V1Pod): void {
    const { uid, deletionTimestamp } = pod.metadata!;
    const known = this.entries.get(uid!);
    if (known === undefined && pod.status?.phase === 'Pending') {
      const folder = join(this.work.path, uid!);
      mkdirSync(folder);
      const deleted = deletionTimestamp !== undefined;
      const entry: Entry = { pod, folder, deleted, done: Promise.resolve() };
      this.entries.set(uid!, entry);
      entry.done = this.run(entry).catch((error) => this.complain(pod, error));
      if (entry.deleted) void this.end(entry, 0);
    } else if (known && !known.deleted && deletionTimestamp) {
      known.deleted = true;
      void this.end(known, pod.metadata!.deletionGracePeriodSeconds ?? 30);
    }
  }

  private async run(entry: Entry): Promise<void> {
    const { pod, folder } = entry;
    const startedAt = new Date();
    const ended = (exitCode: number, reason: string, message = '') =>
      this.report(entry, exitCode === 0 ? 'Succeeded' : 'Failed', {
        terminated: { exitCode, reason, message, startedAt, finishedAt: new Date() },
      });
    const inputs = await this.inputs(entry);
    if (inputs === null || entry.deleted) return this.report(entry, 'Failed', null);
    try {
      entry.process = startPodProcess(pod, inputs, folder, this.options, this.work);
      const { exit } = entry.process;
      const [code] = await Promise.all([
        exit,
        this.report(entry, 'Running', { running: { startedAt } }),
      ]);
      await ended(code, code === 0 ? 'Completed' : 'Error');
    } catch (error) {
      await ended(128, 'StartError', String(error));
    } finally {
      rmSync(join(folder, 'volumes'), { recursive: true, force: true });
    }
  }

  /** Waits until everything is there that the pod refers to; null for a pod deleted meanwhile. */
  private async inputs(entry: Entry): Promise<PodInputs | null> {
    const { pod, folder } = entry;
    for (let said = false; !entry.deleted && !this.stopped; said = true) {
      try {
        const volumes = await podVolumes(this.core, pod, join(folder, 'volumes'));
        const env = await podEnvironment(this.core, pod);
        return {
          volumes,
          env: mountsToken(pod) ? { ...(await this.account(entry)), ...env } : env,
        };
      } catch (error) {
        const waiting = { reason: 'CreateContainerConfigError', message: String(error) };
        if (!said) await this.report(entry, 'Pending', { waiting });
        await sleep(500);
      }
    }
    return null;
  }

  /** With which the process acts as its service account. */
  private async account({ pod, folder }: Entry): Promise<Environment> {
    const { name, namespace, uid } = pod.metadata!;
    const account = { name: pod.spec!.serviceAccountName!, namespace: namespace! };
    const path = join(folder, 'kubeconfig');
    await writeAccountKubeconfig(path, this.plane.config, account, { name: name!, uid: uid! });
    return { KUBECONFIG: path };
  }

  /** SIGTERM to the process, SIGKILL to all that is left after the grace; then the pod is gone. */
  private async end({ pod, process, done }: Entry, graceSeconds: number): Promise<void> {
    process?.child.kill('SIGTERM');
    const hard = setTimeout(() => {
      if (process) this.work.dismiss(process.child);
    }, graceSeconds * 1000);
    await done;
    clearTimeout(hard);
    if (this.stopped) return;
    const { name, namespace, uid } = pod.metadata!;
    // Where there is a body, the API server does not look at the query's grace.
    const body = { gracePeriodSeconds: 0, preconditions: { uid: uid! } };
    await this.core
      .deleteNamespacedPod({ name: name!, namespace: namespace!, body })
      .catch((error) => this.complain(pod, error));
  }

  private gone(uid: string): void {
    const entry = this.entries.get(uid);
    if (!entry) return;
    this.entries.delete(uid);
    if (entry.process) this.work.dismiss(entry.process.child);
    void entry.done.then(() => rmSync(entry.folder, { recursive: true, force: true }));
  }

  private async report({ pod }: Entry, phase: Phase, state: V1ContainerState | null) {
    if (this.stopped) return;
    await reportPod(this.core, pod, phase, state).catch((error) => this.complain(pod, error));
  }

  /** Pods may be gone before a kubelet hears of it. */
  private complain({ metadata }: V1Pod, error: { readonly code?: unknown }): void {
    if (this.stopped || error.code === 404 || error.code === 409) return;
    console.error(`${this.node}, pod ${metadata!.name}:`, error);
  }

  private logOf(namespace: string, name: string): { path: string; done: Promise<void> } | null {
    for (const { pod, folder, done } of this.entries.values())
      if (pod.metadata!.name === name && pod.metadata!.namespace === namespace)
        return { path: join(folder, 'log'), done };
    return null;
  }
}

function runs({ process }: Entry): boolean {
  return (
    process?.child.pid !== undefined &&
    process.child.exitCode === null &&
    process.child.signalCode === null
  );
}

/** As the API server decided it, by what the pod and its service account say. */
function mountsToken({ spec }: V1Pod): boolean {
  return (spec!.volumes ?? []).some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
  );
}
