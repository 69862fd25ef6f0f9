/** What a run was to check of drift, and what it found. */
import type { DriftFinding, DriftResults } from '@hindcast/shared/plan/drift';
import { driftLines, measureNames } from '../drift/words.js';
import { counted, summary } from '../wording.js';
import { type Html, html } from './html.js';
import { short } from './numbers.js';
import type { DriftReport } from './report-model.js';
import { dataTable } from './table.js';

/** Findings with a line of their own, at most. */
const mostFindings = 100;

export function renderDrift({ planned, results }: DriftReport): Html {
  return html`${results === null ? html`<p class="lead">Nothing was looked at yet.</p>` : renderResults(results)}
<ul class="plain note">${driftLines(planned).map((line) => html`<li>${line}</li>`)}</ul>`;
}

function renderResults(results: DriftResults): Html {
  const { when, partitions, findings, unchecked } = results;
  const compared = partitions.filter(({ against }) => against.length > 0);
  const alone = partitions.length - compared.length;
  const drifted = new Set(findings.map(({ partition }) => partition));
  const what =
    when === 'before' ? 'and no step that has one is committed' : 'and all are committed';
  return html`${
    findings.length === 0
      ? html`<p><span class="chip good">within</span> No column is beyond its threshold, in ${counted(compared.length, 'partition')}.</p>`
      : html`<div class="box bad"><p><strong>${counted(findings.length, 'time')} a column is beyond its threshold</strong>, in ${summary([...drifted])}, ${what}.</p></div>${renderFindings(results)}`
  }${alone > 0 && html`<p class="note">${counted(alone, 'partition')} had nothing to be compared with.</p>`}${unchecked.length > 0 && html`<div class="box warn"><p>Not looked at, for want of statistics: ${summary(unchecked)}.</p></div>`}`;
}

function renderFindings({ findings, partitions }: DriftResults): Html {
  const against = new Map(partitions.map((compared) => [compared.partition, compared.against]));
  const excess = ({ found, threshold }: DriftFinding): number =>
    Math.abs(found) / Math.max(threshold, Number.MIN_VALUE);
  const shown = findings.toSorted((a, b) => excess(b) - excess(a)).slice(0, mostFindings);
  const cut =
    shown.length < findings.length ? `, the first ${shown.length} of ${findings.length}` : '';
  return dataTable(
    `The furthest first${cut}`,
    [
      { name: 'Column', wide: 'fold' },
      { name: 'Partition', wide: 'line' },
      { name: 'Measure', wide: 'line' },
      { name: 'Found', numeric: true },
      { name: 'Threshold', numeric: true },
      { name: 'Against', wide: 'text' },
    ],
    shown.map(({ column, partition, measure, found, threshold }) => [
      html`<code>${column}</code>`,
      partition,
      measureNames[measure],
      short(found),
      short(threshold),
      summary(against.get(partition) ?? []),
    ]),
  );
}
