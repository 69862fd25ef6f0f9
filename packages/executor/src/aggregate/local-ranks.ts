/**
 * Values of each key as small integers: the rank of a value among its key's distinct values. Counting
 * by rank needs an array as long as one key has values, which stays in cache.
 */
import type { ValueColumn } from '../keys/values.js';

export interface LocalRanks {
  /** First position of each group (the events of one key), and the number of positions at the end. */
  readonly groups: Uint32Array;
  /** Per position, from 0 in ascending order of values (−0 is 0, NaN greatest); −1 where NULL. */
  readonly ranks: Int32Array;
  /** `holders[groups[g] + rank]` is a position of group g that has this rank. */
  readonly holders: Int32Array;
  /** Distinct values per group. */
  readonly sizes: Uint32Array;
  readonly largest: number; // of sizes
}

export function rankLocally({ data, valid }: ValueColumn, groups: Uint32Array): LocalRanks {
  const ranks = new Int32Array(data.length).fill(-1);
  const holders = new Int32Array(data.length);
  const sizes = new Uint32Array(Math.max(0, groups.length - 1));
  let longest = 0;
  for (let g = 0; g < sizes.length; g++) longest = Math.max(longest, groups[g + 1]! - groups[g]!);
  const sorted =
    data instanceof Float64Array ? new Float64Array(longest) : new BigInt64Array(longest);
  let largest = 0;
  for (let g = 0; g < sizes.length; g++) {
    const from = groups[g]!;
    const to = groups[g + 1]!;
    let size = 0;
    for (let i = from; i < to; i++) {
      // Adding 0 makes 0 of −0.
      if (valid === null || valid[i] === 1)
        sorted[size++] = data instanceof Float64Array ? data[i]! + 0 : data[i]!;
    }
    size = sortDistinct(sorted, size);
    for (let i = from; i < to; i++) {
      if (valid !== null && valid[i] === 0) continue;
      const rank = rankOf(sorted, size, data[i]!);
      ranks[i] = rank;
      holders[from + rank] = i;
    }
    sizes[g] = size;
    largest = Math.max(largest, size);
  }
  return { groups, ranks, holders, sizes, largest };
}

type Values = Float64Array | BigInt64Array;

const short = 24;

/** Sorts the first `length` values, the distinct ones to the front. Returns how many these are. */
function sortDistinct(values: Values, length: number): number {
  if (length > short) values.subarray(0, length).sort();
  else insertionSort(values, length);
  let size = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (
      size > 0 &&
      (values[size - 1] === value || (unordered(values[size - 1]!) && unordered(value)))
    )
      continue;
    values[size++] = value;
  }
  return size;
}

function unordered(value: number | bigint): boolean {
  // biome-ignore lint/suspicious/noSelfCompare: only NaN differs from itself, and no bigint does
  return value !== value;
}

function insertionSort(values: Values, length: number): void {
  for (let i = 1; i < length; i++) {
    const value = values[i]!;
    let j = i - 1;
    for (; j >= 0 && (values[j]! > value || (unordered(values[j]!) && !unordered(value))); j--)
      values[j + 1] = values[j]!;
    values[j + 1] = value;
  }
}

function rankOf(sorted: Values, size: number, value: number | bigint): number {
  if (unordered(value)) return size - 1;
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
