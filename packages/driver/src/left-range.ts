/** Rows and times of the left partitions that a run computes. */
import type { Join } from '@hindcast/shared/config/model';
import { outputTable } from '@hindcast/shared/config/names';
import { HindcastError } from '@hindcast/shared/errors';
import type { LeftPartition, LeftScan } from '@hindcast/shared/plan/task';
import type { DeltaSnapshot } from '@hindcast/shared/table/delta-log';
import type { TablePartition } from '@hindcast/shared/table/table';
import type { InspectedSource } from './join-state.js';
import type { Launcher } from './launch/launcher.js';
import type { Bootstrap } from './plan/bootstrap.js';
import { carriedScan } from './plan/carried.js';
import { leftColumns } from './plan/columns.js';
import type { Decision } from './plan/decide.js';
import { scanFiles } from './plan/split.js';

/** @throws HindcastError kind `data` when a row of a left of events has no time */
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
    const used = new Set([...Object.keys(join.skewKeys), ...bootstrap.keys()]);
    const columns = leftColumns(left).filter(({ name }) => used.has(name));
    for (const some of evenly(partitions, launcher.executors)) {
      const scan = { scan: left.scan, files: scanFiles(some), columns, skewKeys: join.skewKeys };
      scans.push(bootstrap.coverageBeside(scan, null));
    }
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
  refuseWithoutTime(left, Object.assign({}, ...ranges.map(({ withoutTime }) => withoutTime)));
  return {
    partitions: Object.assign({}, ...ranges.map(({ partitions }) => partitions)),
    skewedRows: ranges.reduce((sum, { skewedRows }) => sum + skewedRows, 0),
    duplicates: sums(ranges.map(({ duplicates }) => duplicates)),
  };
}

/**
 * @param rows that have no time, by partition
 * @throws HindcastError kind `data` when there are some
 */
export function refuseWithoutTime(
  { scan }: InspectedSource,
  rows: Readonly<Record<string, number>>,
): void {
  const partitions = Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1));
  if (partitions.length === 0) return;
  const total = partitions.reduce((sum, [, count]) => sum + count, 0);
  throw new HindcastError('data', `${scan.origin}: the time is NULL in ${total} rows`, {
    found: partitions.map(([value, count]) => `${value}: ${count}`).join(', '),
    hint: 'Every row of a left of events needs a time. Filter such rows with `wheres`, or mend the table.',
  });
}

/** Bytes of the left that are worth a task of their own. */
const worthATask = 2 ** 20;

/** In as many runs of partitions as there are executors, or fewer, of about the same bytes. */
function evenly(partitions: readonly TablePartition[], executors: number): TablePartition[][] {
  const bytesOf = ({ files }: TablePartition): number =>
    files.reduce((sum, { bytes }) => sum + bytes, 0);
  const all = partitions.reduce((sum, partition) => sum + bytesOf(partition), 0);
  const share = Math.max(worthATask, all / executors);
  const runs: TablePartition[][] = [];
  let before = 0;
  for (const partition of partitions) {
    const place = Math.floor(before / share);
    runs[place] = [...(runs[place] ?? []), partition];
    before += bytesOf(partition);
  }
  return Object.values(runs);
}

function sums(lists: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, i) => lists.reduce((sum, list) => sum + (list[i] ?? 0), 0));
}
