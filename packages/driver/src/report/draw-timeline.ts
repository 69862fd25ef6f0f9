/**
 * The time line as an SVG whose widths are percentages: it fits any page, and its text stays as large as
 * the page's.
 */
import { scaleLinear } from 'd3-scale';
import { type Html, html } from './html.js';
import { seconds } from './numbers.js';
import type { Bar, Timeline } from './timeline.js';

const laneHeight = 20;
const nameHeight = 14;
const axisHeight = 22;

/** What stands in a bar that has the room. */
export const marks: Readonly<Record<string, { readonly mark: string; readonly says: string }>> = {
  planning: { mark: 'P', says: 'planning (driver)' },
  'key-buckets': { mark: 'K', says: 'key-buckets: sources into KeyBuckets' },
  join: { mark: 'J', says: 'join: left rows of one KeyBucket' },
  assemble: { mark: 'A', says: 'assemble: columns side by side' },
  query: { mark: 'Q', says: 'query' },
  statistics: { mark: 'S', says: 'statistics of what was written' },
  commit: { mark: 'C', says: 'commit (driver)' },
  finish: { mark: 'F', says: 'views and counts (driver)' },
};

/** A class for its color: other stages look alike. */
export function lookOf(what: string): string {
  return what in marks ? `t-${what}` : 't-other';
}

export function drawTimeline({ lanes, seconds: all }: Timeline): Html {
  const x = scaleLinear([0, all], [0, 100]);
  const at = (value: number): string => `${Math.round(x(value) * 100) / 100}%`;
  const height = lanes.length * (laneHeight + nameHeight) + axisHeight;
  const ticks = x.ticks(5);
  const grid = ticks.map(
    (tick) =>
      html`<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="0" y2="${height - axisHeight}"/><text class="tick" x="${at(tick)}" y="${height - 6}" text-anchor="${anchor(x(tick))}">${tickText(tick, all)}</text>`,
  );
  const rows = lanes.map(({ name, bars }, i) => {
    const top = i * (laneHeight + nameHeight);
    return html`<text class="lane" x="0" y="${top + 10}">${name}</text>${bars.map((bar) => drawBar(bar, top + nameHeight, at, x))}`;
  });
  const tasks = lanes.flatMap(({ bars }) => bars).length;
  return html`<svg class="timeline" width="100%" height="${height}" role="img" aria-labelledby="tl-title tl-desc"><title id="tl-title">Time line</title><desc id="tl-desc">${lanes.length} lanes with ${tasks} bars over ${seconds(all)}; the table below has the same by stage.</desc>${grid}${rows}</svg>`;
}

function drawBar(
  { what, step, from, to, tasks }: Bar,
  top: number,
  at: (value: number) => string,
  x: (value: number) => number,
): Html {
  const share = x(to) - x(from);
  const label = `${what}${step === null ? '' : `, step ${step}`}: ${tasks > 1 ? `${tasks} tasks, ` : ''}${seconds(to - from)} from ${seconds(from)} on`;
  const mark = share < 3.5 ? null : (marks[what]?.mark ?? null);
  return html`<g class="${lookOf(what)}"><title>${label}</title><rect x="${at(from)}" y="${top}" width="${Math.max(0.15, Math.round(share * 100) / 100)}%" height="${laneHeight - 4}" rx="2"/>${mark === null ? null : html`<text class="mark" x="${at((from + to) / 2)}" y="${top + 12}" text-anchor="middle">${mark}</text>`}</g>`;
}

/** Text at the edges stays inside. */
function anchor(place: number): string {
  if (place < 4) return 'start';
  return place > 94 ? 'end' : 'middle';
}

function tickText(value: number, all: number): string {
  if (value === 0) return '0';
  return all < 10 ? `${Number(value.toFixed(2))} s` : seconds(value);
}
