/** Whether pods of a Job come to run at all: Kubernetes waits for ever for what is not there. */
import { HindcastError } from '@hindcast/shared/errors';
import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster, JobState } from './cluster.js';

const checkMs = 10_000;
/** So long may there be no pod at all, or one that waits for an image or a secret. */
const patienceMs = 60_000;
/** So long may no pod find a node: clusters that grow take minutes. */
const growthMs = 900_000;

const stuck = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|CreateContainer.*Error)$/;

export class Startup {
  private readonly since = Date.now();
  private checked = Date.now();
  private started = false;

  constructor(
    private readonly name: string,
    private readonly cluster: Cluster,
  ) {}

  /** @throws HindcastError kind `task` when it has taken too long */
  async check({ active }: JobState): Promise<void> {
    if (this.started || Date.now() - this.checked < checkMs) return;
    this.checked = Date.now();
    const waited = Date.now() - this.since;
    const pods = await this.cluster.pods(`job-name=${this.name}`);
    this.started = pods.some(({ status }) =>
      /^(Running|Succeeded|Failed)$/.test(status?.phase ?? ''),
    );
    if (this.started || waited < patienceMs) return;
    if (pods.length === 0 && active === 0) {
      throw this.failure(
        'no pod was made of it',
        [],
        'Is the service account there, and does a quota or an admission policy refuse pods? `kubectl describe job` says.',
      );
    }
    const reasons = pods.flatMap(waitingFor);
    if (reasons.some(({ reason }) => stuck.test(reason))) {
      throw this.failure(
        "its pods can't start",
        reasons.map(({ reason, message }) => `${reason}: ${message}`),
        'Is the image there (--conf k8sImage=…), and the secret (--conf k8sSecret=…)?',
      );
    }
    if (waited < growthMs) return;
    throw this.failure(
      'no node takes its pods',
      reasons.map(({ message }) => message),
      'Ask for less (--memory, --conf k8sCpu=…), or let the cluster grow.',
    );
  }

  private failure(what: string, found: readonly string[], hint: string): HindcastError {
    return new HindcastError('task', `the Job ${this.name}: ${what}`, {
      found: [...new Set(found)].join('; ') || undefined,
      hint,
    });
  }
}

function waitingFor({ status }: V1Pod): { readonly reason: string; readonly message: string }[] {
  const { reason, message } = status?.containerStatuses?.[0]?.state?.waiting ?? {};
  if (reason !== undefined) return [{ reason, message: message ?? '' }];
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return [];
  return [{ reason: scheduled.reason ?? '', message: scheduled.message ?? '' }];
}
