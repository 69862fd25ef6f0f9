/** Tables of pages: a caption, heads of columns and of rows, and a frame that scrolls by itself. */
import { type Html, type HtmlPart, html } from './html.js';

export interface TableColumn {
  readonly name: string;
  readonly numeric?: boolean;
  /** Keeps its words on one line, is never narrower than a sentence, or folds anywhere to make room. */
  readonly wide?: 'line' | 'text' | 'fold';
}

/** The first cell of a row is its head. Ends of cells and rows are left to the browser, as HTML allows. */
export function dataTable(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly HtmlPart[])[],
): Html {
  const looks = columns.map(({ numeric, wide }) =>
    numeric === true
      ? html` class="n"`
      : wide === 'line'
        ? html` class="nw"`
        : wide === 'text'
          ? html` class="min"`
          : wide === 'fold'
            ? html` class="fold"`
            : null,
  );
  const head = columns.map(({ name }, i) => html`<th scope="col"${looks[i]}>${name}`);
  const body = rows.map(
    (row) =>
      html`<tr>${row.map((cell, i) => (i === 0 ? html`<th scope="row"${looks[i]}>${cell}` : html`<td${looks[i]}>${cell}`))}`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption><thead><tr>${head}<tbody>${body}</table></div>`;
}

/**
 * A table of nothing but numbers beside the heads of its rows, of which a page may have thousands.
 * @param id of the caption, by which its frame is called
 */
export function numbersTable(
  id: string,
  caption: HtmlPart,
  columns: readonly string[],
  rows: readonly (readonly HtmlPart[])[],
): Html {
  const head = columns.map((name) => html`<th scope="col">${name}`);
  const body = rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row">${first}${cells.map((cell) => html`<td>${cell}`)}`,
  );
  return html`<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0"><table class="nums"><caption id="${id}">${caption}</caption><thead><tr>${head}<tbody>${body}</table></div>`;
}
