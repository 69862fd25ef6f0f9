/**
 * Sizes: how files become segments, how many KeyBuckets a step has, and which partitions make a
 * step. Everything follows from rows and the memory limit of one executor.
 */
import { createHash } from 'node:crypto';
import type { ScanFile } from '@hindcast/shared/plan/task';
import type { DataFile, TablePartition } from '@hindcast/shared/table/table';
import { dayOf } from '@hindcast/shared/time/partition-spec';

/** Share of an executor's memory that one task's typed arrays may take. */
const arrayShare = 0.4;
/** Bytes per row while a segment is sorted: time, day, key number, permutations, sorted copies. */
const sortingBytes = 56;
/** Bytes per row of a KeyBucket while it is joined. */
const joiningBytes = 40;
/** Bytes per row and column while the columns of several segments are held until each is sorted. */
const heldBytes = 9;
/** Rows below which one more task costs more than it saves. */
const smallRows = 100_000;
/** As many KeyBuckets as a segment's index can tell apart. */
export const maxBits = 12;

export interface Sizing {
  readonly executors: number;
  readonly memoryBytes: number;
}

/** log2 of the number of KeyBuckets for a step of `rows` right and left rows of `columns` values. */
export function keyBucketBits(rows: number, columns: number, sizing: Sizing): number {
  const perBucket = (sizing.memoryBytes * arrayShare) / (joiningBytes + 18 * columns);
  const forMemory = Math.ceil(Math.log2(Math.max(1, rows / perBucket)));
  const forExecutors = rows < smallRows ? 0 : Math.ceil(Math.log2(sizing.executors));
  return Math.min(maxBits, Math.max(forMemory, forExecutors));
}

/** How many of the executors so many rows are worth. */
export function executorsFor(rows: number, executors: number): number {
  return Math.min(executors, Math.ceil(rows / smallRows));
}

/** How many value columns of so many rows one scan may hold. */
export function columnsAtOnce(rows: number, { memoryBytes }: Sizing): number {
  const each = (memoryBytes * arrayShare) / 2 / Math.max(1, rows);
  return Math.max(1, Math.floor((each - sortingBytes) / heldBytes));
}

export interface SegmentPlan {
  /** Name of the segment's folder: first and last day, and a hash of the files. */
  readonly name: string;
  readonly partitions: readonly TablePartition[];
}

/**
 * Segments that together hold `needed`: those that exist where their files are unchanged, and new
 * ones for the rest. `present` are names of existing segments of the same scan.
 */
export function coverBySegments(
  needed: readonly TablePartition[],
  allowed: readonly TablePartition[],
  present: readonly string[],
  options: { rows: number; columns: number; sizing: Sizing; dateFormat: string; nonce: string },
): { readonly reused: readonly SegmentPlan[]; readonly fresh: readonly SegmentPlan[] } {
  const open = new Set(needed.map(({ value }) => value));
  const reused: SegmentPlan[] = [];
  const candidates = present
    .flatMap((name) => matchSegment(name, allowed, options.dateFormat, options.nonce))
    .sort((a, b) => b.partitions.length - a.partitions.length || a.name.localeCompare(b.name));
  const taken = new Set<string>();
  for (const candidate of candidates) {
    const values = candidate.partitions.map(({ value }) => value);
    if (!values.some((value) => open.has(value)) || values.some((value) => taken.has(value)))
      continue;
    reused.push(candidate);
    for (const value of values) {
      open.delete(value);
      taken.add(value);
    }
  }
  const rest = needed.filter(({ value }) => open.has(value));
  const share = rest.length === 0 ? 0 : bytesOf(rest) / Math.max(1, bytesOf(needed));
  const bytes = ({ files }: TablePartition): number => filesBytes(files);
  const fresh = pack(rest, bytes, options.rows * share, options.columns, options.sizing)
    .flatMap((group) => withoutGaps(group, allowed))
    .map((partitions) => ({
      name: segmentName(partitions, options.dateFormat, options.nonce),
      partitions,
    }));
  return { reused, fresh };
}

/** Neighbours stay together: a segment is found again by its first and last day and all between. */
function withoutGaps(
  group: readonly TablePartition[],
  allowed: readonly TablePartition[],
): TablePartition[][] {
  const places = new Map(allowed.map(({ value }, i) => [value, i]));
  const runs: TablePartition[][] = [];
  for (const partition of group) {
    const before = runs.at(-1)?.at(-1);
    if (before === undefined || places.get(partition.value) !== places.get(before.value)! + 1)
      runs.push([]);
    runs.at(-1)!.push(partition);
  }
  return runs;
}

function matchSegment(
  name: string,
  allowed: readonly TablePartition[],
  dateFormat: string,
  nonce: string,
): SegmentPlan[] {
  const match = /^(-?\d+)_(-?\d+)_[0-9a-f]+$/.exec(name);
  if (match === null) return [];
  const [first, last] = [Number(match[1]), Number(match[2])];
  const partitions = allowed.filter(({ value }) => {
    const day = dayOf(value, dateFormat);
    return day >= first && day <= last;
  });
  if (partitions.length === 0 || segmentName(partitions, dateFormat, nonce) !== name) return [];
  return [{ name, partitions }];
}

function segmentName(
  partitions: readonly TablePartition[],
  dateFormat: string,
  nonce: string,
): string {
  const hash = createHash('sha256').update(nonce);
  for (const { value, files } of partitions) {
    hash.update(`\n${value}`);
    for (const { path, version } of files) hash.update(`\n${path}\t${version}`);
  }
  const first = dayOf(partitions[0]!.value, dateFormat);
  const last = dayOf(partitions.at(-1)!.value, dateFormat);
  return `${first}_${last}_${hash.digest('hex').slice(0, 20)}`;
}

/**
 * Neighbouring partitions in groups of about equal weight.
 * @param rows of all; they decide how many groups there are
 */
export function pack<P>(
  partitions: readonly P[],
  weightOf: (partition: P) => number,
  rows: number,
  columns: number,
  { executors, memoryBytes }: Sizing,
): P[][] {
  if (partitions.length === 0) return [];
  const most = (memoryBytes * arrayShare) / (sortingBytes + 20 * columns);
  const forMemory = Math.ceil(rows / most);
  const forExecutors = executorsFor(rows, executors);
  const groups = Math.min(partitions.length, Math.max(1, forMemory, forExecutors));
  return evenly(partitions, weightOf, groups);
}

/** Neighbours in groups of about equal weight: about as many groups as are asked for, and none empty. */
export function evenly<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  groups: number,
): T[][] {
  const target = items.reduce((sum, item) => sum + weightOf(item), 0) / groups;
  const packed: T[][] = [[]];
  let weight = 0;
  for (const item of items) {
    const own = weightOf(item);
    if (weight > 0 && weight + own / 2 > target * packed.length) packed.push([]);
    packed.at(-1)!.push(item);
    weight += own;
  }
  return packed;
}

export function bytesOf(partitions: readonly TablePartition[]): number {
  return partitions.reduce((sum, { files }) => sum + filesBytes(files), 0);
}

function filesBytes(files: readonly DataFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function scanFiles(partitions: readonly TablePartition[]): ScanFile[] {
  return partitions.flatMap(({ value, files }) =>
    files.map(({ path }) => ({ path, partition: value })),
  );
}

/**
 * Partitions of each step, in order. With `stepDays`, calendar days counted from the first one;
 * without, 30 partitions a step.
 */
export function splitSteps(
  partitions: readonly string[],
  stepDays: number | null,
  dateFormat: string,
): string[][] {
  const steps = new Map<number, string[]>();
  partitions.forEach((value, i) => {
    const start = dayOf(partitions[0]!, dateFormat);
    const step =
      stepDays === null
        ? Math.floor(i / 30)
        : Math.floor((dayOf(value, dateFormat) - start) / stepDays);
    const members = steps.get(step) ?? [];
    members.push(value);
    steps.set(step, members);
  });
  return [...steps.values()];
}
