/** Segments that several steps need: one of them makes each; when that fails, the next one tries. */
import {
  type BucketSourceTask,
  segmentTasks,
  type Task,
  taskOfSegments,
} from '@hindcast/shared/plan/task';

/** A task and its position in its stage. */
export interface StageTask {
  readonly task: Task;
  readonly index: number;
}

/** What a step does of a stage. Its own tasks come first: whoever waits for others has nothing to do. */
export interface Claim {
  readonly mine: readonly StageTask[];
  /** Says whether all of `mine` was done. */
  readonly settle: (done: boolean) => void;
  /** What others were to do and did not. */
  readonly left: () => Promise<StageTask[]>;
}

export class SegmentClaims {
  /** By folder; false comes of those that failed. */
  private readonly made = new Map<string, Promise<boolean>>();

  claim(tasks: readonly StageTask[]): Claim {
    let settle: (done: boolean) => void = () => {};
    const done = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    const mine: StageTask[] = [];
    const claimed: string[] = [];
    const others: { readonly task: StageTask; readonly made: Promise<boolean> }[] = [];
    for (const { task, index } of tasks) {
      const segments = segmentTasks(task);
      const own: BucketSourceTask[] = [];
      for (const segment of segments) {
        const made = this.made.get(segment.output);
        if (made === undefined) own.push(segment);
        else others.push({ task: { task: segment, index }, made });
      }
      for (const { output } of own) {
        this.made.set(output, done);
        claimed.push(output);
      }
      if (segments.length === own.length) mine.push({ task, index });
      else if (own.length > 0) mine.push({ task: taskOfSegments(own), index });
    }
    return {
      mine,
      settle: (all) => {
        if (!all) for (const output of claimed) this.made.delete(output);
        settle(all);
      },
      left: async () => {
        const made = await Promise.all(others.map((other) => other.made));
        return others.filter((_, i) => !made[i]).map(({ task }) => task);
      },
    };
  }
}
