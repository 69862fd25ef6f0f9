/** What a job verb was asked to do, after flags, environment and config files are settled. */
import type { Windowing } from '@hindcast/shared/plan/task';
import type { PartitionSpec } from '@hindcast/shared/time/partition-spec';
import type { PodForm } from './launch/stage-job.js';

export interface JobRequest {
  /** The label job of a join: `startDs` and `endDs` are label dates. */
  readonly labelJoin?: boolean;
  /** The job that flattens this log of the join's requests: `namespace.name`. */
  readonly flattenLog?: string;
  /** `path/to/file.ts:export` or a file of Chronon's JSON. */
  readonly config: string;
  readonly warehouse: string;
  readonly startDs: string | null; // inclusive
  readonly endDs: string | null; // inclusive
  readonly windowing: Windowing;
  readonly executors: number;
  readonly memoryBytes: number; // per executor
  /** What an executor keeps of S3's objects on its disk, beyond what its task needs. */
  readonly mirrorBytes?: number;
  readonly stepDays: number | null;
  /** Steps that run side by side. */
  readonly parallelism: number;
  /**
   * Which partitions of the range that are there are computed again, but those that are `done`: `all`, or
   * those whose inputs changed.
   */
  readonly reprocess: 'missing' | 'stale' | 'all';
  /** Partitions that the run which is tried again has committed. */
  readonly done: readonly string[];
  readonly strictInputs: boolean;
  /** Whether statistics of the output are kept; absent in runs of before: no. */
  readonly statistics?: boolean;
  /** Whether drift is checked where the config says so; absent in runs of before: yes. */
  readonly drift?: boolean;
  readonly yes: boolean;
  readonly name: string | null;
  readonly partitionSpec: PartitionSpec;
  /** Table name → folder or URL, for tables that live outside of the warehouse. */
  readonly tables: Readonly<Record<string, string>>;
  /** Null, or absent in runs of before: executors are worker threads. */
  readonly kubernetes?: KubernetesRequest | null;
  /** Where OpenLineage events go: a file or a URL; absent: nowhere. */
  readonly lineage?: string;
  /** File for metrics of the run; absent: none. */
  readonly metrics?: string;
  /** The config's JSON, where `config` is not at hand: for drivers that run elsewhere. */
  readonly compiled?: unknown;
}

/** Executors as pods: where, and how they are made. */
export interface KubernetesRequest {
  readonly context: string;
  /** `cluster`: the driver is a pod, too. */
  readonly deployMode: 'client' | 'cluster';
  readonly form: PodForm;
  readonly driverServiceAccount: string;
}
