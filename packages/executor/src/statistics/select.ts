/** What a few places of an array would hold if it were in order, without putting all of it in order. */

const fewNumbers = 12;

/** At most so many cells, of numbers whose upper words begin alike. */
const cellBits = 12;
const cells = new Int32Array((1 << cellBits) + 1);
let gathered = new Float64Array(1024);

/**
 * Only numbers of cells in which places lie are looked at closely.
 * @param numbers none is NaN or -0
 * @param places ascending
 */
export function numbersAt(
  numbers: Float64Array,
  count: number,
  places: readonly number[],
): number[] {
  const words = new Int32Array(numbers.buffer, numbers.byteOffset, 2 * count);
  // Upper words, in the order of the numbers.
  let least = 0xffff_ffff;
  let greatest = 0;
  for (let i = 1; i < words.length; i += 2) {
    const upper = (words[i]! ^ ((words[i]! >> 31) | (1 << 31))) >>> 0;
    if (upper < least) least = upper;
    if (upper > greatest) greatest = upper;
  }
  const dropped = Math.max(0, 32 - cellBits - Math.clz32(greatest - least));
  const from = least >>> dropped;
  const last = (greatest >>> dropped) - from;
  for (let i = 1; i < words.length; i += 2) {
    const upper = words[i]! ^ ((words[i]! >> 31) | (1 << 31));
    cells[(upper >>> dropped) - from]!++;
  }
  /** Where numbers of a cell are gathered, and places among them. */
  const targets: { readonly from: number; readonly to: number; readonly places: number[] }[] = [];
  let before = 0;
  let next = 0;
  let room = 0;
  for (let cell = 0; cell <= last; cell++) {
    const inside = cells[cell]!;
    cells[cell] = -1;
    if (inside > 0 && places[next]! < before + inside) {
      const some: number[] = [];
      for (; places[next]! < before + inside; next++) some.push(room + places[next]! - before);
      targets.push({ from: room, to: room + inside, places: some });
      cells[cell] = room;
      room += inside;
    }
    before += inside;
  }
  if (room > gathered.length) gathered = new Float64Array(2 * room);
  for (let i = 0; i < count; i++) {
    const word = words[2 * i + 1]!;
    const cell = ((word ^ ((word >> 31) | (1 << 31))) >>> dropped) - from;
    if (cells[cell]! >= 0) gathered[cells[cell]!++] = numbers[i]!;
  }
  cells.fill(0, 0, last + 1);
  return targets.flatMap(({ from: begin, to, places: some }) => {
    select(gathered, begin, to, some);
    return some.map((place) => gathered[place]!);
  });
}

/**
 * Afterwards each of the places holds what it would hold if `numbers` were ascending from `from` to `to`
 * (exclusive).
 * @param numbers no NaN
 * @param places ascending, all of them within
 */
function select(numbers: Float64Array, from: number, to: number, places: readonly number[]): void {
  let wanted = places;
  let first = from;
  while (wanted.length > 0 && to - first > 1) {
    if (to - first <= fewNumbers) {
      insertionSort(numbers, first, to);
      return;
    }
    const pivot = middle(numbers[first]!, numbers[(first + to) >>> 1]!, numbers[to - 1]!);
    let i = first;
    let j = to - 1;
    while (i <= j) {
      while (numbers[i]! < pivot) i++;
      while (numbers[j]! > pivot) j--;
      if (i > j) break;
      const number = numbers[i]!;
      numbers[i++] = numbers[j]!;
      numbers[j--] = number;
    }
    // What lies between j and i is the pivot.
    const end = j + 1;
    select(
      numbers,
      first,
      end,
      wanted.filter((place) => place < end),
    );
    first = i;
    wanted = wanted.filter((place) => place >= i);
  }
}

function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function insertionSort(numbers: Float64Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const number = numbers[i]!;
    let j = i - 1;
    for (; j >= from && numbers[j]! > number; j--) numbers[j + 1] = numbers[j]!;
    numbers[j + 1] = number;
  }
}
