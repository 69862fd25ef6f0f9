/** How a run went: its time line, its sources and what was reused of them, its KeyBuckets. */
import type { PlannedBootstrap } from '@hindcast/shared/plan/plan';
import { count, size } from '../wording.js';
import { drawSkew } from './draw-skew.js';
import { drawTimeline, lookOf, marks } from './draw-timeline.js';
import { type Html, html } from './html.js';
import { percent, seconds } from './numbers.js';
import type { KeySetSkew } from './skew.js';
import type { SourceUse } from './sources.js';
import { dataTable } from './table.js';
import type { StageSpan, Timeline } from './timeline.js';

/** Stages that a table names, at most: those that kept executors busy longest. */
const mostStages = 120;

export function renderTimeline(timeline: Timeline): Html {
  const { lanes, stages, packed } = timeline;
  const seen = new Set(lanes.flatMap(({ bars }) => bars.map(({ what }) => what)));
  const key = Object.entries(marks).filter(([what]) => seen.has(what));
  const why = packed
    ? 'A slot holds what some executor ran: there were many, or their names are not known. '
    : '';
  return html`<p class="lead">${why}Seconds since the run began.</p>
${drawTimeline(timeline)}
<p class="keys">${key.map(([what, { mark, says }]) => html`<span class="key"><svg width="16" height="14" aria-hidden="true"><g class="${lookOf(what)}"><rect width="16" height="14" rx="2"/></g><text x="8" y="11" text-anchor="middle">${mark}</text></svg>${says}</span>`)}</p>
${stages.length > 0 && renderStages(stages)}`;
}

function renderStages(stages: readonly StageSpan[]): Html {
  const longest = stages.toSorted((a, b) => b.busy - a.busy).slice(0, mostStages);
  const shown = stages.filter((stage) => longest.includes(stage));
  const which =
    shown.length < stages.length ? `, the ${shown.length} longest of ${stages.length}` : '';
  return dataTable(
    `Stages${which}`,
    [
      { name: 'Step', numeric: true },
      { name: 'Stage', wide: 'line' },
      { name: 'Tasks', numeric: true },
      { name: 'Began at', numeric: true },
      { name: 'Took', numeric: true },
      { name: 'Executors busy', numeric: true },
      { name: 'Rows in', numeric: true },
      { name: 'Rows out', numeric: true },
      { name: 'KeyBuckets read', numeric: true },
      { name: 'Written', numeric: true },
    ],
    shown.map((stage) => [
      stage.step,
      stage.stage,
      stage.finished === stage.tasks
        ? count(stage.tasks)
        : `${count(stage.finished)} of ${count(stage.tasks)}`,
      seconds(stage.from),
      stage.to === null ? '–' : seconds(stage.to - stage.from),
      seconds(stage.busy),
      count(stage.rowsIn),
      count(stage.rowsOut),
      size(stage.bytesRead),
      size(stage.bytesWritten),
    ]),
  );
}

export function renderSources(
  sources: readonly SourceUse[],
  bootstrap: PlannedBootstrap | null,
): Html {
  const most = Math.max(1, ...sources.map(({ rows }) => rows ?? 0));
  const needed = sources.reduce((sum, { partitions }) => sum + partitions, 0);
  const reused = sources.reduce((sum, one) => sum + one.reused, 0);
  const lead =
    sources.length === 0
      ? null
      : html`<p class="lead">${
          reused === 0
            ? 'No partition was in KeyBuckets of an earlier run: all were read.'
            : `${count(reused)} of ${count(needed)} partitions were in KeyBuckets of an earlier run (${percent(reused / needed)}) and were not read again.`
        }</p>`;
  return html`${lead}${
    sources.length > 0 &&
    dataTable(
      'What was read, source by source; sizes as planned, on disk',
      [
        { name: 'Source', wide: 'text' },
        { name: 'Partitions', numeric: true },
        { name: 'Reused', numeric: true },
        { name: 'Files', numeric: true },
        { name: 'Size', numeric: true },
        { name: 'Rows, about', numeric: true },
        { name: '' },
        { name: 'Rows scanned', numeric: true },
        { name: 'Scans took', numeric: true },
      ],
      sources.map(
        ({ origin, partitions, reused: own, files, bytes, rows, scanned, seconds: took }) => [
          html`<code>${origin}</code>`,
          count(partitions),
          own === 0 ? '0' : `${count(own)} (${percent(own / partitions)})`,
          count(files),
          bytes === null ? '–' : size(bytes),
          rows === null ? '–' : count(rows),
          drawMeter((rows ?? 0) / most, partitions === 0 ? 0 : own / partitions),
          scanned === null ? '–' : count(scanned),
          took === null ? '–' : seconds(took),
        ],
      ),
    )
  }${bootstrap !== null && renderBootstrap(bootstrap)}`;
}

/** @param reused the share of it that was reused, which is darker */
function drawMeter(share: number, reused: number): Html {
  const wide = Math.round(share * 1000) / 10;
  return html`<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${wide}" height="8"/><rect class="r" width="${Math.round(wide * reused * 10) / 10}" height="8"/></svg>`;
}

function renderBootstrap({ tables, parts }: PlannedBootstrap): Html {
  return html`<h3>Bootstrap</h3>${dataTable(
    'Tables whose values were taken, in order of priority',
    [
      { name: 'Table' },
      { name: 'Partitions', numeric: true },
      { name: 'Files', numeric: true },
      { name: 'Size', numeric: true },
      { name: 'Rows of repeated keys', numeric: true },
    ],
    tables.map(({ table, partitions, files, bytes, duplicates }) => [
      html`<code>${table}</code>`,
      count(partitions),
      count(files),
      size(bytes),
      count(duplicates),
    ]),
  )}${dataTable(
    'Rows that they have, and rows that were computed',
    [
      { name: 'Part' },
      { name: 'There', numeric: true },
      { name: 'Computed', numeric: true },
      { name: 'Share there', numeric: true },
    ],
    parts.map(({ prefix, covered, computed }) => [
      html`<code>${prefix}</code>`,
      count(covered),
      count(computed),
      percent(covered / Math.max(1, covered + computed)),
    ]),
  )}`;
}

const mostBuckets = 5;

export function renderBuckets(skew: readonly KeySetSkew[]): Html {
  if (skew.length === 0)
    return html`<p class="lead">The key space was not split: every task had all keys, and none could have more than another.</p>`;
  return html`${skew.map((one, i) => {
    const { keys, buckets, median, ratio } = one;
    const fullest = buckets.toSorted((a, b) => b.rows - a.rows).slice(0, mostBuckets);
    return html`<h3>By <code>${keys.join(', ')}</code></h3>
<p>${judgement(ratio)} ${count(buckets.length)} KeyBuckets; the median has ${count(median)} rows of the left${ratio !== null && html`, the fullest ${ratio.toFixed(1)} times as many`}. The line is the median.</p>
${drawSkew(one, `skew${i}`)}
${dataTable(
  'The fullest KeyBuckets',
  [
    { name: 'KeyBucket', numeric: true },
    { name: 'Rows of the left', numeric: true },
    { name: 'Read of segments', numeric: true },
    { name: 'Took', numeric: true },
  ],
  fullest.map(({ index, rows, bytes, seconds: took }) => [
    index,
    count(rows),
    size(bytes),
    seconds(took),
  ]),
)}`;
  })}`;
}

/** From here on the fullest KeyBucket is what others wait for. */
const notableSkew = 3;

function judgement(ratio: number | null): Html {
  return ratio === null || ratio >= notableSkew
    ? html`<span class="chip warn">uneven</span>`
    : html`<span class="chip good">even</span>`;
}
