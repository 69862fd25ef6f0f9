/** The question of `/explain-row`: what a form asks for, from the page's address and back into it. */
import { HindcastError } from '@hindcast/shared/errors';
import type { RowRequest } from '../explain-row.js';
import { type Html, html } from '../report/html.js';

/** A join that some run computed: its newest run stands for it. */
export interface AskableJoin {
  readonly runId: string;
  readonly name: string;
  readonly config: string;
  /** The last partition that the run knew; empty where it knew none. */
  readonly lastPartition: string;
}

/** As they stand in the form; empty where nothing is given. */
export interface Asked {
  readonly run: string;
  readonly ds: string;
  readonly where: string;
  readonly row: string;
  readonly column: string;
}

const names = ['run', 'ds', 'where', 'row', 'column'] as const;

export function askedOf(params: URLSearchParams): Asked {
  return Object.fromEntries(
    names.map((name) => [name, (params.get(name) ?? '').trim()]),
  ) as unknown as Asked;
}

/** Most events that an explanation in the browser names at each end of a window. */
const limit = 200;

/**
 * Null: nothing is asked yet.
 * @throws HindcastError kind `usage` for half a question
 */
export function rowRequestOf({ ds, where, row, column }: Asked): RowRequest | null {
  if (ds === '' && where === '') return null;
  if (ds === '') throw new HindcastError('usage', "the row's partition is not given");
  if (where === '') {
    throw new HindcastError('usage', 'no condition says which row is meant', {
      hint: `A Spark SQL condition over the left's columns: user_id = '24'.`,
    });
  }
  if (row !== '' && !/^[1-9]\d{0,8}$/.test(row))
    throw new HindcastError('usage', `${row} is no whole number of at least 1`);
  const columns = column.split(/[\s,]+/).filter((name) => name !== '');
  return {
    partition: ds,
    where,
    row: row === '' ? 1 : Number(row),
    columns: columns.length === 0 ? null : columns,
    limit,
  };
}

export function renderForm(joins: readonly AskableJoin[], asked: Asked): Html {
  const chosen = joins.find(({ runId }) => runId === asked.run) ?? joins[0]!;
  return html`<form class="ask" action="/explain-row" method="get">
<label>Join<select name="run">${joins.map(
    ({ runId, name, config }) =>
      html`<option value="${runId}"${runId === chosen.runId && html` selected`}>${name} (${config})</option>`,
  )}</select></label>
<label>Row <small>Spark SQL over the left's columns, such as <code>user_id = '24'</code></small><input name="where" required autocomplete="off" spellcheck="false" value="${asked.where}"></label>
<div class="two"><label>Partition<input name="ds" required autocomplete="off" value="${asked.ds === '' ? chosen.lastPartition : asked.ds}"></label>
<label>Which of several <small>by time, from 1</small><input name="row" inputmode="numeric" autocomplete="off" value="${asked.row}" placeholder="1"></label></div>
<label>Features <small>names with commas between; empty for all</small><input name="column" autocomplete="off" spellcheck="false" value="${asked.column}"></label>
<div><button type="submit">Explain</button></div>
</form>`;
}

/** The page of the same question about one feature. */
export function linkToFeature(asked: Asked, column: string): string {
  return `/explain-row?${new URLSearchParams({ ...asked, column })}`;
}
