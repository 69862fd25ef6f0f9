/** Rows and times of the left partitions that a run computes. */
import type { Join } from '@hindcast/shared/config/model';
import { outputTable } from '@hindcast/shared/config/names';
import type { LeftPartition, LeftScan } from '@hindcast/shared/plan/task';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import type { InspectedSource } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import { carriedScan } from './plan/carried.js';
import type { Decision } from './plan/decide.js';
import { scanFiles } from './plan/split.js';

export async function leftRange(
  join: Join,
  left: InspectedSource,
  output: DeltaSnapshot | null,
  decision: Decision,
  launcher: Launcher,
): Promise<{ partitions: Record<string, LeftPartition>; skewedRows: number }> {
  const computed = decision.partitions.filter(({ action }) => action === 'compute');
  const fresh = new Set(computed.flatMap(({ value, parts }) => (parts === null ? [value] : [])));
  const carried = new Set(computed.flatMap(({ value, parts }) => (parts === null ? [] : [value])));
  const scans: LeftScan[] = [];
  if (fresh.size > 0) {
    const partitions = left.table.partitions.filter(({ value }) => fresh.has(value));
    const columns = Object.keys(join.skewKeys).flatMap((name) =>
      left.columns.filter((c) => c.name === name),
    );
    scans.push({ scan: left.scan, files: scanFiles(partitions), columns, skewKeys: join.skewKeys });
  }
  if (carried.size > 0 && output !== null)
    scans.push(carriedScan(output, outputTable(join), left.scan, carried, []));
  const ranges = await Promise.all(
    scans.map((scan) => launcher.run({ kind: 'left-range', left: scan })),
  );
  return {
    partitions: Object.assign({}, ...ranges.map(({ partitions }) => partitions)),
    skewedRows: ranges.reduce((sum, { skewedRows }) => sum + skewedRows, 0),
  };
}
