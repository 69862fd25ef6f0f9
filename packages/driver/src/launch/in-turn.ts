/** A batch by a launcher that runs task after task. */
import type { Task, TaskResult } from '@hindcast/shared/plan/task';
import { sideBySide } from '../side-by-side.js';
import type { TaskBatch } from './launcher.js';

export async function runInTurn(
  { tasks, onResult, signal }: TaskBatch,
  executors: number,
  run: (task: Task) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  await sideBySide(tasks, executors, async (task, i) => {
    if (failures.length > 0 || signal.aborted) return;
    try {
      onResult(i, (await run(task)) as TaskResult);
    } catch (error) {
      failures.push(error);
    }
  });
  if (failures.length > 0) throw failures[0];
}
