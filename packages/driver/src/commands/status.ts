/** status: runs of the warehouse, from their event logs. */
import type { LoggedEvent } from '@hindcast/shared/plan/event';
import { openStore } from '@hindcast/shared/store/open';
import { findingLines } from '../drift/words.js';
import { archivedText, renderTable, waitingText } from '../render.js';
import { listRuns, openRun, RunFiles } from '../run-files.js';
import { type RunSummary, summarizeRun } from '../run-summary.js';
import { renderError } from '../style.js';
import { summary } from '../wording.js';
import type { Command } from './command.js';

export async function statusCommand({ args, settings, style }: Command): Promise<number> {
  const store = await openStore(settings.warehouse.value);
  if (args['run'] !== undefined) {
    const run = await openRun(store, String(args['run']));
    const events = await run.events();
    const text =
      args['json'] === true
        ? JSON.stringify({ ...(await summarizeRun(run)), events }, null, 2)
        : [
            renderTable(columns, [row(await summarizeRun(run))]),
            '',
            ...events.flatMap((event) => describeEvent(event, style)),
          ].join('\n');
    process.stdout.write(`${text}\n`);
    return 0;
  }
  const ids = (await listRuns(store)).slice(0, 20);
  const runs = await Promise.all(ids.map((id) => summarizeRun(new RunFiles(store, id))));
  if (args['json'] === true) process.stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
  else
    process.stdout.write(
      runs.length === 0 ? 'No run yet.\n' : `${renderTable(columns, runs.map(row))}\n`,
    );
  return 0;
}

const mostFindings = 10;

const columns = ['run', 'status', 'config', 'partitions', 'rows', 'seconds'];

function row({ run, status, config, name, partitions, rows, seconds }: RunSummary): unknown[] {
  const job = name === null ? config : `${config} (${name})`;
  return [run, status, job, partitions, rows, seconds];
}

export function describeEvent(event: LoggedEvent, style: Command['style']): string[] {
  const at = new Date(event.at).toISOString().slice(11, 23);
  switch (event.type) {
    case 'stage-started':
      return [`${at}  step ${event.step}: ${event.stage}, ${event.tasks} tasks`];
    case 'waiting':
      return [`${at}  ${waitingText(event)}`];
    case 'archived':
      return [`${at}  ${archivedText(event)}`];
    case 'drift-checked':
      if (event.when === 'before') return [];
      return findingLines(event, mostFindings).map((line) => `${at}  drift: ${line}`);
    case 'step-committed':
      return [
        `${at}  step ${event.step}: committed ${summary(event.partitions)}, ${event.rows} rows, version ${event.version}`,
      ];
    case 'step-failed':
      return [
        `${at}  step ${event.step}: failed ${summary(event.partitions)}`,
        renderError(event.error, style),
      ];
    case 'warning':
      return [`${at}  ${style.yellow('warning:')} ${event.message}`];
    default:
      return [];
  }
}
