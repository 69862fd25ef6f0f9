/**
 * Numbers keys of fixed width 0, 1, … in order of first appearance: open addressing with linear
 * probing (Knuth, TAOCP vol. 3, 6.4). Keys are 64-bit hashes or integers, or DuckDB's inlined strings.
 */
import { isLong } from '@hindcast/shared/table/column-type';
import { identity, radixSort } from './order.js';

/** 32-bit words of a key: a hash or an integer, or a string of at most 12 bytes with its length. */
export type KeyWords = 2 | 4;

/** Words of a DuckDB type whose values are words themselves, if `areInline`; null for others. */
export function wordsOf(type: string): KeyWords | null {
  if (type === 'VARCHAR') return 4;
  return isLong(type) ? 2 : null;
}

/** SQL of the words of a key column of such a type. */
export function wordsSql(column: string, words: KeyWords): string {
  return words === 4 ? column : `${column}::BIGINT`;
}

/**
 * Whether the words say all: DuckDB keeps strings of at most 12 bytes inline, padded with zeros; the
 * first word is the length.
 */
export function areInline(words: Int32Array, rows: number, width: KeyWords): boolean {
  if (width === 2) return true;
  for (let i = 0; i < rows; i++) if (words[4 * i]! > 12) return false;
  return true;
}

export class KeyNumbers {
  size = 0;
  private capacity = 4096;
  /** Number + 1 by slot; 0 where the slot is free. */
  private slots = new Int32Array(2 * this.capacity);
  /** Key words by number. */
  private keys: Int32Array;

  constructor(private readonly width: KeyWords) {
    this.keys = new Int32Array(this.capacity * width);
  }

  /** Number of each of `rows` keys; −1 for rows whose bit in `validity` is 0 (null: all are valid). */
  number(words: Int32Array, rows: number, validity: Uint8Array | null): Int32Array {
    if (this.size + rows > this.capacity) this.grow(this.size + rows);
    return this.look(words, rows, validity, true);
  }

  /** Number of each of `rows` keys; −1 for keys that have none. */
  find(words: Int32Array, rows: number): Int32Array {
    return this.look(words, rows, null, false);
  }

  /**
   * First every key's home slot and who is there, then the comparisons: loads that don't wait for each
   * other overlap in memory.
   */
  private look(
    words: Int32Array,
    rows: number,
    validity: Uint8Array | null,
    add: boolean,
  ): Int32Array {
    const out = new Int32Array(rows);
    if (this.width === 2) this.look2(words, validity, out, add);
    else this.look4(words, validity, out, add);
    return out;
  }

  private look2(
    words: Int32Array,
    validity: Uint8Array | null,
    out: Int32Array,
    add: boolean,
  ): void {
    const { slots, keys } = this;
    const mask = slots.length - 1;
    const homes = homesOf(out.length);
    for (let i = 0; i < out.length; i++) {
      homes[i] = mix(words[2 * i]!, words[2 * i + 1]!) & mask;
      out[i] = slots[homes[i]!]! - 1;
    }
    for (let i = 0; i < out.length; i++) {
      if (validity !== null && ((validity[i >> 3]! >> (i & 7)) & 1) === 0) {
        out[i] = -1;
        continue;
      }
      const a = words[2 * i]!;
      const b = words[2 * i + 1]!;
      const likely = out[i]!;
      if (likely >= 0 && keys[2 * likely] === a && keys[2 * likely + 1] === b) continue;
      for (let slot = homes[i]!; ; slot = (slot + 1) & mask) {
        const number = slots[slot]! - 1;
        if (number < 0) {
          out[i] = add ? this.size : -1;
          if (!add) break;
          keys[2 * this.size] = a;
          keys[2 * this.size + 1] = b;
          slots[slot] = ++this.size;
          break;
        }
        if (keys[2 * number] === a && keys[2 * number + 1] === b) {
          out[i] = number;
          break;
        }
      }
    }
  }

  private look4(
    words: Int32Array,
    validity: Uint8Array | null,
    out: Int32Array,
    add: boolean,
  ): void {
    const { slots, keys } = this;
    const mask = slots.length - 1;
    const homes = homesOf(out.length);
    for (let i = 0; i < out.length; i++) {
      const w = 4 * i;
      const h = mix(mix(words[w]!, words[w + 1]!), mix(words[w + 2]!, words[w + 3]!)) & mask;
      homes[i] = h;
      out[i] = slots[h]! - 1;
    }
    for (let i = 0; i < out.length; i++) {
      if (validity !== null && ((validity[i >> 3]! >> (i & 7)) & 1) === 0) {
        out[i] = -1;
        continue;
      }
      const a = words[4 * i]!;
      const b = words[4 * i + 1]!;
      const c = words[4 * i + 2]!;
      const d = words[4 * i + 3]!;
      const likely = 4 * out[i]!;
      if (likely >= 0 && keys[likely + 1] === b && keys[likely] === a) {
        if (keys[likely + 2] === c && keys[likely + 3] === d) continue;
      }
      for (let slot = homes[i]!; ; slot = (slot + 1) & mask) {
        const number = slots[slot]! - 1;
        if (number < 0) {
          out[i] = add ? this.size : -1;
          if (!add) break;
          const k = 4 * this.size;
          keys[k] = a;
          keys[k + 1] = b;
          keys[k + 2] = c;
          keys[k + 3] = d;
          slots[slot] = ++this.size;
          break;
        }
        const k = 4 * number;
        if (keys[k + 1] === b && keys[k + 2] === c && keys[k + 3] === d && keys[k] === a) {
          out[i] = number;
          break;
        }
      }
    }
  }

  /** The numbered keys, by number. */
  words(): Int32Array {
    return this.keys.subarray(0, this.size * this.width);
  }

  /** Number → position of its key in ascending order, for keys that are unsigned 64-bit hashes. */
  ranks(): Int32Array {
    const low = new Uint32Array(this.size);
    const high = new Uint32Array(this.size);
    for (let number = 0; number < this.size; number++) {
      low[number] = this.keys[2 * number]!;
      high[number] = this.keys[2 * number + 1]!;
    }
    const order = radixSort(radixSort(identity(this.size), low), high);
    const ranks = new Int32Array(this.size);
    for (let i = 0; i < order.length; i++) ranks[order[i]!] = i;
    return ranks;
  }

  /** Makes room for `size` numbers at a load of at most one half. */
  private grow(size: number): void {
    while (this.capacity < size) this.capacity *= 2;
    const { width } = this;
    const keys = new Int32Array(this.capacity * width);
    keys.set(this.words());
    this.keys = keys;
    const slots = new Int32Array(2 * this.capacity);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      const k = number * width;
      const first = mix(keys[k]!, keys[k + 1]!);
      let slot = (width === 2 ? first : mix(first, mix(keys[k + 2]!, keys[k + 3]!))) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.slots = slots;
  }
}

/** Where the search of each key begins; valid until the next call. */
let homes = new Int32Array(2048);

function homesOf(rows: number): Int32Array {
  if (homes.length < rows) homes = new Int32Array(rows);
  return homes;
}

/** 32 well-mixed bits of two words: multiplications of xxHash32 (Collet), shifts of murmur3's end. */
function mix(a: number, b: number): number {
  const h = Math.imul(a, 0x9e37_79b1) ^ Math.imul(b, 0x85eb_ca77);
  const g = Math.imul(h ^ (h >>> 15), 0xc2b2_ae3d);
  return g ^ (g >>> 13);
}
