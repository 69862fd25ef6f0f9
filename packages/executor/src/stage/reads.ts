/**
 * What a task reads, as data: derived from the task by its kind, before it runs. Where it is in doubt
 * which columns a query needs, it needs all of them.
 */
import {
  type BucketSourceTask,
  type JoinTask,
  type KeyBucket,
  type LeftScan,
  mutationTimeColumn,
  type Scan,
  type ScanFile,
  segmentTasks,
  type Task,
} from '@hindcast/shared/plan/task';
import { isS3Url } from '@hindcast/shared/store/s3-location';
import { valueKind } from '../keys/values.js';
import { identifiersOf } from './identifiers.js';

/** One object or folder, as tasks name it, and how much of it. */
export type Read =
  /** `columns`: names in lower case; none of them means the footer. */
  | {
      readonly kind: 'parquet';
      readonly path: string;
      readonly columns: ReadonlySet<string> | 'all';
    }
  /** Rows of a Parquet file in order of `__hash` that are in the KeyBucket. */
  | { readonly kind: 'bucket-rows'; readonly path: string; readonly bucket: KeyBucket }
  | { readonly kind: 'whole'; readonly path: string }
  /** Events of a segment that are in the KeyBucket. */
  | { readonly kind: 'segment-data'; readonly folder: string; readonly bucket: KeyBucket }
  /** One KeyBucket of what `bucket-left` wrote. */
  | { readonly kind: 'split'; readonly folder: string; readonly below: string };

/** Whether it is named by a URL, which a mirror keeps, wherever the warehouse is. */
export function isMirrored(read: Read): boolean {
  return isS3Url('path' in read ? read.path : read.folder);
}

export function readsOf(task: Task): Read[] {
  switch (task.kind) {
    case 'describe':
      return task.scans.flatMap(({ files }) => footersOf(files));
    case 'describe-derivations':
    case 'import':
      return [];
    case 'left-range':
      return leftRangeReads(task.left);
    case 'key-range':
      return task.sources.flatMap(({ scan, files }) => {
        const keys = selected(scan, names(task.keys));
        const times = task.timed ? timesOf(scan) : new Set<string>();
        return columnsOf(files, [keys, times, filtersOf(scan), partialOf(scan)]);
      });
    case 'bucket-source':
    case 'bucket-sources':
      return segmentTasks(task).flatMap(sourceReads);
    case 'bucket-left':
      return leftReads(task.left);
    case 'find-row':
      return leftReads(task.left, [task.where]);
    case 'key-events':
      return [...sourceReads(task.source), ...leftReads(task.left)];
    case 'join':
      return joinReads(task);
    case 'explain-row':
      return [
        ...joinReads(task.join),
        ...task.sources.flatMap(({ files }) => files.map(({ path }) => all(path))),
      ];
    case 'count-keys':
      return task.segments.map((folder) => all(`${folder}/keys.parquet`));
    case 'assemble':
      return [`${task.left}/base.parquet`, ...task.keySets.flat()].map(whole);
    case 'statistics':
      return task.partitions.flatMap(({ files }) => files.map(whole));
    case 'describe-query':
      return task.tables.flatMap(({ files }) => footersOf(files));
    case 'query':
    case 'staging-query':
      return task.tables.flatMap(({ files }) => files.map(({ path }) => all(path)));
  }
}

const all = (path: string): Read => ({ kind: 'parquet', path, columns: 'all' });
const whole = (path: string): Read => ({ kind: 'whole', path });
const names = (columns: readonly { readonly name: string }[]): string[] =>
  columns.map(({ name }) => name);

export function footersOf(files: readonly ScanFile[]): Read[] {
  return files.map(({ path }) => ({ kind: 'parquet', path, columns: new Set() }));
}

/** Times and filters of some files: what tells whether times are in milliseconds. */
export function timeReads(scan: Scan, files: readonly ScanFile[]): Read[] {
  return columnsOf(files, [timesOf(scan), filtersOf(scan), partialOf(scan)]);
}

/** Every byte of the files. */
export function wholeReads(files: readonly ScanFile[]): Read[] {
  return files.map(({ path }) => whole(path));
}

function columnsOf(files: readonly ScanFile[], sets: readonly ReadonlySet<string>[]): Read[] {
  const columns = new Set(sets.flatMap((set) => [...set]));
  return files.map(({ path }) => ({ kind: 'parquet', path, columns }));
}

/** The time, and the partition, which some tables' files hold as well. */
function timesOf({ time, partitionColumn, selects }: Scan): Set<string> {
  const expression = time.kind === 'expression' ? time.expression : '';
  const changed = selects?.[mutationTimeColumn] ?? '';
  return new Set([...identifiersOf([expression, changed]), partitionColumn.toLowerCase()]);
}

function filtersOf({ wheres }: Scan): Set<string> {
  return identifiersOf(wheres);
}

/** Columns that some files lack come through a union, whose other columns are looked at, too. */
function partialOf({ partial }: Scan): Set<string> {
  return new Set(partial.map(({ name }) => name.toLowerCase()));
}

/** What output columns of a scan are made of: their expressions, or columns of that name. */
function selected({ selects }: Scan, wanted: readonly string[]): Set<string> {
  const expressions = wanted.map((name) => selects?.[name] ?? '');
  return new Set([...identifiersOf(expressions), ...wanted.map((name) => name.toLowerCase())]);
}

function everySelect({ selects }: Scan): Set<string> {
  return identifiersOf(Object.values(selects ?? {}));
}

function leftRangeReads({ scan, files, columns, skewKeys, bootstrap }: LeftScan): Read[] {
  const skewed = [...names(columns), ...Object.keys(skewKeys)];
  return [
    ...columnsOf(files, [timesOf(scan), filtersOf(scan), selected(scan, skewed)]),
    ...bootstrapReads(bootstrap),
  ];
}

function bootstrapReads(bootstrap: LeftScan['bootstrap']): Read[] {
  return (bootstrap?.tables ?? []).flatMap(({ scan, files, keys, columns }) =>
    columnsOf(files, [
      timesOf(scan),
      filtersOf(scan),
      selected(scan, [...names(keys), ...names(columns)]),
      partialOf(scan),
    ]),
  );
}

function leftReads(left: LeftScan, further: readonly string[] = []): Read[] {
  const { scan, files, columns } = left;
  return [
    ...columnsOf(files, [
      timesOf(scan),
      filtersOf(scan),
      everySelect(scan),
      selected(scan, [...names(columns), ...Object.keys(left.skewKeys)]),
      identifiersOf(further),
      partialOf(scan),
    ]),
    ...bootstrapReads(left.bootstrap),
  ];
}

function sourceReads(task: Omit<BucketSourceTask, 'output'>): Read[] {
  const { scan, files, keys, values } = task;
  return columnsOf(files, [
    timesOf(scan),
    filtersOf(scan),
    everySelect(scan),
    selected(scan, [...names(keys), ...names(values)]),
    partialOf(scan),
  ]);
}

function joinReads(task: JoinTask): Read[] {
  const { left, bucket, parts } = task;
  const reads: Read[] = [];
  if (left.kind === 'scan') reads.push(...leftReads(left.left));
  if (left.kind === 'split') {
    const below = `keyset-${left.keySet}/__kb=${bucket.index}/`;
    reads.push(...left.folders.map((folder): Read => ({ kind: 'split', folder, below })));
  }
  for (const { segments, aggregates, values } of parts) {
    for (const folder of segments) {
      const rows = `${folder}/${aggregates === null ? 'rows' : 'keys'}.parquet`;
      reads.push({ kind: 'bucket-rows', path: rows, bucket });
      if (aggregates === null) continue;
      reads.push({ kind: 'segment-data', folder, bucket });
      for (const [i, { type }] of values.entries())
        if (valueKind(type) === 'ordinal') reads.push(whole(`${folder}/values-${i}.parquet`));
    }
  }
  return reads;
}
