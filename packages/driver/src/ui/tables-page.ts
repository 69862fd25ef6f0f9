/** The tables of the warehouse. */
import { toErrorRecord } from '@hindcast/shared/errors';
import { statisticsOf } from '@hindcast/shared/plan/statistics';
import { atMost } from '@hindcast/shared/store/at-most';
import { listTables } from '@hindcast/shared/table/partitions';
import { type Html, type HtmlPart, html } from '../report/html.js';
import { dataTable } from '../report/table.js';
import { count, size } from '../wording.js';
import type { UiContext } from './context.js';
import { renderSite } from './site.js';
import { spanOf, type TableFacts, tableFacts, totalBytes, totalRows } from './table-facts.js';

/** Tables whose logs are read for a page, at most; others are names. */
const mostRead = 200;
const readsAtOnce = 8;

export async function tablesPage(context: UiContext): Promise<string> {
  const all = await listTables(context.store);
  const names = [...new Set([...all, ...Object.keys(context.tables)])].sort();
  const there = new Set(names);
  // Statistics are shown with the table that they are of.
  const statistics = new Set(names.map(statisticsOf).filter((name) => there.has(name)));
  const shown = names.filter((name) => !statistics.has(name));
  const rows = await atMost(readsAtOnce, shown, async (name, i) =>
    i < mostRead ? rowOf(name, statistics.has(statisticsOf(name)), context) : [linkTo(name)],
  );
  const cut = shown.length > mostRead ? `; the first ${mostRead} with what is in them` : '';
  return renderSite({
    place: 'tables',
    title: 'Tables',
    lead: shown.length === 0 ? undefined : `${count(shown.length)} in this warehouse${cut}.`,
    warehouse: context.warehouse,
    sections: [
      { id: 'tables', title: 'All', body: rows.length === 0 ? noTables : renderTables(rows) },
    ],
  });
}

const noTables = html`<p class="empty">No table yet. <code>hindcast import file.csv --table data.name</code> loads one.</p>`;

function renderTables(rows: readonly (readonly HtmlPart[])[]): Html {
  return dataTable(
    'By name; rows as commits counted them',
    [
      { name: 'Table', wide: 'fold' },
      { name: 'Format', wide: 'line' },
      { name: 'Partitions', numeric: true },
      { name: 'From … to', wide: 'line' },
      { name: 'Rows', numeric: true },
      { name: 'Size', numeric: true },
      { name: 'Features', wide: 'line' },
    ],
    rows,
  );
}

function linkTo(name: string): Html {
  return html`<a href="${pathOf(name)}"><code>${name}</code></a>`;
}

function pathOf(name: string): string {
  return `/tables/${encodeURIComponent(name)}`;
}

async function rowOf(name: string, features: boolean, context: UiContext): Promise<HtmlPart[]> {
  let facts: TableFacts | null;
  try {
    facts = await tableFacts(name, context);
  } catch (error) {
    const { message } = toErrorRecord(error);
    return [linkTo(name), html`<span class="chip bad" title="${message}">can't be read</span>`];
  }
  if (facts === null) return [linkTo(name), 'nothing there'];
  const rows = totalRows(facts);
  return [
    linkTo(name),
    facts.format === 'delta' ? `Delta, version ${facts.version}` : 'Parquet',
    count(facts.partitions.length),
    spanOf(facts) ?? '–',
    rows === null ? '–' : count(rows),
    size(totalBytes(facts)),
    features ? html`<a href="${pathOf(name)}#features">distributions</a>` : '–',
  ];
}
