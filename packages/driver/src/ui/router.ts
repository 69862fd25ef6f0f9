/** Which page an address stands for. Whatever goes wrong is a page, too. */
import { type ErrorKind, HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import type { UiContext } from './context.js';
import { explainPage } from './explain-page.js';
import { runPage } from './run-page.js';
import { runsPage } from './runs-page.js';
import type { Answer } from './serve.js';
import { renderProblem, renderSite } from './site.js';
import { tablePage } from './table-page.js';
import { tablesPage } from './tables-page.js';

/** @param gone aborted when nobody waits for the answer any more */
export async function respond(
  context: UiContext,
  { pathname, searchParams }: URL,
  gone: AbortSignal,
): Promise<Answer> {
  try {
    const [place = '', name, ...more] = pathname.slice(1).split('/').map(decoded);
    const own = more.length === 0 ? [place, name === undefined ? 'list' : 'one'].join(' ') : '';
    switch (own) {
      case ' list':
      case 'runs list':
        return page(await runsPage(context, searchParams.get('before')));
      case 'runs one':
        return page(await runPage(context, name!));
      case 'tables list':
        return page(await tablesPage(context));
      case 'tables one':
        return page(await tablePage(context, name!));
      case 'explain-row list': {
        const { status, page: body } = await explainPage(context, searchParams, gone);
        return page(body, status);
      }
      default:
        throw new HindcastError('usage', `no page ${pathname}`);
    }
  } catch (error) {
    const record = toErrorRecord(error);
    if (record.kind === 'bug') process.stderr.write(`${record.stack ?? record.message}\n`);
    const title = statusOf[record.kind] === 404 ? 'Not found' : "Can't be shown";
    const section = { id: 'problem', title: 'What is wrong', body: renderProblem(record) };
    const { warehouse } = context;
    return page(
      renderSite({ place: null, title, sections: [section], warehouse }),
      statusOf[record.kind],
    );
  }
}

function page(body: string, status = 200): Answer {
  return { status, body, type: 'text/html' };
}

/** What was asked for is not there, or is there and can't be read. */
const statusOf: Readonly<Record<ErrorKind | 'bug', number>> = {
  usage: 404,
  config: 404,
  'missing-input': 404,
  data: 500,
  storage: 502,
  conflict: 500,
  interrupted: 503,
  task: 500,
  bug: 500,
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HindcastError('usage', `no page ${text}`);
  }
}
