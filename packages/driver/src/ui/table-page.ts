/** One table: its features over partitions, its columns, its Delta history, some of its rows. */
import { didYouMean, HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import type { QueryResult } from '@hindcast/shared/plan/task';
import { type DeltaCommit, readDeltaHistory } from '@hindcast/shared/table/delta-history';
import { listTables, tableKey } from '@hindcast/shared/table/partitions';
import { withNumbers } from '../json-values.js';
import { moment } from '../moments.js';
import { cellText } from '../render-timeline.js';
import { type FeatureStatistics, readStatistics } from '../report/feature-statistics.js';
import { featureGroups } from '../report/features.js';
import { type Html, html } from '../report/html.js';
import { renderFeatures } from '../report/render-features.js';
import type { Section } from '../report/section.js';
import { dataTable } from '../report/table.js';
import { mostPartitions } from '../report/write-report.js';
import { listRuns } from '../run-files.js';
import { quoteTable } from '../sql-dialect.js';
import { count, counted, size, summary } from '../wording.js';
import type { UiContext } from './context.js';
import { renderProblem, renderSite } from './site.js';
import {
  type PartitionFacts,
  spanOf,
  type TableFacts,
  tableFacts,
  totalBytes,
  totalRows,
} from './table-facts.js';

const mostCommits = 50;
const shownPartitions = 40;
const shownRows = 12;
/** Columns of rows that are shown: of a wide table the first ones. */
const shownColumns = 24;

/** @throws HindcastError kind `usage` for a table that is not there, and as `tableFacts` */
export async function tablePage(context: UiContext, name: string): Promise<string> {
  const facts = await tableFacts(name, context);
  if (facts === null) {
    throw new HindcastError('usage', `no table "${name}" in ${context.warehouse}`, {
      hint: didYouMean(name, await listTables(context.store)),
    });
  }
  const sections = await Promise.all([
    orProblem('features', 'Features', () => featuresSection(facts, context)),
    orProblem('history', 'History', () => historySection(facts, context)),
    partitionsSection(facts),
    orProblem('rows', 'Rows', () => rowsSection(facts, context)),
    columnsSection(facts),
  ]);
  const { format, version } = facts;
  return renderSite(
    {
      place: 'tables',
      title: name,
      eyebrow: html`Table <span class="chip">${format === 'delta' ? `Delta, version ${version}` : 'Parquet'}</span>`,
      heading: html`<code>${name}</code>`,
      lead: renderFacts(facts),
      sections: sections.flatMap((section) => section ?? []),
      warehouse: context.warehouse,
    },
    true,
  );
}

/** What can't be read of a table leaves the rest as it is. */
async function orProblem(
  id: string,
  title: string,
  section: () => Promise<Section | null>,
): Promise<Section | null> {
  try {
    return await section();
  } catch (error) {
    return { id, title, body: renderProblem(toErrorRecord(error)) };
  }
}

function renderFacts(facts: TableFacts): Html {
  const rows = totalRows(facts);
  const texts = [
    rows === null ? null : counted(rows, 'row'),
    `${counted(facts.partitions.length, 'partition')} by ${facts.partitionColumns.join(' and ') || 'nothing'}`,
    spanOf(facts),
    size(totalBytes(facts)),
  ];
  return html`${texts.filter((text) => text !== null).join(' · ')}`;
}

async function featuresSection(
  { name, partitionColumns, parts }: TableFacts,
  { store, launcher, spec }: UiContext,
): Promise<Section | null> {
  const output = { table: name, partitionColumn: partitionColumns[0] ?? spec.column };
  const statistics = await readStatistics(output, null, mostPartitions, store, launcher);
  if (statistics === null || statistics.length === 0) return null;
  return { id: 'features', title: 'Features', body: renderStatistics(statistics, parts) };
}

function renderStatistics(
  statistics: readonly FeatureStatistics[],
  parts: readonly string[],
): Html {
  return renderFeatures(featureGroups(statistics, parts), new Set());
}

async function historySection(
  { name, version }: TableFacts,
  { store, tables }: UiContext,
): Promise<Section | null> {
  if (version === null || tables[name] !== undefined) return null;
  const [commits, runs] = await Promise.all([
    readDeltaHistory(store, tableKey(name), version, mostCommits),
    listRuns(store),
  ]);
  return { id: 'history', title: 'History', body: renderHistory(commits, version, new Set(runs)) };
}

function renderHistory(
  commits: readonly DeltaCommit[],
  version: number,
  runs: ReadonlySet<string>,
): Html {
  if (commits.length === 0)
    return html`<p class="empty">Its commits were cleaned away: a checkpoint holds what is there now.</p>`;
  const all = version + 1;
  const which = commits.length < all ? `, the newest ${commits.length} of ${count(all)}` : '';
  return dataTable(
    `Commits of the Delta log${which}`,
    [
      { name: 'Version', numeric: true },
      { name: 'When (UTC)', wide: 'line' },
      { name: 'What', wide: 'line' },
      { name: 'Partitions', wide: 'text' },
      { name: 'Rows added', numeric: true },
      { name: 'Files', numeric: true },
      { name: 'By', wide: 'line' },
    ],
    commits.map((commit) => [
      commit.version,
      commit.atMs === null ? '–' : moment(commit.atMs).slice(0, 19),
      commit.operation ?? '–',
      commit.partitions.length === 0 ? '–' : summary(commit.partitions),
      commit.rowsAdded === null ? '–' : count(commit.rowsAdded),
      `+${count(commit.filesAdded)} −${count(commit.filesRemoved)}`,
      madeBy(commit, runs),
    ]),
  );
}

function madeBy({ runId, engine }: DeltaCommit, runs: ReadonlySet<string>): Html {
  if (runId === null) return html`${engine ?? '–'}`;
  const name = `run ${runId.split('-').at(-1)}`;
  return runs.has(runId)
    ? html`<a href="/runs/${encodeURIComponent(runId)}">${name}</a>`
    : html`<span title="${runId}">${name}</span>`;
}

function partitionsSection({ partitions, partitionColumns }: TableFacts): Section {
  const newest = partitions.slice(-shownPartitions).reverse();
  const most = Math.max(1, ...newest.map(weight));
  const which =
    newest.length < partitions.length
      ? `, the newest ${newest.length} of ${count(partitions.length)}`
      : '';
  const body =
    newest.length === 0
      ? html`<p class="empty">No partition: the table is empty.</p>`
      : dataTable(
          `Newest first${which}`,
          [
            { name: partitionColumns[0] ?? 'Partition', wide: 'line' },
            { name: 'Rows', numeric: true },
            { name: '' },
            { name: 'Files', numeric: true },
            { name: 'Size', numeric: true },
          ],
          newest.map((partition) => [
            partition.value ?? 'NULL',
            partition.rows === null ? '–' : count(partition.rows),
            html`<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${Math.round((weight(partition) / most) * 1000) / 10}" height="8"/></svg>`,
            count(partition.files),
            size(partition.bytes),
          ]),
        );
  return { id: 'partitions', title: 'Partitions', body };
}

function weight({ rows, bytes }: PartitionFacts): number {
  return rows ?? bytes;
}

/** Some rows of the newest partition. */
async function rowsSection(
  facts: TableFacts,
  { launcher, spec }: UiContext,
): Promise<Section | null> {
  const newest = facts.partitions.findLast(({ rows }) => rows !== 0);
  if (newest === undefined) return null;
  const { name, partitionColumns } = facts;
  const result = withNumbers(
    await launcher.run({
      kind: 'query',
      sql: `SELECT * FROM ${quoteTable('duckdb', name)} LIMIT ${shownRows}`,
      tables: [
        {
          name,
          partitionColumn: partitionColumns[0] ?? spec.column,
          files: newest.paths.map((path) => ({ path, partition: newest.value ?? '' })),
          columns: [],
        },
      ],
      otherTables: [],
      copyTo: null,
      maxRows: shownRows,
    }),
  );
  return { id: 'rows', title: 'Rows', body: renderRows(result, newest.value) };
}

function renderRows({ columns, rows }: QueryResult, partition: string | null): Html {
  const shown = columns.slice(0, shownColumns);
  const which =
    shown.length < columns.length
      ? `, the first ${shown.length} of ${count(columns.length)} columns`
      : '';
  return dataTable(
    `${rows.length === shownRows ? `${shownRows} rows` : 'The rows'} of ${partition ?? 'NULL'}${which}`,
    shown.map(({ name, type }) => ({ name, numeric: isNumber(type), wide: 'line' })),
    rows.map((row) =>
      shown.map((_, i) => {
        const value = row[i];
        if (value === null || value === undefined) return html`<span class="null">NULL</span>`;
        return cellText(value, 60);
      }),
    ),
  );
}

function isNumber(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL\(.*\))$/.test(type);
}

function columnsSection({ columns, parts }: TableFacts): Section | null {
  if (columns === null) return null;
  const longest = parts.toSorted((a, b) => b.length - a.length);
  return {
    id: 'columns',
    title: 'Columns',
    body: dataTable(
      `${counted(columns.length, 'column')}, in order`,
      [{ name: 'Column' }, { name: 'Type' }, { name: 'From' }],
      columns.map(({ name, type }) => {
        const part = longest.find((prefix) => name.startsWith(`${prefix}_`));
        return [html`<code>${name}</code>`, html`<code>${type}</code>`, part ?? '–'];
      }),
    ),
  };
}
