/** From the inspected state to a plan. Pure: the same state gives the same plan. */

import { accuracyOf } from '@hindcast/shared/config/accuracy';
import type { Join } from '@hindcast/shared/config/model';
import { HindcastError } from '@hindcast/shared/errors';
import {
  type Archive,
  type MissingInput,
  type Plan,
  type PlannedInput,
  planVersion,
  type Stage,
  type Step,
} from '@hindcast/shared/plan/plan';
import {
  type BucketSourceTask,
  type Column,
  type JoinTask,
  type KeyBucket,
  type LeftInput,
  type LeftScan,
  type PartSpec,
  rowIdSpan,
  type Task,
} from '@hindcast/shared/plan/task';
import { deltaType, storedType } from '@hindcast/shared/table/delta-type';
import { type TablePartition, tableFingerprint } from '@hindcast/shared/table/table';
import { dayOf, partitionOf } from '@hindcast/shared/time/partition-spec';
import type { InspectedPart, InspectedSource, JoinState } from '../inspect.js';
import type { JobRequest } from '../request.js';
import { carriedScan } from './carried.js';
import { leftColumns, type PartColumns, partColumns } from './columns.js';
import { type DayRange, eventReach, type StepRows, snapshotReach } from './reach.js';
import { coverBySegments, keyBucketBits, pack, scanFiles, splitSteps } from './split.js';

/** Rows of the left up to which every join task filters the left itself instead of having it split. */
const scanLeftTimes = 4;

/** Before every partition, and still an integer that JSON can hold. */
const firstDay = -100_000_000;

export interface RunPlace {
  readonly runId: string;
  /** Folder of the run's own files in the store. */
  readonly folder: string;
}

export function planJoin(join: Join, state: JoinState, request: JobRequest, run: RunPlace): Plan {
  return new JoinPlanner(join, state, request, run).plan();
}

interface PlannedPart {
  readonly inspected: InspectedPart;
  readonly prefix: string;
  readonly columns: PartColumns;
}

class JoinPlanner {
  private readonly left: readonly Column[];
  private readonly parts: readonly PlannedPart[];
  private readonly outputColumns: readonly Column[];
  private readonly inputs = new Map<string, PlannedInput>();
  private readonly missing = new Map<string, MissingInput>();
  /** Segments that an earlier step of this plan makes. */
  private readonly planned = new Set<string>();
  private readonly outputsOf = new Map<PartSpec, readonly Column[]>();

  constructor(
    private readonly join: Join,
    private readonly state: JoinState,
    private readonly request: JobRequest,
    private readonly run: RunPlace,
  ) {
    this.left = leftColumns(state.left);
    const prefixes = Object.keys(state.hashes.parts);
    this.parts = state.parts.map((inspected, i) => ({
      inspected,
      prefix: prefixes[i]!,
      columns: partColumns(inspected, this.left),
    }));
    const outputs = [...this.left, ...this.parts.flatMap(({ columns }) => columns.outputs)];
    refuseDuplicates(outputs);
    // Types that tables don't have are refused before anything runs.
    for (const { name, type } of outputs) deltaType(type, name);
    this.outputColumns = outputs.map(({ name, type }) => ({ name, type: storedType(type) }));
  }

  plan(): Plan {
    const { decision, output, hashes } = this.state;
    const { partitionSpec: spec } = this.request;
    const partitions = decision.partitions.map((partition) =>
      partition.action === 'compute' && this.state.leftPartitions[partition.value] === undefined
        ? { ...partition, action: 'skip' as const, reason: 'empty on the left' as const }
        : partition,
    );
    const compute = partitions.filter(({ action }) => action === 'compute');
    const groups = new Map<string, string[]>();
    for (const { value, parts } of compute) {
      const key = parts === null ? '' : parts.join(',');
      const mode = parts === null ? '' : `carry ${key}`;
      groups.set(mode, [...(groups.get(mode) ?? []), value]);
    }
    const steps: Step[] = [];
    for (const [mode, values] of groups) {
      const carried = mode !== '';
      const parts = compute.find(({ value }) => value === values[0])!.parts;
      for (const step of splitSteps(values, this.request.stepDays, spec.format)) {
        steps.push(this.step(steps.length, step, carried ? new Set(parts) : null));
      }
    }
    return {
      version: planVersion,
      job: 'join',
      name: this.join.metaData.name,
      windowing: this.request.windowing,
      range: decision.range,
      output: {
        table: output.table,
        key: output.key,
        partitionColumn: spec.column,
        dateFormat: spec.format,
        columns: this.outputColumns,
      },
      hashes,
      archive: this.archive(),
      partitions,
      inputs: [...this.inputs.values()],
      missingInputs: [...this.missing.values()],
      warnings: this.warnings(),
      steps,
    };
  }

  private archive(): Archive | null {
    const { decision, output } = this.state;
    if (output.snapshot === null || (decision.restart === null && !decision.partsChanged))
      return null;
    const stamp = /^\d{8}T\d{6}/.exec(this.run.runId)?.[0].replace('T', '') ?? this.run.runId;
    const to = `${output.key}_${stamp}`;
    return decision.restart === null
      ? { reason: 'parts changed', from: output.key, to, kind: 'copy' }
      : { reason: decision.restart, from: output.key, to, kind: 'move' };
  }

  private warnings(): string[] {
    const { skewedRows } = this.state;
    return skewedRows === 0
      ? []
      : [`${skewedRows} left rows hold a skewed key (skewKeys) and are left out`];
  }

  private step(
    index: number,
    partitions: readonly string[],
    only: ReadonlySet<string> | null,
  ): Step {
    const { partitionSpec: spec } = this.request;
    const parts = this.parts.filter(({ prefix }) => only === null || only.has(prefix));
    const left = this.leftScan(partitions, only);
    const rows: StepRows = {
      partitions,
      rows: this.state.leftPartitions,
      leftKind: this.join.left.kind === 'events' ? 'events' : 'entities',
      dateFormat: spec.format,
    };
    const fresh: Task[] = [];
    const specs = parts.map((part) => this.partSpec(part, rows, fresh));
    const leftRows = partitions.reduce(
      (sum, value) => sum + (this.state.leftPartitions[value]?.rows ?? 0),
      0,
    );
    const widest = Math.max(0, ...specs.map(({ rowsRead }) => rowsRead));
    const columns = Math.max(1, ...parts.map(({ columns: own }) => own.values.length));
    const sizing = { executors: this.request.executors, memoryBytes: this.request.memoryBytes };
    const bits = keyBucketBits(leftRows + widest, columns, sizing);
    const stages = this.stages(
      index,
      left,
      specs.map(({ spec: own }) => own),
      bits,
      fresh,
      rows,
    );
    const replaced = new Set(partitions);
    const before =
      this.state.decision.restart === null ? (this.state.output.snapshot?.files ?? []) : [];
    return {
      index,
      partitions,
      stages,
      rows: Object.fromEntries(
        partitions.map((value) => [value, this.state.leftPartitions[value]?.rows ?? 0]),
      ),
      replaces: before
        .filter((file) => replaced.has(file.partitionValues[spec.column] ?? ''))
        .map(({ path }) => path),
      provenance: this.state.provenance,
      inputs: this.inputVersions(),
    };
  }

  private leftScan(partitions: readonly string[], only: ReadonlySet<string> | null): LeftScan {
    const { left, output } = this.state;
    const values = new Set(partitions);
    if (only !== null) {
      const carried = carriedScan(output.snapshot!, output.table, left.scan, values);
      const computed = new Set(
        this.parts.flatMap(({ prefix, columns }) =>
          only.has(prefix) ? columns.outputs.map(({ name }) => name) : [],
        ),
      );
      const kept = this.outputColumns.filter(({ name }) => !computed.has(name));
      return { ...carried, columns: kept };
    }
    const table = left.table.partitions.filter(({ value }) => values.has(value));
    return {
      scan: left.scan,
      files: scanFiles(table),
      columns: this.left,
      skewKeys: this.join.skewKeys,
    };
  }

  /** The part for one step, and tasks for the segments that it needs and nobody made yet. */
  private partSpec(
    { inspected, columns }: PlannedPart,
    rows: StepRows,
    fresh: Task[],
  ): { spec: PartSpec; rowsRead: number } {
    const { part, sources } = inspected;
    const events = part.groupBy.sources[0]!.kind === 'events';
    const accuracy = accuracyOf(part.groupBy);
    const reach = events
      ? eventReach(rows, accuracy, columns.aggregates!, this.request.windowing)
      : snapshotReach(rows);
    const segments: string[] = [];
    let rowsRead = 0;
    for (const source of sources) {
      const read = this.readSource(source, reach, columns, events, fresh);
      segments.push(...read.segments);
      rowsRead += read.rows;
    }
    const spec: PartSpec = {
      name: part.groupBy.metaData.name,
      accuracy,
      lookup: events ? 'as-of' : 'snapshot',
      leftKeys: columns.leftKeys,
      aggregates: columns.aggregates,
      values: columns.values,
      segments,
      readDays: { first: Math.max(reach.first, firstDay), last: reach.last },
    };
    this.outputsOf.set(spec, columns.outputs);
    return { rowsRead, spec };
  }

  private readSource(
    source: InspectedSource,
    reach: DayRange,
    columns: PartColumns,
    events: boolean,
    fresh: Task[],
  ): { segments: string[]; rows: number } {
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
    const before = this.inputs.get(origin);
    const files = partitions.reduce((sum, partition) => sum + partition.files.length, 0);
    const bytes = partitions.reduce(
      (sum, partition) => sum + partition.files.reduce((own, file) => own + file.bytes, 0),
      0,
    );
    this.inputs.set(origin, {
      origin,
      table,
      partitions: Math.max(before?.partitions ?? 0, partitions.length),
      files: Math.max(before?.files ?? 0, files),
      bytes: Math.max(before?.bytes ?? 0, bytes),
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

  private inputVersions(): Record<string, string> {
    const all = [this.state.left, ...this.state.parts.flatMap(({ sources }) => sources)];
    return Object.fromEntries(all.map(({ table }) => [table.name, tableFingerprint(table)]));
  }

  private stages(
    index: number,
    left: LeftScan,
    specs: readonly PartSpec[],
    bits: number,
    fresh: readonly Task[],
    rows: StepRows,
  ): Stage[] {
    const folder = `${this.run.folder}/step-${index}`;
    const keySets = groupByKeys(specs);
    const folded = keySets.length <= 1;
    const buckets = Array.from({ length: 1 << bits }, (_, i): KeyBucket => ({ index: i, bits }));
    const keys = keySets.map((set) => set[0]?.leftKeys ?? []);
    const scanLeft = folded && buckets.length <= scanLeftTimes;
    const splits = scanLeft ? [] : this.splitLeft(left, folder, keys, folded, bits);
    const base = {
      kind: 'join' as const,
      windowing: this.request.windowing,
      leftKind: rows.leftKind,
      partitionColumn: this.request.partitionSpec.column,
      dateFormat: this.request.partitionSpec.format,
    };
    const joins = (folded ? [keySets[0] ?? []] : keySets).flatMap((parts, set) =>
      buckets.map((bucket): JoinTask => {
        const input: LeftInput = scanLeft
          ? { kind: 'scan', left, keys: keys[0] ?? [] }
          : { kind: 'split', folders: splits.map(({ output }) => output), keySet: set };
        return {
          ...base,
          left: input,
          bucket,
          parts,
          mode: folded ? 'table' : 'columns',
          columns: folded ? this.outputColumns : this.columnsOf(parts),
          output: `${folder}/join-${set}-${bucket.index}`,
        };
      }),
    );
    const stages: Stage[] = [];
    if (fresh.length + splits.length > 0)
      stages.push({ name: 'key-buckets', tasks: [...fresh, ...splits] });
    stages.push({ name: 'join', tasks: joins });
    if (!folded) {
      const files = keySets.map((_, set) =>
        joins
          .filter((_join, i) => Math.floor(i / buckets.length) === set)
          .map(({ output }) => `${output}/columns.parquet`),
      );
      stages.push({
        name: 'assemble',
        tasks: splits.map((split, i) => ({
          kind: 'assemble',
          left: split.output,
          firstRowId: split.firstRowId,
          keySets: files,
          partitionColumn: base.partitionColumn,
          columns: this.outputColumns,
          output: `${folder}/assemble-${i}`,
        })),
      });
    }
    return stages;
  }

  private splitLeft(
    left: LeftScan,
    folder: string,
    keys: readonly (readonly Column[])[],
    wholeRows: boolean,
    bits: number,
  ): Extract<Task, { kind: 'bucket-left' }>[] {
    const byPartition = new Map<
      string,
      TablePartition & { files: { path: string; bytes: number; version: string }[] }
    >();
    for (const { path, partition } of left.files) {
      const entry = byPartition.get(partition) ?? { value: partition, files: [] };
      entry.files.push({
        path,
        bytes: this.state.leftPartitions[partition]?.rows ?? 1,
        version: '',
      });
      byPartition.set(partition, entry);
    }
    const partitions = [...byPartition.values()];
    const rows = partitions.reduce(
      (sum, { value }) => sum + (this.state.leftPartitions[value]?.rows ?? 0),
      0,
    );
    const sizing = { executors: this.request.executors, memoryBytes: this.request.memoryBytes };
    return pack(partitions, rows, left.columns.length, sizing).map((group, i) => ({
      kind: 'bucket-left',
      left: { ...left, files: scanFiles(group) },
      keySets: keys.map((columns) => ({ columns, wholeRows })),
      bits,
      firstRowId: i * rowIdSpan,
      output: `${folder}/left-${i}`,
    }));
  }

  private columnsOf(parts: readonly PartSpec[]): Column[] {
    return parts.flatMap((part) => this.outputsOf.get(part)!);
  }
}

/** Parts that look the left up by the same columns, in the order of their first one. */
function groupByKeys(specs: readonly PartSpec[]): PartSpec[][] {
  const groups = new Map<string, PartSpec[]>();
  for (const spec of specs) {
    const key = JSON.stringify(spec.leftKeys);
    const members = groups.get(key) ?? [];
    members.push(spec);
    groups.set(key, members);
  }
  return [...groups.values()];
}

/** The table's rows, spread over its files by bytes. */
function estimateRows(source: InspectedSource, partitions: readonly TablePartition[]): number {
  const bytes = (list: readonly TablePartition[]): number =>
    list.reduce((sum, { files }) => sum + files.reduce((own, file) => own + file.bytes, 0), 0);
  const all = bytes(source.table.partitions);
  return all === 0 ? 0 : Math.round((source.rows * bytes(partitions)) / all);
}

function refuseDuplicates(columns: readonly Column[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) {
      throw new HindcastError('config', `two columns of the output are named "${name}"`, {
        hint: 'Rename one in the selects, or give one of the parts a prefix.',
      });
    }
    seen.add(name.toLowerCase());
  }
}
