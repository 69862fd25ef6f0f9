/** An explanation as sections of a page: the row, then each part with its events, windows and features. */

import { columnName } from '../explain-value.js';
import type {
  ExplainedFeature,
  ExplainedPart,
  ExplainedReading,
  Explanation,
} from '../explanation.js';
import { moment, windowLength } from '../moments.js';
import { renderSource, seenBy, storedState, windowLines } from '../render-explanation.js';
import { cellText, type TimelineLine, timelineOf } from '../render-timeline.js';
import { type Html, html } from '../report/html.js';
import type { Section } from '../report/section.js';
import { dataTable } from '../report/table.js';
import { styleFor } from '../style.js';
import { drawWindows } from './draw-windows.js';
import { type Asked, linkToFeature } from './explain-form.js';

const plain = styleFor(false);

/** Events shown at each end of what lies between two edges. */
const mostEvents = 8;

export function renderExplained(explanation: Explanation, asked: Asked): Section[] {
  const { parts, derived, taken } = explanation;
  const all: (Section | null)[] = [
    { id: 'row', title: 'The row', body: renderRow(explanation) },
    ...parts.map((part, i) => ({
      id: `part${i}`,
      title: part.name,
      body: renderPart(part, explanation, asked),
    })),
    derived.length === 0
      ? null
      : {
          id: 'derived',
          title: 'Derived columns',
          body: dataTable(
            'What they are made of; the features above are what goes into them',
            [{ name: 'Column' }, { name: 'Expression', wide: 'text' }, { name: 'Of' }],
            derived.map(({ of, name, expression }) => [
              html`<code>${name}</code>`,
              html`<code>${expression}</code>`,
              of,
            ]),
          ),
        },
    taken.length === 0
      ? null
      : {
          id: 'taken',
          title: 'Taken from bootstrap tables',
          body: dataTable(
            'Columns that are not computed',
            [{ name: 'Column' }, { name: 'Value' }, { name: 'From' }],
            taken.map(({ column, value, table }) => [
              html`<code>${column}</code>`,
              renderValue(value),
              html`<code>${table}</code>`,
            ]),
          ),
        },
  ];
  return all.flatMap((section) => section ?? []);
}

function renderRow(explanation: Explanation): Html {
  const { join, windowing, row } = explanation;
  const others =
    row.matches === 1 ? '' : `, row ${row.number} of the ${row.matches} that match, by time`;
  const { look, text } = storedState(explanation);
  const facts = Object.entries(row.columns).map(([name, value]) => {
    const time = name === 'ts' && row.timeMs !== null ? `${moment(row.timeMs)} UTC` : null;
    return html`<div class="${time === null ? '' : 'wide'}"><dt>${name}</dt><dd>${renderValue(value)}${time !== null && html` <small class="note">${time}</small>`}</dd></div>`;
  });
  return html`<p class="lead"><code>${join}</code>, ${row.partition} where <code>${row.where}</code>${others}; ${windowing} windowing.</p>
<dl class="facts">${facts}</dl>
<div class="box ${look}"><p>${text}</p></div>`;
}

function renderPart(part: ExplainedPart, explanation: Explanation, asked: Asked): Html {
  const keys = part.keys.map(({ left, right, value }, i) => {
    const name = left === right ? left : `${left} → ${right}`;
    return html`${i > 0 && ', '}<code>${name}</code> = ${renderValue(value)}`;
  });
  return html`<p class="lead">${part.accuracy}: ${seenBy(part, explanation.row.timeMs)}. Key: ${keys}</p>
<ul class="plain note">${part.sources.map((source) => html`<li>${renderSource(source, part, plain)}</li>`)}</ul>
${part.readings.map((reading, i) => renderReading(reading, part, explanation, asked, i))}`;
}

function renderReading(
  reading: ExplainedReading,
  part: ExplainedPart,
  explanation: Explanation,
  asked: Asked,
  i: number,
): Html {
  const { row } = explanation;
  const lines = timelineOf(reading, part, row.timeMs, mostEvents);
  const picture = drawWindows(reading, `${part.name} ${i}`);
  return html`${reading.exploded !== null && html`<h3><code>${reading.exploded}</code>, taken apart</h3>`}
${picture}
${lines.some(({ kind }) => kind === 'event') ? renderEvents(lines, reading, part) : html`<p class="empty">The key has no events here.</p>`}
${renderFeatures(reading.features, part, explanation, asked)}`;
}

/** Edges of windows are lines of the table that go through all of its columns. */
function renderEvents(
  lines: readonly TimelineLine[],
  { inputs }: ExplainedReading,
  { name }: ExplainedPart,
): Html {
  const events = lines.flatMap((line) => (line.kind === 'event' ? [line] : []));
  const timed = events.some(({ cells }) => cells[1] !== '');
  const told = events.some(({ note }) => note !== '');
  const names = ['Seen', 'When (UTC)', 'From the row', 'Partition', ...inputs.map(columnName)];
  const isShown = (_: string, column: number): boolean => timed || column === 0 || column > 2;
  const heads = [...names.filter(isShown), ...(told ? ['Why'] : [])];
  const columns = heads.length;
  const caption = `Events of the key for ${name}, newest first`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table class="events"><caption>${caption}</caption><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${lines.map(
    (line) => {
      if (line.kind === 'more')
        return html`<tr class="more"><td colspan="${columns}">… ${line.count} more …</td></tr>`;
      if (line.kind === 'edge')
        return html`<tr class="edge"><td colspan="${columns}"><strong>${moment(line.atMs)}</strong> ${line.text}</td></tr>`;
      const [mark, ...cells] = line.cells.filter(isShown);
      return html`<tr class="${line.inside ? 'in' : 'out'}"><td><span class="seen" aria-hidden="true">${mark}</span><span class="hear">${line.inside ? 'seen' : 'not seen'}</span></td>${cells.map((cell) => html`<td>${cell}</td>`)}${told && html`<td class="min">${line.note}</td>`}</tr>`;
    },
  )}</tbody></table></div>`;
}

function renderFeatures(
  features: readonly ExplainedFeature[],
  part: ExplainedPart,
  { windowing }: Explanation,
  asked: Asked,
): Html {
  const alone = features.length === 1 || asked.column !== '';
  return dataTable(
    'Features and how each value follows',
    [
      { name: 'Feature' },
      { name: 'Value' },
      { name: 'Window', wide: 'line' },
      { name: 'How', wide: 'text' },
    ],
    features.map((feature) => {
      const { column, value, how, windowMs, operation } = feature;
      const differs =
        'stored' in feature && JSON.stringify(feature.stored) !== JSON.stringify(value);
      const name = html`<code title="${column}">${labelOf(column, part)}</code>`;
      return [
        alone ? name : html`<a href="${linkToFeature(asked, column)}">${name}</a>`,
        html`${renderValue(value)}${differs && html`<br><span class="chip warn">the table holds ${cellText(feature.stored, 60)}</span>`}`,
        operation === null ? '–' : windowMs === null ? 'all before' : windowLength(windowMs),
        html`${how}${alone && html`<ul class="plain note">${windowLines(feature, part, windowing).map((line) => html`<li>${line}</li>`)}</ul>`}`,
      ];
    }),
  );
}

/** Without the part's prefix: the part stands above. */
function labelOf(column: string, { name }: ExplainedPart): string {
  const prefix = `${name.replace(/\W/g, '_')}_`;
  const at = column.indexOf(prefix);
  return at < 0 ? column : column.slice(at + prefix.length);
}

function renderValue(value: unknown): Html {
  if (value === null || value === undefined) return html`<span class="null">NULL</span>`;
  return html`<strong>${cellText(value, 200)}</strong>`;
}
