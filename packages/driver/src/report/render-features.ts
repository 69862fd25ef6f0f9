/** The part of a report that shows every column: one line each, which opens into its partitions. */
import { moment } from '../moments.js';
import { barsOf, drawDay, drawOverview, drawTrail, shareOf } from './draw-feature.js';
import type { FeatureStatistics } from './feature-statistics.js';
import {
  comparedPartitions,
  type Feature,
  type FeatureDay,
  type FeatureGroup,
} from './features.js';
import { type Html, type HtmlPart, html } from './html.js';
import { percent, short } from './numbers.js';
import { dataTable, numbersTable, type TableColumn } from './table.js';

/** From here on a distribution has moved, by the usual reading of the index. */
export const notableDrift = 0.1;
/** From here on it has moved a lot. */
const greatDrift = 0.25;
/** How much of the picture a drift fills that is no greater. */
const driftScale = 0.5;

/** Lines of partitions that all features of a report have together, at most: it must stay small. */
const mostLines = 3000;
const mostDays = 31;
const mostNotable = 8;
/** Of the same numbers, one pair of partitions in twenty with so many rows has an index of 0.03 (docs/statistics.md). */
const fewRows = 1000;

/** @param computed partitions that the run wrote */
export function renderFeatures(
  groups: readonly FeatureGroup[],
  computed: ReadonlySet<string>,
): Html {
  const features = groups.flatMap((group) => group.features);
  const ids = new Map(features.map((feature, i) => [feature, `f${i}`]));
  const shown = Math.max(3, Math.min(mostDays, Math.floor(mostLines / features.length)));
  const partitions = features[0]!.days.length;
  const first = features[0]!.days[0]!.partition;
  const last = features[0]!.days.at(-1)!.partition;
  const span =
    partitions === 1 ? `of ${first}` : `over ${partitions} partitions, ${first} to ${last}`;
  const few = features.some(({ days }) => days.some(({ own }) => (own?.rows ?? fewRows) < fewRows));
  return html`<p class="lead">${features.length} columns ${span}. ${legend}${few && ` Partitions of fewer than ${fewRows} rows drift by chance.`}</p>
${renderNotable(features, ids)}
<div class="filter" id="filter" hidden><label for="filter-text">Filter by name</label> <input id="filter-text" type="search" autocomplete="off" spellcheck="false"> <span id="filtered" role="status"></span></div>
${groups.map(
  ({
    part,
    features: own,
  }) => html`<div data-group><h3>${part === null ? 'Other columns' : html`<code>${part}</code>`}</h3>
<div class="fhead" aria-hidden="true"><span>Column</span><span>Distribution</span><span>NULLs</span><span>Drift (PSI)</span><span>Latest</span></div>
${own.map((feature) => renderFeature(feature, ids.get(feature)!, shown, computed))}</div>`,
)}`;
}

const legend = `Bands reach from the 5th to the 95th and from the 25th to the 75th percentile, the line is the median; of text, shares of the most frequent values. Drift is the population stability index against up to ${comparedPartitions} partitions before: from ${notableDrift} on a column moved, from ${greatDrift} on a lot.`;

function renderNotable(features: readonly Feature[], ids: ReadonlyMap<Feature, string>): Html {
  const moved = features
    .filter(({ greatestDrift }) => (greatestDrift ?? 0) >= notableDrift)
    .sort((a, b) => b.greatestDrift! - a.greatestDrift!);
  if (features.every(({ greatestDrift }) => greatestDrift === null))
    return html`<p class="note">Drift needs two partitions.</p>`;
  if (moved.length === 0)
    return html`<p><span class="chip good">steady</span> No column drifts from the partitions before.</p>`;
  const more = moved.length > mostNotable ? `, the first ${mostNotable} of ${moved.length}` : '';
  const columns: TableColumn[] = [
    { name: 'Column', wide: 'fold' },
    { name: 'Greatest drift', numeric: true },
    { name: 'Partition', wide: 'line' },
    { name: 'NULLs now', numeric: true },
  ];
  return dataTable(
    `Columns that moved most${more}`,
    columns,
    moved.slice(0, mostNotable).map((feature) => {
      const { name, greatestDrift, days, latest } = feature;
      return [
        html`<a href="#${ids.get(feature)}"><code>${breakable(name)}</code></a>`,
        html`${driftChip(greatestDrift!)} ${greatestDrift!.toFixed(2)}`,
        days.find(({ drift }) => drift?.psi === greatestDrift)!.partition,
        percent(latest.nulls / latest.rows),
      ];
    }),
  );
}

/** A long name breaks between its words first. */
function breakable(name: string): Html {
  const words = name.split(/(?<=_)/);
  return html`${words.map((word, i) => html`${i > 0 && html`<wbr>`}${word}`)}`;
}

function driftChip(drift: number): Html {
  return drift >= greatDrift
    ? html`<span class="chip bad">a lot</span>`
    : html`<span class="chip warn">moved</span>`;
}

function renderFeature(
  feature: Feature,
  id: string,
  shown: number,
  computed: ReadonlySet<string>,
): Html {
  const { name, label, type, lengths, days, latest, greatestDrift } = feature;
  const hot = (greatestDrift ?? 0) >= notableDrift;
  const nulls = days.map(({ own }) => (own === null ? null : own.nulls / Math.max(1, own.rows)));
  const latestDrift = days.findLast(({ own }) => own !== null)?.drift?.psi ?? null;
  const most = hot ? html` <small>up to ${greatestDrift!.toFixed(2)}</small>` : null;
  const few = days.length > 1;
  return html`<details class="f" data-name="${name}"><summary><span class="name"><code>${label}</code><small>${type}${lengths && ', by length'}</small></span><span class="chart">${drawOverview(feature)}</span><span class="cell"><span>NULL ${percent(latest.nulls / Math.max(1, latest.rows))}</span>${few && drawTrail(nulls, 1)}</span><span class="${hot ? 'cell hot' : 'cell'}"><span>PSI ${ratio(latestDrift)}</span>${most}${
    few &&
    drawTrail(
      days.map(({ drift }) => drift?.psi ?? null),
      Math.max(driftScale, greatestDrift ?? 0),
    )
  }</span><span class="cell typical">${typical(feature)}</span></summary><div class="inner" id="${id}">${renderDays(feature, id, days.slice(-shown), computed)}</div></details>
`;
}

function ratio(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}

/** One value that stands for the newest partition. */
function typical({ shape, latest, timed }: Feature): Html {
  if (shape.kind === 'numbers' && latest.quantiles !== null) {
    const middle = latest.quantiles[(latest.quantiles.length - 1) / 2] ?? null;
    return html`${numberText(middle, timed)} <small>median${latest.distinct !== null && `, ${short(latest.distinct)} distinct`}</small>`;
  }
  const [first] = latest.top;
  if (first === undefined)
    return latest.distinct === null
      ? html`<small>values are not told apart</small>`
      : html`${short(latest.distinct)} <small>distinct values</small>`;
  return html`<code>${cut(first.value)}</code> <small>${percent(shareOf(latest, first.value))} of ${short(latest.distinct)} values</small>`;
}

function numberText(value: number | null, timed: boolean): string {
  return timed && value !== null ? moment(value).slice(0, 16) : short(value);
}

const longestValue = 40;

function cut(text: string): string {
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

function renderDays(
  feature: Feature,
  id: string,
  shown: readonly FeatureDay[],
  computed: ReadonlySet<string>,
): Html {
  const { shape, days, name } = feature;
  const known = shown.flatMap(({ own }) => own ?? []);
  const most = Math.max(0.001, ...known.flatMap((own) => barsOf(own, shape)));
  const figures = shown.map(({ partition, own }) =>
    own === null
      ? null
      : html`<figure>${drawDay(own, shape, most, 'day')}<figcaption${computed.has(partition) && html` class="now"`}>${partition}</figcaption></figure>`,
  );
  const earlier = days.length - shown.length;
  const which = earlier > 0 ? `, the last ${shown.length} of ${days.length} partitions` : '';
  const common: readonly [string, (day: FeatureDay, own: FeatureStatistics) => HtmlPart][] = [
    ['Rows', (_, own) => short(own.rows)],
    ['NULL', (_, own) => percent(own.nulls / Math.max(1, own.rows))],
    ['Distinct', (_, own) => short(own.distinct)],
    ['PSI', ({ drift }) => ratio(drift?.psi ?? null)],
  ];
  const columns = [...common, ...valueColumns(feature)];
  const rows = shown
    .filter(({ own }) => own !== null)
    .map((day) => [
      computed.has(day.partition) ? html`<span class="now">${day.partition}</span>` : day.partition,
      ...columns.map(([, cell]) => cell(day, day.own!)),
    ]);
  return html`<div class="days">${figures}</div>${numbersTable(
    `${id}t`,
    html`<code>${name}</code>${which}`,
    ['Partition', ...columns.map(([head]) => head)],
    rows,
  )}`;
}

/** What a partition's line says of values. */
function valueColumns({
  shape,
  timed,
}: Feature): readonly [string, (day: FeatureDay, own: FeatureStatistics) => HtmlPart][] {
  if (shape.kind === 'counts') return [];
  if (shape.kind === 'values')
    return [
      ...shape.values.map(
        (value): [string, (day: FeatureDay, own: FeatureStatistics) => HtmlPart] => [
          cut(value),
          (_, own) => percent(shareOf(own, value)),
        ],
      ),
      ['others', (_, own) => percent(barsOf(own, shape).at(-1)!)],
    ];
  const quantile =
    (share: number) =>
    (_: FeatureDay, { quantiles }: FeatureStatistics): string =>
      numberText(quantiles?.[Math.round(share * (quantiles.length - 1))] ?? null, timed);
  return [
    ['KS', ({ drift }) => ratio(drift?.ks ?? null)],
    ['Least', quantile(0)],
    ['5 %', quantile(0.05)],
    ['25 %', quantile(0.25)],
    ['Median', quantile(0.5)],
    ['75 %', quantile(0.75)],
    ['95 %', quantile(0.95)],
    ['Greatest', quantile(1)],
    ['Mean', (_, own) => numberText(own.mean, timed)],
    ['Std. dev.', (_, own) => (timed ? '–' : short(own.stddev))],
  ];
}
