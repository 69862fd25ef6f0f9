/** What was planned, and why: partitions by reason, and what became of each. */
import { count, summary, whoWrites } from '../wording.js';
import { type Html, html } from './html.js';
import type { PartitionOutcome, ReportModel } from './report-model.js';
import { dataTable } from './table.js';

/** Partitions that have a mark of their own, at most: the newest. */
const mostMarks = 750;

export function renderPlanned(model: ReportModel): Html {
  const { decisions, changes, partitions, archive, missingInputs, output } = model;
  return html`${archive !== null && html`<div class="box warn"><p>${archive.reason}: ${archive.kind === 'move' ? html`<code>${output}</code> was put aside as` : html`<code>${output}</code> as it was is kept as`} <code>${archive.as}</code>.</p></div>`}
${
  decisions.length === 0
    ? html`<p class="lead">No partition was in range.</p>`
    : dataTable(
        'Partitions, by what was decided and why',
        [
          { name: 'Decision', wide: 'line' },
          { name: 'Because' },
          { name: 'Partitions', numeric: true },
          { name: 'Which', wide: 'text' },
          { name: 'What of them' },
        ],
        decisions.map(({ action, reason, parts, partitions: own, stale }) => [
          action === 'compute' ? 'compute' : 'leave out',
          html`${reason}${stale.length > 0 && html`: ${stale.map((table, i) => html`${i > 0 && ', '}<code>${table}</code>`)}`}`,
          count(own.length),
          summary(own),
          action === 'skip' || parts === null || parts.length === 0
            ? action === 'skip'
              ? '–'
              : 'all columns'
            : parts.map((part, i) => html`${i > 0 && ', '}<code>${part}</code>`),
        ]),
      )
}
${changes.length > 0 && html`<h3>What changed in definitions</h3><ul class="plain">${changes.map((line) => html`<li>${line}</li>`)}</ul>`}
${partitions.length > 1 && renderStrip(partitions)}
${
  missingInputs.length > 0 &&
  dataTable(
    'Input partitions that windows reach and that were not there',
    [{ name: 'Source' }, { name: 'Partitions', numeric: true }, { name: 'Which', wide: 'text' }],
    missingInputs.map((missing) => [
      missing.origin,
      count(missing.partitions.length),
      `${summary(missing.partitions)}${whoWrites(missing)}`,
    ]),
  )
}`;
}

const outcomes: readonly (readonly [PartitionOutcome['outcome'], string])[] = [
  ['computed', 'computed'],
  ['failed', 'failed'],
  ['open', 'planned, not computed'],
  ['skipped', 'left out'],
];

/** A mark for each partition, in order; the table above has the same in words. */
function renderStrip(partitions: readonly PartitionOutcome[]): Html {
  const sorted = partitions.toSorted((a, b) => (a.value < b.value ? -1 : 1));
  const shown = sorted.slice(-mostMarks);
  const earlier = sorted.length - shown.length;
  const counts = outcomes.flatMap(([outcome, says]) => {
    const own = partitions.filter((one) => one.outcome === outcome).length;
    return own === 0 ? [] : [{ outcome, says, own }];
  });
  return html`<h3>From ${shown[0]!.value} to ${shown.at(-1)!.value}</h3>
<ul class="pstrip" aria-hidden="true">${shown.map(({ value, outcome, reason }) => html`<li class="${outcome}" title="${value}: ${reason}"></li>`)}</ul>
<p class="keys">${counts.map(({ outcome, says, own }) => html`<span class="key"><span class="pstrip" aria-hidden="true"><span class="mark ${outcome}"></span></span>${count(own)} ${says}</span>`)}${earlier > 0 && html`${count(earlier)} earlier ones have no mark.`}</p>`;
}
