/** Statistics as a table has them, of made-up columns that behave: seasons, drift, growing NULLs, skews. */
import type { FeatureStatistics } from '../../packages/driver/src/report/feature-statistics.js';

/** Numbers from 0 to 1, the same ones every time. */
export function numbersFrom(seed: number): () => number {
  let state = seed * 2654435761 + 12345;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function daysFrom(first: string, count: number): string[] {
  const start = Date.parse(`${first}T00:00:00Z`);
  return Array.from({ length: count }, (_, i) =>
    new Date(start + i * 86_400_000).toISOString().slice(0, 10),
  );
}

interface Base {
  readonly partition: string;
  readonly column: string;
  readonly type: string;
  readonly rows: number;
  readonly nulls: number;
}

/** @param values not NULL, at least one */
export function ofNumbers(base: Base, values: readonly number[]): FeatureStatistics {
  const sorted = values.toSorted((a, b) => a - b);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    ...base,
    distinct: new Set(values).size,
    min: String(sorted[0]),
    max: String(sorted.at(-1)),
    mean,
    stddev: Math.sqrt(variance),
    quantiles: Array.from(
      { length: 21 },
      (_, i) => sorted[Math.round((i / 20) * (sorted.length - 1))]!,
    ),
    top: mostFrequent(values.map(String), base),
  };
}

export function ofTexts(base: Base, values: readonly string[]): FeatureStatistics {
  const sorted = values.toSorted();
  return {
    ...base,
    distinct: new Set(values).size,
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
    mean: null,
    stddev: null,
    quantiles: null,
    top: mostFrequent(values, base),
  };
}

/** Counts of a sample, as many as the partition has rows. */
function mostFrequent(values: readonly string[], { rows, nulls }: Base): FeatureStatistics['top'] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 10)
    .map(([value, count]) => ({
      value,
      rows: Math.round((count / values.length) * (rows - nulls)),
    }));
}

const kinds = [
  { suffix: 'amount_sum_7d', type: 'DOUBLE' },
  { suffix: 'amount_average_30d', type: 'DOUBLE' },
  { suffix: 'count_1d', type: 'BIGINT' },
  { suffix: 'count_90d', type: 'BIGINT' },
  { suffix: 'amount_max_14d', type: 'BIGINT' },
  { suffix: 'score_last', type: 'DOUBLE' },
  { suffix: 'country_last', type: 'VARCHAR' },
  { suffix: 'verified_last', type: 'BOOLEAN' },
  { suffix: 'refund_share_30d', type: 'DOUBLE' },
  { suffix: 'merchants_unique_count_30d', type: 'BIGINT' },
] as const;

/** Names of so many columns, a tenth of them of each part. */
export function columnNames(count: number, parts: readonly string[]): string[] {
  return Array.from({ length: count }, (_, i) => {
    const part = parts[Math.floor((i / count) * parts.length)]!;
    const more = count > kinds.length * parts.length ? `_${Math.floor(i / kinds.length)}` : '';
    return `${part}_${kinds[i % kinds.length]!.suffix}${more}`;
  });
}

/** Values that stand for a partition's, evenly spread. */
const samples = 160;

const countries = ['DE', 'US', 'FR', 'BR', 'JP', 'IN', 'NG'];

/** Quantile functions: amounts, scores, counts that are often nought, shares, and two humps. */
const shapes: readonly ((x: number) => number)[] = [
  (x) => 0.25 - Math.log(1 - x * 0.98) * 0.5,
  (x) => 1 + 0.16 * Math.log((x + 0.004) / (1.004 - x)),
  (x) => Math.max(0, x - 0.4) ** 2 * 3,
  (x) => 0.2 + 0.9 * x,
  (x) =>
    (x < 0.6 ? 0.4 : 1.5) + 0.1 * Math.log((((x * 5) % 3) / 3 + 0.02) / (1.02 - ((x * 5) % 3) / 3)),
];

/** @param drifting every how manyth column moves after two thirds of the days */
export function madeUp(
  columns: readonly string[],
  days: readonly string[],
  drifting = 7,
): FeatureStatistics[] {
  return columns.flatMap((column, c) => {
    const next = numbersFrom(c + 1);
    const { type } = kinds[c % kinds.length]!;
    const level = 20 + 400 * next();
    const nullsAtFirst = next() < 0.4 ? 0 : 0.3 * next();
    return days.map((partition, d): FeatureStatistics => {
      const late = c % drifting === 3 && d >= Math.floor((days.length * 2) / 3);
      const rows =
        48_000 + Math.round(4000 * Math.sin((d / 7) * 2 * Math.PI)) + Math.round(900 * next());
      const nullShare = Math.min(
        0.95,
        nullsAtFirst + (c % 11 === 5 ? d * 0.015 : 0) + 0.01 * next(),
      );
      const base = { partition, column, type, rows, nulls: Math.round(rows * nullShare) };
      const sample = Array.from({ length: samples }, (_, i) => (i + 0.8 * next()) / samples);
      if (type === 'VARCHAR')
        return ofTexts(
          base,
          sample.map((x) => countries[Math.floor(x ** (late ? 1 : 2.4) * countries.length)]!),
        );
      if (type === 'BOOLEAN')
        return ofTexts(
          base,
          sample.map((x) => String(x < (late ? 0.4 : 0.7))),
        );
      const season = 1 + 0.15 * Math.sin((d / 7) * 2 * Math.PI) + (late ? 0.8 : 0);
      const values = sample.map((x) => level * season * shapes[c % shapes.length]!(x));
      return ofNumbers(base, type === 'BIGINT' ? values.map(Math.round) : values);
    });
  });
}
