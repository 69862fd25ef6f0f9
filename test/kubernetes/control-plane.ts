/**
 * A real Kubernetes control plane on free ports of this machine: etcd, kube-apiserver,
 * kube-controller-manager and kube-scheduler, from the binary that scripts/build-control-plane.mjs builds.
 * It has no nodes: see process-kubelet.ts.
 */
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { builtControlPlane } from '../../scripts/build-control-plane.mjs';
import { kubeconfigText } from './kubeconfig.js';
import { until } from './until.js';
import { openWorkFolder, type WorkFolder } from './work-folder.js';

export interface ControlPlane {
  /** Path of a kubeconfig with every right. */
  readonly kubeconfig: string;
  /** The same, for clients of this process. */
  readonly config: KubeConfig;
  /** With which the API server serves, and a kubelet may, too: it does not verify kubelets. */
  readonly serving: { readonly cert: Buffer; readonly key: Buffer };
  /** kubectl with every right; what it says and how it ends. */
  kubectl(...args: string[]): Promise<KubectlResult>;
  stop(): Promise<void>;
}

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ControlPlaneOptions {
  /**
   * How long the job controller waits before it replaces a failed pod, doubled with each failure; a Go
   * duration, 10s in a stock Kubernetes.
   */
  readonly podFailureBackoff?: string;
}

const controllers = [
  'job-controller',
  'ttl-after-finished-controller',
  'garbage-collector-controller',
  'pod-garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'node-lifecycle-controller',
  'taint-eviction-controller',
];

export async function startControlPlane({
  podFailureBackoff = '500ms',
}: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binary = await builtControlPlane();
  const folder = openWorkFolder('control-plane');
  const env = { ...process.env, JOB_POD_FAILURE_BACKOFF: podFailureBackoff };
  const run = (part: string, flags: Flags): void => runPart(binary, part, flags, env, folder);
  try {
    const etcd = await startEtcd(run, folder.path);
    const { kubeconfig, config, certificates } = await startApiServer(run, folder.path, etcd);
    const core = config.makeApiClient(CoreV1Api);
    await until('kube-apiserver', () => core.readNamespace({ name: 'default' }));
    run('kube-controller-manager', {
      ...follower(kubeconfig),
      controllers: controllers.join(','),
      'service-account-private-key-file': join(folder.path, 'accounts.key'),
      'root-ca-file': join(certificates, 'apiserver.crt'),
      'node-monitor-grace-period': '10s',
      'node-monitor-period': '1s',
    });
    run('kube-scheduler', follower(kubeconfig));
    await until('the default service account', () =>
      core.readNamespacedServiceAccount({ name: 'default', namespace: 'default' }),
    );
    return {
      kubeconfig,
      config,
      serving: {
        cert: readFileSync(join(certificates, 'apiserver.crt')),
        key: readFileSync(join(certificates, 'apiserver.key')),
      },
      kubectl: (...args) => kubectl(binary, kubeconfig, args),
      stop: () => folder.remove(),
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

type Flags = Readonly<Record<string, string>>;
type Run = (part: string, flags: Flags) => void;

/** What it says goes to a file; it ends when the folder does. */
function runPart(
  binary: string,
  part: string,
  flags: Flags,
  env: NodeJS.ProcessEnv,
  folder: WorkFolder,
): void {
  const path = join(folder.path, `${part}.log`);
  const log = openSync(path, 'w');
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(binary, [part, ...args], {
    env,
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  folder.enlist(child);
  child.unref();
  child.once('exit', (code) => {
    if (code !== null) console.error(`${part} ended by itself: ${lastLines(path)}`);
  });
}

function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trim().split('\n').slice(-5).join('\n');
}

async function startEtcd(run: Run, folder: string): Promise<string> {
  const clients = `http://127.0.0.1:${await freePort()}`;
  const peers = `http://127.0.0.1:${await freePort()}`;
  run('etcd', {
    name: 'only',
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': clients,
    'advertise-client-urls': clients,
    'listen-peer-urls': peers,
    'initial-advertise-peer-urls': peers,
    'initial-cluster': `only=${peers}`,
    'unsafe-no-fsync': 'true',
    'log-level': 'warn',
  });
  await until('etcd', async () => (await fetch(`${clients}/health`)).ok);
  return clients;
}

async function startApiServer(run: Run, folder: string, etcd: string) {
  const at = (name: string): string => join(folder, name);
  const token = randomBytes(16).toString('hex');
  writeFileSync(at('tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
  writeFileSync(at('accounts.key'), pem, { mode: 0o600 });
  writeFileSync(at('accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const port = await freePort();
  // It signs a certificate for itself there, which is its own authority.
  const certificates = at('certificates');
  run('kube-apiserver', {
    'etcd-servers': etcd,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': certificates,
    'token-auth-file': at('tokens.csv'),
    'authorization-mode': 'Node,RBAC',
    'service-cluster-ip-range': '10.0.0.0/24',
    // It would refuse a loopback address as the endpoint of the service `kubernetes`.
    'endpoint-reconciler-type': 'none',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': at('accounts.pub'),
    'service-account-signing-key-file': at('accounts.key'),
    'kubelet-preferred-address-types': 'InternalIP',
  });
  const ca = await until('the certificate of kube-apiserver', () => {
    const text = readFileSync(join(certificates, 'apiserver.crt'));
    return text.toString().trimEnd().endsWith('END CERTIFICATE-----') && text;
  });
  const kubeconfig = at('kubeconfig');
  const cluster = { name: 'test', server: `https://127.0.0.1:${port}`, ca };
  writeFileSync(kubeconfig, kubeconfigText({ context: 'test', cluster, token }), { mode: 0o600 });
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return { kubeconfig, config, certificates };
}

/** Of parts that follow the API server. */
function follower(kubeconfig: string): Flags {
  return { kubeconfig, 'leader-elect': 'false', 'secure-port': '0' };
}

/** Never synchronously: `kubectl logs` is answered by a kubelet of this very process. */
function kubectl(binary: string, kubeconfig: string, args: string[]): Promise<KubectlResult> {
  return new Promise((resolve) => {
    execFile(
      binary,
      ['kubectl', '--kubeconfig', kubeconfig, ...args],
      { maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
