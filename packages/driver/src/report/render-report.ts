/** A report's model as one page that needs nothing else. */
import type { Plan } from '@hindcast/shared/plan/plan';
import { statisticsOf } from '@hindcast/shared/plan/statistics';
import { moment } from '../moments.js';
import { count, size, summary } from '../wording.js';
import { type Html, html } from './html.js';
import { seconds } from './numbers.js';
import { type PageLink, renderPage } from './page.js';
import { renderConsistency } from './render-consistency.js';
import { renderDrift } from './render-drift.js';
import { renderFeatures } from './render-features.js';
import { renderLabels } from './render-label-report.js';
import { renderPlanned } from './render-planned.js';
import { renderBuckets, renderSources, renderTimeline } from './render-run.js';
import type { ReportModel, StepReport } from './report-model.js';
import { renderSections, type Section, sectionLinks } from './section.js';
import { stateChip } from './state-chip.js';

/** @param site where else a reader may go; nowhere from a file on disk */
export function renderReport(model: ReportModel, site: readonly PageLink[] = []): string {
  const parts = sectionsOf(model);
  return renderPage({
    title: `${model.name} · run ${model.runId}`,
    header: renderHeader(model),
    site,
    links: sectionLinks(parts),
    main: renderSections(parts),
    footer: html`<p>Written ${moment(model.now).slice(0, 19)} UTC from the run's files. Nothing on this page is loaded from anywhere.</p>`,
  });
}

/** What there is nothing to say of is left out. */
function sectionsOf(model: ReportModel): Section[] {
  const { job, partitions, steps, timeline, sources, skew, bootstrap, labels, drift } = model;
  const { features, output, consistency } = model;
  const computed = new Set(
    partitions.flatMap(({ value, outcome }) => (outcome === 'computed' ? [value] : [])),
  );
  const all: (Section | null)[] = [
    { id: 'notes', title: 'Warnings and notes', body: renderNotes(model) },
    output === null ? null : { id: 'plan', title: 'Plan', body: renderPlanned(model) },
    steps.length === 0 ? null : { id: 'steps', title: 'Steps', body: renderSteps(steps) },
    timeline === null ? null : { id: 'time', title: 'Time', body: renderTimeline(timeline) },
    sources.length === 0 && bootstrap === null
      ? null
      : { id: 'sources', title: 'Sources and reuse', body: renderSources(sources, bootstrap) },
    // A query has no keys.
    output === null || steps.length === 0 || job === 'staging-query'
      ? null
      : { id: 'keybuckets', title: 'KeyBuckets', body: renderBuckets(skew) },
    consistency === null
      ? null
      : { id: 'consistency', title: 'Consistency', body: renderConsistency(consistency) },
    drift === null ? null : { id: 'drift', title: 'Drift check', body: renderDrift(drift) },
    labels === null ? null : { id: 'labels', title: 'Labels', body: renderLabels(labels) },
    // A table of measures has no statistics of its own, and a view none at all.
    output === null || job === 'consistency' || model.isView
      ? null
      : {
          id: 'features',
          title: 'Features',
          body:
            features === null
              ? html`<p class="lead">There are no statistics of this table: no <code>${statisticsOf(output)}</code>. Distributions, NULL shares and drift are shown as soon as there are.</p>`
              : renderFeatures(features, computed),
        },
  ];
  return all.flatMap((section) => section ?? []);
}

const jobs: Readonly<Record<Plan['job'], string>> = {
  join: 'Join',
  'group-by': 'GroupBy',
  'label-join': 'Labels of a join',
  'staging-query': 'Staging query',
  consistency: 'Consistency of a log',
};

function renderHeader(model: ReportModel): Html {
  const { job, name, title, output, state, request, runId, timeline, store } = model;
  const computed = model.partitions.filter(({ outcome }) => outcome === 'computed').length;
  const planned = model.partitions.filter(({ outcome }) => outcome !== 'skipped').length;
  const length = model.seconds ?? timeline?.seconds ?? null;
  const executors =
    request === null ? null : `${request.executors} ${request.kubernetes ? 'pods' : 'threads'}`;
  const facts: readonly (readonly [string, string | null, string])[] = [
    ['Rows committed', count(model.rows), 'big'],
    [
      'Partitions computed',
      planned === computed ? count(computed) : `${count(computed)} of ${count(planned)}`,
      'big',
    ],
    [timeName(model), length === null ? null : seconds(length), 'big'],
    ['Written', size(model.bytesWritten), 'big'],
    ['Began', timeline === null ? null : `${moment(timeline.startedAt).slice(0, 19)} UTC`, 'wide'],
    ['Executors', executors, ''],
    ['Windowing', model.windowing, ''],
    [
      'Asked of the store',
      store === null || store.requests === 0
        ? null
        : `${count(store.requests)} requests, ${size(store.bytesRead)} read`,
      '',
    ],
    ['Config', request?.config ?? null, 'wide'],
    ['Run', runId, 'wide'],
    ['Named', title, ''],
    ['Views', model.views.length === 0 ? null : model.views.join(', '), 'wide'],
  ];
  return html`<p class="eyebrow">${job === null ? 'Run' : jobs[job]} ${stateChip(state)}</p>
<h1><code>${name}</code></h1>
${output === null ? null : html`<p class="lead">writes <code>${output}</code></p>`}
${renderState(model)}
<dl class="facts">${facts.map(([what, value, look]) => value !== null && html`<div class="${look === 'wide' ? 'wide' : ''}"><dt>${what}</dt><dd class="${look === 'big' ? 'big' : ''}">${value}</dd></div>`)}</dl>`;
}

function timeName({ seconds: whole, state }: ReportModel): string {
  if (whole !== null) return 'Time';
  return state === 'running' || state === 'waiting' ? 'Time so far' : 'Time on record';
}

/** What a reader must know before anything else of a run that did not end well, or not yet. */
function renderState({ state, now, runId, output }: ReportModel): Html | null {
  const at = `${moment(now).slice(0, 19)} UTC`;
  switch (state) {
    case 'running':
      return html`<div class="box warn" role="note"><p><strong>This run is still going.</strong> What stands here is how far it was at ${at}; <code>hindcast report ${runId}</code> writes it anew.</p></div>`;
    case 'waiting':
      return html`<div class="box warn" role="note"><p><strong>This run has not begun</strong>: it waited for its driver at ${at}.</p></div>`;
    case 'died':
      return html`<div class="box bad" role="note"><p><strong>This run crashed</strong>: its driver is gone and did not say how it ended. What stands here is what it left behind${output === null && html`, which is no plan`}. What it committed stays; <code>hindcast retry ${runId}</code> computes the rest.</p></div>`;
    case 'interrupted':
      return html`<div class="box warn" role="note"><p><strong>This run was interrupted.</strong> What it committed stays; <code>hindcast retry ${runId}</code> computes the rest.</p></div>`;
    case 'failed':
    case 'partly-failed':
      return html`<div class="box bad" role="note"><p><strong>${state === 'failed' ? 'This run failed: nothing was committed.' : 'Some steps of this run failed; the others are committed.'}</strong> Its steps say why; <code>hindcast retry ${runId}</code> computes the rest.</p></div>`;
    default:
      return null;
  }
}

/** What was noticed in the data is among the warnings, but for rows that were to be left out. */
function renderNotes({ warnings, notes }: ReportModel): Html {
  const skewed = notes?.skewedRows ?? 0;
  return html`${
    warnings.length === 0
      ? html`<p><span class="chip good">none</span> No warnings.</p>`
      : html`<div class="box warn"><ul class="plain">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></div>`
  }${skewed > 0 && html`<p>${count(skewed)} rows of the left were left out by skewKeys.</p>`}`;
}

const stepChips: Readonly<Record<StepReport['status'], Html>> = {
  committed: html`<span class="chip good">committed</span>`,
  failed: html`<span class="chip bad">failed</span>`,
  running: html`<span class="chip warn">going</span>`,
  'not run': html`<span class="chip">not run</span>`,
};

/** Steps that a list names, at most: those that failed come first. */
const mostSteps = 400;

function renderSteps(steps: readonly StepReport[]): Html {
  const rank = ({ status }: StepReport): number => (status === 'failed' ? 0 : 1);
  const shown = steps.toSorted((a, b) => rank(a) - rank(b)).slice(0, mostSteps);
  const more = steps.length > shown.length ? `, the first ${shown.length} of ${steps.length}` : '';
  return html`<div class="scroll" role="region" aria-label="Steps, one by one" tabindex="0"><table><caption>Each step is committed by itself${more}</caption><thead><tr><th scope="col">Step<th scope="col">Outcome<th scope="col">Partitions<th scope="col" class="n">Rows<th scope="col" class="n">Delta version<tbody>${shown.map(
    ({ step, status, partitions, rows, version, error }) =>
      html`<tr><th scope="row">${step}<td>${stepChips[status]}<td class="min">${summary(partitions)}${error !== null && html`<div class="box bad"><p>${error.message}</p>${error.found !== undefined && html`<p>found: ${error.found}</p>`}${error.hint !== undefined && html`<p>${error.hint}</p>`}</div>`}<td class="n">${status === 'committed' ? count(rows) : '–'}<td class="n">${version ?? '–'}`,
  )}</table></div>`;
}
