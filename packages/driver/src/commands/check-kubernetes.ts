/** Whether a cluster is there and lets a driver do its work. */
import { HindcastError } from '@hindcast/shared/errors';
import { Cluster, type Right } from '../launch/cluster.js';
import type { Settled } from '../settings.js';
import { type Check, check } from './check.js';

/** As infra/kubernetes/base grants them. */
const needed: readonly Right[] = [
  ...['create', 'get', 'list', 'delete'].map((verb) => ({
    group: 'batch',
    resource: 'jobs',
    verb,
  })),
  { group: '', resource: 'pods', verb: 'list' },
  { group: '', resource: 'pods', subresource: 'log', verb: 'get' },
];

export async function checkKubernetes(context: string, settings: Settled): Promise<Check[]> {
  const namespace = settings.k8sNamespace.value;
  const open = (): Cluster => Cluster.open(context, namespace);
  const there = await check('Kubernetes', async () => {
    return `${await open().version()} answers as ${context}`;
  });
  if (!there.ok) return [there];
  const rights = await check('Kubernetes rights', async () => {
    const missing = await open().missingRights(needed);
    if (missing.length === 0) return `Jobs and pods of ${namespace}, as a driver needs them`;
    const refused = missing.map(nameOf).join(', ');
    throw new HindcastError('task', `refused in the namespace ${namespace}: ${refused}`, {
      hint: 'Bind the Role of infra/kubernetes/base to this user, or choose another namespace (--conf k8sNamespace=…).',
    });
  });
  const account = await check('Kubernetes service account', async () => {
    await open().checkServiceAccount(settings.k8sServiceAccount.value);
    return `${settings.k8sServiceAccount.value}, for executors`;
  });
  return [there, rights, account];
}

function nameOf({ verb, resource, subresource }: Right): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}
