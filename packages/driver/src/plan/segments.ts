/** Which segments of the right sources a join reads, which of them are there, and tasks for the rest. */
import type { MissingInput, PlannedInput } from '@hindcast/shared/plan/plan';
import type { BucketSourceTask } from '@hindcast/shared/plan/task';
import type { TablePartition } from '@hindcast/shared/table/table';
import { dayOf, partitionOf } from '@hindcast/shared/time/partition-spec';
import type { InspectedSource } from '../join-state.js';
import type { JobRequest } from '../request.js';
import type { PartColumns, PartStream } from './columns.js';
import type { DayRange } from './reach.js';
import type { FreshSegment } from './shared-scans.js';
import { bytesOf, coverBySegments, type SegmentPlan, scanFiles } from './split.js';

/** What a step reads of one source. */
export interface SourceRead {
  /** Folders of segments. */
  readonly segments: readonly string[];
  readonly rows: number; // estimated
}

/** What all steps read of the sources of one origin: partitions by value, and which are scanned. */
interface Account {
  readonly source: InspectedSource;
  readonly needed: Map<string, TablePartition>;
  readonly fresh: Set<string>;
}

/** Plans the reading of sources, step after step, and keeps account of it. */
export class SegmentPlanner {
  private readonly accounts = new Map<string, Account>();
  private readonly missing = new Map<string, MissingInput>();
  /** How segments are made that nobody made before this plan, by folder. */
  private readonly planned = new Map<string, FreshSegment>();

  /** @param leftDays first and last day of the left's partitions */
  constructor(
    private readonly request: JobRequest,
    private readonly leftDays: DayRange,
  ) {}

  inputs(): PlannedInput[] {
    return [...this.accounts.values()].map(({ source, needed, fresh }) => {
      const partitions = [...needed.values()];
      return {
        origin: source.scan.origin,
        table: source.scan.table,
        partitions: partitions.length,
        files: partitions.reduce((sum, { files }) => sum + files.length, 0),
        bytes: bytesOf(partitions),
        rows: estimateRows(source, partitions),
        reused: partitions.filter(({ value }) => !fresh.has(value)).length,
      };
    });
  }

  missingInputs(): MissingInput[] {
    return [...this.missing.values()];
  }

  /**
   * @param reach days whose partitions some row sees
   * @param fresh gets the segments that nobody made before this plan: of an earlier step,
   * too, so that every step can do without the others
   */
  read(
    source: InspectedSource,
    reach: readonly DayRange[],
    { rightKeys, windows }: Pick<PartColumns, 'rightKeys' | 'windows'>,
    stream: PartStream,
    how: { readonly events: boolean; readonly quiet: boolean },
    fresh: FreshSegment[],
  ): SourceRead {
    const { events } = how;
    const { partitionSpec: spec } = this.request;
    const strict = this.request.strictInputs && stream.aggregates === null;
    const reading = readingOf(source, { rightKeys, windows }, stream, { ...how, strict });
    const day = ({ value }: TablePartition): number => dayOf(value, spec.format);
    const within = source.table.partitions.filter(
      ({ value }) =>
        (source.startPartition === null || value >= source.startPartition) &&
        (source.endPartition === null || value <= source.endPartition),
    );
    const allowed = source.cumulative ? within.slice(-1) : within;
    const needed = source.cumulative
      ? allowed
      : allowed.filter((partition) =>
          reach.some(({ first, last }) => day(partition) >= first && day(partition) <= last),
        );
    if (!source.cumulative) this.noteMissing(source, reach, needed, events);
    const rows = estimateRows(source, needed);
    // Keys and values decide a segment's content, too: two parts may read one scan differently.
    const layout = [events, stream.aggregates === null, windows.any && !events];
    const nonce = JSON.stringify([rightKeys, stream.values, layout, stream.explode]);
    const present = strict ? [] : source.segments.present;
    const cover = coverBySegments(needed, allowed, [...present, ...this.namesIn(source)], {
      rows,
      columns: stream.values.length,
      sizing: { executors: this.request.executors, memoryBytes: this.request.memoryBytes },
      dateFormat: spec.format,
      nonce,
    });
    const folderOf = ({ name }: SegmentPlan): string => `${source.segments.folder}/${name}`;
    for (const segment of cover.fresh) {
      const output = folderOf(segment);
      const files = scanFiles(segment.partitions);
      const held = estimateRows(source, segment.partitions);
      this.planned.set(output, { task: { ...reading, files, output }, rows: held });
    }
    const segments = [...cover.reused, ...cover.fresh].map(folderOf);
    for (const segment of segments) {
      const made = this.planned.get(segment);
      if (made !== undefined && !fresh.includes(made)) fresh.push(made);
    }
    const scanned = cover.fresh.flatMap(({ partitions }) => partitions);
    this.noteInput(source, needed, scanned);
    return { segments, rows };
  }

  private namesIn({ segments }: InspectedSource): string[] {
    return [...this.planned.keys()]
      .filter((path) => path.startsWith(`${segments.folder}/`))
      .map((path) => path.slice(segments.folder.length + 1));
  }

  private noteInput(
    source: InspectedSource,
    needed: readonly TablePartition[],
    fresh: readonly TablePartition[],
  ): void {
    const { origin } = source.scan;
    const known = this.accounts.get(origin) ?? { source, needed: new Map(), fresh: new Set() };
    for (const partition of needed) known.needed.set(partition.value, partition);
    for (const { value } of fresh) known.fresh.add(value);
    this.accounts.set(origin, known);
  }

  /**
   * Dates that rows see and that aren't there. Events begin somewhere: dates before the table's first
   * partition are not missed. What a wild time on the left sees is not listed either, beyond the
   * days of the table and of the left.
   */
  private noteMissing(
    source: InspectedSource,
    reach: readonly DayRange[],
    needed: readonly TablePartition[],
    events: boolean,
  ): void {
    const { startPartition, endPartition, scan, writtenBy } = source;
    const { format } = this.request.partitionSpec;
    const dayOr = (value: string | null | undefined, other: number): number =>
      value == null ? other : dayOf(value, format);
    const { partitions } = source.table;
    const firstThere = dayOr(partitions[0]?.value, Number.POSITIVE_INFINITY);
    const lastThere = dayOr(partitions.at(-1)?.value, Number.NEGATIVE_INFINITY);
    const earliest = events ? firstThere : Math.min(firstThere, this.leftDays.first - 1);
    const from = Math.max(earliest, dayOr(startPartition, Number.NEGATIVE_INFINITY));
    const to = Math.min(
      Math.max(lastThere, this.leftDays.last),
      dayOr(endPartition, Number.POSITIVE_INFINITY),
    );
    const there = new Set(needed.map(({ value }) => value));
    const dates = new Set(this.missing.get(scan.origin)?.partitions ?? []);
    for (const { first, last } of reach) {
      for (let day = Math.max(first, from); day <= Math.min(last, to); day++) {
        const value = partitionOf(day, format);
        if (!there.has(value)) dates.add(value);
      }
    }
    if (dates.size === 0) return;
    const { origin, table } = scan;
    this.missing.set(origin, { origin, table, partitions: [...dates].sort(), writtenBy });
  }
}

/** How a source is read for a part, whatever the files. */
export function readingOf(
  source: InspectedSource,
  { rightKeys, windows }: Pick<PartColumns, 'rightKeys' | 'windows'>,
  stream: PartStream,
  how: { readonly events: boolean; readonly quiet: boolean; readonly strict: boolean },
): Omit<BucketSourceTask, 'files' | 'output'> {
  return {
    kind: 'bucket-source',
    scan: source.scan,
    layout: stream.aggregates === null ? 'rows' : 'events',
    // Mutations change the snapshot of the day before.
    partitionKey: how.events ? null : source.mutations ? -1 : 0,
    untimed: how.events || windows.any ? 'dropped' : 'first',
    keys: rightKeys,
    values: stream.values.map(({ name, type }) => ({ name, type })),
    explode: stream.explode,
    refuseDuplicates: how.strict,
    quiet: how.quiet,
  };
}

/** The table's rows, spread over its files by bytes. */
function estimateRows(source: InspectedSource, partitions: readonly TablePartition[]): number {
  const all = bytesOf(source.table.partitions);
  return all === 0 ? 0 : Math.round((source.rows * bytesOf(partitions)) / all);
}
