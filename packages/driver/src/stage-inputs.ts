/** What a stage reads of the stage before it: files whose names nobody knows when the plan is made. */
import type { Stage } from '@hindcast/shared/plan/plan';
import type { QueryTable, Task, TaskResult } from '@hindcast/shared/plan/task';

/**
 * The stage with the files in the table that it names by `reads`; others as they are.
 * @param before results of the stage before it
 */
export function withInputs(stage: Stage, before: readonly TaskResult[]): Stage {
  if (stage.reads === undefined) return stage;
  const files = before.flatMap((result) =>
    result.files.map(({ path, partition }) => ({ path, partition })),
  );
  const filled = (table: QueryTable): QueryTable =>
    table.name === stage.reads ? { ...table, files } : table;
  const tasks = stage.tasks.map(
    (task): Task => ('tables' in task ? { ...task, tables: task.tables.map(filled) } : task),
  );
  return { ...stage, tasks };
}
