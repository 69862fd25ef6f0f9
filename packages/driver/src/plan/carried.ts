/** The output of former runs as a left: its columns are carried over, some are computed anew. */
import type { Column, LeftScan, Scan } from '@hindcast/shared/plan/task';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import { tableKey } from '@hindcast/shared/table/partitions';

/**
 * Partitions of the output as the left of a run that computes some of their columns anew.
 * @param columns those that are carried over; every file has them
 */
export function carriedScan(
  output: DeltaSnapshot,
  table: string,
  left: Scan,
  partitions: ReadonlySet<string>,
  columns: readonly Column[],
): LeftScan {
  const key = tableKey(table);
  const [partitionColumn] = output.metaData.partitionColumns;
  const files = output.files.flatMap((file) => {
    const partition = file.partitionValues[partitionColumn!] ?? '';
    return partitions.has(partition) ? [{ path: `${key}/${file.path}`, partition }] : [];
  });
  return {
    scan: {
      origin: `output: ${table}`,
      table,
      partitionColumn: partitionColumn!,
      dateFormat: left.dateFormat,
      selects: null,
      wheres: [],
      partial: [],
      dayOfTime: false,
      time:
        left.time.kind === 'none'
          ? left.time
          : { kind: 'expression', expression: '"ts"', unit: 'integer' },
    },
    files,
    columns,
    skewKeys: {},
  };
}
