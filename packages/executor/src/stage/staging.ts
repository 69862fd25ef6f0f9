/**
 * Tasks over a warehouse on S3: what a task reads is brought to a mirror on this machine's disk, the
 * task runs as over a local folder, what it wrote is brought back. See docs/adr/0012.
 */
import { mkdirSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { HindcastError } from '@hindcast/shared/errors';
import { emptyResult } from '@hindcast/shared/plan/empty-result';
import {
  type BucketSourceTask,
  type ExecutorOptions,
  segmentTasks,
  type Task,
  taskOfSegments,
} from '@hindcast/shared/plan/task';
import { openLocalStore } from '@hindcast/shared/store/local';
import { explainS3Error } from '@hindcast/shared/store/s3-errors';
import { isS3Url, parseS3Url, s3Url } from '@hindcast/shared/store/s3-location';
import { openBucket, usedSoFar } from '@hindcast/shared/store/s3-objects';
import type { LocalStore } from '@hindcast/shared/store/store';
import type { StoreUse } from '@hindcast/shared/store/use';
import { runTask } from '../run-task.js';
import type { Session } from '../scan/duckdb.js';
import { mirrored, type TaskContext } from '../task/context.js';
import { Mirror } from './mirror.js';
import { readsOf } from './reads.js';
import { StageIn } from './stage-in.js';
import { stageOut } from './stage-out.js';

/** What a task says of files of the mirror is true of the objects that they stand for. */
function byUrl(error: unknown, mirror: string): unknown {
  if (!(error instanceof HindcastError)) return error;
  const { kind, message, found, hint, cause } = error;
  const named = (text: string | undefined): string | undefined =>
    text?.replaceAll(`${mirror}/`, 's3://');
  return new HindcastError(kind, named(message)!, {
    found: named(found),
    hint: named(hint),
    cause,
  });
}

export class Staging {
  private constructor(
    private readonly mirror: Mirror,
    private readonly stage: StageIn,
    private readonly context: TaskContext,
    private readonly used: () => StoreUse,
  ) {}

  static async open(session: Session, given: ExecutorOptions): Promise<Staging> {
    // Each executor has a mirror of its own: nothing is shared between threads, as between pods.
    const options = { ...given, mirror: `${given.mirror}-${threadId}` };
    const { warehouse } = options;
    const location = isS3Url(warehouse) ? parseS3Url(warehouse) : null;
    const mirror = new Mirror(options.mirrorBytes);
    const stage = new StageIn(location, mirror, options.mirror);
    const root =
      location === null ? warehouse : mirrored(options.mirror, location.bucket, location.prefix);
    if (location !== null) mkdirSync(root, { recursive: true });
    // Messages call the warehouse by its own name.
    const store: LocalStore = { ...openLocalStore(root), url: warehouse };
    // DuckDB must not keep pages of a file that is still being filled.
    await session.run('SET enable_external_file_cache = false');
    const bring: TaskContext['bring'] = (reads) => stage.bring(reads);
    return new Staging(mirror, stage, { session, store, options, bring }, await usedSoFar());
  }

  async run(given: Task): ReturnType<typeof runTask> {
    const { mirror, stage, context } = this;
    mirror.beginTask();
    const task = await this.withoutMade(given);
    if (task === null) return emptyResult(given.kind);
    await stage.bring(readsOf(task));
    const result = await runTask(task, context).catch((error) => {
      throw byUrl(error, context.options.mirror);
    });
    await stageOut(task, result, stage, mirror);
    await mirror.trim();
    return result;
  }

  use(): StoreUse {
    return this.used();
  }

  /** What is left to do: null where every segment is there. */
  private async withoutMade(task: Task): Promise<Task | null> {
    const segments = segmentTasks(task);
    if (segments.length === 0) return task;
    const made = await Promise.all(segments.map((segment) => this.isMade(segment)));
    const missing = segments.filter((_, i) => !made[i]);
    return missing.length === 0 ? null : taskOfSegments(missing);
  }

  /** Made here, or by a twin that was faster. */
  private async isMade(task: BucketSourceTask): Promise<boolean> {
    if (task.refuseDuplicates) return false;
    const place = this.stage.placeOf(`${task.output}/notes.json`);
    if (place === null) return false;
    const { bucket, key } = place;
    try {
      return await (await openBucket(bucket)).exists(key);
    } catch (error) {
      throw explainS3Error(error, s3Url({ bucket, prefix: '' }, key), 'read');
    }
  }
}
