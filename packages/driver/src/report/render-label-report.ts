/** How far labels have come: which dates a run was for, and the maturity of each partition. */
import type { LabelMaturity } from '@hindcast/shared/plan/plan';
import { count, summary } from '../wording.js';
import { type Html, html } from './html.js';
import { percent } from './numbers.js';
import type { LabelReport } from './report-model.js';
import { dataTable } from './table.js';

/** The newest partitions with a line of their own. */
const mostPartitions = 60;

export function renderLabels({ dates, maturity, before }: LabelReport): Html {
  const matured = maturity.filter((one) => one.matured).length;
  const lacking = maturity.reduce((sum, one) => sum + one.lacking, 0);
  const shown = maturity.slice(-mostPartitions);
  const which =
    shown.length < maturity.length ? `, the last ${shown.length} of ${maturity.length}` : '';
  return html`<p class="lead">${before ? 'As it was before this run. ' : ''}${count(matured)} of ${count(maturity.length)} partitions have matured.</p>
${lacking > 0 && html`<div class="box warn"><p>${count(lacking)} rows of the features came after their labels: compute these label dates again.</p></div>`}
${
  dates.length > 0 &&
  dataTable(
    'Label dates of this run',
    [{ name: 'Label date', wide: 'line' }, { name: 'Features of' }],
    dates.map(({ labelDs, partitions }) => [labelDs, summary(partitions)]),
  )
}
${
  shown.length > 0 &&
  dataTable(
    `Labels of each partition of the features${which}`,
    [
      { name: 'Partition', wide: 'line' },
      { name: 'Rows', numeric: true },
      { name: 'With a label', numeric: true },
      { name: '' },
      { name: 'Versions' },
      { name: 'Matures on', wide: 'line' },
      { name: 'State', wide: 'line' },
    ],
    shown.map((one) => {
      const latest = one.versions.at(-1);
      const share = latest === undefined ? 0 : latest.labeled / Math.max(1, one.rows);
      return [
        one.partition,
        count(one.rows),
        latest === undefined ? '–' : `${count(latest.labeled)} (${percent(share)})`,
        html`<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${Math.round(share * 100)}" height="8"/></svg>`,
        latest === undefined ? 'none' : `${one.versions.length}, last of ${latest.labelDs}`,
        one.maturesOn,
        stateOf(one),
      ];
    }),
  )
}`;
}

function stateOf({ matured, versions, lacking }: LabelMaturity): Html {
  if (lacking > 0) return html`<span class="chip warn">${count(lacking)} rows lack labels</span>`;
  if (matured) return html`<span class="chip good">matured</span>`;
  return versions.length === 0
    ? html`<span class="chip">no labels</span>`
    : html`<span class="chip warn">maturing</span>`;
}
