/**
 * Executors as pods: `--master k8s://<context>`. A batch is an Indexed Job whose tasks and results lie
 * in the batch's folder of the store. Kubernetes schedules and retries. Questions of planning are
 * answered here, by a thread.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromErrorRecord, HindcastError } from '@hindcast/shared/errors';
import {
  errorFile,
  resultFile,
  resultsFolder,
  type StageFile,
  stageFile,
  type TaskFailure,
  type TaskReply,
  taskFile,
} from '@hindcast/shared/plan/stage-files';
import { atMost } from '@hindcast/shared/store/at-most';
import type { Store } from '@hindcast/shared/store/store';
import { addUse, noUse } from '@hindcast/shared/store/use';
import type { V1Pod } from '@kubernetes/client-node';
import { type Cluster, type JobState, NoAnswer } from './cluster.js';
import type { Launcher, TaskBatch } from './launcher.js';
import { jobName, type PodForm, stageJob } from './stage-job.js';
import { Startup } from './startup.js';

const pollMs = 500;
const filesAtOnce = 16;
const outageMs = 300_000;

export interface PodExecutors {
  readonly runId: string;
  readonly count: number;
  readonly form: PodForm;
  readonly executor: StageFile['executor'];
}

export function launchPods(
  { runId, count, form, executor }: PodExecutors,
  cluster: Cluster,
  store: Store,
  here: Launcher,
): Launcher {
  let use = noUse;
  return {
    ...here,
    executors: count,
    use: () => addUse(here.use(), use),
    async runAll(given) {
      if (given.tasks.length === 0) return;
      const batch = { ...given, folder: `${given.folder}-${digestOf(given.tasks)}` };
      const waiting = new Waiting(batch, store, (reply) => {
        use = addUse(use, reply.use);
      });
      // A driver that takes over finds what is done.
      await waiting.look();
      if (waiting.open.size === 0 || batch.signal.aborted) return;
      const { folder, tasks } = batch;
      await atMost(filesAtOnce, tasks, (task, i) =>
        store.put(taskFile(folder, i), JSON.stringify(task)),
      );
      await store.put(stageFile(folder), JSON.stringify({ version: 1, executor }));
      const job = stageJob(
        {
          runId,
          folder,
          warehouse: store.url,
          tasks: tasks.length,
          parallelism: count,
          memoryBytes: executor.memoryBytes,
        },
        form,
      );
      const name = jobName({ folder });
      if (!(await cluster.createJob(job))) await replaceFailed(job, name, batch, cluster);
      await waitForJob(name, batch, waiting, cluster, store);
    },
  };
}

/** A batch is what a step does of a stage, beside others: it must not be taken for another one. */
function digestOf(tasks: TaskBatch['tasks']): string {
  return createHash('sha256').update(JSON.stringify(tasks)).digest('hex').slice(0, 8);
}

/** A Job of the same name is a former driver's. One that runs is taken over; one that failed is not. */
async function replaceFailed(
  job: ReturnType<typeof stageJob>,
  name: string,
  { signal }: TaskBatch,
  cluster: Cluster,
): Promise<void> {
  if ((await cluster.jobState(name)).state !== 'failed') return;
  await cluster.deleteJob(name);
  while (!signal.aborted && !(await cluster.createJob(job))) await sleep(pollMs);
}

/** Whatever ends the waiting, the Job ends with it, unless it has ended by itself. */
async function waitForJob(
  name: string,
  batch: TaskBatch,
  waiting: Waiting,
  cluster: Cluster,
  store: Store,
): Promise<void> {
  const startup = new Startup(name, cluster);
  let ended = false;
  try {
    while (!batch.signal.aborted) {
      // The Job is asked first: results were written before it ended.
      const job = await patiently(() => cluster.jobState(name), batch.signal);
      if (job === null) break;
      ended = job.state !== 'running';
      await (job.state === 'running' ? waiting.look() : waiting.ask());
      if (waiting.open.size === 0) return;
      if (job.state === 'failed') throw await failureOf(name, job, batch, waiting, cluster, store);
      if (job.state === 'gone') {
        throw new HindcastError('interrupted', `the Job ${name} was deleted`, {
          hint: 'Submit again: what was committed stays.',
        });
      }
      if (job.state === 'complete') throw missingResults(name, waiting);
      await startup.check(job);
      await sleep(pollMs, undefined, { signal: batch.signal }).catch(() => {});
    }
  } catch (error) {
    // One that has ended stays for its pods' logs.
    if (!ended) await cluster.deleteJob(name).catch(() => {});
    throw error;
  }
  await cluster.deleteJob(name);
}

/** A control plane that is replaced does not answer for a while. Null when the signal came first. */
async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
  for (const until = Date.now() + outageMs; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof NoAnswer) || Date.now() > until) throw error;
      await sleep(4 * pollMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return null;
    }
  }
}

/** Tasks whose results are not there yet. */
class Waiting {
  readonly open: Set<number>;

  constructor(
    private readonly batch: TaskBatch,
    private readonly store: Store,
    private readonly onReply: (reply: TaskReply) => void,
  ) {
    this.open = new Set(batch.tasks.keys());
  }

  /** By the listing, which may be behind. */
  async look(): Promise<void> {
    const folder = resultsFolder(this.batch.folder);
    const objects = await this.store.list(folder);
    const there = objects.map(({ key }) => Number.parseInt(key.slice(folder.length), 10));
    await this.take(there.filter((i) => this.open.has(i)));
  }

  /** Every one by its name. */
  async ask(): Promise<void> {
    await this.take([...this.open]);
  }

  private async take(indexes: readonly number[]): Promise<void> {
    const { folder, onResult } = this.batch;
    await atMost(filesAtOnce, indexes, async (i) => {
      const data = await this.store.get(resultFile(folder, i));
      if (data === null) return;
      const reply = JSON.parse(new TextDecoder().decode(data)) as TaskReply;
      this.open.delete(i);
      this.onReply(reply);
      onResult(i, reply.result);
    });
  }
}

/** What the first task that failed for good said; else what became of its pod. */
async function failureOf(
  name: string,
  { message, failed }: JobState,
  { folder }: TaskBatch,
  { open }: Waiting,
  cluster: Cluster,
  store: Store,
): Promise<unknown> {
  const pods = await cluster.pods(`job-name=${name}`);
  const names = new Set(pods.flatMap(({ metadata }) => metadata?.name ?? []));
  for (const i of failed.filter((index) => open.has(index))) {
    const data = await store.get(errorFile(folder, i));
    if (data === null) continue;
    const { error, pod } = JSON.parse(new TextDecoder().decode(data)) as TaskFailure;
    // One of a former Job says nothing of this one.
    if (names.has(pod)) return fromErrorRecord(error);
  }
  const ends = pods.flatMap(endOf);
  const killed = ends.some((end) => end.includes('OOMKilled'));
  return new HindcastError('task', `the Job ${name} failed`, {
    found: [message, ...ends].filter(Boolean).join('; '),
    hint: killed
      ? 'Raise --memory, or cut the work smaller (--step-days).'
      : '`hindcast logs` shows what its pods said.',
  });
}

function endOf({ metadata, status }: V1Pod): string[] {
  const ended = status?.containerStatuses?.[0]?.state?.terminated;
  if (ended === undefined || ended.exitCode === 0) return [];
  return [`${metadata!.name}: ${ended.reason ?? 'exit'} ${ended.exitCode}`];
}

function missingResults(name: string, { open }: Waiting): HindcastError {
  return new HindcastError('storage', `the Job ${name} is complete, and results are missing`, {
    found: `tasks ${[...open].slice(0, 8).join(', ')}`,
    hint: 'Does the store keep what is written to it? Submit again: the rest is computed.',
  });
}
