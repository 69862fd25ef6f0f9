/** Statistics of a column in the most obvious way: docs/statistics.md. */

/** A value as the oracle knows it. */
export interface KnownValue {
  /** As DuckDB's SQL. */
  readonly sql: string;
  readonly text: string;
  /** What mean, deviation and quantiles are of; null: nothing. */
  readonly number: number | null;
  /** In which order min and max are found: numbers by size and NaN last, anything else by its text. */
  readonly order: number | bigint | string;
}

export interface NaiveStatistics {
  readonly rows: number;
  readonly nulls: number;
  readonly distinct: number;
  readonly min: string | null;
  readonly max: string | null;
  readonly mean: number | null;
  readonly stddev: number | null;
  readonly quantiles: readonly number[] | null;
  readonly top: readonly { readonly value: string; readonly rows: number }[];
}

export function naiveStatistics(values: readonly (KnownValue | null)[]): NaiveStatistics {
  const there = values.filter((value) => value !== null);
  const sorted = there.toSorted(compare);
  const numbers = there
    .flatMap(({ number }) => (number !== null && Number.isFinite(number) ? [number] : []))
    .sort((a, b) => a - b);
  const n = numbers.length;
  const mean = n === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / n;
  const squares = numbers.reduce((sum, number) => sum + (number - mean!) ** 2, 0);
  const counts = new Map<string, { value: KnownValue; rows: number }>();
  for (const value of there)
    counts.set(value.text, { value, rows: (counts.get(value.text)?.rows ?? 0) + 1 });
  return {
    rows: values.length,
    nulls: values.length - there.length,
    distinct: counts.size,
    min: sorted[0]?.text ?? null,
    max: sorted.at(-1)?.text ?? null,
    mean,
    stddev: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    quantiles:
      n === 0
        ? null
        : Array.from({ length: 21 }, (_, i) => numbers[Math.floor((i * (n - 1)) / 20)]!),
    top: [...counts.values()]
      .filter(({ rows }) => rows > 1)
      .sort((a, b) => b.rows - a.rows || compare(a.value, b.value))
      .slice(0, 10)
      .map(({ value, rows }) => ({ value: value.text, rows })),
  };
}

function compare({ order: a }: KnownValue, { order: b }: KnownValue): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}
