/**
 * A segment: some files of one source, its rows grouped by key in ascending order of key hash, and
 * inside a key in (time, partition, values) order. A KeyBucket, the hashes that share their top
 * bits, is therefore one contiguous range of a segment, whatever the number of KeyBuckets.
 *
 *   segment.json      this header
 *   keys.parquet      one row per run of equal keys: __hash, then the key columns
 *   data.bin          the sections of the header, little endian, each 8-byte aligned
 *   values-<i>.parquet  the dictionary of an ordinal column, ascending
 *   notes.json        what was noticed in the data
 */
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import type { Column } from '@hindcast/shared/plan/task';
import type { ValueColumn, ValueEncoding } from './values.js';

/** Part of every fingerprint: a new layout never meets old files. */
export const segmentFormat = 1;

/** Hash prefixes that the header indexes; more KeyBuckets than this cannot be had. */
export const prefixBits = 12;

export interface SegmentHeader {
  readonly format: number;
  readonly rows: number;
  readonly runs: number;
  readonly columns: readonly (Column & { readonly encoding: ValueEncoding })[];
  /** True when a partition differs from its event's date somewhere; then `days` is there. */
  readonly misplaced: boolean;
  /** Byte offset and length of each section of data.bin. */
  readonly sections: Readonly<Record<string, readonly [offset: number, bytes: number]>>;
}

export interface SegmentContent {
  readonly times: Float64Array;
  /** Each row's partition, days since epoch; null when it is always the time's date. */
  readonly days: Int32Array | null;
  /** First row of each run, and the number of rows at the end. */
  readonly runs: Uint32Array;
  /** First run of each hash prefix, and the number of runs at the end. */
  readonly prefixes: Uint32Array;
  readonly values: readonly ValueColumn[];
}

type Section = Float64Array | BigInt64Array | Uint32Array | Int32Array | Uint8Array;

/** Writes header and data; keys and dictionaries are DuckDB's to write. */
export function writeSegment(
  folder: string,
  content: SegmentContent,
  columns: readonly Column[],
): number {
  const parts: [string, Section][] = [
    ['times', content.times],
    ['runs', content.runs],
    ['prefixes', content.prefixes],
  ];
  if (content.days !== null) parts.push(['days', content.days]);
  content.values.forEach((column, i) => {
    parts.push([`value-${i}`, column.data]);
    if (column.valid !== null) parts.push([`valid-${i}`, column.valid]);
  });
  const sections: Record<string, [number, number]> = {};
  const file = openSync(join(folder, 'data.bin'), 'w');
  let offset = 0;
  try {
    for (const [name, array] of parts) {
      writeSync(file, array, 0, array.byteLength, offset);
      sections[name] = [offset, array.byteLength];
      offset = Math.ceil((offset + array.byteLength) / 8) * 8;
    }
  } finally {
    closeSync(file);
  }
  const header: SegmentHeader = {
    format: segmentFormat,
    rows: content.times.length,
    runs: content.runs.length - 1,
    columns: columns.map((column, i) => ({ ...column, encoding: content.values[i]!.encoding })),
    misplaced: content.days !== null,
    sections,
  };
  writeFileSync(join(folder, 'segment.json'), JSON.stringify(header));
  return offset;
}

export function readHeader(folder: string): SegmentHeader {
  const text = readFileSync(join(folder, 'segment.json'), 'utf8');
  try {
    return JSON.parse(text) as SegmentHeader;
  } catch {
    throw damaged(folder);
  }
}

/**
 * One KeyBucket of a segment. Its rows are read when they are asked for, into memory that the next
 * range uses again: an array is valid until the next call of the same method of any range.
 */
export interface SegmentRange {
  /** Number of its first run within the segment. */
  readonly firstRun: number;
  /** First row of each run relative to the range, and the number of rows at the end. */
  readonly runs: Uint32Array;
  readonly columns: readonly { readonly encoding: ValueEncoding; readonly hasNulls: boolean }[];
  /** Whether partitions differ from the times' dates somewhere; `days` is not to be called otherwise. */
  readonly misplaced: boolean;
  readonly bytes: number; // of all its rows
  times(): Float64Array;
  days(): Int32Array;
  values(column: number): ValueColumn;
}

/** Memory of the last read, by what is read. */
const scratch = new Map<string, ArrayBuffer>();

function scratchOf(use: string, bytes: number): ArrayBuffer {
  let buffer = scratch.get(use);
  if (buffer === undefined || buffer.byteLength < bytes) {
    buffer = new ArrayBuffer(bytes);
    scratch.set(use, buffer);
  }
  return buffer;
}

/** Finds the runs of KeyBucket `index` of 2^`bits`. */
export function openSegment(folder: string, index: number, bits: number): SegmentRange {
  const header = readHeader(folder);
  const read = (section: string, width: number, from: number, to: number, buffer: ArrayBuffer) => {
    const start = header.sections[section]![0] + from * width;
    readBytes(folder, new Uint8Array(buffer, 0, (to - from) * width), start);
  };
  const prefixes = new Uint32Array((1 << prefixBits) + 1);
  read('prefixes', 4, 0, prefixes.length, prefixes.buffer);
  const firstRun = prefixes[index << (prefixBits - bits)]!;
  const lastRun = prefixes[(index + 1) << (prefixBits - bits)]!;
  const runs = new Uint32Array(lastRun - firstRun + 1);
  read('runs', 4, firstRun, lastRun + 1, runs.buffer);
  const [first, last] = [runs[0]!, runs[runs.length - 1]!];
  for (let i = 0; i < runs.length; i++) runs[i]! -= first;
  const rows = last - first;
  const rowsOf = (section: string, width: number, use: string): ArrayBuffer => {
    const buffer = scratchOf(use, rows * width);
    read(section, width, first, last, buffer);
    return buffer;
  };
  const columns = header.columns.map(({ encoding }, i) => ({
    encoding,
    hasNulls: `valid-${i}` in header.sections,
  }));
  const nullable = columns.filter(({ hasNulls }) => hasNulls).length;
  return {
    firstRun,
    runs,
    columns,
    misplaced: header.misplaced,
    bytes: rows * (8 + (header.misplaced ? 4 : 0) + 8 * columns.length + nullable),
    times: () => new Float64Array(rowsOf('times', 8, 'times'), 0, rows),
    days: () => new Int32Array(rowsOf('days', 4, 'days'), 0, rows),
    values: (i) => {
      const { encoding, hasNulls } = columns[i]!;
      const data = rowsOf(`value-${i}`, 8, 'values');
      return {
        encoding,
        data:
          encoding === 'int64' ? new BigInt64Array(data, 0, rows) : new Float64Array(data, 0, rows),
        valid: hasNulls ? new Uint8Array(rowsOf(`valid-${i}`, 1, 'valid'), 0, rows) : null,
      };
    },
  };
}

function readBytes(folder: string, target: Uint8Array, start: number): void {
  const file = openSync(join(folder, 'data.bin'), 'r');
  try {
    for (let done = 0; done < target.length; ) {
      const count = readSync(file, target, done, target.length - done, start + done);
      if (count === 0) throw damaged(folder);
      done += count;
    }
  } finally {
    closeSync(file);
  }
}

export function damaged(folder: string): HindcastError {
  return new HindcastError('storage', `${folder}: the KeyBucket is damaged`, {
    hint: 'Delete the folder: it is made again.',
  });
}
