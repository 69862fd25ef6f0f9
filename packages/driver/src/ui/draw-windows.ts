/**
 * Windows as bars over one axis of time, and above them a stroke for each event: a long one for what they
 * see, a short one for what they don't. The table beside it has the same in words.
 */
import { scaleLinear } from 'd3-scale';
import type { ExplainedReading } from '../explanation.js';
import { duration, moment, windowLength } from '../moments.js';
import { type Html, html } from '../report/html.js';

const eventsHeight = 22;
const windowHeight = 18;
const axisHeight = 20;

interface Span {
  readonly startMs: number;
  readonly endMs: number;
  readonly name: string;
}

/** @returns null where times don't matter, and where there is nothing to draw */
export function drawWindows(reading: ExplainedReading, name: string): Html | null {
  const { events, features } = reading;
  const timed = events.flatMap(({ event, timeMs }) => (timeMs === null ? [] : [{ event, timeMs }]));
  const ends = features.flatMap(({ endMs }) => endMs ?? []);
  if (ends.length === 0 || ends.length < features.length) return null;
  const from = Math.min(
    ...features.flatMap(({ startMs }) => startMs ?? []),
    ...timed.map(({ timeMs }) => timeMs),
    Math.max(...ends) - 3_600_000,
  );
  const to = Math.max(...ends, ...timed.map(({ timeMs }) => timeMs));
  const x = scaleLinear([from, to], [1, 99]);
  const at = (ms: number): string => `${Math.round(x(ms) * 100) / 100}%`;
  const spans = spansOf(reading, from);
  const height = eventsHeight + spans.length * windowHeight + axisHeight;
  const inside = new Set(features.flatMap((feature) => feature.inside.events));
  const strokes = timed.map(
    ({ event, timeMs }) =>
      html`<line class="${inside.has(event) ? 'in' : 'out'}" x1="${at(timeMs)}" x2="${at(timeMs)}" y1="${inside.has(event) ? 2 : 9}" y2="17"><title>${moment(timeMs)}, ${inside.has(event) ? 'seen' : 'not seen'}</title></line>`,
  );
  const bars = spans.map(({ startMs, endMs, name: window }, i) => {
    const top = eventsHeight + i * windowHeight;
    const width = Math.max(0.4, x(endMs) - x(startMs));
    return html`<rect x="${at(startMs)}" y="${top}" width="${Math.round(width * 100) / 100}%" height="${windowHeight - 5}" rx="2"/><text class="window" x="${at(endMs)}" dx="-5" y="${top + 10}" text-anchor="end">${window}</text>`;
  });
  const end = Math.max(...ends);
  const seen = timed.filter(({ event }) => inside.has(event)).length;
  const says = `${timed.length} events, ${seen} of them in the longest window; ${spans.length} windows that end at ${moment(end)}.`;
  return html`<svg class="windows" width="100%" height="${height}" role="img" aria-label="Windows of ${name}: ${says}"><line class="end" x1="${at(end)}" x2="${at(end)}" y1="0" y2="${height - axisHeight}"/>${strokes}${bars}<text class="tick" x="1%" y="${height - 5}">${duration(end - from)} before</text><text class="tick" x="99%" y="${height - 5}" text-anchor="end">${moment(end).slice(0, 19)}</text></svg>`;
}

/** Distinct windows, the shortest first. */
function spansOf({ features }: ExplainedReading, from: number): Span[] {
  const spans = new Map<string, Span>();
  for (const { startMs, endMs, windowMs } of features) {
    const name = windowMs === null ? 'all before' : windowLength(windowMs);
    spans.set(`${startMs} ${endMs}`, { startMs: startMs ?? from, endMs: endMs!, name });
  }
  return [...spans.values()].sort((a, b) => b.startMs - a.startMs);
}
