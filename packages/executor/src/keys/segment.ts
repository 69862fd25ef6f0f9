/**
 * A segment: some files of one source, its rows grouped by key in ascending order of key hash, and
 * inside a key in (time, partition, values) order. A KeyBucket, the hashes that share their top
 * bits, is therefore one contiguous range of a segment, whatever the number of KeyBuckets.
 *
 *   segment.json      this header
 *   keys.parquet      one row per run of equal keys: __hash, then the key columns
 *   data.bin          the sections of the header, little endian, each 8-byte aligned
 *   values-<i>.parquet  the dictionary of an ordinal column, ascending
 */
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Column, DataNotes } from '@hindcast/shared/plan/task';
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
  readonly notes: DataNotes;
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
  notes: DataNotes,
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
    notes,
    sections,
  };
  writeFileSync(join(folder, 'segment.json'), JSON.stringify(header));
  return offset;
}

export function readHeader(folder: string): SegmentHeader {
  return JSON.parse(readFileSync(join(folder, 'segment.json'), 'utf8')) as SegmentHeader;
}

/** One KeyBucket of a segment. `firstRun` is the number of its first run within the segment. */
export interface SegmentRange {
  readonly header: SegmentHeader;
  readonly firstRun: number;
  /** First row of each run relative to the range, and the number of rows at the end. */
  readonly runs: Uint32Array;
  readonly times: Float64Array;
  readonly days: Int32Array | null;
  readonly values: readonly ValueColumn[];
  readonly bytes: number;
}

/** Reads the runs of KeyBucket `index` of 2^`bits`, and nothing else. */
export function readSegment(folder: string, index: number, bits: number): SegmentRange {
  const header = readHeader(folder);
  const file = openSync(join(folder, 'data.bin'), 'r');
  let bytes = 0;
  const read = <T extends Section>(
    make: { new (buffer: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number },
    section: string,
    from: number,
    to: number,
  ): T => {
    const [offset] = header.sections[section]!;
    const length = (to - from) * make.BYTES_PER_ELEMENT;
    const buffer = new ArrayBuffer(length);
    let done = 0;
    while (done < length) {
      const start = offset + from * make.BYTES_PER_ELEMENT + done;
      const count = readSync(file, new Uint8Array(buffer), done, length - done, start);
      if (count === 0) throw new Error(`${folder}: ${section} is truncated`);
      done += count;
    }
    bytes += length;
    return new make(buffer);
  };
  try {
    const prefixes = read(Uint32Array, 'prefixes', 0, (1 << prefixBits) + 1);
    const firstRun = prefixes[index << (prefixBits - bits)]!;
    const lastRun = prefixes[(index + 1) << (prefixBits - bits)]!;
    const runs = read(Uint32Array, 'runs', firstRun, lastRun + 1);
    const [first, last] = [runs[0]!, runs[runs.length - 1]!];
    for (let i = 0; i < runs.length; i++) runs[i]! -= first;
    return {
      header,
      firstRun,
      runs,
      times: read(Float64Array, 'times', first, last),
      days: header.misplaced ? read(Int32Array, 'days', first, last) : null,
      values: header.columns.map(({ encoding }, i) => ({
        encoding,
        data:
          encoding === 'int64'
            ? read(BigInt64Array, `value-${i}`, first, last)
            : read(Float64Array, `value-${i}`, first, last),
        valid: `valid-${i}` in header.sections ? read(Uint8Array, `valid-${i}`, first, last) : null,
      })),
      get bytes() {
        return bytes;
      },
    };
  } finally {
    closeSync(file);
  }
}
