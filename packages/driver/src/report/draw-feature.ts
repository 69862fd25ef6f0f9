/** A feature's pictures: small SVGs without text, which tables beside them say in numbers. */
import { scaleLinear } from 'd3-scale';
import { area, curveStep, line } from 'd3-shape';
import { histogram } from './distribution.js';
import type { FeatureStatistics } from './feature-statistics.js';
import type { Feature, FeatureDay, FeatureShape } from './features.js';
import { type Html, html } from './html.js';

const height = 40;
const bins = 18;

/** The distribution over all partitions; of a single one, its histogram. */
export function drawOverview({ days, shape }: Feature): Html {
  const known = days.filter(({ own }) => own !== null);
  if (known.length <= 1) return drawDay(known[0]?.own ?? null, shape, 1, 'fan');
  if (shape.kind === 'counts')
    return drawShares(days, [({ rows, nulls }) => (rows - nulls) / rows]);
  if (shape.kind === 'numbers') return drawQuantiles(days, shape);
  const own = shape.values.map((value) => (one: FeatureStatistics) => shareOf(one, value));
  return drawShares(days, own);
}

/** Of all values that are not NULL. */
export function shareOf({ top, rows, nulls }: FeatureStatistics, value: string): number {
  if (rows === nulls) return 0;
  return (top.find((one) => one.value === value)?.rows ?? 0) / (rows - nulls);
}

/** Bands from the 5th to the 95th percentile and from the 25th to the 75th, and the median. */
function drawQuantiles(
  days: readonly FeatureDay[],
  { from, to }: { readonly from: number; readonly to: number },
): Html {
  const y = scaleLinear([from, to], [height, 0]).clamp(true);
  const at = ({ own }: FeatureDay, share: number): number => {
    const quantiles = own!.quantiles!;
    return y(quantiles[Math.round(share * (quantiles.length - 1))]!);
  };
  const isThere = ({ own }: FeatureDay): boolean => (own?.quantiles ?? null) !== null;
  const band = (low: number, high: number): string =>
    area<FeatureDay>()
      .digits(0)
      .defined(isThere)
      .x((_, i) => i)
      .y0((day) => at(day, low))
      .y1((day) => at(day, high))([...days]) ?? '';
  const median = line<FeatureDay>()
    .digits(0)
    .defined(isThere)
    .x((_, i) => i)
    .y((day) => at(day, 0.5))([...days]);
  return html`<svg class="fan" viewBox="0 0 ${days.length - 1} ${height}" preserveAspectRatio="none" aria-hidden="true"><path class="b1" d="${band(0.05, 0.95)}"/><path class="b2" d="${band(0.25, 0.75)}"/><path class="b3" d="${median}"/></svg>`;
}

/** Shares upon each other, from the bottom. */
function drawShares(
  days: readonly FeatureDay[],
  shares: readonly ((one: FeatureStatistics) => number)[],
): Html {
  const y = scaleLinear([0, 1], [height, 0]).clamp(true);
  const until = (own: FeatureStatistics, count: number): number =>
    shares.slice(0, count).reduce((sum, share) => sum + share(own), 0);
  const ends = [days[0]!, ...days, days.at(-1)!];
  const paths = shares.map((_, i) =>
    area<FeatureDay>()
      .digits(0)
      .defined(({ own }) => own !== null)
      .curve(curveStep)
      .x((_, at) => 2 * at - 1)
      .y0(({ own }) => y(until(own!, i)))
      .y1(({ own }) => y(until(own!, i + 1)))(ends),
  );
  return html`<svg class="fan" viewBox="0 0 ${2 * days.length} ${height}" preserveAspectRatio="none" aria-hidden="true">${paths.map((path, i) => html`<path class="s${i}" d="${path}"/>`)}</svg>`;
}

/** Heights of a partition's bars: shares of values in bins, or of the frequent values and all others. */
export function barsOf(own: FeatureStatistics, shape: FeatureShape): number[] {
  if (shape.kind === 'numbers')
    return own.quantiles === null ? [] : histogram(own.quantiles, shape.from, shape.to, bins);
  if (shape.kind === 'counts') return [own.rows === 0 ? 0 : (own.rows - own.nulls) / own.rows];
  const shares = shape.values.map((value) => shareOf(own, value));
  const rest = own.rows === own.nulls ? 0 : 1 - shares.reduce((sum, share) => sum + share, 0);
  return [...shares, Math.max(0, rest)];
}

/**
 * One partition's distribution as bars.
 * @param most the share that is as high as the picture
 */
export function drawDay(
  own: FeatureStatistics | null,
  shape: FeatureShape,
  most: number,
  name: 'fan' | 'day',
): Html {
  const bars = own === null ? [] : barsOf(own, shape);
  const top = name === 'fan' ? Math.max(...bars, 0.001) : most;
  return html`<svg class="${name}" viewBox="0 0 ${bars.length * 4} 32" preserveAspectRatio="none" aria-hidden="true"><path class="b2" d="${barPath(bars, top, 32)}"/></svg>`;
}

/** Bars of 3, one every 4, from the left: what is above nothing is at least 1 high. */
export function barPath(values: readonly (number | null)[], top: number, high: number): string {
  let path = '';
  let skipped = 0; // since the last bar
  values.forEach((value, i) => {
    if (value === null || value <= 0) {
      skipped += 4;
      return;
    }
    const tall = Math.min(high, Math.max(1, Math.round((value / top) * high)));
    path += path === '' ? `M${i * 4} ${high}` : `h${skipped + 1}`;
    path += `v-${tall}h3v${tall}`;
    skipped = 0;
  });
  return path;
}

/** A value for each partition, as a row of bars. */
export function drawTrail(values: readonly (number | null)[], top: number): Html {
  return html`<svg class="trail" viewBox="0 0 ${values.length * 4} 16" preserveAspectRatio="none" aria-hidden="true"><path d="${barPath(values, top, 16)}"/></svg>`;
}
