/** Where the Jobs and pods of a run are, as this machine knows the cluster. */
import type { Cluster } from '../launch/cluster.js';
import { runSelector } from '../launch/stage-job.js';
import type { JobRequest } from '../request.js';
import type { RunFiles } from '../run-files.js';
import { contextOf } from '../settings.js';

export interface PodsOfRun {
  readonly cluster: Cluster;
  readonly selector: string;
}

/** @param master of this command. Null for a run on worker threads. */
export async function podsOfRun(run: RunFiles, master: string): Promise<PodsOfRun | null> {
  const kubernetes = (await run.readJson<JobRequest>('request.json'))?.kubernetes;
  if (!kubernetes) return null;
  const { clusterOf } = await import('../launch/cluster-of.js');
  return {
    cluster: clusterOf(kubernetes, contextOf(master)),
    selector: runSelector(run.runId),
  };
}
