/** What a comparison of a log found: columns that differ, by how much and on which days. */
import type { ColumnConsistency } from '../column-consistency.js';
import { count, counted, summary } from '../wording.js';
import { type ConsistencyFound, type ConsistencyReport, different } from './consistency.js';
import { type Html, html } from './html.js';
import { percent, short } from './numbers.js';
import { dataTable } from './table.js';

/** Columns with a line of their own, at most: those that differ most. */
const mostColumns = 200;
/** The newest days with a line of their own. */
const mostDays = 60;
/** Columns without a difference that are named. */
const mostEqual = 60;

export function renderConsistency({ tolerance, days, found }: ConsistencyReport): Html {
  if (found === null) {
    return days.length === 0
      ? html`<p class="lead">Nothing was compared yet.</p>`
      : html`<p class="lead">${summary(days)}: what was found can't be read here.</p>`;
  }
  const { rows, different: off, equal } = found;
  const columns = off.length + equal.length;
  const near =
    tolerance === null
      ? ''
      : tolerance === 0
        ? ' Fractions are compared bit by bit.'
        : ` Fractions count as equal within ${tolerance} of the greater one.`;
  return html`<p class="lead">${counted(rows, 'row')} of the log, ${counted(columns, 'column')}, on ${counted(days.length, 'day')}: ${summary(days)}.${near}</p>${
    off.length === 0
      ? html`<p><span class="chip good">equal</span> What was served is what is computed, in every row of every column.</p>`
      : renderDifferences(found, columns)
  }${equal.length > 0 && off.length > 0 && renderEqual(equal)}`;
}

function renderDifferences({ different: off, days }: ConsistencyFound, columns: number): Html {
  return html`<div class="box bad"><p><strong>${count(off.length)} of ${counted(columns, 'column')} differ</strong>, on ${counted(days.length, 'day')}.</p></div>${renderColumns(off)}${renderDays(days)}`;
}

function renderColumns(off: readonly ColumnConsistency[]): Html {
  const shown = off.slice(0, mostColumns);
  const cut = shown.length < off.length ? `, the first ${shown.length} of ${off.length}` : '';
  return dataTable(
    `Columns that differ, the worst first${cut}; means are over all rows that both sides have`,
    [
      { name: 'Column', wide: 'text' },
      { name: 'Differ', numeric: true },
      { name: '' },
      { name: 'Another value', numeric: true },
      { name: 'Logged only', numeric: true },
      { name: 'Computed only', numeric: true },
      { name: 'Equal', numeric: true },
      { name: 'Both NULL', numeric: true },
      { name: 'Mean absolute error', numeric: true },
      { name: 'Mean relative error', numeric: true },
      { name: 'Mean edit distance', numeric: true },
      { name: 'On', wide: 'text' },
    ],
    shown.map((column) => {
      const share = different(column) / Math.max(1, column.rows);
      return [
        html`<code>${column.column_name}</code>`,
        `${count(different(column))} (${percent(share)})`,
        drawMeter(share),
        count(column.mismatched),
        count(column.logged_only),
        count(column.computed_only),
        count(column.equal),
        count(column.both_null),
        short(column.mean_absolute_error),
        short(column.mean_relative_error),
        short(column.mean_edit_distance),
        summary(column.off.map(({ partition }) => partition)),
      ];
    }),
  );
}

/** The share that stands beside it in words. */
function drawMeter(share: number): Html {
  return html`<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${Math.round(share * 1000) / 10}" height="8"/></svg>`;
}

function renderDays(days: ConsistencyFound['days']): Html {
  const shown = days.slice(-mostDays);
  const cut = shown.length < days.length ? `, the last ${shown.length} of ${days.length}` : '';
  return dataTable(
    `Days with differences${cut}`,
    [
      { name: 'Day', wide: 'line' },
      { name: 'Columns that differ', numeric: true },
      { name: 'Values that differ', numeric: true },
      { name: 'Most of them in', wide: 'fold' },
    ],
    shown.map(({ day, columns, values, most }) => [
      day,
      count(columns),
      count(values),
      html`<code>${most}</code>`,
    ]),
  );
}

function renderEqual(equal: readonly string[]): Html {
  const named = equal.slice(0, mostEqual);
  const more = equal.length - named.length;
  return html`<p class="note">The same in every row: ${named.map((name, i) => html`${i > 0 && ', '}<code>${name}</code>`)}${more > 0 && ` and ${count(more)} more`}.</p>`;
}
