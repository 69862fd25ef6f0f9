/** Puts a few places of an array in order, without sorting all of it: quickselect for many places. */

const fewNumbers = 12;

/**
 * Afterwards each of the places holds what it would hold if `numbers` were ascending from `from` to `to`
 * (exclusive).
 * @param numbers no NaN
 * @param places ascending, all of them within
 */
export function select(
  numbers: Float64Array,
  from: number,
  to: number,
  places: readonly number[],
): void {
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
