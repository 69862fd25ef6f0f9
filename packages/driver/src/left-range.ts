/** Rows and times of the left partitions that a run computes. */
import type { Join } from '@hindcast/shared/config/model';
import { outputTable } from '@hindcast/shared/config/names';
import type { LeftPartition, LeftScan } from '@hindcast/shared/plan/task';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import type { InspectedSource } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import type { Bootstrap } from './plan/bootstrap.js';
import { carriedScan } from './plan/carried.js';
import { leftColumns } from './plan/columns.js';
import type { Decision } from './plan/decide.js';
import { scanFiles } from './plan/split.js';

export async function leftRange(
  join: Join,
  left: InspectedSource,
  output: DeltaSnapshot | null,
  decision: Decision,
  bootstrap: Bootstrap,
  launcher: Launcher,
): Promise<{
  readonly partitions: Record<string, LeftPartition>;
  readonly skewedRows: number;
  /** Of each bootstrap table, rows that repeat another's keys. */
  readonly duplicates: readonly number[];
}> {
  const computed = decision.partitions.filter(({ action }) => action === 'compute');
  const fresh = new Set(computed.flatMap(({ value, parts }) => (parts === null ? [value] : [])));
  const carried = new Set(computed.flatMap(({ value, parts }) => (parts === null ? [] : [value])));
  const scans: LeftScan[] = [];
  if (fresh.size > 0) {
    const partitions = left.table.partitions.filter(({ value }) => fresh.has(value));
    const files = scanFiles(partitions);
    const used = new Set([...Object.keys(join.skewKeys), ...bootstrap.keys()]);
    const columns = leftColumns(left).filter(({ name }) => used.has(name));
    const scan = { scan: left.scan, files, columns, skewKeys: join.skewKeys };
    scans.push(bootstrap.coverageBeside(scan, null));
  }
  if (carried.size > 0 && output !== null) {
    const used = leftColumns(left).filter(({ name }) => bootstrap.keys().includes(name));
    const scan = carriedScan(output, outputTable(join), left.scan, carried, used);
    scans.push(
      bootstrap.coverageBeside(scan, new Set(computed.flatMap(({ parts }) => parts ?? []))),
    );
  }
  const ranges = await Promise.all(
    scans.map((scan) => launcher.run({ kind: 'left-range', left: scan })),
  );
  return {
    partitions: Object.assign({}, ...ranges.map(({ partitions }) => partitions)),
    skewedRows: ranges.reduce((sum, { skewedRows }) => sum + skewedRows, 0),
    duplicates: sums(ranges.map(({ duplicates }) => duplicates)),
  };
}

function sums(lists: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, i) => lists.reduce((sum, list) => sum + (list[i] ?? 0), 0));
}
