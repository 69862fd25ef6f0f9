/**
 * From the inspected state and one row of the left to the tasks that explain it. Pure. The value comes
 * from the stages that `submit` would run for this row; its events from the same readings of the
 * sources, as far as they hold the row's key, and of some more days around them.
 */
import { accuracyOf, seesMutations } from '@hindcast/shared/config/accuracy';
import type { Accuracy, Join } from '@hindcast/shared/config/model';
import {
  type ExplainRowTask,
  eventColumn,
  eventSpan,
  type KeyEventsTask,
} from '@hindcast/shared/plan/explain-row';
import type { MissingInput, Plan, Stage } from '@hindcast/shared/plan/plan';
import {
  type BucketSourceTask,
  type Column,
  type JoinTask,
  type LeftScan,
  type PartSpec,
  type ScanFile,
  segmentTasks,
  type Task,
  type TaskResult,
} from '@hindcast/shared/plan/task';
import type { TablePartition } from '@hindcast/shared/table/table';
import { dayOf } from '@hindcast/shared/time/partition-spec';
import type { InspectedSource, JoinState } from '../join-state.js';
import type { JobRequest } from '../request.js';
import { leftColumns, type PartStream, partColumns } from './columns.js';
import { planJoin } from './join.js';
import { readingOf } from './segments.js';
import { scanFiles } from './split.js';

/** Days before and after what a row reads that are looked into for what it does not see. */
const daysAround = { events: 30, entities: 7 };

export interface ExplanationPlan {
  /** What submit would do for this row alone, into folders of its own. */
  readonly plan: Plan;
  readonly left: LeftScan;
  readonly parts: readonly PlannedExplanation[];
}

export interface PlannedExplanation {
  readonly name: string;
  readonly accuracy: Accuracy;
  readonly keys: readonly { readonly left: string; readonly right: string }[];
  readonly sources: readonly ReadSource[];
  readonly streams: readonly PlannedStream[];
  readonly outputs: readonly Column[];
}

export interface ReadSource {
  readonly table: string;
  readonly origin: string;
  readonly mutations: boolean;
  readonly cumulative: boolean;
  readonly bounds: { readonly start: string | null; readonly end: string | null };
  /** Partitions that the row's value is computed from, in order. */
  readonly read: readonly string[];
  readonly missing: readonly string[];
}

export interface PlannedStream {
  readonly spec: PartSpec;
  readonly stream: PartStream;
  /** One per source. */
  readonly events: readonly (KeyEventsTask & { readonly segments: string })[];
}

/**
 * @param state as inspection found it, its left and range those of the row alone
 * @param scratch absolute folder
 */
export function planExplanation(
  join: Join,
  state: JoinState,
  request: JobRequest,
  scratch: string,
): ExplanationPlan {
  // Nobody's segments are read or left behind: what is read of them has one key only.
  const parts = state.parts.map(({ part, sources }, p) => ({
    part,
    sources: sources.map((source, s) => ({
      ...source,
      segments: { folder: `${scratch}/segments-${p}-${s}`, present: [] },
    })),
  }));
  const alone = { ...request, executors: 1, memoryBytes: Number.MAX_SAFE_INTEGER };
  const folder = `${scratch}/run`;
  const plan = planJoin(join, { ...state, parts }, alone, { runId: 'explain-row', folder });
  const tasks = plan.steps.flatMap(({ stages }) => stages.flatMap((stage) => stage.tasks));
  const specs = tasks.flatMap((task) => (task.kind === 'join' ? task.parts : []));
  const scans = tasks.flatMap(segmentTasks);
  const { partitions } = state.left.table;
  const columns = leftColumns(state.left);
  const left = { scan: state.left.scan, files: scanFiles(partitions), columns, skewKeys: {} };
  let firstEvent = 0;
  const planned = parts.map(({ part, sources }, p): PlannedExplanation => {
    const own = partColumns({ part, sources }, columns, seesMutations(join, part));
    const events = part.groupBy.sources[0]!.kind === 'events';
    const reads = sources.map((source) => readSource(source, scans, plan.missingInputs));
    const streams = own.streams.map((stream, i): PlannedStream => {
      const spec = specs.find((candidate) => isOf(candidate, stream))!;
      return {
        spec,
        stream,
        events: sources.map((source, s) => {
          const reading = readingOf(source, own, stream, { events, quiet: i > 0, strict: false });
          const files = filesAround(source, spec, events, request.partitionSpec.format);
          const task = {
            kind: 'key-events' as const,
            source: { ...reading, files },
            left,
            leftKeys: own.leftKeys,
            firstEvent,
            output: `${scratch}/events-${p}-${i}-${s}`,
            segments: source.segments.folder,
          };
          firstEvent += eventSpan;
          return task;
        }),
      };
    });
    return {
      name: part.groupBy.metaData.name,
      accuracy: accuracyOf(part.groupBy),
      keys: own.leftKeys.map(({ name }, i) => ({ left: name, right: own.rightKeys[i]!.name })),
      sources: reads,
      streams,
      outputs: own.outputs,
    };
  });
  return { plan, left, parts: planned };
}

/** Features have names of their own: they tell the readings of all parts apart. */
function isOf(spec: PartSpec, { aggregates, values }: PartStream): boolean {
  return (
    JSON.stringify(spec.aggregates) === JSON.stringify(aggregates) &&
    JSON.stringify(spec.values) === JSON.stringify(values)
  );
}

function readSource(
  source: InspectedSource,
  scans: readonly BucketSourceTask[],
  missing: readonly MissingInput[],
): ReadSource {
  const { scan, segments, mutations, cumulative, startPartition, endPartition } = source;
  const files = scans
    .filter(({ output }) => output.startsWith(`${segments.folder}/`))
    .flatMap((task) => task.files);
  return {
    table: scan.table,
    origin: scan.origin,
    mutations,
    cumulative,
    bounds: { start: startPartition, end: endPartition },
    read: [...new Set(files.map(({ partition }) => partition))].sort(),
    missing: missing.find(({ origin }) => origin === scan.origin)?.partitions ?? [],
  };
}

/** Files of what the row reads and of some days around, whatever bounds the source has. */
function filesAround(
  source: InspectedSource,
  { readDays }: PartSpec,
  events: boolean,
  format: string,
): ScanFile[] {
  const margin = events ? daysAround.events : daysAround.entities;
  const near = ({ value }: TablePartition): boolean => {
    const day = dayOf(value, format);
    return day >= readDays.first - margin && day <= readDays.last + margin;
  };
  const { partitions } = source.table;
  const { startPartition: start, endPartition: end } = source;
  const allowed = ({ value }: TablePartition): boolean =>
    (start === null || value >= start) && (end === null || value <= end);
  return scanFiles(
    source.cumulative ? partitions.filter(allowed).slice(-1) : partitions.filter(near),
  );
}

/** Files of each `key-events` task, by its output folder. */
export type KeyEventFiles = ReadonlyMap<string, readonly ScanFile[]>;

export function keyEventFiles(
  tasks: readonly KeyEventsTask[],
  results: readonly TaskResult[],
): KeyEventFiles {
  return new Map(
    tasks.map(({ output }, i) => [
      output,
      results[i]!.files.map(({ path, partition }) => ({ path, partition })),
    ]),
  );
}

/** The plan's stages over sources that hold nothing but the row's key. */
export function stagesForKey({ plan, parts }: ExplanationPlan, files: KeyEventFiles): Stage[] {
  const events = parts.flatMap(({ streams }) => streams.flatMap((stream) => stream.events));
  const empty = new Set<string>();
  const narrowed = plan.steps[0]!.stages.map(
    (stage): Stage => ({
      ...stage,
      tasks: stage.tasks.flatMap(segmentBySegment).flatMap((task): Task[] => {
        if (task.kind !== 'bucket-source') return [task];
        const own = events.find(
          ({ source, segments }) =>
            task.output.startsWith(`${segments}/`) &&
            JSON.stringify([source.values, source.explode]) ===
              JSON.stringify([task.values, task.explode]),
        )!;
        const wanted = new Set(task.files.map(({ partition }) => partition));
        const there = files.get(own.output)!.filter(({ partition }) => wanted.has(partition));
        if (there.length > 0) return [keyReading(task, there)];
        empty.add(task.output);
        return [];
      }),
    }),
  );
  return narrowed.map((stage) => ({
    ...stage,
    tasks: stage.tasks.map((task) =>
      task.kind === 'join'
        ? { ...task, parts: task.parts.map((part) => withoutSegments(part, empty)) }
        : task,
    ),
  }));
}

/** Each segment by a task of its own. */
function segmentBySegment(task: Task): readonly Task[] {
  const segments = segmentTasks(task);
  return segments.length > 0 ? segments : [task];
}

function withoutSegments(part: PartSpec, empty: ReadonlySet<string>): PartSpec {
  return { ...part, segments: part.segments.filter((segment) => !empty.has(segment)) };
}

/** The same reading of what a `key-events` task wrote, with the events' numbers beside. */
function keyReading(task: BucketSourceTask, files: readonly ScanFile[]): BucketSourceTask {
  const { scan, keys, values } = task;
  const named = (prefix: string, columns: readonly Column[]): Column[] =>
    columns.map(({ type }, i) => ({ name: `__${prefix}${i}`, type }));
  const columns = [...named('k', keys), ...named('v', values)];
  const numbered: Column[] =
    task.layout === 'events' ? [{ name: eventColumn, type: 'BIGINT' }] : [];
  return {
    ...task,
    scan: {
      ...scan,
      selects: Object.fromEntries([...columns, ...numbered].map(({ name }) => [name, `"${name}"`])),
      wheres: [],
      partial: [],
      time:
        scan.time.kind === 'expression'
          ? { kind: 'expression', expression: '"__time"', unit: 'integer' }
          : scan.time,
    },
    files,
    keys: named('k', keys),
    values: [...named('v', values), ...numbered],
    explode: null,
  };
}

/** Asks which events the row sees, once the stages have run; by part and reading. */
export function explainTasks(
  { left, parts }: ExplanationPlan,
  stages: readonly Stage[],
  files: KeyEventFiles,
  limit: number,
): ExplainRowTask[][] {
  const joins = stages.flatMap(({ tasks }) => tasks.filter((task) => task.kind === 'join'));
  return parts.map(({ streams }) =>
    streams.map(({ stream, spec, events }): ExplainRowTask => {
      const join = joins.find((task) => task.parts.some((part) => isOf(part, stream)))!;
      const part = join.parts.find((candidate) => isOf(candidate, stream))!;
      const numbered = { name: eventColumn, type: 'BIGINT', output: null };
      const one: JoinTask = {
        ...join,
        left: { kind: 'scan', left, keys: spec.leftKeys },
        bucket: { index: 0, bits: 0 },
        parts: [part.aggregates === null ? part : { ...part, values: [...part.values, numbered] }],
      };
      const sources = events.map(({ source, output }) => ({
        files: files.get(output)!,
        partitionColumn: source.scan.partitionColumn,
      }));
      return { kind: 'explain-row', join: one, sources, limit };
    }),
  );
}
