/** Bytes of a segment's data that one KeyBucket needs (keys/segment.ts). */
import type { KeyBucket } from '@hindcast/shared/plan/task';
import { prefixBits, type SegmentHeader } from '../keys/segment.js';
import type { Ranges } from './ranges.js';

/** Of the section of prefixes. */
const prefixBytes = ((1 << prefixBits) + 1) * 4;

export function prefixRange({ sections }: SegmentHeader): Ranges {
  return sectionRange(sections['prefixes']!, 0, prefixBytes);
}

/** @param prefixes the section of that name */
export function runsOf(
  prefixes: Uint32Array,
  { index, bits }: KeyBucket,
): readonly [number, number] {
  const shift = prefixBits - bits;
  return [prefixes[index << shift]!, prefixes[(index + 1) << shift]!];
}

/** Where runs begin, one more than there are. */
export function runsRange(
  { sections }: SegmentHeader,
  [first, last]: readonly [number, number],
): Ranges {
  return sectionRange(sections['runs']!, first * 4, (last + 1) * 4);
}

/** The rows of all sections that have one value a row. */
export function rowRanges(
  { sections, rows }: SegmentHeader,
  [first, last]: readonly [number, number],
): Ranges {
  if (rows === 0) return [];
  return Object.entries(sections).flatMap(([name, section]) => {
    if (name === 'runs' || name === 'prefixes') return [];
    const width = section[1] / rows;
    return sectionRange(section, first * width, last * width);
  });
}

function sectionRange(
  [offset]: readonly [offset: number, bytes: number],
  from: number,
  to: number,
): Ranges {
  return from === to ? [] : [{ from: offset + from, to: offset + to }];
}
