/** Kubeconfig files: who somebody is, and to which cluster. */
import { writeFileSync } from 'node:fs';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';

export interface KubeconfigFields {
  readonly context: string;
  readonly cluster: { readonly name: string; readonly server: string; readonly ca: Buffer };
  readonly token: string;
  readonly namespace?: string;
}

/** One context, which is the current one. */
export function kubeconfigText({ context, cluster, token, namespace }: KubeconfigFields): string {
  const { name, server, ca } = cluster;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    contexts: [{ name: context, context: { cluster: name, user: 'user', namespace } }],
    clusters: [{ name, cluster: { server, 'certificate-authority-data': ca.toString('base64') } }],
    users: [{ name: 'user', user: { token } }],
  });
}

/**
 * Writes a kubeconfig of a service account, good for an hour. Its context is `in-cluster`, its namespace
 * the account's.
 * @param admin of whom the token is requested
 * @param pod to which the token is bound, as the token of a pod's volume is
 */
export async function writeAccountKubeconfig(
  path: string,
  admin: KubeConfig,
  account: { readonly name: string; readonly namespace: string },
  pod?: { readonly name: string; readonly uid: string },
): Promise<void> {
  const bound = pod && { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', ...pod } };
  const { status } = await admin.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    ...account,
    body: { spec: { audiences: [], expirationSeconds: 3600, ...bound } },
  });
  const { name, server, caData } = admin.getCurrentCluster()!;
  const text = kubeconfigText({
    context: 'in-cluster',
    cluster: { name, server, ca: Buffer.from(caData!, 'base64') },
    token: status!.token,
    namespace: account.namespace,
  });
  writeFileSync(path, text, { mode: 0o600 });
}
