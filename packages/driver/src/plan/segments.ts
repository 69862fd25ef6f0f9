/** Which segments of the right sources a join reads, which of them are there, and tasks for the rest. */
import type { MissingInput, PlannedInput } from '@hindcast/shared/plan/plan';
import type { BucketSourceTask, Task } from '@hindcast/shared/plan/task';
import type { TablePartition } from '@hindcast/shared/table/table';
import { dayOf, partitionOf } from '@hindcast/shared/time/partition-spec';
import type { InspectedSource } from '../join-state.js';
import type { JobRequest } from '../request.js';
import type { PartColumns } from './columns.js';
import type { DayRange } from './reach.js';
import { bytesOf, coverBySegments, scanFiles } from './split.js';

/** What a step reads of one source. */
export interface SourceRead {
  /** Folders of segments. */
  readonly segments: readonly string[];
  readonly rows: number; // estimated
}

/** Plans the reading of sources, step after step, and keeps account of it. */
export class SegmentPlanner {
  private readonly plannedInputs = new Map<string, PlannedInput>();
  private readonly missing = new Map<string, MissingInput>();
  /** Segments that an earlier step of this plan makes. */
  private readonly planned = new Set<string>();

  constructor(private readonly request: JobRequest) {}

  inputs(): PlannedInput[] {
    return [...this.plannedInputs.values()];
  }

  missingInputs(): MissingInput[] {
    return [...this.missing.values()];
  }

  /** @param fresh gets the tasks for segments that nobody made yet */
  read(
    source: InspectedSource,
    reach: DayRange,
    columns: PartColumns,
    events: boolean,
    fresh: Task[],
  ): SourceRead {
    const { partitionSpec: spec } = this.request;
    const day = ({ value }: TablePartition): number => dayOf(value, spec.format);
    const allowed = source.table.partitions.filter(
      ({ value }) =>
        (source.startPartition === null || value >= source.startPartition) &&
        (source.endPartition === null || value <= source.endPartition),
    );
    const needed = allowed.filter(
      (partition) => day(partition) >= reach.first && day(partition) <= reach.last,
    );
    this.noteMissing(source, reach, needed);
    const rows = estimateRows(source, needed);
    // Keys and values decide a segment's content, too: two parts may read one scan differently.
    const windowed = (columns.aggregates ?? []).some(({ windows }) =>
      windows.some((w) => w.lengthMs !== null),
    );
    const layout = [events, columns.aggregates === null, windowed && !events];
    const nonce = JSON.stringify([columns.rightKeys, columns.values, layout]);
    const strict = this.request.strictInputs && columns.aggregates === null;
    const present = strict ? [] : source.segments.present;
    const cover = coverBySegments(needed, allowed, [...present, ...this.namesIn(source)], {
      rows,
      columns: columns.values.length,
      sizing: { executors: this.request.executors, memoryBytes: this.request.memoryBytes },
      dateFormat: spec.format,
      nonce,
    });
    for (const { name, partitions } of cover.fresh) {
      const output = `${source.segments.folder}/${name}`;
      this.planned.add(output);
      const task: BucketSourceTask = {
        kind: 'bucket-source',
        scan: source.scan,
        files: scanFiles(partitions),
        layout: columns.aggregates === null ? 'rows' : 'events',
        keyedByPartition: !events,
        untimed: events || windowed ? 'dropped' : 'first',
        keys: columns.rightKeys,
        values: columns.values.map(({ name: column, type }) => ({ name: column, type })),
        refuseDuplicates: strict,
        output,
      };
      fresh.push(task);
    }
    const reused = cover.reused.flatMap(({ partitions }) => partitions).length;
    this.noteInput(source, needed, rows, Math.min(reused, needed.length));
    return {
      segments: [...cover.reused, ...cover.fresh].map(
        ({ name }) => `${source.segments.folder}/${name}`,
      ),
      rows,
    };
  }

  private namesIn({ segments }: InspectedSource): string[] {
    return [...this.planned]
      .filter((path) => path.startsWith(`${segments.folder}/`))
      .map((path) => path.slice(segments.folder.length + 1));
  }

  private noteInput(
    source: InspectedSource,
    partitions: readonly TablePartition[],
    rows: number,
    reused: number,
  ): void {
    const { origin, table } = source.scan;
    const before = this.plannedInputs.get(origin);
    const files = partitions.reduce((sum, partition) => sum + partition.files.length, 0);
    this.plannedInputs.set(origin, {
      origin,
      table,
      partitions: Math.max(before?.partitions ?? 0, partitions.length),
      files: Math.max(before?.files ?? 0, files),
      bytes: Math.max(before?.bytes ?? 0, bytesOf(partitions)),
      rows: Math.max(before?.rows ?? 0, rows),
      reused: before === undefined ? reused : before.reused,
    });
  }

  /** Dates between the table's first partition and the reach's end that aren't there. */
  private noteMissing(
    source: InspectedSource,
    reach: DayRange,
    needed: readonly TablePartition[],
  ): void {
    const { partitionSpec: spec } = this.request;
    const { table, startPartition, endPartition } = source;
    const firstThere = table.partitions[0]?.value;
    if (firstThere === undefined) return;
    const from = Math.max(reach.first, dayOf(startPartition ?? firstThere, spec.format));
    const to =
      endPartition === null ? reach.last : Math.min(reach.last, dayOf(endPartition, spec.format));
    const there = new Set(needed.map(({ value }) => value));
    const dates = new Set(this.missing.get(source.scan.origin)?.partitions ?? []);
    for (let day = from; day <= to; day++) {
      const value = partitionOf(day, spec.format);
      if (!there.has(value)) dates.add(value);
    }
    if (dates.size === 0) return;
    const { origin } = source.scan;
    this.missing.set(origin, { origin, table: source.scan.table, partitions: [...dates].sort() });
  }
}

/** The table's rows, spread over its files by bytes. */
function estimateRows(source: InspectedSource, partitions: readonly TablePartition[]): number {
  const all = bytesOf(source.table.partitions);
  return all === 0 ? 0 : Math.round((source.rows * bytesOf(partitions)) / all);
}
