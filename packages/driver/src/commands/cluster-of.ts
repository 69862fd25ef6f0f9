/** The cluster of a run, as this machine knows it. */
import { Cluster, inCluster } from '../launch/cluster.js';
import type { KubernetesRequest } from '../request.js';
import { contextOf } from '../settings.js';

/** @param master of this command: drivers in a cluster don't know by which name others know it */
export function clusterOf({ context, form }: KubernetesRequest, master: string): Cluster {
  const known = context === inCluster ? (contextOf(master) ?? context) : context;
  return Cluster.open(known, form.namespace);
}
