/**
 * Ordering rows of typed arrays: a stable least-significant-digit radix sort of a permutation
 * (Knuth, TAOCP vol. 3, 5.2.5), and grouping by number.
 */

const digitBits = 11;
const digits = 1 << digitBits;

/** The permutation 0, 1, …, n − 1. */
export function identity(length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  return order;
}

/** Reorders `order` by `keys[order[i]]`, keeping the order of equal keys. Returns the new order. */
export function radixSort(order: Uint32Array, keys: Uint32Array): Uint32Array {
  const n = order.length;
  let from = order;
  let to: Uint32Array = new Uint32Array(n);
  const counts = new Uint32Array(digits);
  for (let shift = 0; shift < 32; shift += digitBits) {
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[(keys[i]! >>> shift) & (digits - 1)]!++;
    if (n === 0 || counts[(keys[0]! >>> shift) & (digits - 1)] === n) continue;
    let start = 0;
    for (let digit = 0; digit < digits; digit++) {
      const count = counts[digit]!;
      counts[digit] = start;
      start += count;
    }
    for (let i = 0; i < n; i++) {
      const row = from[i]!;
      to[counts[(keys[row]! >>> shift) & (digits - 1)]!++] = row;
    }
    [from, to] = [to, from];
  }
  return from;
}

/**
 * Groups rows by number: `starts[g] … starts[g + 1]` (exclusive) of `order` are group g's rows, in
 * the order in which `order` had them. Rows numbered −1 are left out.
 */
export function groupRows(
  numbers: Int32Array,
  groups: number,
  order: Uint32Array,
): { readonly order: Uint32Array; readonly starts: Uint32Array } {
  const starts = new Uint32Array(groups + 1);
  for (let i = 0; i < numbers.length; i++) if (numbers[i]! >= 0) starts[numbers[i]! + 1]!++;
  for (let g = 0; g < groups; g++) starts[g + 1]! += starts[g]!;
  const next = starts.slice(0, groups);
  const grouped = new Uint32Array(starts[groups]!);
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    const group = numbers[row]!;
    if (group >= 0) grouped[next[group]!++] = row;
  }
  return { order: grouped, starts };
}

/** Puts every group's rows in ascending order of `times[row]`. Most are nearly so already. */
export function sortGroups(order: Uint32Array, starts: Uint32Array, times: Float64Array): void {
  for (let g = 0; g + 1 < starts.length; g++) {
    const end = starts[g + 1]!;
    for (let i = starts[g]! + 1; i < end; i++) {
      if (times[order[i - 1]!]! <= times[order[i]!]!) continue;
      order.subarray(starts[g]!, end).sort((a, b) => times[a]! - times[b]! || a - b);
      break;
    }
  }
}
