/** explain-row in the browser: a form, and why the row has the values that it has. */
import { HindcastError, toErrorRecord } from '@hindcast/shared/errors';
import type { Plan } from '@hindcast/shared/plan/plan';
import { atMost } from '@hindcast/shared/store/at-most';
import { questionCommand } from '../explain-command.js';
import { explainRow, type RowRequest } from '../explain-row.js';
import type { Explanation } from '../explanation.js';
import { openLauncher } from '../launch/open-launcher.js';
import { html } from '../report/html.js';
import type { JobRequest } from '../request.js';
import { keptConfig } from '../run-config.js';
import { listRuns, newRunId, openRun, RunFiles } from '../run-files.js';
import { readableWord } from '../shell-words.js';
import { Turns } from '../side-by-side.js';
import type { UiContext } from './context.js';
import { type AskableJoin, askedOf, renderForm, rowRequestOf } from './explain-form.js';
import { renderExplained } from './render-explained.js';
import { renderProblem, renderSite } from './site.js';

/** Runs that are looked at for joins, at most: the newest. */
const mostRuns = 200;
const readsAtOnce = 8;

/** One at a time: each may take all the memory that an executor has. */
const turns = new Turns();

/** @param gone aborted when nobody waits for the answer any more */
export async function explainPage(
  context: UiContext,
  params: URLSearchParams,
  gone: AbortSignal,
): Promise<{ readonly status: number; readonly page: string }> {
  const asked = askedOf(params);
  const joins = await askableJoins(context, asked.run);
  const title = 'Explain a row';
  const base = { place: 'explain-row', title, warehouse: context.warehouse } as const;
  if (joins.length === 0) {
    const body = html`<p class="empty">No run of a join yet: submit one first, and its rows can be explained here.</p>`;
    const page = renderSite({ ...base, sections: [{ id: 'ask', title: 'Which row', body }] });
    return { status: 200, page };
  }
  const form = { id: 'ask', title: 'Which row', body: renderForm(joins, asked) };
  const lead =
    'Why a row of a training set has the values that it has: the edges of its windows, the events inside, those just outside and why. Computed anew by the definition that the run had, from the inputs as they are now; nothing is written.';
  try {
    const wanted = rowRequestOf(asked);
    if (wanted === null)
      return { status: 200, page: renderSite({ ...base, lead, sections: [form] }) };
    const run = askedJoin(joins, asked.run);
    const explanation = await turns.take(() => explain(context, run.runId, wanted, gone));
    const named = { ...asked, run: run.runId };
    const sections = [form, ...renderExplained(explanation, named)];
    return { status: 200, page: renderSite({ ...base, sections }, true) };
  } catch (error) {
    const problem = {
      id: 'problem',
      title: 'No answer',
      body: renderProblem(toErrorRecord(error)),
    };
    return { status: 422, page: renderSite({ ...base, lead, sections: [problem, form] }) };
  }
}

/** @throws HindcastError kind `usage` for a run that computed no join: another one's row is no answer */
function askedJoin(joins: readonly AskableJoin[], run: string): AskableJoin {
  const found = run === '' ? joins[0] : joins.find(({ runId }) => runId === run);
  if (found !== undefined) return found;
  throw new HindcastError('usage', `no run "${run}" of a join`, {
    hint: 'Choose one of the joins below.',
  });
}

/** Joins of the newest runs, each once, and the one that is asked for. */
async function askableJoins({ store }: UiContext, asked: string): Promise<AskableJoin[]> {
  const all = await listRuns(store);
  const ids = all.slice(0, mostRuns);
  // An address may name anything: what is no run is not looked for.
  const known = all.includes(asked) && !ids.includes(asked) ? [asked, ...ids] : ids;
  const requests = await atMost(readsAtOnce, known, async (runId) => ({
    runId,
    request: await readJson<JobRequest>(new RunFiles(store, runId), 'request.json'),
  }));
  const configs = new Map<string, string>();
  for (const { runId, request } of requests) {
    // These are jobs of their own about a join.
    if (request === null || request.labelJoin === true) continue;
    if (request.flattenLog !== undefined || request.consistency !== undefined) continue;
    const had = configs.get(request.config);
    if (had === undefined || runId === asked) configs.set(request.config, runId);
  }
  const joins = await atMost(readsAtOnce, [...configs], async ([config, runId]) => {
    const plan = await readJson<Plan>(new RunFiles(store, runId), 'plan.json');
    if (plan === null || plan.job !== 'join') return null;
    const lastPartition =
      plan.partitions
        .map(({ value }) => value)
        .sort()
        .at(-1) ?? '';
    return { runId, name: plan.name, config, lastPartition };
  });
  return joins.filter((join) => join !== null);
}

/** Null: it is not there, or it can't be read. */
function readJson<T>(files: RunFiles, name: string): Promise<T | null> {
  return files.readJson<T>(name).catch(() => null);
}

/** In an executor of its own, which ends when nobody waits any more. */
async function explain(
  { store, warehouse }: UiContext,
  runId: string,
  wanted: RowRequest,
  gone: AbortSignal,
): Promise<Explanation> {
  const files = await openRun(store, runId);
  const former = await files.readJson<JobRequest>('request.json');
  if (former === null) throw new HindcastError('usage', `run ${runId}: its request is gone`);
  const request = { ...former, warehouse, kubernetes: null, executors: 1 };
  const config = await keptConfig(former, files);
  if (config === null) throw notKept(former, runId, wanted, warehouse);
  if (config.kind !== 'join')
    throw new HindcastError('config', `run ${runId}: its config is no join`);
  if (gone.aborted) throw new HindcastError('interrupted', 'nobody waits for it any more');
  const launcher = openLauncher(request, newRunId(new Date()));
  const interrupt = (): void => launcher.interrupt();
  gone.addEventListener('abort', interrupt);
  try {
    return await explainRow(config.join, request, wanted, store, launcher);
  } finally {
    gone.removeEventListener('abort', interrupt);
    await launcher.close();
  }
}

/** A config that lies elsewhere is not opened for a page: as a module it would run with the reader's rights. */
function notKept(
  { config, windowing }: JobRequest,
  runId: string,
  wanted: RowRequest,
  warehouse: string,
): HindcastError {
  const flags = [`--warehouse ${readableWord(warehouse)}`];
  return new HindcastError(
    'usage',
    `run ${runId} kept no config that its rows could be explained by`,
    {
      found: 'a run of a Hindcast of before; pages open no config outside of the warehouse',
      hint: `Submit the config again, or ask in a terminal, which runs it if it is a module: ${questionCommand({ config, flags, windowing }, wanted)}`,
    },
  );
}
