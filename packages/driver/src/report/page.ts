/**
 * A page as a whole. Its policy lets it load nothing, run nothing but its own script and be styled by
 * nothing but its own style, whatever stands in it.
 */
import { createHash } from 'node:crypto';
import { type Html, html, trusted } from './html.js';
import { pageScript } from './page-script.js';
import { pageStyle } from './page-style.js';

export interface Page {
  readonly title: string;
  readonly header: Html;
  /** Of a page that is one of several: links to the others. */
  readonly site?: readonly PageLink[];
  /** Parts of the page, for the bar that stays at the top; none: there is no bar. */
  readonly links: readonly PageLink[];
  readonly main: Html;
  readonly footer: Html;
}

export interface PageLink {
  readonly to: string;
  readonly text: string;
  readonly current?: boolean;
}

/**
 * The Content-Security-Policy of pages.
 * @param formAction where forms may go: `'none'`, `'self'`
 */
export function pagePolicy(formAction: string): string {
  return [
    "default-src 'none'",
    `style-src ${hashOf(pageStyle)}`,
    `script-src ${hashOf(pageScript)}`,
    'img-src data:', // the empty icon, so that nobody asks for one
    "base-uri 'none'",
    `form-action ${formAction}`,
  ].join('; ');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** @param formAction as for `pagePolicy` */
export function renderPage(page: Page, formAction = "'none'"): string {
  const { title, header, site = [], links, main, footer } = page;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy(formAction)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${site.length > 0 && html`<nav class="site" aria-label="Hindcast">${linkList(site)}</nav>`}
<header>${header}</header>
${links.length > 0 && html`<nav class="parts" aria-label="Parts of this page">${linkList(links)}</nav>`}
<main id="main">${main}</main>
<footer>${footer}</footer>
<script>${trusted(pageScript)}</script>
</body>
</html>
`.text;
}

function linkList(links: readonly PageLink[]): Html {
  return html`<ul>${links.map(
    ({ to, text, current }) =>
      html`<li><a href="${to}"${current === true && trusted(' aria-current="page"')}>${text}</a></li>`,
  )}</ul>`;
}
