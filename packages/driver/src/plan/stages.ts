/** The stages of one step: KeyBuckets, joins, and putting side by side what was joined by other keys. */
import type { Stage } from '@hindcast/shared/plan/plan';
import {
  type Column,
  type JoinTask,
  type KeyBucket,
  type KeySet,
  type KeysSeen,
  type LeftInput,
  type LeftPartition,
  type LeftScan,
  type PartSpec,
  type ProjectedColumn,
  rowIdSpan,
  type ScanFile,
  type Task,
} from '@hindcast/shared/plan/task';
import { asTheyAre } from './derivations.js';
import { pack, type Sizing } from './split.js';

/** KeyBuckets up to which every join task filters the left itself instead of having it split. */
const scanLeftTimes = 4;

/** A part as a step computes it. */
export interface StepPart {
  /** One per reading of its sources, all by the same keys. */
  readonly specs: readonly PartSpec[];
  /** What is computed. */
  readonly outputs: readonly Column[];
  /** What the output has of it, over that. */
  readonly features: readonly ProjectedColumn[];
}

export interface StepWork {
  /** For what the step's tasks leave to each other. */
  readonly folder: string;
  readonly left: LeftScan;
  readonly leftKind: JoinTask['leftKind'];
  readonly leftRows: Readonly<Record<string, LeftPartition>>;
  /** Where the left is the keys that segments hold; null where it is scanned. */
  readonly seen: KeysSeen | null;
  readonly parts: readonly StepPart[];
  readonly bits: number; // of KeyBuckets
  /** Tasks for segments that nobody made yet. */
  readonly fresh: readonly Task[];
}

export interface OutputForm {
  readonly windowing: JoinTask['windowing'];
  readonly partitionColumn: string;
  readonly subPartitions?: readonly string[];
  readonly dateFormat: string;
  /** The left's columns, all features and external columns. */
  readonly columns: readonly Column[];
  /** How they are chosen between bootstrap tables and what is computed; null without such tables. */
  readonly base: readonly ProjectedColumn[] | null;
  /** What the join's derivations make of them; null without. */
  readonly derived: readonly ProjectedColumn[] | null;
}

export function joinStages(work: StepWork, sizing: Sizing, form: OutputForm): Stage[] {
  const { folder, left, parts, bits, fresh } = work;
  const keySets = groupByKeys(parts);
  const folded = keySets.length <= 1;
  const buckets = Array.from({ length: 1 << bits }, (_, i): KeyBucket => ({ index: i, bits }));
  const keys = keySets.map((set) => set[0]?.specs[0]?.leftKeys ?? []);
  const scanLeft = work.seen !== null || (folded && buckets.length <= scanLeftTimes);
  const splits = scanLeft ? [] : splitLeft(work, keySets, folded, sizing);
  const further = form.subPartitions === undefined ? {} : { subPartitions: form.subPartitions };
  const base = {
    kind: 'join' as const,
    windowing: form.windowing,
    leftKind: work.leftKind,
    partitionColumn: form.partitionColumn,
    ...further,
    dateFormat: form.dateFormat,
  };
  const task = (input: LeftInput, bucket: KeyBucket, members: readonly StepPart[]) => ({
    ...base,
    left: input,
    bucket,
    parts: members.flatMap(({ specs }) => specs),
    onlyWithValues: onlyWithValues(work, members),
    ...(folded ? wholeRows(work, members, form) : featuresOnly(members)),
  });
  if (parts.length === 0 && work.seen === null) {
    // Without keys to split by, rows go by their partitions.
    const groups = partitionGroups(work, sizing);
    const tasks = groups.map((group, i): JoinTask => {
      const input: LeftInput = { kind: 'scan', left: someOf(left, group), keys: [] };
      return { ...task(input, { index: 0, bits: 0 }, []), output: `${folder}/join-0-${i}` };
    });
    return [{ name: 'join', tasks }];
  }
  const joins = (folded ? [keySets[0] ?? []] : keySets).flatMap((members, set) =>
    buckets.map((bucket): JoinTask => {
      const input: LeftInput =
        work.seen !== null
          ? { kind: 'keys', columns: left.columns, seen: work.seen }
          : scanLeft
            ? { kind: 'scan', left, keys: keys[0] ?? [] }
            : { kind: 'split', folders: splits.map(({ output }) => output), keySet: set };
      return { ...task(input, bucket, members), output: `${folder}/join-${set}-${bucket.index}` };
    }),
  );
  const stages: Stage[] = [];
  if (fresh.length + splits.length > 0)
    stages.push({ name: 'key-buckets', tasks: [...fresh, ...splits] });
  const counts = work.seen === null || work.seen.snapshots ? [] : [countKeys(joins[0]!)];
  stages.push({ name: 'join', tasks: [...joins, ...counts] });
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
        ...further,
        columns: form.base === null ? form.columns : besideLeft(work.left, parts),
        projections: lastProjections(form),
        output: `${folder}/assemble-${i}`,
      })),
    });
  }
  return stages;
}

/** Of keys that events hold, a day's rows are those with a value. */
function onlyWithValues({ seen }: StepWork, members: readonly StepPart[]): string[] {
  if (seen === null || seen.snapshots) return [];
  return members.flatMap(({ outputs }) => outputs.map(({ name }) => name));
}

function countKeys({ parts }: JoinTask): Task {
  const segments = parts.flatMap((part) => part.segments);
  return { kind: 'count-keys', segments, keys: parts[0]!.leftKeys.length };
}

type Projected = Pick<JoinTask, 'mode' | 'columns' | 'projections'>;

/** Rows as the table has them: the left, what is computed, and what derivations make of both. */
function wholeRows({ left }: StepWork, members: readonly StepPart[], form: OutputForm): Projected {
  const { columns, base } = form;
  const last = lastProjections(form);
  const computed = [...left.columns, ...members.flatMap(({ outputs }) => outputs)];
  const derived = members.some(isDerived);
  if (base !== null) {
    const features = derived
      ? [[...asTheyAre(left.columns), ...members.flatMap((part) => part.features)]]
      : [];
    return { mode: 'table', columns: computed, projections: [...features, ...last] };
  }
  if (!derived) return { mode: 'table', columns, projections: last };
  const features = new Map(members.flatMap((part) => part.features.map((f) => [f.name, f])));
  const projected = columns.map(({ name, type }) => ({
    name,
    type,
    expression: features.get(name)?.expression ?? null,
  }));
  return { mode: 'table', columns: computed, projections: [projected, ...last] };
}

function lastProjections({ base, derived }: OutputForm): (readonly ProjectedColumn[])[] {
  return [base, derived].filter((projection) => projection !== null);
}

/** What an assemble task has of a row: the left, and the parts' features. */
function besideLeft({ columns }: LeftScan, parts: readonly StepPart[]): Column[] {
  const features = parts.flatMap((part) => part.features);
  return [...columns, ...features.map(({ name, type }) => ({ name, type }))];
}

/** Features for an assemble task; derivations of group-bys look at the left's keys, too. */
function featuresOnly(members: readonly StepPart[]): Projected {
  const columns = members.flatMap(({ outputs }) => outputs);
  if (!members.some(isDerived)) return { mode: 'columns', columns, projections: [] };
  const keys = new Map(members[0]!.specs[0]!.leftKeys.map((key) => [key.name, key]));
  const projections = [members.flatMap(({ features }) => features)];
  return { mode: 'columns', columns: [...keys.values(), ...columns], projections };
}

function isDerived({ features }: StepPart): boolean {
  return features.some(({ expression }) => expression !== null);
}

/** A partition of the left, and its files. */
type LeftFiles = readonly [partition: string, files: readonly ScanFile[]];

/** Partitions of about as many rows for each task. */
function partitionGroups({ left, leftRows }: StepWork, sizing: Sizing): LeftFiles[][] {
  const byPartition = new Map<string, ScanFile[]>();
  for (const file of left.files)
    byPartition.set(file.partition, [...(byPartition.get(file.partition) ?? []), file]);
  const rowsOf = ([value]: readonly [string, unknown]): number => leftRows[value]?.rows ?? 0;
  const partitions = [...byPartition];
  const rows = partitions.reduce((sum, partition) => sum + rowsOf(partition), 0);
  return pack(partitions, rowsOf, rows, left.columns.length, sizing);
}

/** Tasks that split the left by the KeyBucket of each key set. */
function splitLeft(
  work: StepWork,
  sets: readonly (readonly StepPart[])[],
  wholeRows: boolean,
  sizing: Sizing,
): Extract<Task, { kind: 'bucket-left' }>[] {
  const { left, folder, bits } = work;
  return partitionGroups(work, sizing).map((group, i) => ({
    kind: 'bucket-left',
    left: someOf(left, group),
    keySets: sets.map((set) => keySetOf(set, wholeRows)),
    bits,
    firstRowId: i * rowIdSpan,
    output: `${folder}/left-${i}`,
  }));
}

function keySetOf(members: readonly StepPart[], wholeRows: boolean): KeySet {
  const specs = members.flatMap((member) => member.specs);
  const covered = [...new Set(specs.flatMap((spec) => spec.covered ?? []))];
  const columns = specs[0]!.leftKeys;
  return covered.length === 0 ? { columns, wholeRows } : { columns, covered, wholeRows };
}

/** Some partitions of the left, and of what bootstrap tables have for it. */
function someOf(left: LeftScan, group: readonly LeftFiles[]): LeftScan {
  const files = group.flatMap(([, some]) => some);
  if (left.bootstrap === undefined) return { ...left, files };
  const partitions = new Set(group.map(([partition]) => partition));
  const tables = left.bootstrap.tables.map((table) => ({
    ...table,
    files: table.files.filter(({ partition }) => partitions.has(partition)),
  }));
  return { ...left, files, bootstrap: { ...left.bootstrap, tables } };
}

/** Parts that look the left up by the same columns, in the order of their first one. */
function groupByKeys(parts: readonly StepPart[]): StepPart[][] {
  const groups = new Map<string, StepPart[]>();
  for (const part of parts) {
    const key = JSON.stringify(part.specs[0]!.leftKeys);
    const members = groups.get(key) ?? [];
    members.push(part);
    groups.set(key, members);
  }
  return [...groups.values()];
}
