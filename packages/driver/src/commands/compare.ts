/** compare: a join's output against another table; exit 3 when something differs. */
import { loadConfig } from '@hindcast/shared/config/load';
import type { Join } from '@hindcast/shared/config/model';
import { HindcastError } from '@hindcast/shared/errors';
import { openStore } from '@hindcast/shared/store/open';
import { compareTables } from '../compare-tables.js';
import { shellWord } from '../explain-command.js';
import { openLauncher } from '../launch/open-launcher.js';
import { renderComparison } from '../render-comparison.js';
import { newRunId } from '../run-files.js';
import { styleFor } from '../style.js';
import type { Command } from './command.js';
import { requestOf, toleranceOf } from './job-request.js';
import { Signals } from './signals.js';

/** What a check that found something exits with. */
const differs = 3;
const defaultLimit = 3;

export async function compareCommand(command: Command): Promise<number> {
  const { args, color, settings } = command;
  const request = requestOf(command, String(args['config']));
  const { value, origin } = settings.warehouse;
  const wanted = {
    against: String(args['against']),
    columns: (args['column'] as readonly string[] | undefined) ?? null,
    tolerance: toleranceOf(command),
    limit: (args['limit'] as number | undefined) ?? defaultLimit,
    flags: origin === 'flag' ? [`--warehouse ${shellWord(value)}`] : [],
  };
  const launcher = openLauncher(request, newRunId(new Date()));
  const signals = new Signals(() => launcher.interrupt());
  try {
    const join = await joinOf(request.config);
    const store = await openStore(request.warehouse);
    const comparison = await compareTables(join, request, wanted, store, launcher);
    // Colors are for the terminal that the text goes to.
    const style = styleFor(color && process.stdout.isTTY === true);
    const text =
      args['json'] === true
        ? JSON.stringify(comparison, null, 2)
        : renderComparison(comparison, style);
    process.stdout.write(`${text}\n`);
    return comparison.equal ? 0 : differs;
  } catch (error) {
    const { exitCode } = signals;
    if (exitCode === null || !(error instanceof HindcastError && error.kind === 'interrupted'))
      throw error;
    process.stderr.write('Stopped; nothing was changed.\n');
    return exitCode;
  } finally {
    signals.release();
    await launcher.close();
  }
}

async function joinOf(path: string): Promise<Join> {
  const config = await loadConfig(path);
  if (config.kind === 'join') return config.join;
  const what = config.kind === 'groupBy' ? 'a GroupBy' : 'a StagingQuery';
  throw new HindcastError('config', `${path}: ${what} has no left by which rows could be paired`, {
    hint: 'Give the join whose output is to be compared.',
  });
}
