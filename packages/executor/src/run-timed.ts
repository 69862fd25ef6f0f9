/** A task's result with where and when it ran, which the run's time line is drawn from. */
import type { Task } from '@hindcast/shared/plan/task';
import type { runTask } from './run-task.js';
import type { Runner } from './runner.js';

/** Answers to questions of planning stay as they are. */
export async function runTimed(
  runner: Pick<Runner, 'run'>,
  task: Task,
  executor: string,
): ReturnType<typeof runTask> {
  const from = Date.now();
  const result = await runner.run(task);
  if (!('bytesWritten' in result)) return result;
  return { ...result, ran: { executor, from, to: Date.now() } };
}
