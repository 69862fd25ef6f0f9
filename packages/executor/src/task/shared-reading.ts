/** What several segments of the same rows ask for, as one reading. */
import type { BucketSourceTask, Column } from '@hindcast/shared/plan/task';

export interface SharedReading {
  /** Reads every value that some segment holds, once. */
  readonly task: BucketSourceTask;
  /** By segment and value: its position among the task's values. */
  readonly places: readonly (readonly number[])[];
}

/** @param tasks at least one; of a `bucket-sources` task where there are more */
export function sharedReading(tasks: readonly BucketSourceTask[]): SharedReading {
  const [first] = tasks as readonly [BucketSourceTask];
  if (tasks.length === 1) return { task: first, places: [first.values.map((_, i) => i)] };
  const selects: Record<string, string> = {};
  for (const { name } of first.keys) {
    const expression = first.scan.selects?.[name];
    if (expression !== undefined) selects[name] = expression;
  }
  // One name may stand for several expressions, and several names for one.
  const values: Column[] = [];
  const known = new Map<string, number>();
  const places = tasks.map(({ scan, values: own }) =>
    own.map(({ name, type }) => {
      const expression = scan.selects?.[name];
      const id = JSON.stringify([expression ?? { name }, type]);
      const place = known.get(id);
      if (place !== undefined) return place;
      const held = expression === undefined ? name : `__of_${values.length}`;
      if (expression !== undefined) selects[held] = expression;
      known.set(id, values.length);
      return values.push({ name: held, type }) - 1;
    }),
  );
  const partial = new Map(tasks.flatMap(({ scan }) => scan.partial.map((c) => [c.name, c])));
  const scan = {
    ...first.scan,
    selects: first.scan.selects === null ? null : selects,
    partial: [...partial.values()],
  };
  return { task: { ...first, scan, values }, places };
}
