/** What Hindcast asks of Kubernetes: the one room of its client. */
import { type ErrorDetails, HindcastError } from '@hindcast/shared/errors';
import {
  ApiException,
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  type V1Job,
  type V1Pod,
  VersionApi,
} from '@kubernetes/client-node';

export interface JobState {
  readonly state: 'running' | 'complete' | 'failed' | 'gone';
  readonly message: string;
  /** Pods that run or are to run. */
  readonly active: number;
  /** Indexes that no further try is left for. */
  readonly failed: readonly number[];
}

export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
}

/** `k8s://<context>`; `k8s://in-cluster` for a driver that runs in a pod. */
export const inCluster = 'in-cluster';

export class Cluster {
  private constructor(
    private readonly config: KubeConfig,
    readonly namespace: string,
  ) {}

  /** @throws HindcastError kind `usage` for a context that is not there */
  static open(context: string, namespace: string): Cluster {
    const config = new KubeConfig();
    if (context === inCluster && process.env['KUBERNETES_SERVICE_HOST'] !== undefined) {
      config.loadFromCluster();
      return new Cluster(config, namespace);
    }
    try {
      config.loadFromDefault();
    } catch (error) {
      throw new HindcastError('usage', `--master k8s://${context}: the kubeconfig can't be read`, {
        found: (error as Error).message,
        hint: 'KUBECONFIG names the file.',
        cause: error,
      });
    }
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context)) {
      throw new HindcastError('usage', `--master k8s://${context}: no such context`, {
        found: known.length === 0 ? 'no kubeconfig' : known.join(', '),
        hint: '`kubectl config get-contexts` lists them; KUBECONFIG names the file.',
      });
    }
    config.setCurrentContext(context);
    return new Cluster(config, namespace);
  }

  /** @returns false when a Job of this name is there already */
  async createJob(body: V1Job): Promise<boolean> {
    try {
      await this.batch().createNamespacedJob({ namespace: this.namespace, body });
      return true;
    } catch (error) {
      if (codeOf(error) === 409) return false;
      throw this.explain(error, 'create Jobs');
    }
  }

  async jobState(name: string): Promise<JobState> {
    try {
      const { status } = await this.batch().readNamespacedJob({ name, namespace: this.namespace });
      const active = status?.active ?? 0;
      const failed = indexesOf(status?.failedIndexes ?? '');
      const ended = status?.conditions?.find(
        ({ type, status: is }) => /^(Complete|Failed)$/.test(type) && is === 'True',
      );
      if (ended === undefined) return { state: 'running', message: '', active, failed };
      const message = [ended.reason, ended.message].filter(Boolean).join(': ');
      const state = ended.type === 'Complete' ? 'complete' : 'failed';
      return { state, message, active, failed };
    } catch (error) {
      if (codeOf(error) === 404) return { state: 'gone', message: '', active: 0, failed: [] };
      throw this.explain(error, 'read Jobs');
    }
  }

  /** Their pods go with them. */
  async deleteJobs(labelSelector: string): Promise<void> {
    for (const name of await this.jobs(labelSelector)) await this.deleteJob(name);
  }

  private async jobs(labelSelector: string): Promise<string[]> {
    try {
      const { namespace } = this;
      const { items } = await this.batch().listNamespacedJob({ namespace, labelSelector });
      return items.map(({ metadata }) => metadata!.name!);
    } catch (error) {
      throw this.explain(error, 'list Jobs');
    }
  }

  async deleteJob(name: string): Promise<void> {
    try {
      await this.batch().deleteNamespacedJob({
        name,
        namespace: this.namespace,
        propagationPolicy: 'Background',
      });
    } catch (error) {
      if (codeOf(error) !== 404) throw this.explain(error, 'delete Jobs');
    }
  }

  async pods(labelSelector: string): Promise<readonly V1Pod[]> {
    try {
      const { namespace } = this;
      return (await this.core().listNamespacedPod({ namespace, labelSelector })).items;
    } catch (error) {
      throw this.explain(error, 'list pods');
    }
  }

  /** Null where there is none to be had any more. */
  async podLog(name: string): Promise<string | null> {
    try {
      return await this.core().readNamespacedPodLog({ name, namespace: this.namespace });
    } catch (error) {
      const code = codeOf(error);
      if (code === 404 || code === 400) return null;
      throw this.explain(error, 'read the logs of pods');
    }
  }

  /** Its version, from whoever may ask. */
  async version(): Promise<string> {
    try {
      return (await this.config.makeApiClient(VersionApi).getCode()).gitVersion;
    } catch (error) {
      throw this.explain(error, 'say its version');
    }
  }

  /** Those of these rights that whoever asks does not have here. */
  async missingRights(rights: readonly Right[]): Promise<readonly Right[]> {
    const api = this.config.makeApiClient(AuthorizationV1Api);
    const missing: Right[] = [];
    for (const right of rights) {
      const spec = { resourceAttributes: { ...right, namespace: this.namespace } };
      try {
        const { status } = await api.createSelfSubjectAccessReview({
          body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec },
        });
        if (status?.allowed !== true) missing.push(right);
      } catch (error) {
        throw this.explain(error, 'say who may do what');
      }
    }
    return missing;
  }

  /** @throws HindcastError kind `task` where there is no such service account, or no such namespace */
  async checkServiceAccount(name: string): Promise<void> {
    try {
      await this.core().readNamespacedServiceAccount({ name, namespace: this.namespace });
    } catch (error) {
      if (codeOf(error) === 403) return; // it is not for everyone to look
      throw this.explain(error, `find the service account ${name}`);
    }
  }

  private batch(): BatchV1Api {
    return this.config.makeApiClient(BatchV1Api);
  }

  private core(): CoreV1Api {
    return this.config.makeApiClient(CoreV1Api);
  }

  private explain(error: unknown, what: string): unknown {
    const place = `Kubernetes, namespace ${this.namespace}`;
    const code = codeOf(error);
    if (code === null || code === 429 || code >= 500) {
      const server = this.config.getCurrentCluster()?.server ?? '';
      const { message, cause } = error as Error;
      return new NoAnswer(`${place}: ${server} does not answer`, {
        found: code !== null ? `HTTP ${code}` : cause instanceof Error ? cause.message : message,
        hint: 'Is the cluster there, and is it the right context? `hindcast doctor` looks.',
        cause: error,
      });
    }
    const found = messageOf(error);
    const hint =
      code === 403
        ? 'Bind the Role of infra/kubernetes/base to whoever drives, or choose another namespace (--conf k8sNamespace=…).'
        : code === 401
          ? 'The credentials of the context are not accepted: log in again.'
          : code === 404
            ? 'Apply infra/kubernetes/base first, or name what is there (--conf k8sNamespace=…, k8sServiceAccount=…).'
            : undefined;
    return new HindcastError('task', `${place}: it was refused to ${what}`, {
      found,
      hint,
      cause: error,
    });
  }
}

/** Worth another try. */
export class NoAnswer extends HindcastError {
  constructor(message: string, details: ErrorDetails) {
    super('storage', message, details);
  }
}

/** `0,3-5` */
function indexesOf(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    if (range === '') return [];
    return Array.from({ length: last! - first + 1 }, (_, i) => first + i);
  });
}

function codeOf(error: unknown): number | null {
  return error instanceof ApiException ? error.code : null;
}

function messageOf(error: unknown): string {
  const { body } = error as ApiException<unknown>;
  try {
    const status = typeof body === 'string' ? JSON.parse(body) : body;
    return String((status as { message?: string }).message ?? body);
  } catch {
    return String(body);
  }
}
