/** Drift of a column in the most obvious way, from all of its values: docs/statistics.md. */

export type DriftValue = number | string | null;

/** A bin that is empty counts as this share. */
const leastShare = 0.0001;

/** The greatest difference of the shares of numbers up to any number; null without numbers on both sides. */
export function naiveKs(now: readonly DriftValue[], before: readonly DriftValue[]): number | null {
  const [mine, others] = [numbersOf(now), numbersOf(before)];
  if (mine.length === 0 || others.length === 0) return null;
  const upTo = (all: readonly number[], x: number): number =>
    all.filter((number) => number <= x).length / all.length;
  return Math.max(...[...mine, ...others].map((x) => Math.abs(upTo(mine, x) - upTo(others, x))));
}

/** NULLs, and each value by itself; of numbers the tenths of before, and what lies between these. */
export function naivePsi(now: readonly DriftValue[], before: readonly DriftValue[]): number {
  const numbers = numbersOf(before).sort((a, b) => a - b);
  const tenths = Array.from(
    { length: numbers.length === 0 ? 0 : 9 },
    (_, i) => numbers[Math.ceil(((i + 1) * numbers.length) / 10) - 1]!,
  );
  const binOf = (value: DriftValue): string => {
    if (value === null) return 'NULL';
    if (typeof value === 'string') return `value ${value}`;
    if (tenths.includes(value)) return `tenth ${value}`;
    return `after ${new Set(tenths.filter((tenth) => tenth < value)).size}`;
  };
  const share = (all: readonly DriftValue[], bin: string): number =>
    Math.max(leastShare, all.filter((value) => binOf(value) === bin).length / all.length);
  return [...new Set([...now, ...before].map(binOf))].reduce((sum, bin) => {
    const [a, b] = [share(now, bin), share(before, bin)];
    return sum + (a - b) * Math.log(a / b);
  }, 0);
}

function numbersOf(values: readonly DriftValue[]): number[] {
  return values.filter((value) => typeof value === 'number');
}
