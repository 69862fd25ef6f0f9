/** Parts of a page, each under a heading that the page's bar leads to. */
import { type Html, html } from './html.js';
import type { PageLink } from './page.js';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export function sectionLinks(sections: readonly Section[]): PageLink[] {
  return sections.map(({ id, title }) => ({ to: `#${id}`, text: title }));
}

export function renderSections(sections: readonly Section[]): Html {
  return html`${sections.map(
    ({
      id,
      title,
      body,
    }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>
`,
  )}`;
}
