/** The pages of the UI have a bar that leads to the others, and one frame. */
import type { ErrorRecord } from '@hindcast/shared/errors';
import { type Html, type HtmlPart, html } from '../report/html.js';
import { type PageLink, renderPage } from '../report/page.js';
import { renderSections, type Section, sectionLinks } from '../report/section.js';

export type Place = 'runs' | 'tables' | 'explain-row';

const places: readonly { readonly place: Place; readonly to: string; readonly text: string }[] = [
  { place: 'runs', to: '/runs', text: 'Runs' },
  { place: 'tables', to: '/tables', text: 'Tables' },
  { place: 'explain-row', to: '/explain-row', text: 'Explain a row' },
];

/** @param current where the reader is; null for nowhere in particular */
export function siteLinks(current: Place | null): PageLink[] {
  return [
    { to: '/', text: 'Hindcast' },
    ...places.map(({ place, to, text }) => ({ to, text, current: place === current })),
  ];
}

export interface SitePage {
  readonly place: Place | null;
  readonly title: string;
  /** Above the title. */
  readonly eyebrow?: HtmlPart;
  /** The title itself, where it is more than text. */
  readonly heading?: Html;
  readonly lead?: HtmlPart;
  readonly sections: readonly Section[];
  readonly warehouse: string;
}

/** @param bar whether the sections stand in a bar of their own */
export function renderSite(page: SitePage, bar = false): string {
  const { place, title, eyebrow, heading, lead, sections, warehouse } = page;
  return renderPage(
    {
      title: `${title} · Hindcast`,
      site: siteLinks(place),
      links: bar ? sectionLinks(sections) : [],
      header: html`${eyebrow !== undefined && html`<p class="eyebrow">${eyebrow}</p>`}<h1>${heading ?? title}</h1>${lead !== undefined && html`<p class="lead">${lead}</p>`}`,
      main: renderSections(sections),
      footer: html`<p>Warehouse <code>${warehouse}</code>. These pages read it, write nothing, and ask nobody else.</p>`,
    },
    "'self'",
  );
}

/** What is wrong, what was found, what to do. */
export function renderProblem({ kind, message, found, hint }: ErrorRecord): Html {
  const bug = kind === 'bug' ? 'This is a bug in Hindcast: ' : '';
  return html`<div class="box bad" role="alert"><p><strong>${bug}${message}</strong></p>${found !== undefined && html`<p>found: ${found}</p>`}${hint !== undefined && html`<p>${hint}</p>`}</div>`;
}
