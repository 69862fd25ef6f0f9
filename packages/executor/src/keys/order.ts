/**
 * Ordering rows of typed arrays: a stable least-significant-digit radix sort of a permutation
 * (Knuth, TAOCP vol. 3, 5.2.5), and the numbering of 64-bit key hashes.
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

/** Numbers 64-bit hashes 0, 1, … in order of first appearance; open addressing, linear probing. */
export class HashNumbers {
  size = 0;
  /** Four words a slot: the hash's low and high half, number + 1 (0: free), unused. */
  private slots = new Int32Array(4096 * 4);
  private mask = 4095;
  /** Slot of each number. */
  private slotOf = new Int32Array(2048);

  /**
   * Writes the number of each of `rows` hashes (two words each, low half first) to `out[at …]`;
   * −1 for rows whose bit in `validity` is 0.
   */
  number(
    words: Int32Array,
    rows: number,
    validity: Uint8Array | null,
    out: Int32Array,
    at: number,
  ): void {
    if (this.size + rows > this.slotOf.length) this.grow(this.size + rows);
    const { slots, mask } = this;
    for (let i = 0; i < rows; i++) {
      if (validity !== null && ((validity[i >> 3]! >> (i & 7)) & 1) === 0) {
        out[at + i] = -1;
        continue;
      }
      const low = words[2 * i]!;
      const high = words[2 * i + 1]!;
      let slot = ((low ^ Math.imul(high, 0x9e37_79b1)) & mask) << 2;
      for (;;) {
        const number = slots[slot + 2]!;
        if (number === 0) {
          slots[slot] = low;
          slots[slot + 1] = high;
          slots[slot + 2] = this.size + 1;
          this.slotOf[this.size] = slot;
          out[at + i] = this.size++;
          break;
        }
        if (slots[slot] === low && slots[slot + 1] === high) {
          out[at + i] = number - 1;
          break;
        }
        slot = (slot + 4) & ((mask << 2) | 3);
      }
    }
  }

  /** Number → position of its hash in ascending (unsigned) order. */
  ranks(): Int32Array {
    const low = new Uint32Array(this.size);
    const high = new Uint32Array(this.size);
    for (let number = 0; number < this.size; number++) {
      low[number] = this.slots[this.slotOf[number]!]!;
      high[number] = this.slots[this.slotOf[number]! + 1]!;
    }
    const order = radixSort(radixSort(identity(this.size), low), high);
    const ranks = new Int32Array(this.size);
    for (let i = 0; i < order.length; i++) ranks[order[i]!] = i;
    return ranks;
  }

  /** Makes room for `size` numbers at a load of at most one half. */
  private grow(size: number): void {
    let capacity = this.slotOf.length;
    while (capacity < size) capacity *= 2;
    const old = this.slots;
    this.mask = capacity * 2 - 1;
    this.slots = new Int32Array(capacity * 2 * 4);
    const slotOf = new Int32Array(capacity);
    for (let number = 0; number < this.size; number++) {
      const from = this.slotOf[number]!;
      const low = old[from]!;
      const high = old[from + 1]!;
      let slot = ((low ^ Math.imul(high, 0x9e37_79b1)) & this.mask) << 2;
      while (this.slots[slot + 2] !== 0) slot = (slot + 4) & ((this.mask << 2) | 3);
      this.slots[slot] = low;
      this.slots[slot + 1] = high;
      this.slots[slot + 2] = number + 1;
      slotOf[number] = slot;
    }
    this.slotOf = slotOf;
  }
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
