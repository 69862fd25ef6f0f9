/** The runs of the warehouse, newest first. */
import { atMost } from '@hindcast/shared/store/at-most';
import { moment } from '../moments.js';
import { type Html, html } from '../report/html.js';
import { seconds } from '../report/numbers.js';
import { stateChip } from '../report/state-chip.js';
import { dataTable } from '../report/table.js';
import { startOf } from '../report/timeline.js';
import { listRuns, RunFiles } from '../run-files.js';
import { type RunSummary, summarizeRun } from '../run-summary.js';
import { count } from '../wording.js';
import type { UiContext } from './context.js';
import { renderSite } from './site.js';

const runsOfPage = 25;
const readsAtOnce = 8;

/** @param before only runs that began before this one; null for the newest */
export async function runsPage(
  { store, warehouse }: UiContext,
  before: string | null,
): Promise<string> {
  const all = await listRuns(store);
  const earlier = before === null ? all : all.filter((id) => id < before);
  const shown = earlier.slice(0, runsOfPage);
  const runs = await atMost(readsAtOnce, shown, (id) => summarizeRun(new RunFiles(store, id)));
  const last = shown.at(-1);
  const more = earlier.length > shown.length && last !== undefined;
  return renderSite({
    place: 'runs',
    title: 'Runs',
    lead:
      all.length === 0
        ? undefined
        : `${count(all.length)} in this warehouse, newest first${before === null ? '' : `: ${count(earlier.length)} before ${before}`}.`,
    warehouse,
    sections: [
      {
        id: 'runs',
        title: before === null ? 'Newest' : 'Earlier',
        body: html`${runs.length === 0 ? noRuns(all.length) : renderRuns(runs)}${more && html`<p class="more"><a href="/runs?before=${last}">Earlier runs</a></p>`}`,
      },
    ],
  });
}

function noRuns(all: number): Html {
  if (all > 0) return html`<p class="empty">No run is earlier.</p>`;
  return html`<p class="empty">No run yet. <code>hindcast submit config.ts</code> starts one; <code>hindcast quickstart</code> comes with a small warehouse.</p>`;
}

function renderRuns(runs: readonly RunSummary[]): Html {
  return dataTable(
    'Each leads to its report',
    [
      { name: 'Began (UTC)', wide: 'line' },
      { name: 'State', wide: 'line' },
      { name: 'Config', wide: 'text' },
      { name: 'Partitions', numeric: true },
      { name: 'Rows', numeric: true },
      { name: 'Time', numeric: true },
    ],
    runs.map(({ run, status, config, name, partitions, rows, seconds: took }) => {
      const began = startOf(run);
      return [
        html`<a href="/runs/${run}">${began === null ? run : moment(began).slice(0, 19)}</a>`,
        stateChip(status),
        html`<span title="${config}">${fileOf(config)}</span>${name !== null && html` <small class="note">${name}</small>`}`,
        count(partitions),
        count(rows),
        took === null ? '–' : seconds(took),
      ];
    }),
  );
}

/** The end of a path, which tells configs apart in most places. */
function fileOf(config: string): string {
  const parts = config.split(/[\\/]/);
  return parts.length > 2 ? `…/${parts.slice(-2).join('/')}` : config;
}
