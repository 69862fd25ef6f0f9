/** Which files statistics are of, and the tasks that measure them. Pure. */
import { createHash } from 'node:crypto';
import type { OutputTable } from '@hindcast/shared/plan/plan';
import type { MeasuredPartition, StagedFile, StatisticsTask } from '@hindcast/shared/plan/task';
import { evenly } from './split.js';

/** A row of statistics says of which files of the output it is. */
export const statisticsTag = 'hindcast.statisticsOf';

/** By their paths in the table's folder: no two writers give a file one name. */
export function filesHash(paths: readonly string[]): string {
  return createHash('sha256')
    .update([...paths].sort().join('\n'))
    .digest('hex')
    .slice(0, 20);
}

/** Staged files by partition, in order. */
export function measuredPartitions(
  files: readonly Pick<StagedFile, 'partition' | 'path' | 'rows'>[],
): MeasuredPartition[] {
  const partitions = new Map<string, { files: string[]; rows: number }>();
  for (const { partition, path, rows } of files) {
    const known = partitions.get(partition) ?? { files: [], rows: 0 };
    known.files.push(path);
    known.rows += rows;
    partitions.set(partition, known);
  }
  return [...partitions]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, { files: paths, rows }]) => ({ value, files: paths.sort(), rows }));
}

/** Tasks of about as many rows, one for each executor. */
export function statisticsTasks(
  partitions: readonly MeasuredPartition[],
  { columns, partitionColumn }: Pick<OutputTable, 'columns' | 'partitionColumn'>,
  folder: string,
  executors: number,
): StatisticsTask[] {
  if (partitions.length === 0) return [];
  const groups = Math.min(partitions.length, executors);
  return evenly(partitions, ({ rows }) => rows, groups).map((group, i) => ({
    kind: 'statistics',
    partitions: group,
    columns,
    partitionColumn,
    output: `${folder}/statistics-${i}`,
  }));
}
