/** The cluster of a run, as this process knows it. */
import type { KubernetesRequest } from '../request.js';
import { Cluster, inCluster } from './cluster.js';
import { driverVariable } from './stage-job.js';

/** @param context of this command, for runs whose driver called the cluster by a name of its own */
export function clusterOf(
  { context: given, form }: KubernetesRequest,
  context: string | null = null,
): Cluster {
  const inPod = process.env[driverVariable] !== undefined;
  const known = inPod ? inCluster : given === inCluster ? (context ?? given) : given;
  return Cluster.open(known, form.namespace);
}
